import { expect, test } from 'vitest'
import { createShares } from './shares.ts'

const LIMITS = { total: 6, per: { room: 4, address: 2 } }

test('A84: every owner has a share of the total, and others are unaffected', () => {
  const streams = createShares(LIMITS)
  const count = (room: string, address: string) =>
    Array.from({ length: 10 }, () => streams.take({ room, address })).filter(Boolean).length
  expect(count('event-1', 'a'), 'the share of an address').toBe(2)
  expect(count('event-2', 'a'), 'an address has one share for all rooms').toBe(0)
  expect(count('event-1', 'b')).toBe(2)
  expect(count('event-1', 'c'), 'the share of a room').toBe(0)
  expect(count('event-2', 'c'), 'the total').toBe(2)
  expect(count('event-3', 'd')).toBe(0)
})

test('A84: a use that ends frees its shares once, and leaves nothing behind', () => {
  const streams = createShares(LIMITS)
  const owners = { room: 'event-1', address: 'a' }
  const [first, second] = [streams.take(owners)!, streams.take(owners)!]
  expect(streams.take(owners)).toBe(null)
  first()
  first()
  expect(streams.size()).toEqual({ inUse: 1, owners: 2 })
  const third = streams.take(owners)!
  expect(streams.take(owners)).toBe(null)
  for (const end of [second, third]) end()
  expect(streams.size()).toEqual({ inUse: 0, owners: 0 })
})
