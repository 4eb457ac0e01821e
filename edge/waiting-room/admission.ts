import type { Admission, Opening } from './room-plan.ts'
import { holdFor, learnClaimDelay } from './claim-delay.ts'
import { capacityFigures, sumVisits } from './capacity.ts'
import { adjustWindow } from './health-window.ts'
import { isAtRest, isCalling, isDrawPending, phaseOf } from './phase.ts'
import { calledOf, NO_SEED, type RoomState, type Step } from './room-state.ts'
import { boundedShowRate, learnShowRate } from './show-rate.ts'
import { refillTokens } from './token-bucket.ts'

/** After a gap of this many steps no edge was running, so visitors could not claim. */
const SILENT_STEPS = 10
const MIN_STEP_MS = 100
/** If no edge has the committed seed this long after the opening (its secret is lost), the draw is given up. */
const SEED_TIMEOUT_MS = 10_000
/** A room at rest steps at this interval if nothing changes. It bounds the visit time that is ascribed to a new visitor. */
const REST_STEP_MS = 10_000
/** In `passthrough` mode the serving number stays this far ahead of the tickets. */
const PASSTHROUGH_LEAD = 1_000_000

/** The seed and commitment that an edge derives for a room's draw. An edge without the secret passes null. */
export type DrawSecret = { seed: string; commitment: string }

/**
 * Decides the next step of a room: which positions to call, and when to commit to and hold the draw. Returns null when no step is due.
 * A pure function of what the store returned, so a simulation can run it on its own clock.
 *
 *     calls = floor(min(tokens, free) / showRate)      tokens: token-bucket.ts, free: capacity.ts, showRate: show-rate.ts
 *
 * The store applies a step only if no other edge has stepped since `seen` was read.
 */
export function stepRoom(seen: RoomState, opening: Opening, admission: Admission, draw: DrawSecret | null): Step | null {
  if (!isStepDue(seen, admission)) return null
  const mode = seen.mode ?? admission.mode
  const opensAtMs = opening.opensAtMs ?? 0
  const sinceMs = msSinceStep(seen)
  const sinceOpeningMs = seen.nowMs - opensAtMs
  const phase = phaseOf(seen, opening, admission)
  const canCall = isCalling(phase)
  const isFrozen = !canCall || sinceMs > SILENT_STEPS * Math.max(admission.stepMs, MIN_STEP_MS)
  const state = isFrozen ? freezeTurns(seen) : seen

  const size = state.capacity ?? admission.capacity
  const { showRate, showTurns } = learnShowRate(state, size)
  const delayMs = learnClaimDelay(state, size, sinceMs)
  const { window, judgedAtMs } = adjustWindow(state, size, canCall)
  const { ratePerMs, capacity, free } = capacityFigures({ ...state, showRate, delayMs, window }, opening, admission)
  const tokens = refillTokens(state, { ratePerMs, sinceMs, sinceOpeningMs, isCalling: canCall })
  const calls = canCall ? Math.floor(Math.max(0, Math.min(tokens, free)) / boundedShowRate(showRate)) : 0
  const isPassthrough = mode === 'passthrough'
  const isWindowJudged = judgedAtMs !== state.judgedAtMs
  const visits = sumVisits(state, sinceMs)

  const step: Step = {
    steppedAtMs: state.steppedAtMs,
    serving: isPassthrough && canCall ? state.issued + PASSTHROUGH_LEAD : calledOf(state) + calls,
    reached: calledOf(state),
    settled: state.settleTo,
    lapsed: state.lapseTo,
    addTokens: tokens - state.tokens,
    showRate,
    showTurns,
    delayMs,
    holdMs: holdFor(state, { delayMs, capacity: size, opens: opening.opensAtMs !== null, sinceOpeningMs }),
    window,
    judgedAtMs,
    visitMs: visits.visitMs,
    exits: visits.exits,
    limit: isPassthrough ? Number.MAX_SAFE_INTEGER : capacity,
    prolongMs: isFrozen ? sinceMs : 0,
    commitment: commitmentToPublish(state, opensAtMs, mode === 'draw' ? draw : null),
    seed: seedToReveal(state, { opensAtMs, isLobby: phase === 'lobby', isDrawMode: mode === 'draw' }, draw),
    counted: {
      answered: isWindowJudged ? state.answered : 0,
      slow: isWindowJudged ? state.slow : 0,
      ended: state.ended,
      timedClaims: state.timedClaims,
      timedMs: state.timedMs,
      leftCalled: state.leftCalled,
    },
  }
  return isIdleStep(seen, step, opening, admission) ? null : step
}

const isNew = (state: RoomState) => state.steppedAtMs === 0

/** Time since the last step; 0 for a new room, and when the store's clock has been set back. */
const msSinceStep = (state: RoomState) => isNew(state) ? 0 : Math.max(0, state.nowMs - state.steppedAtMs)

/** A new room steps at once, and also a room whose store's clock has been set back. */
const isStepDue = (state: RoomState, { stepMs }: Admission) =>
  isNew(state) || state.nowMs < state.steppedAtMs || msSinceStep(state) >= stepMs

/** Stops the clock of open turns while visitors cannot claim: the room is paused or sold out, or no edge or store was reachable. */
const freezeTurns = (state: RoomState): RoomState => ({
  ...state,
  settleTo: state.settled,
  lapseTo: state.lapsed,
  settledTurns: 0,
  settledShows: 0,
  freshTurns: state.settledTurns + state.freshTurns,
  freshShows: state.settledShows + state.freshShows,
})

/** The commitment is published before the first visitor joins, and before the opening. */
const commitmentToPublish = (state: RoomState, opensAtMs: number, draw: DrawSecret | null): string | null =>
  draw && state.commitment === null && state.issued === 0 && state.nowMs < opensAtMs ? draw.commitment : null

/**
 * The seed is revealed once the sale has opened and the room is neither paused nor stopped, if it is the committed one: a sale that is stopped
 * before its opening may be postponed, and is drawn then. The draw is given up when the mode has changed, or no edge has had its seed for a while.
 */
function seedToReveal(
  state: RoomState,
  { opensAtMs, isLobby, isDrawMode }: { opensAtMs: number; isLobby: boolean; isDrawMode: boolean },
  draw: DrawSecret | null,
): string | null {
  if (!isLobby || state.nowMs < opensAtMs || !isDrawPending(state)) return null
  if (!isDrawMode) return NO_SEED
  if (draw?.commitment === state.commitment) return draw.seed
  return state.nowMs >= opensAtMs + SEED_TIMEOUT_MS ? NO_SEED : null
}

/** Whether a step would change nothing in a room at rest. */
function isIdleStep(state: RoomState, step: Step, opening: Opening, admission: Admission): boolean {
  const isUnchanged = step.serving === state.serving && step.reached === state.reached && step.settled === state.settled &&
    step.lapsed === state.lapsed && step.window === state.window && step.commitment === null && step.seed === null
  return isUnchanged && !isNew(state) && msSinceStep(state) < REST_STEP_MS && isAtRest(state, state.issued, opening, admission)
}
