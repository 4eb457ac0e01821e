import type { Phase } from '../contract/rooms.ts'

/**
 * Whom a room calls next, and when: pure functions of what the store tells, so that the line behaves in a simulation as it does in front
 * of a shop. The store applies a step only if no other edge has stepped meanwhile (`db/redis/room/tick.lua`).
 */

/** In which order people are let in: `draw` places those present before the opening by lot, `fifo` by arrival. */
export type Mode = 'fifo' | 'draw' | 'passthrough' | 'closed'

/** How a room lets people in. What an admin has set in the store goes before it. */
export type Admission = {
  mode: Mode
  /** People to let in per minute, at most. */
  perMinute: number
  /** People inside at once, at most. */
  capacity: number
  /** How long a turn may be claimed. */
  turnMs: number
  /** How long a pass is good for, however busy its owner. */
  passMs: number
  /** A pass that is not used for so long ends. */
  idleMs: number
  /** People may come in this long before the opening. */
  lobbyMs: number
  /** Time between two steps of the serving number. */
  stepMs: number
}

/** When a room is open and what is left behind it; null for always, and for unknown. */
export type Opening = { opensAtMs: number | null; closesAtMs: number | null; seatsLeft: number | null }

/** A room as its store tells it, at one instant of the store's clock. */
export type RoomState = {
  nowMs: number
  epoch: number
  issued: number
  /** Places below it have been called. Ahead of `issued` while there is room for more than have come: they walk straight in. */
  serving: number
  /** min(serving, issued) at the last step: who has really been called. */
  reached: number
  /** Places below it were called longer ago than HOLD_MS: nothing is kept free for them any more. */
  settled: number
  /** Places below it may not come in any more: their turn lapsed, and so did the time of the second chance. */
  lapsed: number
  /** People who may be called now by the rate. */
  tokens: number
  /** 0 for a room that has just been made. */
  steppedAtMs: number
  /** The share of those called who come within HOLD_MS, smoothed. */
  showRate: number
  /** People inside at once that the origin's health allows; 0 while it has never been in question. */
  window: number
  judgedAtMs: number
  /** Time spent inside by all, and visits ended in it; older time counts less. */
  visitMs: number
  exits: number
  drawn: number | null
  seed: string | null
  commitment: string | null
  /** Set by an admin. */
  paused: boolean
  mode: Mode | null
  perMinute: number | null
  capacity: number | null
  /** Since the last step: answers of the origin, those of them that were slow or failed, and visits ended. */
  answered: number
  slow: number
  ended: number
  /** When the store lost the room and was told of it by an edge, and how many were inside then; 0 for never. */
  restoredAtMs: number
  restoredVisits: number
  /** Live passes. */
  activeVisits: number
  /** Turns that were claimed while the room was full: they go in next. */
  deferred: number
  /** What `settled` and `lapsed` should be by now. */
  settleTo: number
  lapseTo: number
  /** Of the places from `settled` to `settleTo`, and of those called since, how many have come. */
  settledShows: number
  freshShows: number
}

/** What a step writes. Sums that were counted are taken off again, so that what came in meanwhile is kept. */
export type Step = {
  steppedAtMs: number
  serving: number
  reached: number
  settled: number
  lapsed: number
  addTokens: number
  showRate: number
  window: number
  judgedAtMs: number
  visitMs: number
  exits: number
  /** People inside at once from now on, at most; the store holds claims to it. */
  limit: number
  /** Open turns are prolonged by this: nobody could claim them. */
  prolongMs: number
  commitment: string | null
  /** With a seed the draw is held in this write: `drawn` becomes what has been issued then; with NO_SEED it becomes none. */
  seed: string | null
  counted: { answered: number; slow: number; ended: number }
}

/** What a room shows of its admission. */
export type AdmissionView = {
  phase: Phase
  /** People let in per minute, at most. */
  perMinute: number
  /** People who can be called without anybody leaving. */
  vacant: number
  /** People per minute who can be called when nobody but the leaving makes room: the pace behind the first `vacant`. */
  outflow: number
  /** What holds the line back most, in the long run. */
  heldBy: 'rate' | 'health' | 'capacity' | 'seats'
}

