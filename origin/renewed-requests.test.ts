import { expect, test } from 'vitest'
import { createRenewedRequests } from './renewed-requests.ts'

test('A104: requests without an access token have a limit per account: a burst, then one every twenty seconds', () => {
  let nowMs = 1_000_000
  const count = createRenewedRequests(() => new Date(nowMs))
  const allowed = (account: number, times: number) => Array.from({ length: times }, () => count(account)).filter(Boolean).length
  expect([allowed(1, 100), allowed(2, 1)]).toEqual([30, 1])
  nowMs += 60_000
  expect(allowed(1, 100)).toBe(3)
  nowMs += 24 * 3_600_000
  expect(allowed(1, 100)).toBe(30)
  // A clock that is set back by an hour does not lock an account out for an hour.
  nowMs -= 3_600_000
  expect(count(1)).toBe(false)
  nowMs += 20_000
  expect(count(1)).toBe(true)
})
