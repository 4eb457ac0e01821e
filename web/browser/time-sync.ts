import type { ServerClock } from './server-clock.ts'

const SAMPLES = 3

/**
 * Requests the server's time and sets the clock. The time in a page is less exact, since the page may come from a cache. Takes three samples
 * and uses the one with the shortest round trip, whose transit time has the smallest error. Keeps the clock when the server does not respond.
 * Returns whether it did.
 */
export async function syncClock(clock: Pick<ServerClock, 'set'>, url: string): Promise<boolean> {
  let shortestMs = Infinity
  for (let sample = 0; sample < SAMPLES; sample++) {
    const sentAt = performance.now()
    const serverMs = await fetchServerTime(url)
    if (serverMs === null) return sample > 0
    const roundTripMs = performance.now() - sentAt
    if (roundTripMs >= shortestMs) continue
    shortestMs = roundTripMs
    clock.set(serverMs + roundTripMs / 2)
  }
  return true
}

/** Epoch milliseconds; null when the server does not respond. */
async function fetchServerTime(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store' })
    const body: { serverTime?: unknown } = await response.json()
    return typeof body.serverTime === 'string' ? Date.parse(body.serverTime) : null
  } catch {
    return null
  }
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
