import { expect, test } from 'vitest'
import { createLimits, FULL_NETWORKS_PER_SITE, fullNetworksOf, limitHeaders, type LimitName, LIMITS } from './limits.ts'

test('take() allows the burst, then the rate, and returns the time to wait', () => {
  let nowMs = 0
  const limits = createLimits(() => nowMs)
  const { burst, perSecond } = LIMITS.claim
  for (let i = 0; i < burst; i++) expect(limits.take('claim', 'a').allowed).toBe(true)
  expect(limits.take('claim', 'a')).toEqual({
    allowed: false,
    limit: LIMITS.claim,
    remaining: 0,
    retryAfterSeconds: 1,
  })
  nowMs += 1000 / perSecond
  expect(limits.take('claim', 'a').allowed).toBe(true)
  expect(limits.take('claim', 'a').allowed).toBe(false)
})

test('take() counts each client and each limit separately', () => {
  const limits = createLimits(() => 0)
  for (let i = 0; i < LIMITS.claim.burst; i++) limits.take('claim', 'a')
  expect(limits.take('claim', 'b').allowed).toBe(true)
  expect(limits.take('pass', 'a').allowed).toBe(true)
})

test('limitHeaders() states the policy and the remaining requests', () => {
  const limits = createLimits(() => 0)
  expect(limitHeaders('claim', limits.take('claim', 'a'))).toEqual([
    ['ratelimit-policy', '"claim";q=5;w=5'],
    ['ratelimit', '"claim";r=4;t=0'],
  ])
})

test('a flood from a million addresses does not evict the bucket of a client who has taken more', () => {
  const limits = createLimits(() => 0)
  limits.take('claim', 'a')
  for (let i = 0; i < 1_000_000; i++) limits.take('address', `address ${i}`)
  expect(limits.take('claim', 'a').remaining).toBe(LIMITS.claim.burst - 2)
})

test('a refused take() takes no token, and no bucket holds more than its burst', () => {
  let nowMs = 1_000_000
  const limits = createLimits(() => nowMs)
  const { burst, perSecond } = LIMITS.person
  const takeAll = (times: number) =>
    Array.from({ length: times }, () => limits.take('person', 'a').allowed).filter(Boolean).length
  expect(takeAll(burst + 100)).toBe(burst)
  nowMs += 2_000
  expect(takeAll(100)).toBe(2 * perSecond)
  nowMs += 3_600_000
  expect(takeAll(burst + 100)).toBe(burst)
  // A clock that is set back by an hour does not lock a client out for an hour.
  nowMs -= 3_600_000
  expect(limits.take('person', 'a').retryAfterSeconds).toBe(1)
})

test('50,000 simultaneous visitors have separate buckets', () => {
  let nowMs = 0
  const limits = createLimits(() => nowMs)
  const visitors = Array.from({ length: 50_000 }, (_, i) => `10.${i >> 16}.${i >> 8 & 255}.${i & 255}`)
  for (const visitor of visitors) limits.take('claim', visitor)
  nowMs = 1
  const remembered = visitors.filter((visitor) => limits.take('claim', visitor).remaining === LIMITS.claim.burst - 2)
  expect(remembered.length / visitors.length).toBeGreaterThan(0.97)
})

/** All limits that are counted by address. */
const BY_ADDRESS = [
  'address',
  'room',
  'join',
  'anonymousJoin',
  'renewal',
  'fetch',
  'forward',
  'account',
  'signup',
] as const satisfies LimitName[]

test.each(BY_ADDRESS)('A98: limit %s: all networks of an IPv6 /48 together get that of a few', (name) => {
  const limits = createLimits(() => 0)
  const { burst } = LIMITS[name]
  const takeAll = (network: string) =>
    Array.from({ length: burst + 1 }, () => limits.take(name, network).allowed).filter(Boolean).length
  const taken = Array.from({ length: fullNetworksOf(name) + 4 }, (_, i) => takeAll(`2001:db8:1:${i}::/64`))
  expect(taken).toEqual(taken.map((_, i) => i < fullNetworksOf(name) ? burst : 0))
  expect([takeAll('2001:db8:2:0::/64'), takeAll('192.0.2.1')]).toEqual([burst, burst])
})

test('A102: all networks of an IPv6 /48 together sign up, and join anonymously, as often as one address', () => {
  const limits = createLimits(() => 0)
  for (const name of ['signup', 'anonymousJoin'] as const) {
    const taken = Array.from({ length: 3 * LIMITS[name].burst }, (_, i) => limits.take(name, `2001:db8:1:${i}::/64`).allowed)
    expect(taken.filter(Boolean), name).toHaveLength(LIMITS[name].burst)
  }
})

test('a refused take() takes no token, neither of the /64 nor of the /48', () => {
  let nowMs = 0
  const limits = createLimits(() => nowMs)
  const { burst, perSecond } = LIMITS.account
  const take = (network: string, times: number) =>
    Array.from({ length: times }, () => limits.take('account', network).allowed).filter(Boolean).length
  const network = (i: number) => `2001:db8:1:${i}::/64`
  // The first network is refused often, which leaves the others their share of the /48.
  expect(take(network(0), 100 * burst)).toBe(burst)
  for (let i = 1; i < FULL_NETWORKS_PER_SITE; i++) expect(take(network(i), burst)).toBe(burst)
  // The next one is refused because of the others, and keeps its own tokens until the /48 has regained some.
  expect(limits.take('account', network(99))).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 1 })
  expect(take(network(99), 1_000)).toBe(0)
  nowMs += 1_000
  expect(take(network(99), burst)).toBe(burst)
  expect(take(network(98), 1_000)).toBe(perSecond * FULL_NETWORKS_PER_SITE - burst)
})
