import { expect, test } from 'vitest'
import { createOperatorQueues } from './operator-queues.ts'

test('A119: slow requests of one operator wait for each other, and not those of others', async () => {
  const queues = createOperatorQueues()
  const held = Promise.withResolvers<string>()
  const started: string[] = []
  const slow = (name: string) => () => {
    started.push(name)
    return held.promise
  }
  const runs = Array.from({ length: 18 }, (_, i) => queues.run(1, slow(`read ${i}`)))
  expect(queues.run(1, slow('one too many'))).toBeNull()
  expect(await queues.run(2, () => 'stopped')).toBe('stopped')
  expect(started).toEqual(['read 0', 'read 1'])
  held.resolve('done')
  expect(await Promise.all(runs)).toEqual(runs.map(() => 'done'))
  expect(await queues.run(1, () => 'again')).toBe('again')
})

test('A136: batches of exports wait in the queue of their operator, who may have two exports at once', async () => {
  const queues = createOperatorQueues()
  const held = Promise.withResolvers<string>()
  let running = 0
  const slow = () => {
    running++
    return held.promise
  }
  const reads = Array.from({ length: 40 }, () => queues.read(1, slow))
  expect(await queues.run(2, () => 'stopped')).toBe('stopped')
  expect(running).toBe(2)
  held.resolve('done')
  expect(await Promise.all(reads)).toEqual(reads.map(() => 'done'))

  const [end, other] = [queues.beginExport(1), queues.beginExport(1)]
  expect([typeof end, typeof other, queues.beginExport(1)]).toEqual(['function', 'function', null])
  expect(queues.beginExport(2)).not.toBeNull()
  end?.()
  end?.()
  expect([typeof queues.beginExport(1), queues.beginExport(1)]).toEqual(['function', null])
})
