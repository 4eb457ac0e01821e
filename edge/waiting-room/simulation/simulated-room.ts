import type { Admission } from '../room-plan.ts'
import { calledOf, MAX_HOLD_MS, NO_SEED, type RoomState, SECOND_CHANCE_TURNS, type Step } from '../room-state.ts'
import { createClaimedPositions } from './claimed-positions.ts'
import { createStoredState, type StoredState } from './stored-state.ts'

/** Old turns are thinned to one record in this time, as in `db/redis/room/tick.lua`. */
const TURN_RESOLUTION_MS = 1_000
const MAX_THINNED = 3
const KEEP_LAPSED_MS = 60_000

/** The complete data of a room in a simulated store. */
type RoomData = {
  state: StoredState
  /** Active visits, at most; set by each step. */
  limit: number
  /** By visitor; a visitor is a number here. */
  visits: Map<number, { endsAtMs: number; sinceMs: number }>
  /** Deferred claims: position to the end of the deferral. */
  deferred: Map<number, number>
  /** The number of called positions at past times, in ascending order. */
  turns: { reached: number; atMs: number }[]
  claimed: ReturnType<typeof createClaimedPositions>
  /** Positions that were given up before their turn was claimed. */
  left: ReturnType<typeof createClaimedPositions>
}

/**
 * A room in memory that replies as the scripts in `db/redis/room/` do, on a clock that the caller passes. `test/room-model.test.ts` compares
 * the two under random operations.
 */
export function simulateRoom(admission: Admission, epoch = 1) {
  const room: RoomData = {
    state: createStoredState(epoch),
    limit: 0,
    visits: new Map(),
    deferred: new Map(),
    turns: [],
    claimed: createClaimedPositions(),
    left: createClaimedPositions(),
  }
  const { state } = room
  return {
    tick(nowMs: number, responses: { answered: number; slow: number }, step: Step | null): RoomState {
      state.answered += responses.answered
      state.slow += responses.slow
      for (const [visitor, { endsAtMs }] of room.visits) if (endsAtMs <= nowMs) endVisit(room, visitor)
      if (step && step.steppedAtMs === state.steppedAtMs) applyStep(room, admission, nowMs, step)
      return readState(room, admission, nowMs)
    },

    /** Returns the first of `count` new indexes. */
    join(count: number): number {
      state.issued += count
      return state.issued - count
    },

    /** Claims the turn of a position, or renews the visitor's pass if `position` is null. */
    claim: (nowMs: number, visitor: number, position: number | null): ClaimReplyKind =>
      position === null ? renewPass(room, admission, nowMs, visitor) : claimTurn(room, admission, nowMs, visitor, position),

    /** Ends a visit, and gives up the position unless it is null. */
    leave(visitor: number, position: number | null): void {
      endVisit(room, visitor)
      if (position !== null) giveUp(room, position)
    },

    setPaused: (paused: boolean) => void (state.paused = paused),
  }
}

export type SimulatedRoom = ReturnType<typeof simulateRoom>

type ClaimReplyKind = 'claimed' | 'used' | 'waiting' | 'deferred' | 'missed'

const lapseAfterMs = ({ turnMs }: Admission) => turnMs * (1 + SECOND_CHANCE_TURNS)

function endVisit({ visits, state }: RoomData, visitor: number): void {
  if (visits.delete(visitor)) state.ended++
}

function giveUp({ state, claimed, left, deferred }: RoomData, position: number): void {
  if (!claimed.has(position) && position >= state.settled) {
    left.add(position)
    if (position < state.reached) state.leftCalled++
  }
  claimed.add(position)
  deferred.delete(position)
}

function readState({ state, visits, deferred, turns, claimed, left }: RoomData, admission: Admission, nowMs: number): RoomState {
  const calledBy = (atMs: number) => turns.findLast((turn) => turn.atMs <= atMs)?.reached ?? 0
  const settleTo = Math.max(state.settled, calledBy(nowMs - state.holdMs))
  const kept = [...deferred].filter(([, untilMs]) => untilMs > nowMs).map(([position]) => position)
  const countKept = (from: number, to: number) => kept.filter((position) => position >= from && position < to).length
  const called = calledOf(state)
  const countTurns = (from: number, to: number) => Math.max(0, to - from - left.count(from, to))
  const countShows = (from: number, to: number) => claimed.count(from, to) - left.count(from, to) + countKept(from, to)
  return {
    ...state,
    nowMs,
    activeVisits: visits.size,
    deferred: kept.length,
    settleTo,
    lapseTo: Math.max(state.lapsed, calledBy(nowMs - lapseAfterMs(admission))),
    newTurns: countTurns(state.reached, called),
    settledTurns: countTurns(state.settled, settleTo),
    settledShows: countShows(state.settled, settleTo),
    freshTurns: countTurns(settleTo, called),
    freshShows: countShows(settleTo, called),
    goneWaiting: claimed.count(called, state.issued),
  }
}

