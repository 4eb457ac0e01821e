import { expect, test } from 'vitest'
import { createLimits, limitHeaders, LIMITS } from './limits.ts'

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
