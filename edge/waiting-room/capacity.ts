import type { Phase } from '../contract/rooms.ts'
import type { Admission, Opening } from './room-plan.ts'
import { phaseOf } from './phase.ts'
import type { RoomState } from './room-state.ts'

/** Active visits per unsold seat, at most: some visitors do not buy. */
const VISITS_PER_SEAT = 2
/** The room calls visitors for this many standard deviations more visits than end in the mean. */
const SPARE_DEVIATIONS = 1.5
/** The mean length of a visit starts as if this many visits had lasted half of `passMs`. */
const PRIOR_EXITS = 5
/** Time constant of the decay of `visitMs` and `exits`. */
const VISIT_MEMORY_MS = 300_000

/** What limits the calls of a room at one instant. */
type CapacityFigures = {
  ratePerMs: number
  capacity: number
  /** The capacity, reduced when few seats are left. */
  limit: number
  /** The health window, or Infinity. */
  window: number
  /** Estimated mean length of a visit. */
  meanVisitMs: number
  /** Visits that can be given to visitors who have not been called yet; may be negative. */
  free: number
}

/**
 * Computes the figures that limit the next calls:
 *
 *     limit    = min(capacity, 2 · seatsLeft)
 *     expected = showRate · freshTurns − freshShows                called visitors who have not claimed yet but will
 *     leaving  = activeVisits · min(1, (delayMs + stepMs) / meanVisit)   visits that end until the next called visitor claims
 *     free     = min(limit  − activeVisits − deferred − expected + leaving + 1.5 · √leaving,
 *                    window − activeVisits − min(deferred + expected, window / 2))
 *
 * `leaving` is a mean with a standard deviation of about its root, so the room calls a few more: a visit that ends early is replaced at once,
 * and a visitor who claims early is deferred for a moment. The store enforces `limit` in any case (`claim.lua`).
 * The last minimum limits the reservation for called visitors to half of a small window, since some of them never claim.
 */
export function capacityFigures(state: RoomState, opening: Opening, admission: Admission): CapacityFigures {
  const capacity = state.capacity ?? admission.capacity
  const limit = opening.seatsLeft === null ? capacity : Math.min(capacity, VISITS_PER_SEAT * opening.seatsLeft)
  const window = state.window > 0 && state.window < capacity ? state.window : Infinity
  const meanVisitMs = estimateVisitMs(state, admission)
  const activeVisits = presumedVisits(state, admission)
  const expected = Math.max(0, state.showRate * state.freshTurns - state.freshShows)
  const leaving = activeVisits * Math.min(1, (state.delayMs + admission.stepMs) / meanVisitMs)
  return {
    ratePerMs: (state.perMinute ?? admission.perMinute) / 60_000,
    capacity,
    limit,
    window,
    meanVisitMs,
    free: Math.min(
      limit + leaving + SPARE_DEVIATIONS * Math.sqrt(leaving) - activeVisits - state.deferred - expected,
      window - activeVisits - Math.min(state.deferred + expected, window / 2),
    ),
  }
}

/**
 * The mean length of a visit: total time of all visits over exits, with a prior. A mean of the ended visits alone would be too short
 * while long visits are still active.
 */
const estimateVisitMs = ({ visitMs, exits }: RoomState, { passMs }: Admission): number =>
  Math.max(1, (visitMs + PRIOR_EXITS * passMs / 2) / (exits + PRIOR_EXITS))

/** Adds the visits of the last `sinceMs` to the decaying sums behind `estimateVisitMs`. */
export function sumVisits(
  { visitMs, exits, activeVisits, ended }: RoomState,
  sinceMs: number,
): { visitMs: number; exits: number } {
  const kept = Math.exp(-sinceMs / VISIT_MEMORY_MS)
  return { visitMs: visitMs * kept + activeVisits * sinceMs, exits: exits * kept + ended }
}

/** Active visits. A store that lost the room counts an earlier visit only after its pass is used, which takes up to the idle time. */
function presumedVisits({ nowMs, restoredAtMs, restoredVisits, activeVisits }: RoomState, { idleMs }: Admission): number {
  return nowMs < restoredAtMs + idleMs ? Math.max(activeVisits, restoredVisits) : activeVisits
}

/** The published figures of a room's admission. */
export type AdmissionView = {
  phase: Phase
  /** Visitors admitted per minute, at most. */
  perMinute: number
  /** Visitors who can be called before any visit ends. */
  vacant: number
  /** Visitors per minute who can be called after the `vacant` ones, as visits end. */
  outflow: number
  /** The tightest limit in the long run. */
  heldBy: 'rate' | 'health' | 'capacity' | 'seats'
}

/** The public figures of a room. `outflow` is min(rate, min(limit, window) / mean visit), by Little's law. */
export function viewAdmission(state: RoomState, opening: Opening, admission: Admission): AdmissionView {
  const { ratePerMs, limit, capacity, window, meanVisitMs, free } = capacityFigures(state, opening, admission)
  const sustainedPerMs = Math.min(ratePerMs, Math.min(limit, window) / meanVisitMs)
  return {
    phase: phaseOf(state, opening, admission),
    perMinute: Math.max(1, Math.round(ratePerMs * 60_000)),
    vacant: Math.max(0, Math.floor(free)),
    outflow: Math.max(1, Math.round(sustainedPerMs * 60_000)),
    heldBy: sustainedPerMs === ratePerMs ? 'rate' : window < limit ? 'health' : limit < capacity ? 'seats' : 'capacity',
  }
}
