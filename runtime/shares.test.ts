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

test('A91: when all is used up, a new use replaces the longest one of the owner that has the most', () => {
  const bodies = createShares({ total: 5, per: { address: 3 } })
  const evicted: string[] = []
  const take = (address: string, name: string) => bodies.take({ address }, () => evicted.push(name))
  take('a', 'a1')
  const endSecond = take('b', 'b1')!
  for (const name of ['b2', 'b3']) take('b', name)
  take('a', 'a2')
  expect(take('b', 'b4'), 'its own share is used up').toBe(null)
  expect(evicted).toEqual([])

  endSecond()
  take('b', 'b5')
  expect(take('c', 'c1')).not.toBe(null)
  expect(evicted, 'not the longest of all').toEqual(['b2'])
  take('c', 'c2')
  expect(evicted, 'the longest of two owners with as many').toEqual(['b2', 'a1'])
  take('b', 'b6')
  expect(evicted, 'also one of its own').toEqual(['b2', 'a1', 'b3'])
  expect(bodies.size()).toEqual({ inUse: 5, owners: 3 })
})

test('A91: a use that was replaced frees nothing when it ends, and one without `evict` is never replaced', () => {
  const shares = createShares({ total: 2, per: { address: 2 } })
  const endEvicted = shares.take({ address: 'a' }, () => {})!
  expect(shares.take({ address: 'b' })).not.toBe(null)
  expect(shares.take({ address: 'c' }), 'it replaces none either').toBe(null)
  expect(shares.take({ address: 'c' }, () => {})).not.toBe(null)
  endEvicted()
  expect(shares.size()).toEqual({ inUse: 2, owners: 2 })
  const kept = createShares({ total: 1, per: { address: 1 } })
  kept.take({ address: 'a' })
  expect(kept.take({ address: 'b' }, () => {})).toBe(null)
})