/** A place inside is kept free for somebody who was called for this long; whoever comes later goes in as soon as there is one. */
export const HOLD_MS = 10_000
/** A turn that was not claimed in its time has a second chance for so many times as long. */
export const SECOND_CHANCE_TURNS = 4
/** People called for each seat that is left: some of those inside will not buy. */
export const PEOPLE_PER_SEAT = 2
/** At the least this share is believed to come, so that at most four are called for one place. */
const SHOW_AT_LEAST = 0.25
/** So many turns weigh as much as all that was known before. */
const SHOW_MEMORY = 100
/** How long a visit takes is the time spent inside for each visit that ended; half of the longest is believed as if so many had shown it. */
const PRIOR_EXITS = 5
const STAY_MEMORY_MS = 300_000
/** A debt is remembered for so many seconds of the rate. */
const DEBT_BURSTS = 10
/** Nothing is let in faster because of a rest: a second of the rate can be saved. */
const BURST_MS = 1_000
/** After so many steps in which nobody stepped, nobody was there to claim from. */
const SILENT_STEPS = 10
/** When no edge has the seed that was committed to (its secret is gone), people are called as they came. */
const SEED_PATIENCE_MS = 10_000
export const NO_SEED = ''
/** An opening starts with an empty bucket; a room made long after it, with a full one. */
const LONG_OPEN_MS = 60_000

/** People are called ahead for those who will leave within this: somebody called needs a moment to come. */
const CALL_AHEAD_MS = 1_500

/**
 * The origin's load follows the people inside, so they are its window, as data in flight are a connection's: twice a second it shrinks by
 * half the share of slow answers if that is over 5 %, that is, if their p95 is what counts as slow (decrease in proportion, at most by
 * half, as in DCTCP: Alizadeh et al. 2010), else it grows by a fortieth. A rate instead of a window would act a whole visit later, and
 * swing. Counts of slow answers can be added over edges, which latencies cannot, and need no learned baseline, as a gradient of latencies
 * would.
 */
const JUDGE_MS = 500
const SLOW_SHARE = 0.05
/** One slow answer is no sign. */
const SLOW_AT_LEAST = 2
const WINDOW_RISE = 0.025
/** However the origin fares, this share of the capacity may be inside, to see it recover. */
const WINDOW_FLOOR = 0.02

/** No room is at rest so near to its opening: the first are called within a step of it. */
const NEAR_OPENING_MS = 5_000
/** A room at rest steps as rarely as this if nothing changes: whoever comes meanwhile is believed inside since, at the most. */
const REST_STEP_MS = 10_000

/**
 * Whether a room may be looked at rarely: it is closed, or nobody waits in it, is inside, or has a turn that could still be claimed. `issued`
 * is what is known of its tickets, since somebody may have joined after the state was told.
 */
export function isAtRest(state: RoomState, issued: number, opening: Opening, admission: Admission): boolean {
  if (opening.opensAtMs !== null && Math.abs(state.nowMs - opening.opensAtMs) < NEAR_OPENING_MS) return false
  const isEmpty = issued <= state.lapsed && state.activeVisits === 0 && state.deferred === 0 && state.window === 0
  return isEmpty || phaseOf(state, opening, admission) === 'closed'
}

/** The phase of a room, by the store's clock. */
export function phaseOf(state: RoomState, opening: Opening, admission: Admission): Phase {
  const mode = state.mode ?? admission.mode
  const opensAtMs = opening.opensAtMs ?? 0
  if (mode === 'closed' || (opening.closesAtMs !== null && state.nowMs >= opening.closesAtMs)) return 'closed'
  if (state.nowMs < opensAtMs - admission.lobbyMs) return 'closed'
  if (state.nowMs < opensAtMs) return 'lobby'
  if (state.paused) return 'paused'
  if (opening.seatsLeft === 0) return 'sold_out'
  // Places are not known before the draw.
  if (state.commitment !== null && state.drawn === null) return 'lobby'
  return state.serving > state.issued ? 'idle' : 'open'
}

