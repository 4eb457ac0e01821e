import { expect, test } from 'vitest'
import { until } from '../test/until.ts'
import { createRoomEpochs } from './room-epochs.ts'

/** A store that counts its reads. `read` returns what the room's hash holds. */
function createStore(read: () => Promise<string | null>) {
  const store = { reads: 0, hget: (_key: string, _field: string) => (store.reads++, read()) }
  return store
}

test('a thousand bookings of one event read its epoch once, and a reset is seen soon', async () => {
  let epoch = '7'
  const store = createStore(() => Promise.resolve(epoch))
  const find = createRoomEpochs(store)
  expect(new Set(await Promise.all(Array.from({ length: 1_000 }, () => find(1))))).toEqual(new Set([7]))
  expect(store.reads).toBe(1)
  expect(await find(2)).toBe(7)
  expect(store.reads).toBe(2)
  epoch = '8'
  await until(async () => await find(1) === 8)
})

test.each([
  ['the room is not in Redis', () => Promise.resolve(null)],
  ['Redis fails', () => Promise.reject(new Error('away'))],
  ['Redis does not answer', () => new Promise<null>(() => {})],
])('the epoch is unknown when %s', async (_, read) => {
  expect(await createRoomEpochs(createStore(read))(1)).toBeNull()
})
