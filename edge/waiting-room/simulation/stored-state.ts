import { MAX_HOLD_MS, PRIOR_DELAY_MS, type RoomState } from '../room-state.ts'

/** The stored fields of a room; the other fields of RoomState are computed on reading. */
export type StoredState = Omit<
  RoomState,
  | 'nowMs'
  | 'activeVisits'
  | 'deferred'
  | 'settleTo'
  | 'lapseTo'
  | 'newTurns'
  | 'settledTurns'
  | 'settledShows'
  | 'freshTurns'
  | 'freshShows'
  | 'goneWaiting'
>

/** The fields of a new room. */
export const createStoredState = (epoch: number): StoredState => ({
  epoch,
  issued: 0,
  serving: 0,
  reached: 0,
  settled: 0,
  lapsed: 0,
  tokens: 0,
  steppedAtMs: 0,
  showRate: 1,
  showTurns: 0,
  delayMs: PRIOR_DELAY_MS,
  holdMs: MAX_HOLD_MS,
  window: 0,
  judgedAtMs: 0,
  visitMs: 0,
  exits: 0,
  goneAtDraw: 0,
  drawn: null,
  seed: null,
  commitment: null,
  paused: false,
  mode: null,
  perMinute: null,
  capacity: null,
  settings: null,
  revision: 0,
  plan: null,
  claims: 0,
  missed: 0,
  answered: 0,
  slow: 0,
  ended: 0,
  timedClaims: 0,
  timedMs: 0,
  leftCalled: 0,
  restoredAtMs: 0,
  restoredVisits: 0,
})
