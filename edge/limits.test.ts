import { expect, test } from 'vitest'
import { limitHeaders, LIMITS, openLimits } from './limits.ts'

test('take() allows the burst, then the rate, and says when to come back', () => {
  let nowMs = 0
  const limits = openLimits(() => nowMs)
  const { burst, perSecond } = LIMITS.claim
  for (let i = 0; i < burst; i++) expect(limits.take('claim', 'a').allowed).toBe(true)
  expect(limits.take('claim', 'a')).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 1 })
  nowMs += 1000 / perSecond
  expect(limits.take('claim', 'a').allowed).toBe(true)
  expect(limits.take('claim', 'a').allowed).toBe(false)
})

test('take() counts each visitor and each limit apart', () => {
  const limits = openLimits(() => 0)
  for (let i = 0; i < LIMITS.claim.burst; i++) limits.take('claim', 'a')
  expect(limits.take('claim', 'b').allowed).toBe(true)
  expect(limits.take('pass', 'a').allowed).toBe(true)
})

test('limitHeaders() tells the policy and what remains of it', () => {
  const limits = openLimits(() => 0)
  expect(limitHeaders('claim', limits.take('claim', 'a'))).toEqual({
    'ratelimit-policy': '"claim";q=5;w=5',
    ratelimit: '"claim";r=4;t=0',
  })
})

test('a million addresses cost no more memory than the buckets that are kept, and a flood of them forgets nobody who asks on', () => {
  const limits = openLimits(() => 0)
  limits.take('claim', 'a')
  for (let i = 0; i < 1_000_000; i++) {
    limits.take('address', `address ${i}`)
    if (i % 25_000 === 0) limits.take('claim', 'a')
  }
  expect(limits.size()).toBeLessThanOrEqual(100_000)
  expect(limits.take('claim', 'a').allowed).toBe(false)
})
