import type { Snapshot } from './rooms.ts'

/** Estimates are raised by a quarter: a wait that is shorter than estimated does no harm, but a longer one does. */
const WAIT_MARGIN = 1.25
const MINUTE_MS = 60_000

/** Whether visitors have joined a draw that has not been held yet, so that their positions are unknown. */
export const awaitsDraw = ({ commitment, drawn }: Pick<Snapshot, 'commitment' | 'drawn'>) => commitment !== null && drawn === null

/**
 * An upper estimate of the time until a position is called, in milliseconds.
 *
 * - Until the opening: the remaining time.
 * - The next `vacant` positions are called at `perMinute`, all later ones at `outflow`.
 * - Before the draw a visitor may become the last, so all tickets count as ahead.
 * - Everything but the time to the opening is multiplied by 1.25.
 */
export function estimateWaitMs(snapshot: Snapshot, position: number): number {
  const lastPosition = awaitsDraw(snapshot) ? Math.max(position, snapshot.issued - 1) : position
  const calls = Math.max(0, lastPosition - snapshot.serving) + 1
  const atFullRate = Math.min(calls, snapshot.vacant)
  const callsMs = atFullRate / perMs(snapshot.perMinute) + (calls - atFullRate) / perMs(snapshot.outflow)
  return Math.max(0, msToOpening(snapshot)) + WAIT_MARGIN * callsMs
}

/**
 * About how many visitors will be called before a position: those who have left the queue do not count. A snapshot may be older than the
 * ticket, and not count it yet.
 */
export function aheadOf({ serving, issued, gone }: Pick<Snapshot, 'serving' | 'issued' | 'gone'>, position: number): number {
  const share = gone / Math.max(1, issued - serving - 1)
  return Math.round(Math.max(0, position - serving) * Math.max(0, 1 - share))
}

const perMs = (perMinute: number): number => perMinute / MINUTE_MS

/** Negative after the opening; 0 for a room without one. */
export const msToOpening = ({ opensAt, serverTime }: Snapshot): number =>
  opensAt ? Date.parse(opensAt) - Date.parse(serverTime) : 0
