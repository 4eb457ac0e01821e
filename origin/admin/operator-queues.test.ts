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
