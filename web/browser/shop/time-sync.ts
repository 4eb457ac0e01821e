import type { ServerClock } from '../server-clock.ts'

const SAMPLES = 3

/**
 * Requests the server's time and sets the clock. The time in a page is less exact, since the page may come from a cache. Takes three samples
 * and uses the one with the shortest round trip, whose transit time has the smallest error. Keeps the clock when the server does not respond.
 */
export async function syncClock(clock: ServerClock): Promise<void> {
  let shortestMs = Infinity
  for (let sample = 0; sample < SAMPLES; sample++) {
    const sentAt = performance.now()
    const serverMs = await fetchServerTime()
    if (serverMs === null) return
    const roundTripMs = performance.now() - sentAt
    if (roundTripMs >= shortestMs) continue
    shortestMs = roundTripMs
    clock.set(serverMs + roundTripMs / 2)
  }
}

/** Epoch milliseconds; null when the server does not respond. */
async function fetchServerTime(): Promise<number | null> {
  try {
    const body: { serverTime?: unknown } = await (await fetch('/api/time', { cache: 'no-store' })).json()
    return typeof body.serverTime === 'string' ? Date.parse(body.serverTime) : NaN
  } catch {
    return null
  }
}
