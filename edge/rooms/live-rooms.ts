import { isRoomAtRest, type LiveRoom } from './live-room.ts'
import { UpstreamUnavailable } from '../upstream/upstream-unavailable.ts'

/** A room without a request for this long is no longer live. */
const IDLE_MS = 60_000
const MAX_LIVE_ROOMS = 5_000

type Parts = {
  /** Called for each room once per step time. */
  maintain(room: LiveRoom): void
  now(): number
}

/** The set of live rooms, bounded. A timer per room maintains it, and closes it when it is idle. */
export function createLiveRooms({ maintain, now }: Parts) {
  const rooms = new Map<string, LiveRoom>()

  function close(room: LiveRoom): void {
    if (room.timer !== null) clearInterval(room.timer)
    rooms.delete(room.name)
  }

  function onTimer(room: LiveRoom): void {
    if (now() - room.touchedAtMs > IDLE_MS && room.listeners.size === 0) close(room)
    else maintain(room)
  }

  /** The least recently requested room at rest; null when every room is in use. */
  function findEvictable(): LiveRoom | null {
    let oldest: LiveRoom | null = null
    for (const room of rooms.values()) {
      const isOlder = oldest === null || room.touchedAtMs < oldest.touchedAtMs
      if (isOlder && room.listeners.size === 0 && isRoomAtRest(room, now())) oldest = room
    }
    return oldest
  }

  return {
    size: () => rooms.size,
    all: (): LiveRoom[] => [...rooms.values()],
    get: (name: string): LiveRoom | undefined => rooms.get(name),

    add(room: LiveRoom): void {
      room.timer = setInterval(() => onTimer(room), room.plan.admission.stepMs)
      rooms.set(room.name, room)
    },

    /** Makes sure that a room can be added, by closing another one if necessary. Throws UpstreamUnavailable if that is not possible. */
    makeSpace(): void {
      if (rooms.size < MAX_LIVE_ROOMS) return
      const evictable = findEvictable()
      if (!evictable) throw new UpstreamUnavailable(`More than ${MAX_LIVE_ROOMS} rooms are live`)
      close(evictable)
    },

    closeAll(): void {
      for (const room of [...rooms.values()]) close(room)
    },
  }
}
