import { phaseOf, type RoomState, viewAdmission } from './contract/admission.ts'
import type { Phase, Snapshot } from './contract/room.ts'
import type { Room } from './rooms.ts'
import type { RoomPlan } from './site.ts'

/** A room as it is told at the time of a state, by a plan. */
export function describeRoom(
  name: string,
  { opening, admission }: RoomPlan,
  state: RoomState,
): Pick<Room, 'mode' | 'snapshot' | 'body'> {
  const opensInMs = (opening.opensAtMs ?? 0) - state.nowMs
  const phase = phaseOf(state, opening, admission)
  const { perMinute, vacant, outflow, heldBy } = viewAdmission(state, opening, admission)
  const snapshot: Snapshot = {
    room: name,
    phase,
    epoch: state.epoch,
    serving: state.serving,
    issued: state.issued,
    drawn: state.drawn,
    commitment: state.commitment,
    seed: state.seed,
    opensAt: opening.opensAtMs === null ? null : new Date(opening.opensAtMs).toISOString(),
    serverTime: new Date(state.nowMs).toISOString(),
    ...{ perMinute, vacant, outflow, heldBy },
    seatsLeft: opening.seatsLeft,
    pollAfterMs: pollAfter(phase, phase === 'lobby' ? opensInMs : phase === 'closed' ? opensInMs - admission.lobbyMs : 0),
  }
  return { mode: state.mode ?? admission.mode, ...describeSnapshot(snapshot) }
}

/** Nobody can be called while the store is silent; every place is kept. */
export const describeSilence = (snapshot: Snapshot, nowMs: number): Pick<Room, 'snapshot' | 'body'> =>
  describeSnapshot({
    ...snapshot,
    phase: 'paused',
    heldBy: 'store',
    serverTime: new Date(nowMs).toISOString(),
    pollAfterMs: pollAfter('paused', 0),
  })

const describeSnapshot = (snapshot: Snapshot): Pick<Room, 'snapshot' | 'body'> => ({ snapshot, body: JSON.stringify(snapshot) })

/** When somebody of whom nothing is known but the phase should ask again, ms; `untilMs`: the time to the next known change. */
function pollAfter(phase: Phase, untilMs: number): number {
  if (phase === 'lobby' || (phase === 'closed' && untilMs > 0)) return Math.max(1_000, Math.min(30_000, Math.ceil(untilMs / 2)))
  if (phase === 'closed') return 30_000
  if (phase === 'paused' || phase === 'sold_out') return 3_000
  return 2_000
}
