import type { Snapshot } from '../contract/rooms.ts'
import { isAtRest } from '../waiting-room/phase.ts'
import type { Mode, RoomPlan } from '../waiting-room/room-plan.ts'
import { planUnder } from '../waiting-room/room-settings.ts'
import { type RoomState } from '../waiting-room/room-state.ts'
import { createSnapshot, createStoreDownSnapshot } from '../waiting-room/snapshot.ts'
import { storeAhead } from './store-clock.ts'

/** A room as request handlers see it. */
export type Room = {
  name: string
  /** The plan in effect: that of the directory under the settings of operators. */
  plan: RoomPlan
  /** The mode in effect: an operator's, otherwise the plan's. */
  mode: Mode
  snapshot: Snapshot
  /** The snapshot as JSON, serialised once per tick. */
  body: string
  /** The position of an index: drawn if the index took part in a draw, otherwise the index itself. */
  positionOf(index: number): number
  /** The store's clock minus this edge's (`store-clock.ts`). */
  storeAheadMs: number
  /** Whether the store has been unreachable for so long that no turn is called. */
  isStoreDown: boolean
  /** The greatest number of tickets that this edge knows. Each tick reports it to the store, which may have restarted with older data. */
  issuedSeen: number
}

/** Receives the JSON of a snapshot after each tick, and null when this edge ends its streams. */
export type SnapshotListener = (body: string | null) => void

/** What one tick reads from the store. */
export type RoomReading = {
  state: RoomState
  /** The upstream's response counts as of this tick; the next tick reports the difference to the store. */
  reported: { answered: number; slow: number }
  positionOf(index: number): number
}

/** A room that this edge ticks. Its fields are replaced after each tick. */
export type LiveRoom = Room & RoomReading & {
  /** The plan as the directory describes it. */
  basePlan: RoomPlan
  /** When a visitor last requested the room. */
  touchedAtMs: number
  tickedAtMs: number
  /** When the last refresh of the plan began. */
  planRequestedAtMs: number
  timer: ReturnType<typeof setInterval> | null
  listeners: Set<SnapshotListener>
}

/** The closing time in the plan of a withdrawn event: its room admits no more visitors, and has no opening to wait for. */
export const WITHDRAWN_AT_MS = 1

/** A room after its first tick, without a timer. */
export const createLiveRoom = (name: string, plan: RoomPlan, reading: RoomReading, nowMs: number): LiveRoom => ({
  name,
  basePlan: plan,
  ...reading,
  ...viewOf(name, plan, reading.state),
  storeAheadMs: reading.state.nowMs - nowMs,
  isStoreDown: false,
  issuedSeen: reading.state.issued,
  touchedAtMs: nowMs,
  tickedAtMs: nowMs,
  planRequestedAtMs: nowMs,
  timer: null,
  listeners: new Set(),
})

/** Stores the result of a tick. Tickets issued meanwhile by this edge still count, unless the room was reset. */
export function applyReading(room: LiveRoom, reading: RoomReading, nowMs: number): void {
  const { epoch, issued } = reading.state
  room.issuedSeen = epoch === room.state.epoch ? Math.max(room.issuedSeen, issued) : issued
  // The plan of this instant: it may have been refreshed during the tick.
  Object.assign(room, reading, viewOf(room.name, room.basePlan, reading.state))
  room.tickedAtMs = nowMs
  room.storeAheadMs = storeAhead(room.storeAheadMs, reading.state.nowMs - nowMs)
  room.isStoreDown = false
}

/** Renews the snapshot from the last tick, without the store. */
export function refreshView(room: LiveRoom, nowMs: number): void {
  Object.assign(room, viewOf(room.name, room.basePlan, stateAt(room, nowMs)))
}

/** Shows visitors that the store is unreachable. */
export function markStoreDown(room: LiveRoom, nowMs: number): void {
  room.isStoreDown = true
  room.snapshot = createStoreDownSnapshot(room.snapshot, stateAt(room, nowMs).nowMs)
  room.body = JSON.stringify(room.snapshot)
}

/** Whether the store may be read rarely: no visitor waits, is admitted, or has a turn that can be claimed. */
export const isRoomAtRest = (room: LiveRoom, nowMs: number): boolean =>
  isAtRest(stateAt(room, nowMs), room.issuedSeen, room.plan.opening, room.plan.admission)

/** The state of the last tick, with the store's clock advanced to now. */
const stateAt = ({ state, storeAheadMs }: LiveRoom, nowMs: number): RoomState => ({
  ...state,
  nowMs: nowMs + storeAheadMs,
})

function viewOf(name: string, basePlan: RoomPlan, state: RoomState): Pick<Room, 'plan' | 'mode' | 'snapshot' | 'body'> {
  const plan = planUnder(basePlan, state.settings)
  const snapshot = createSnapshot(name, plan, state)
  return { plan, mode: state.mode ?? plan.admission.mode, snapshot, body: JSON.stringify(snapshot) }
}