function applyStep(room: RoomData, admission: Admission, nowMs: number, step: Step): void {
  const { state, deferred } = room
  const { reached, settled, lapsed, showRate, showTurns, delayMs, holdMs, window, judgedAtMs, visitMs, exits } = step
  Object.assign(state, {
    serving: passOverLeft(room, reached, step.serving),
    reached,
    settled,
    lapsed,
    showRate,
    showTurns,
    delayMs,
    holdMs,
    window,
    judgedAtMs,
    visitMs,
    exits,
  })
  state.steppedAtMs = nowMs
  room.limit = step.limit
  state.tokens += step.addTokens
  state.answered -= step.counted.answered
  state.slow -= step.counted.slow
  state.ended -= step.counted.ended
  state.timedClaims -= step.counted.timedClaims
  state.timedMs -= step.counted.timedMs
  state.leftCalled -= step.counted.leftCalled
  state.commitment ??= step.commitment
  if (step.seed !== null) Object.assign(state, { drawn: step.seed === NO_SEED ? 0 : state.issued, seed: step.seed })
  if (step.prolongMs > 0) prolongTurns(room, nowMs, step.prolongMs)
  recordTurn(room, admission, nowMs)
  for (const [position, untilMs] of deferred) if (untilMs <= nowMs) deferred.delete(position)
}

/** The serving number after as many positions that were not given up as from `from` to `to`, as in `tick.lua`. */
function passOverLeft({ left }: RoomData, from: number, to: number): number {
  let serving = from
  for (let kept = 0; kept < to - from; serving++) if (!left.has(serving)) kept++
  return serving
}

function prolongTurns({ turns, deferred }: RoomData, nowMs: number, ms: number): void {
  for (const turn of turns) turn.atMs = Math.min(nowMs, turn.atMs + ms)
  for (const [position, untilMs] of deferred) if (untilMs >= nowMs - ms) deferred.set(position, untilMs + ms)
}

/** Records which position has been called, and drops records whose turns lapsed long ago. */
function recordTurn({ state, turns }: RoomData, admission: Admission, nowMs: number): void {
  const called = calledOf(state)
  if (called > (turns.at(-1)?.reached ?? state.settled)) turns.push({ reached: called, atMs: nowMs })
  thinOldTurns(turns, nowMs)
  const oldestMs = nowMs - lapseAfterMs(admission) - KEEP_LAPSED_MS
  while (turns[0] && turns[0].atMs <= oldestMs) turns.shift()
}

/** Thins the latest old turns only, as `tick.lua` does: each step adds one turn at most. */
function thinOldTurns(turns: RoomData['turns'], nowMs: number): void {
  const end = turns.findLastIndex(({ atMs }) => atMs <= nowMs - MAX_HOLD_MS) + 1
  const first = Math.max(0, end - MAX_THINNED)
  let keptAtMs = -Infinity
  const kept = turns.slice(first, end).filter(({ atMs }) => {
    const isKept = atMs - keptAtMs >= TURN_RESOLUTION_MS
    if (isKept) keptAtMs = atMs
    return isKept
  })
  turns.splice(first, end - first, ...kept)
}

/** Measures the time since the position was called, unless it was called longer than MAX_HOLD_MS ago or on joining. */
function measureDelay({ state, turns }: RoomData, nowMs: number, position: number): void {
  let turn = turns.length
  while (turn > 0 && position < turns[turn - 1]!.reached) turn--
  const calledAtMs = turns[turn]?.atMs
  if (calledAtMs === undefined || calledAtMs <= nowMs - MAX_HOLD_MS) return
  state.timedClaims++
  state.timedMs += nowMs - calledAtMs
}

function renewPass({ visits }: RoomData, { idleMs, passMs }: Admission, nowMs: number, visitor: number): ClaimReplyKind {
  const visit = visits.get(visitor)
  if (!visit || visit.endsAtMs <= nowMs) return 'used'
  visit.endsAtMs = Math.min(nowMs + idleMs, visit.sinceMs + passMs)
  return 'claimed'
}

function claimTurn(room: RoomData, admission: Admission, nowMs: number, visitor: number, position: number): ClaimReplyKind {
  const { state, visits, deferred, claimed, limit } = room
  if (claimed.has(position)) return 'used'
  if (position >= state.serving) return 'waiting'
  const isFirstClaim = (deferred.get(position) ?? 0) < nowMs
  if (position < state.lapsed && isFirstClaim) return 'missed'
  if (isFirstClaim) {
    measureDelay(room, nowMs, position)
    if (position < state.settled) state.tokens--
  }
  if (visits.size >= limit && liveVisits(room, nowMs) >= limit) {
    deferred.set(position, nowMs + admission.turnMs)
    return 'deferred'
  }
  claimed.add(position)
  deferred.delete(position)
  visits.set(visitor, { endsAtMs: nowMs + Math.min(admission.idleMs, admission.passMs), sinceMs: nowMs })
  return 'claimed'
}

/** Visits that have not expired. Expired ones are removed by the next tick. */
function liveVisits({ visits }: RoomData, nowMs: number): number {
  let live = 0
  for (const { endsAtMs } of visits.values()) if (endsAtMs > nowMs) live++
  return live
}
