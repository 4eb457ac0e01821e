import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createServerClock } from './server-clock.ts'
import { createJumpWatch, syncClock } from './time-sync.ts'

const SERVER = Date.parse('2026-12-24T09:00:00Z')
const HOUR = 3_600_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }))
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('the clock takes the sample with the shortest round trip, half of which the response has travelled', async () => {
  let elapsed = 0
  const roundTrips = [400, 20, 100, 60]
  vi.stubGlobal('performance', { now: () => elapsed })
  vi.stubGlobal('fetch', () => {
    const roundTripMs = roundTrips.shift()!
    elapsed += roundTripMs
    return Promise.resolve(Response.json({ serverTime: new Date(SERVER + elapsed - roundTripMs / 2).toISOString() }))
  })
  const clock = createServerClock(() => elapsed)
  const syncing = syncClock(clock, '/api/time')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await syncing).toBe(true)
  expect(roundTrips).toEqual([])
  expect(clock.now()).toBe(SERVER + elapsed)
})

test('the time in which the page was busy counts as no transit, as the browser has measured the request', async () => {
  let elapsed = 0
  const measured = { startTime: 1, requestStart: 10, responseStart: 30 }
  vi.stubGlobal('performance', { now: () => elapsed, getEntriesByName: () => [measured] })
  vi.stubGlobal('fetch', () => {
    // The response has arrived at 30, and the page gets to it at 900.
    elapsed = 900
    return Promise.resolve(Response.json({ serverTime: new Date(SERVER + 20).toISOString() }))
  })
  const clock = createServerClock(() => elapsed)
  void syncClock(clock, '/api/time')
  await vi.advanceTimersByTimeAsync(1)
  expect(clock.now()).toBe(SERVER + 900)
})

test('the clock is kept when the server does not respond', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
  const clock = createServerClock(() => 0)
  clock.set(SERVER)
  expect(await syncClock(clock, '/api/time')).toBe(false)
  expect(clock.now()).toBe(SERVER)
})

test('old snapshots do not move the clock back; a time of another clock sets it', () => {
  let elapsed = 0
  const clock = createServerClock(() => elapsed)
  clock.setAtLeast(SERVER)
  elapsed = 1_000
  clock.setAtLeast(SERVER + 100)
  expect(clock.now()).toBe(SERVER + 1_000)
  clock.setAtLeast(SERVER + 1_200)
  expect(clock.now()).toBe(SERVER + 1_200)
  clock.setAtLeast(SERVER - 60_000)
  expect(clock.now()).toBe(SERVER - 60_000)
  clock.setAtLeast(NaN)
  expect(clock.now()).toBe(SERVER - 60_000)
})

test('a corrected clock and sleep are noticed once, and the drift of a clock is not', () => {
  const [device, monotonic] = [{ ms: SERVER }, { ms: 0 }]
  const hasJumped = createJumpWatch(() => device.ms, () => monotonic.ms)
  const pass = (deviceMs: number, monotonicMs: number) => {
    device.ms += deviceMs
    monotonic.ms += monotonicMs
    return hasJumped()
  }
  expect(pass(250, 251)).toBe(false)
  expect(pass(HOUR, 250)).toBe(true)
  expect(pass(250, 250)).toBe(false)
  expect(pass(-HOUR, 250)).toBe(true)
})
