import { createSingleFlight } from '../../runtime/single-flight.ts'
import { mayBeSoldOutSoon } from '../contract/polling.ts'
import {
  applyReading,
  isRoomAtRest,
  type LiveRoom,
  markStoreDown,
  refreshView,
  type RoomReading,
  WITHDRAWN_AT_MS,
} from './live-room.ts'
import { planUnder } from '../waiting-room/room-settings.ts'
import type { RoomDirectory } from './room-directory.ts'

/** Time between two ticks, and between two refreshes of the plan, of a room at rest: with one step, an operator's act takes effect within 2 s. */
const REST_MS = 1_500
/** With more live rooms than this, rooms at rest tick proportionally less often, so that the load on the store stays constant. */
const RESTING_AT_FULL_RATE = 375
/** Time between two refreshes of the plan (opening, seats left); shorter while the seats may be gone soon. */
const PLAN_MS = 1_000
const ENDING_PLAN_MS = 400
/** After this time without a tick the store counts as down. */
const STORE_DOWN_MS = 2_000

type Parts = {
  directory: Pick<RoomDirectory, 'findRoom'>
  tick(room: LiveRoom): Promise<RoomReading>
  /** The number of live rooms. */
  liveRooms(): number
  now(): number
  log(event: string, facts?: object): void
}

/** Keeps a live room's state, plan and snapshot up to date. `maintain` runs once per step time of the room. */
export function createRoomUpkeep({ directory, tick, liveRooms, now, log }: Parts) {
  const restMs = () => REST_MS * Math.max(1, liveRooms() / RESTING_AT_FULL_RATE)

  /** How long ago the next tick was due; negative before that. */
  const overdueMs = (room: LiveRoom) => now() - room.tickedAtMs - (isRoomAtRest(room, now()) ? restMs() : 0)

  function planIntervalMs(room: LiveRoom): number {
    if (isRoomAtRest(room, now())) return restMs()
    return mayBeSoldOutSoon(room.snapshot) ? ENDING_PLAN_MS : PLAN_MS
  }

  /** Single-flight: a slow upstream gets one request per room. */
  const refreshPlan = createSingleFlight(async (room: LiveRoom) => {
    room.planRequestedAtMs = now()
    try {
      const plan = await directory.findRoom(room.name)
      const { basePlan } = room
      room.basePlan = plan ?? { ...basePlan, opening: { ...basePlan.opening, closesAtMs: WITHDRAWN_AT_MS } }
      room.plan = planUnder(room.basePlan, room.state.settings)
    } catch {
      // The last plan stays in effect. The room may call too many visitors for its seats; no seat is sold twice.
    }
  })

  const refreshState = createSingleFlight(async (room: LiveRoom) => {
    try {
      applyReading(room, await tick(room), now())
    } catch (error) {
      if (overdueMs(room) > STORE_DOWN_MS) {
        if (!room.isStoreDown) log('room_store_down', { room: room.name, error: String(error) })
        markStoreDown(room, now())
      }
    }
    publish(room)
  })

  function maintain(room: LiveRoom): void {
    if (now() - room.planRequestedAtMs >= planIntervalMs(room)) void refreshPlan(room)
    if (overdueMs(room) >= 0) void refreshState(room)
    else {
      refreshView(room, now())
      publish(room)
    }
  }

  return { maintain, overdueMs }
}

function publish({ listeners, body }: LiveRoom): void {
  for (const listener of listeners) listener(body)
}