/**
 * The next step of a room, or null when none is due. `draw` is what this edge knows of the room's draw: the commitment is published as
 * long as nobody can have joined, the seed when the room opens.
 */
export function stepRoom(
  seen: RoomState,
  opening: Opening,
  admission: Admission,
  draw: { seed: string; commitment: string } | null,
): Step | null {
  const { nowMs, tokens } = seen
  const isNew = seen.steppedAtMs === 0
  // A store's clock may have been set back: then a step is due, and no time has passed.
  const sinceMs = isNew ? 0 : Math.max(0, nowMs - seen.steppedAtMs)
  if (!isNew && nowMs >= seen.steppedAtMs && sinceMs < admission.stepMs) return null

  const mode = seen.mode ?? admission.mode
  const opensAtMs = opening.opensAtMs ?? 0
  const phase = phaseOf(seen, opening, admission)
  const moving = phase === 'open' || phase === 'idle'
  // While nobody could claim (paused, sold out, no edge and no store to ask), the turns that are open stand still.
  const isStill = !moving || sinceMs > SILENT_STEPS * Math.max(admission.stepMs, 100)
  const state = isStill
    ? {
      ...seen,
      settleTo: seen.settled,
      lapseTo: seen.lapsed,
      settledShows: 0,
      freshShows: seen.settledShows + seen.freshShows,
    }
    : seen
  const called = Math.min(state.serving, state.issued)
  const show = learnShow(state)
  const { window, judgedAtMs } = judgeOrigin(state, state.capacity ?? admission.capacity, moving)
  const { ratePerMs, capacity, free } = figures({ ...state, showRate: show, window }, opening, admission)

  const burst = Math.max(1, ratePerMs * BURST_MS)
  // Those called are charged as many as are believed to come, and the rest when it is known.
  const charge = Math.max(state.showRate, SHOW_AT_LEAST)
  let saved = tokens - (called - state.reached) * charge - (state.settledShows - (state.settleTo - state.settled) * charge)
  if (moving) saved += ratePerMs * Math.min(sinceMs, nowMs - opensAtMs)
  if (isNew && moving && nowMs > opensAtMs + LONG_OPEN_MS) saved = burst
  saved = Math.max(-DEBT_BURSTS * burst, Math.min(burst, saved))

  const isDrawDue = phase === 'lobby' && nowMs >= opensAtMs && state.commitment !== null && state.drawn === null
  const isSeedLost = isDrawDue && (mode !== 'draw' || nowMs >= opensAtMs + SEED_PATIENCE_MS)
  const people = moving ? Math.floor(Math.max(0, Math.min(saved, free)) / Math.max(show, SHOW_AT_LEAST)) : 0
  const step: Step = {
    steppedAtMs: state.steppedAtMs,
    serving: mode === 'passthrough' && moving ? state.issued + 1_000_000 : called + people,
    reached: called,
    settled: state.settleTo,
    lapsed: state.lapseTo,
    addTokens: saved - tokens,
    showRate: show,
    window,
    judgedAtMs,
    ...countTime(state, sinceMs),
    limit: mode === 'passthrough' ? Number.MAX_SAFE_INTEGER : capacity,
    prolongMs: isStill ? sinceMs : 0,
    commitment: draw && mode === 'draw' && state.commitment === null && state.issued === 0 && nowMs < opensAtMs
      ? draw.commitment
      : null,
    seed: isSeedLost ? NO_SEED : isDrawDue && draw?.commitment === state.commitment ? draw.seed : null,
    counted: {
      answered: judgedAtMs === state.judgedAtMs ? 0 : state.answered,
      slow: judgedAtMs === state.judgedAtMs ? 0 : state.slow,
      ended: state.ended,
    },
  }
  const isVain = sinceMs < REST_STEP_MS && isAtRest(seen, seen.issued, opening, admission) && movesNothing(seen, step)
  return isVain && !isNew ? null : step
}

