import type { ServerClock } from './server-clock.ts'

/** Samples are taken apart, because a page that loads is busy. */
const SAMPLES = 4
const PAUSE_MS = 600

/**
 * Requests the server's time and sets the clock. The time in a page is less exact, since the page may come from a cache. Takes some samples
 * and uses the one with the shortest round trip, whose transit time has the smallest error. Keeps the clock when the server does not respond.
 * Returns whether it did.
 */
export async function syncClock(clock: Pick<ServerClock, 'set'>, url: string): Promise<boolean> {
  let shortestMs = Infinity
  for (let sample = 0; sample < SAMPLES; sample++) {
    if (sample > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    const answer = await requestTime(url)
    if (answer === null) return sample > 0
    const roundTripMs = answer.receivedAt - answer.sentAt
    if (roundTripMs >= shortestMs) continue
    shortestMs = roundTripMs
    clock.set(answer.serverMs + performance.now() - (answer.sentAt + answer.receivedAt) / 2)
  }
  return true
}

/** The server's time, epoch ms, and when the browser has sent the request and received the response, by `performance.now`. */
type Answer = { serverMs: number; sentAt: number; receivedAt: number }

/** Null when the server does not respond. */
async function requestTime(url: string): Promise<Answer | null> {
  try {
    const sentAt = performance.now()
    const response = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store' })
    const body: { serverTime?: unknown } = await response.json()
    if (typeof body.serverTime !== 'string') return null
    return Object.assign({ serverMs: Date.parse(body.serverTime) }, timingOf(response.url, sentAt))
  } catch {
    return null
  }
}

/** The browser's own measurement does not contain the time for which this script was not run. */
function timingOf(url: string, sentAt: number): Pick<Answer, 'sentAt' | 'receivedAt'> {
  const [last] = performance.getEntriesByName?.(url, 'resource').slice(-1) ?? []
  const timing = last as PerformanceResourceTiming | undefined
  return timing && timing.startTime >= sentAt && timing.responseStart > 0
    ? { sentAt: timing.requestStart, receivedAt: timing.responseStart }
    : { sentAt, receivedAt: performance.now() }
}

/** A difference between the device's clock and its monotonic one that grows by more than this is a corrected clock, or sleep. */
const JUMP_MS = 1_000

/**
 * Returns a function that tells whether the device's clock was set, or the device has slept, since the last call. The monotonic clock that
 * pages count with stands still during sleep on some systems, so the server's time has to be requested again.
 */
export function createJumpWatch(deviceMs: () => number, elapsedMs: () => number): () => boolean {
  let aheadMs = deviceMs() - elapsedMs()
  return () => {
    const beforeMs = aheadMs
    aheadMs = deviceMs() - elapsedMs()
    return Math.abs(aheadMs - beforeMs) > JUMP_MS
  }
}
