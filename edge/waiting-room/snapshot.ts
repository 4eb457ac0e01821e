import type { Phase, Snapshot } from '../contract/rooms.ts'
import { viewAdmission } from './capacity.ts'
import { phaseOf } from './phase.ts'
import { messageOf } from './room-settings.ts'
import type { RoomState } from './room-state.ts'
import type { RoomPlan } from './room-plan.ts'

/** The snapshot of a room in a given state, under a plan. */
export function createSnapshot(
  name: string,
  { opening, admission }: Pick<RoomPlan, 'opening' | 'admission'>,
  state: RoomState,
): Snapshot {
  const opensInMs = (opening.opensAtMs ?? 0) - state.nowMs
  const phase = phaseOf(state, opening, admission)
  const { perMinute, vacant, outflow, heldBy } = viewAdmission(state, opening, admission)
  return {
    room: name,
    phase,
    epoch: state.epoch,
    serving: state.serving,
    issued: state.issued,
    gone: goneOf(state),
    drawn: state.drawn,
    commitment: state.commitment,
    seed: state.seed,
    opensAt: opening.opensAtMs === null ? null : new Date(opening.opensAtMs).toISOString(),
    serverTime: new Date(state.nowMs).toISOString(),
    perMinute,
    vacant,
    outflow,
    heldBy,
    seatsLeft: opening.seatsLeft,
    message: messageOf(state.settings),
    pollAfterMs: pollAfterMs(phase, phase === 'lobby' ? opensInMs : phase === 'closed' ? opensInMs - admission.lobbyMs : 0),
  }
}

/** A draw spreads those who left before it evenly over all positions. The visitor who reads the snapshot is still waiting. */
function goneOf({ goneWaiting, goneAtDraw, drawn, issued, serving }: RoomState): number {
  const uncalled = Math.max(0, (drawn ?? 0) - serving)
  const gone = goneWaiting + (uncalled > 0 ? Math.floor(goneAtDraw * uncalled / drawn!) : 0)
  return Math.max(0, Math.min(gone, issued - serving - 1))
}

/** A snapshot while the store is unreachable: no turn is called, and every position is kept. */
export const createStoreDownSnapshot = (last: Snapshot, nowMs: number): Snapshot => ({
  ...last,
  phase: 'paused',
  heldBy: 'store',
  serverTime: new Date(nowMs).toISOString(),
  pollAfterMs: pollAfterMs('paused', 0),
})

/** When a visitor without a ticket polls again, in milliseconds. `untilMs` is the time to the next known change of phase. */
function pollAfterMs(phase: Phase, untilMs: number): number {
  if (phase === 'lobby' || (phase === 'closed' && untilMs > 0)) return Math.max(1_000, Math.min(30_000, Math.ceil(untilMs / 2)))
  if (phase === 'closed') return 30_000
  if (phase === 'paused' || phase === 'sold_out') return 3_000
  return 2_000
}
