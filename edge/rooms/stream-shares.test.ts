import { expect, test } from 'vitest'
import { createStreamCounter } from './stream-shares.ts'

const SHARES = { total: 6, perRoom: 4, perAddress: 2 }

test('A84: an address, a room and all rooms together have a share, and others are unaffected', () => {
  const streams = createStreamCounter(SHARES)
  const count = (room: string, address: string, attempts = 10) =>
    Array.from({ length: attempts }, () => streams.add(room, address)).filter(Boolean).length
  expect(count('event-1', 'a'), 'the share of an address').toBe(2)
  expect(count('event-2', 'a'), 'an address has one share for all rooms').toBe(0)
  expect(count('event-1', 'b')).toBe(2)
  expect(count('event-1', 'c'), 'the share of a room').toBe(0)
  expect(count('event-2', 'c'), 'the total').toBe(2)
  expect(count('event-3', 'd')).toBe(0)
})

test('A84: a stream that ends frees its share once, and leaves nothing behind', () => {
  const streams = createStreamCounter(SHARES)
  const [first, second] = [streams.add('event-1', 'a')!, streams.add('event-1', 'a')!]
  expect(streams.add('event-1', 'a')).toBe(null)
  first()
  first()
  expect(streams.size()).toEqual({ open: 1, rooms: 1, addresses: 1 })
  const third = streams.add('event-1', 'a')!
  expect(streams.add('event-1', 'a')).toBe(null)
  for (const end of [second, third]) end()
  expect(streams.size()).toEqual({ open: 0, rooms: 0, addresses: 0 })
})
