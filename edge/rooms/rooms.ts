import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { createShares } from '../../runtime/shares.ts'
import { createSingleFlight } from '../../runtime/single-flight.ts'
import type { Snapshot } from '../contract/rooms.ts'
import { shareOwnerOf } from '../contract/share-owner.ts'
import type { TokenKeys } from '../contract/tokens.ts'
import { createLiveRoom, type LiveRoom, type Room, type SnapshotListener } from './live-room.ts'
import { createLiveRooms } from './live-rooms.ts'
import type { RoomDirectory } from './room-directory.ts'
import { tick } from './room-tick.ts'
import { createRoomUpkeep } from './room-upkeep.ts'

/** A live room at its last tick. `overdueMs`: how long ago the next tick was due. */
export type RoomStatus = { snapshot: Snapshot; activeVisits: number; isPaused: boolean; overdueMs: number }

type Parts = {
  redis: Redis
  directory: Pick<RoomDirectory, 'findRoom' | 'isRoomName'>
  tokenKeys: TokenKeys
  /** How many measured requests the upstream has answered since the start, and how many of them were slow. */
  responseCounts(): { answered: number; slow: number }
  now(): number
  log(event: string, facts?: object): void
}

/**
 * How many streams may be open at once. A stream costs an edge about 60 kB. Many people may share an address; those beyond its share poll,
 * which shows them each step up to two seconds later. When all are taken, no stream is ended for another: those that have lasted long are
 * usually honest, and a client without one loses little.
 */
export const STREAM_SHARES = { total: 2_000, per: { room: 1_000, address: 100 } }
/** A name without a room is not looked up again for this long. */
const UNKNOWN_MS = 1_000
const MAX_UNKNOWN_NAMES = 10_000

/**
 * The rooms that visitors have requested recently. A timer ticks each room, and the edge answers requests from the last tick. The store's
 * load therefore grows with the number of edges and rooms, not with the number of visitors.
 */
export function createRooms(parts: Parts) {
  const { directory, now, log } = parts
  const unknownUntil = new LRUCache<string, number>({ max: MAX_UNKNOWN_NAMES })
  const live = createLiveRooms({ maintain: (room) => upkeep.maintain(room), now })
  const upkeep = createRoomUpkeep({
    directory,
    tick: (room) => tick(parts, room.name, room.basePlan, room),
    liveRooms: live.size,
    now,
    log,
  })
  const streams = createShares(STREAM_SHARES)

  const openRoom = createSingleFlight(async (name: string): Promise<LiveRoom | null> => {
    live.makeSpace()
    const plan = await directory.findRoom(name)
    if (!plan) {
      unknownUntil.set(name, now() + UNKNOWN_MS)
      return null
    }
    const room = createLiveRoom(name, plan, await tick(parts, name, plan, null), now())
    live.add(room)
    return room
  })

  function peek(name: string): Room | null {
    const room = live.get(name)
    if (!room) return null
    room.touchedAtMs = now()
    return room
  }

  return {
    /** Returns a live room and keeps it live; null if no live room has this name. */
    peek,

    /** Whether this edge ticks a room with this name. Does not keep it live. */
    isLive: (name: string): boolean => live.get(name) !== undefined,

    /** Returns a room and makes it live; null for an unknown name. Throws StoreUnavailable and UpstreamUnavailable. */
    async visit(name: string): Promise<Room | null> {
      const known = peek(name)
      if (known) return known
      if (!directory.isRoomName(name)) return null
      if ((unknownUntil.get(name) ?? 0) > now()) return null
      return await openRoom(name)
    },

    /**
     * Passes a room's snapshot to `listener` after each tick until the returned function is called. Null when the room, the address or all
     * rooms together have as many listeners as they may.
     */
    listen(name: string, address: string, listener: SnapshotListener): (() => void) | null {
      const room = live.get(name)
      const release = room ? streams.take({ room: name, address: shareOwnerOf(address) }) : null
      if (!room || !release) return null
      room.listeners.add(listener)
      return () => {
        room.listeners.delete(listener)
        release()
      }
    },

    /** All live rooms, for the metrics. */
    statuses: (): RoomStatus[] =>
      live.all().map((room) => ({
        snapshot: room.snapshot,
        activeVisits: room.state.activeVisits,
        isPaused: room.state.paused,
        overdueMs: Math.max(0, upkeep.overdueMs(room)),
      })),

    /** Ends all streams. Their clients poll, or connect to another edge. */
    endStreams(): void {
      for (const { listeners } of live.all()) {
        for (const listener of [...listeners]) listener(null)
      }
    },

    close: live.closeAll,
  }
}

export type Rooms = ReturnType<typeof createRooms>