const movesNothing = (state: RoomState, step: Step) =>
  step.serving === state.serving && step.reached === state.reached && step.settled === state.settled &&
  step.lapsed === state.lapsed && step.window === state.window && step.commitment === null && step.seed === null

/** What visitors are shown of a room's admission. */
export function viewAdmission(state: RoomState, opening: Opening, admission: Admission): AdmissionView {
  const { ratePerMs, limit, capacity, window, stayMs, free } = figures(state, opening, admission)
  const sustainedPerMs = Math.min(ratePerMs, Math.min(limit, window) / stayMs)
  return {
    phase: phaseOf(state, opening, admission),
    perMinute: Math.max(1, Math.round(ratePerMs * 60_000)),
    vacant: Math.max(0, Math.floor(free)),
    outflow: Math.max(1, Math.round(sustainedPerMs * 60_000)),
    heldBy: sustainedPerMs === ratePerMs ? 'rate' : window < limit ? 'health' : limit < capacity ? 'seats' : 'capacity',
  }
}

function figures(state: RoomState, opening: Opening, admission: Admission) {
  const capacity = state.capacity ?? admission.capacity
  const limit = opening.seatsLeft === null ? capacity : Math.min(capacity, PEOPLE_PER_SEAT * opening.seatsLeft)
  const window = state.window > 0 && state.window < capacity ? state.window : Infinity
  const stayMs = Math.max(1, (state.visitMs + PRIOR_EXITS * admission.passMs / 2) / (state.exits + PRIOR_EXITS))
  const called = Math.min(state.serving, state.issued)
  // Of those called lately, some have come and are inside; so many more will.
  const expected = Math.max(0, state.showRate * (called - state.settleTo) - state.freshShows)
  // Those of whom the store has forgotten that they are inside come back to its mind as they use their passes.
  const isRestored = state.nowMs < state.restoredAtMs + admission.idleMs
  const inside = isRestored ? Math.max(state.activeVisits, state.restoredVisits) : state.activeVisits
  const leaving = inside * Math.min(1, CALL_AHEAD_MS / stayMs)
  return {
    ...{ capacity, limit, window, stayMs },
    ratePerMs: (state.perMinute ?? admission.perMinute) / 60_000,
    // In a small window half is for those who do come.
    free: Math.min(
      limit + leaving - inside - state.deferred - expected,
      window - inside - Math.min(state.deferred + expected, window / 2),
    ),
  }
}

function learnShow({ showRate: show, settled, settleTo, settledShows: settledShows }: RoomState): number {
  const people = settleTo - settled
  return people > 0 ? show + (settledShows / people - show) * people / (people + SHOW_MEMORY) : show
}

/** Time inside over exits: unlike a mean of the visits that have ended, it is not short while the long ones still last. */
function countTime(
  { visitMs: visitMs, exits, activeVisits: inside, ended }: RoomState,
  sinceMs: number,
): { visitMs: number; exits: number } {
  const kept = Math.exp(-sinceMs / STAY_MEMORY_MS)
  return { visitMs: visitMs * kept + inside * sinceMs, exits: exits * kept + ended }
}

function judgeOrigin(
  { nowMs, window, judgedAtMs, answered, slow, activeVisits: inside }: RoomState,
  capacity: number,
  isMoving: boolean,
) {
  if (nowMs - judgedAtMs < JUDGE_MS) return { window, judgedAtMs }
  const now = window || capacity
  const floor = Math.max(1, WINDOW_FLOOR * capacity)
  // Where few are inside, or nobody is let in, the room is not what makes the origin slow.
  const isSlow = slow >= SLOW_AT_LEAST && slow > SLOW_SHARE * answered && isMoving && inside >= floor
  // A cut is judged when it has taken effect: those inside are not sent away.
  if (isSlow && inside > 1.1 * now) return { window, judgedAtMs: nowMs }
  const next = isSlow ? Math.min(now, inside) * (1 - slow / answered / 2) : now * (1 + WINDOW_RISE)
  return { window: next >= capacity ? 0 : Math.max(floor, next), judgedAtMs: nowMs }
}
