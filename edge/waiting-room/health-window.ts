import type { RoomState } from './room-state.ts'

/** Interval between two adjustments of the window. */
const JUDGE_MS = 500
/** Congestion: a greater share of the responses is slow, so their p95 exceeds the threshold for slow responses. */
const SLOW_SHARE = 0.05
/** Fewer slow responses than this are never congestion. */
const MIN_SLOW = 2
/** Growth per adjustment without congestion. */
const INCREASE = 0.025
/** The window never falls below this share of the capacity, so that a recovery of the origin is detected. */
const MIN_WINDOW_SHARE = 0.02
/** A cut is still taking effect while active visits exceed the window by more than this factor. */
const OVER_WINDOW = 1.1

/**
 * The limit on active visits that the origin's health allows. The origin's load depends on the active visits, so this limit works like the
 * congestion window of a connection. Twice a second:
 *
 *     congestion:  window' = min(window, activeVisits) · (1 − slow / answered / 2)
 *     otherwise:   window' = window · 1.025
 *
 * The decrease is proportional to the share of slow responses and at most a half, as in DCTCP (Alizadeh et al., SIGCOMM 2010). A window of
 * the whole capacity is stored as 0, no limit.
 *
 * Rejected: controlling the rate takes effect a whole visit later and oscillates. Latency gradients need a learned baseline, and latencies of
 * several edges cannot be added; counts of slow responses can (docs/decisions/0010).
 */
export function adjustWindow(
  { nowMs, window, judgedAtMs, answered, slow, activeVisits }: RoomState,
  capacity: number,
  isCalling: boolean,
): { window: number; judgedAtMs: number } {
  if (nowMs - judgedAtMs < JUDGE_MS) return { window, judgedAtMs }
  const current = window || capacity
  const floor = Math.max(1, MIN_WINDOW_SHARE * capacity)
  // With few active visits, or while no visitor is admitted, the room does not cause the origin's load.
  const isCongested = slow >= MIN_SLOW && slow > SLOW_SHARE * answered && isCalling && activeVisits >= floor
  // Active visits are never ended early, so the window waits until the previous cut has taken effect.
  if (isCongested && activeVisits > OVER_WINDOW * current) return { window, judgedAtMs: nowMs }
  const next = isCongested ? Math.min(current, activeVisits) * (1 - slow / answered / 2) : current * (1 + INCREASE)
  return { window: next >= capacity ? 0 : Math.max(floor, next), judgedAtMs: nowMs }
}
