import type { Mode } from './room-plan.ts'
import type { RoomSettings } from './room-settings.ts'

/**
 * The state of a room, as `db/redis/room/tick.lua` returns it, and the step that moves it.
 *
 * A room calls positions in ascending order. Four counters divide the positions; each only grows within an epoch:
 *
 *     0 ────────── lapsed ────────── settled ────────── called ────────── issued
 *        missed            late             reserved            waiting
 *
 * | positions          | the turn                          | what a claim gets                                                |
 * | ------------------ | --------------------------------- | ---------------------------------------------------------------- |
 * | below `lapsed`     | has lapsed                        | `missed`                                                         |
 * | `lapsed`–`settled` | was called over `holdMs` ago       | a pass if a visit is free, but no capacity is reserved for it    |
 * | `settled`–`called` | was called within `holdMs`         | a pass; capacity is reserved for `showRate` of these positions   |
 * | from `called` on   | has not been called               | `waiting`                                                        |
 *
 * - `called` is min(`serving`, `issued`). It is not stored; `reached` is its value at the last step, so `called − reached` is the number of
 *   visitors who joined since then and were called at once.
 * - `serving` exceeds `issued` while the room has capacity to spare (phase `idle`). Positions from `issued` to `serving` are called as they join.
 * - A claim while the room is full is deferred: its visitor is admitted before the next call, for up to `turnMs` even if the turn lapses.
 * - A position that its visitor gives up before claiming it (bitmap `left`) is no turn: the serving number passes over it, and neither the
 *   rate nor the show rate counts it.
 * - `settleTo` and `lapseTo` are the values of `settled` and `lapsed` by the clock. The next step stores them, except while visitors cannot claim.
 */
export type RoomState = {
  /** The store's clock. All times in this type are in its milliseconds. */
  nowMs: number
  epoch: number
  /** Tickets given out: indexes run from 0 to `issued` − 1. */
  issued: number
  /** Positions below it have been called. */
  serving: number
  /** min(serving, issued) at the last step. */
  reached: number
  /** No capacity is reserved for positions below it. */
  settled: number
  /** The turns of positions below it have lapsed. */
  lapsed: number
  /** Balance of the token bucket that enforces `perMinute`: one token for each visitor; may be negative. */
  tokens: number
  /** 0 for a room that has not stepped yet. */
  steppedAtMs: number
  /** Smoothed share of called visitors who claim within the hold, and the weight of its past in turns (0 for a new room). */
  showRate: number
  showTurns: number
  /** Smoothed mean delay between a call and the first claim, and how long capacity is reserved for a called visitor. */
  delayMs: number
  holdMs: number
  /** Active visits that the origin's health allows; 0 means no limit. */
  window: number
  /** When `window` was last adjusted. */
  judgedAtMs: number
  /** Total time of all visits, and number of visits that ended; both decay exponentially. */
  visitMs: number
  exits: number
  /** Tickets that took part in the draw; null before it, or without one. */
  drawn: number | null
  seed: string | null
  commitment: string | null
  /** Set by an operator, as are the settings below; null leaves the setting to the room plan. */
  paused: boolean
  mode: Mode | null
  perMinute: number | null
  capacity: number | null
  /** The other settings. `revision` grows with each change of any setting. */
  settings: RoomSettings | null
  revision: number
  /** JSON of RoomSettings: those of the edges' environment; null before an edge has reported them. */
  plan: string | null
  /** Passes given for turns, and turns that lapsed without a claim, since the room was created or reset. */
  claims: number
  missed: number
  /** Counts since the last step that used them: responses of the origin, slow or failed responses, and ended visits … */
  answered: number
  slow: number
  ended: number
  /** … and first claims within MAX_HOLD_MS of the call, with the sum of their delays. */
  timedClaims: number
  timedMs: number
  /** Turns that were given up after they were charged, since the last step. */
  leftCalled: number
  /** When an edge last restored the room after the store lost data (0: never), and the active visits that this edge remembered. */
  restoredAtMs: number
  restoredVisits: number
  activeVisits: number
  /** Deferred claims: made while the room was full. */
  deferred: number
  /** Values of `settled` and `lapsed` at `nowMs`. */
  settleTo: number
  lapseTo: number
  /** Turns called since the last step, which are charged by the next one: positions `reached`–`called`. */
  newTurns: number
  /** Turns, and claims of them, also deferred ones: of the positions `settled`–`settleTo`, and of `settleTo`–`called`. */
  settledTurns: number
  settledShows: number
  freshTurns: number
  freshShows: number
  /** Visitors who gave up before their call: those with a known position (before a draw: all), and those who had left when it was held. */
  goneWaiting: number
  goneAtDraw: number
}

/**
 * One step, decided from a RoomState. The store applies it only if `steppedAtMs` is unchanged (compare-and-set). Counters are written as
 * differences (`addTokens`, `counted`), so that what was counted between read and write is kept.
 */
export type Step = {
  /** The expected value; the store replaces it by its own time. */
  steppedAtMs: number
  /** The store adds the positions from `reached` on that were given up. */
  serving: number
  reached: number
  settled: number
  lapsed: number
  addTokens: number
  showRate: number
  showTurns: number
  delayMs: number
  holdMs: number
  window: number
  judgedAtMs: number
  visitMs: number
  exits: number
  /** Active visits, at most. The store defers claims beyond it. */
  limit: number
  /** Extends all open turns and deferred claims by this time, in which visitors could not claim. */
  prolongMs: number
  /** The commitment to publish, or null to publish none. */
  commitment: string | null
  /** Holds the draw: `drawn` becomes `issued`. NO_SEED gives up the draw: `drawn` becomes 0. Null does neither. */
  seed: string | null
  counted: { answered: number; slow: number; ended: number; timedClaims: number; timedMs: number; leftCalled: number }
}

/** Capacity is reserved at most this long for a called visitor. Later claims do not count for the measured delay. */
export const MAX_HOLD_MS = 10_000
/** The delay between call and claim that a room assumes before it has measured one. */
export const PRIOR_DELAY_MS = 4_000
/** A turn that was not claimed within `turnMs` has a second chance for this many times `turnMs`; then it lapses. */
export const SECOND_CHANCE_TURNS = 4
/** The seed of a step that gives up the draw. */
export const NO_SEED = ''

/** The number of positions that have been called: `serving` may exceed the number of tickets. */
export const calledOf = ({ serving, issued }: Pick<RoomState, 'serving' | 'issued'>): number => Math.min(serving, issued)
