import { expect, test } from 'vitest'
import { openThread, runInThread } from './thread.ts'

const moduleOf = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)
const POST = "import { parentPort, workerData } from 'node:worker_threads'; parentPort.postMessage(workerData * 2)"

test('returns what the module posts', async () => {
  expect(await runInThread<number>(moduleOf(POST), 21, 60_000)).toBe(42)
})

test('rejects when the module fails, ends without a result or takes too long', async () => {
  await expect(runInThread(moduleOf("throw new Error('broken')"), null, 60_000)).rejects.toThrow('broken')
  await expect(runInThread(moduleOf(''), null, 60_000)).rejects.toThrow('ended without a result')
  await expect(runInThread(moduleOf('setInterval(() => {}, 1_000)'), null, 300)).rejects.toThrow('takes too long')
})

test('a thread that stays answers each message, and is started again when it has failed', async () => {
  const thread = openThread<string, number>(
    moduleOf(`import { parentPort } from 'node:worker_threads'
      let calls = 0
      parentPort.on('message', (text) => {
        if (text === 'fail') throw new Error('broken')
        parentPort.postMessage(++calls)
      })`),
    60_000,
  )
  expect([await thread.run('a'), await thread.run('b')]).toEqual([1, 2])
  await expect(thread.run('fail')).rejects.toThrow('broken')
  expect(await thread.run('c')).toBe(1)
  await thread.close()
  expect(await thread.run('d')).toBe(1)
  await thread.close()
})
