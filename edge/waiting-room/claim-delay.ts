import { meanFirstPollMs, meanOpeningPollMs } from '../contract/polling.ts'
import { MAX_HOLD_MS, type RoomState } from './room-state.ts'
import { memoryTurns } from './show-rate.ts'

/** The hold is this many mean delays: visitors who poll claim within two, and one covers the time between two steps. */
const HOLD_DELAYS = 2.5
const MIN_HOLD_MS = 2_000
/** A crowd that waited for the opening has polled by this time after it. */
const FILLING_MS = 30_000

/**
 * The smoothed mean delay between the call of a position and its first claim. The store measures it for claims within MAX_HOLD_MS. A step that
 * reads n claims with delays of `sum` moves it by a weighted mean, with the weight of earlier turns in show-rate.ts:
 *
 *     delay' = delay + (sum / n − delay) · min(n / (n + memoryTurns), sinceMs / MAX_HOLD_MS if the delay falls)
 *
 * It falls no faster because the first claims after an opening are those of the quickest visitors.
 */
export function learnClaimDelay({ delayMs, timedClaims, timedMs }: RoomState, capacity: number, sinceMs: number): number {
  if (timedClaims === 0) return delayMs
  const change = timedMs / timedClaims - delayMs
  const share = timedClaims / (timedClaims + memoryTurns(capacity))
  return delayMs + change * (change < 0 ? Math.min(share, sinceMs / MAX_HOLD_MS) : share)
}

/**
 * How long capacity is reserved for a called visitor: long enough for nearly all who claim, and no longer. The mean delay is the measured one,
 * except for the visitors that a room calls first, to fill itself. Those poll at times that polling.ts sets: at the opening, or after joining.
 * So the room knows who of them is missing within seconds, and need not reserve for as long as its prior delay suggests.
 */
export function holdFor(state: RoomState, figures: FirstCalls & { delayMs: number }): number {
  const meanMs = isFilling(state, figures) ? firstDelay(state, figures) : figures.delayMs
  return Math.round(Math.min(MAX_HOLD_MS, Math.max(MIN_HOLD_MS, HOLD_DELAYS * meanMs)))
}

/** `opens`: the room has an opening, so that a crowd may have waited for it. */
type FirstCalls = { capacity: number; opens: boolean; sinceOpeningMs: number }

const firstDelay = ({ issued }: RoomState, { capacity, opens }: FirstCalls): number =>
  opens ? meanOpeningPollMs(issued) : meanFirstPollMs(capacity)

/** Whether turns of the first `capacity` visitors are open. A room that fills slowly measures its delay meanwhile. */
const isFilling = ({ settleTo, showTurns }: RoomState, { capacity, sinceOpeningMs }: FirstCalls): boolean =>
  settleTo < capacity && (sinceOpeningMs < FILLING_MS || showTurns < memoryTurns(capacity))
