import type { Phase } from '../contract/rooms.ts'
import type { Admission, Opening } from './room-plan.ts'
import { calledOf, type RoomState } from './room-state.ts'

/** Around its opening a room is never at rest, so that the first visitors are called within one step of it. */
const NEAR_OPENING_MS = 5_000

/** The phase of a room by the store's clock. */
export function phaseOf(state: RoomState, opening: Opening, admission: Admission): Phase {
  const mode = state.mode ?? admission.mode
  const opensAtMs = opening.opensAtMs ?? 0
  if (mode === 'closed' || (opening.closesAtMs !== null && state.nowMs >= opening.closesAtMs)) return 'closed'
  if (state.nowMs < opensAtMs - admission.lobbyMs) return 'closed'
  if (state.nowMs < opensAtMs) return 'lobby'
  if (state.paused || opening.isStopped) return 'paused'
  if (opening.seatsLeft === 0) return 'sold_out'
  if (isDrawPending(state)) return 'lobby'
  return state.serving > state.issued ? 'idle' : 'open'
}

/** Whether the room has committed to a draw that has not been held yet: positions are unknown until then. */
export const isDrawPending = ({ commitment, drawn }: RoomState): boolean => commitment !== null && drawn === null

/** The opening must be this far away, so that a clock that differs by moments never ends a draw that has just been held. */
const MIN_POSTPONEMENT_MS = 10_000

/**
 * Whether a draw was held for an opening that has been postponed since, and no one was called yet. Visitors who join before the new opening
 * would all be behind those of the former one, so the draw has to be held again, in a new epoch.
 */
export function isDrawOutdated(state: RoomState, { opensAtMs }: Opening, admission: Admission): boolean {
  if (opensAtMs === null || state.drawn === null || (state.mode ?? admission.mode) !== 'draw') return false
  return state.nowMs < opensAtMs - MIN_POSTPONEMENT_MS && calledOf(state) === 0
}

/** Whether a room in this phase calls visitors. */
export const isCalling = (phase: Phase): boolean => phase === 'open' || phase === 'idle'

/**
 * Whether edges may poll a room rarely: it is closed, or it has no visitor who waits, visits, or could still claim. `issued` is the latest
 * known number of tickets, since visitors may have joined after `state` was read.
 */
export function isAtRest(state: RoomState, issued: number, opening: Opening, admission: Admission): boolean {
  if (opening.opensAtMs !== null && Math.abs(state.nowMs - opening.opensAtMs) < NEAR_OPENING_MS) return false
  const isEmpty = issued <= state.lapsed && state.activeVisits === 0 && state.deferred === 0 && state.window === 0
  return isEmpty || phaseOf(state, opening, admission) === 'closed'
}
