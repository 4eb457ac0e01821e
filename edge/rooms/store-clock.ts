/** A difference that falls by more than this is that of another clock, for example after a failover. */
const OTHER_CLOCK_MS = 1_000
/** What the known difference loses with each measurement, so that it follows clocks that drift apart. */
const FORGOTTEN_MS = 0.1

/**
 * How far the store's clock is ahead of this edge's, given what is known and what a tick has measured. A measurement is too low by the time
 * for which the response of the store was on its way and waited, so the greatest is the best.
 */
export function storeAhead(knownMs: number, measuredMs: number): number {
  const isOther = measuredMs < knownMs - OTHER_CLOCK_MS
  return isOther ? measuredMs : Math.max(measuredMs, knownMs - FORGOTTEN_MS)
}
