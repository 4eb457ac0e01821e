import type { RoomState } from './room-state.ts'
import { boundedShowRate } from './show-rate.ts'

/** The bucket holds at most the tokens of this time. */
const BURST_MS = 1_000
/** The balance falls at most this many full buckets below zero. */
const MAX_DEBT_BURSTS = 10
/** A room that is created this long after its opening starts with a full bucket, any other with an empty one. */
const LONG_OPEN_MS = 60_000

/**
 * The balance of the token bucket before the calls of this step. A token admits one visitor.
 *
 * - The bucket fills at `ratePerMs`, from the opening on, while the room calls visitors.
 * - A called visitor costs `showRate` tokens. When the turn settles, the difference to the actual cost (1 for a claim, 0 for a no-show)
 *   is charged or refunded. At least a quarter of the turns of a step counts as claimed: refunds never let more than four visitors be called
 *   for a token, so that those who follow a crowd of no-shows do not exceed the rate for long.
 * - A position that was given up costs nothing: if it was charged, its price is returned.
 * - The balance stays between −MAX_DEBT_BURSTS and +1 full bucket of BURST_MS, which holds at least one token.
 *
 * The calls of this step are charged by the next step, which reads them from `newTurns`.
 */
export function refillTokens(
  state: RoomState,
  { ratePerMs, sinceMs, sinceOpeningMs, isCalling }: {
    ratePerMs: number
    sinceMs: number
    sinceOpeningMs: number
    isCalling: boolean
  },
): number {
  const full = Math.max(1, ratePerMs * BURST_MS)
  if (state.steppedAtMs === 0 && isCalling && sinceOpeningMs > LONG_OPEN_MS) return full
  const price = boundedShowRate(state.showRate)
  const forCalled = (state.newTurns - state.leftCalled) * price
  const settled = state.settledTurns
  const forSettled = settled > 0 ? settled * (boundedShowRate(state.settledShows / settled) - price) : 0
  const earned = isCalling ? ratePerMs * Math.min(sinceMs, sinceOpeningMs) : 0
  return Math.max(-MAX_DEBT_BURSTS * full, Math.min(full, state.tokens - forCalled - forSettled + earned))
}
