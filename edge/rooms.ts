import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { createSingleFlight } from '../runtime/single-flight.ts'
import type { Snapshot } from './contract/rooms.ts'
import type { TokenKeys } from './contract/tokens.ts'
import { createLiveRoom, isRoomAtRest, type LiveRoom, type Room, type SnapshotListener } from './live-room.ts'
import type { RoomDirectory } from './room-directory.ts'
import { tick } from './room-tick.ts'
import { createRoomUpkeep } from './room-upkeep.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** A live room at its last tick. `overdueMs`: how long ago the next tick was due. */
export type RoomStatus = { snapshot: Snapshot; activeVisits: number; isPaused: boolean; overdueMs: number }

type Parts = {
  redis: Redis
  directory: Pick<RoomDirectory, 'findRoom'>
  tokenKeys: TokenKeys
  /** How many measured requests the upstream has answered since the start, and how many of them were slow. */
  responseCounts(): { answered: number; slow: number }
  now(): number
  log(event: string, facts?: object): void
}

/** A room without a request for this long is no longer live. */
const IDLE_MS = 60_000
const MAX_LIVE_ROOMS = 5_000
/** An open stream costs an edge about 60 kB. */
const MAX_LISTENERS = 2_000
/** A name without a room is not looked up again for this long. */
const UNKNOWN_MS = 5_000
const MAX_UNKNOWN_NAMES = 10_000

/**
 * The live rooms of this edge: those that visitors have requested recently. A timer ticks each of them; requests are answered from the last
 * tick. The store's load therefore grows with the number of edges and rooms, not with the number of visitors.
 */
export function createRooms(parts: Parts) {
  const { now } = parts
  const live = new Map<string, LiveRoom>()
  const unknownUntil = new LRUCache<string, number>({ max: MAX_UNKNOWN_NAMES })
  let listenerCount = 0

  const upkeep = createRoomUpkeep({
    directory: parts.directory,
    tick: (room) => tick(parts, room.name, room.plan, room),
    liveRooms: () => live.size,
    now,
    log: parts.log,
  })

  const openRoom = createSingleFlight(async (name: string): Promise<LiveRoom | null> => {
    if (live.size >= MAX_LIVE_ROOMS && !evictOne()) throw new UpstreamUnavailable(`More than ${MAX_LIVE_ROOMS} rooms are live`)
    const plan = await parts.directory.findRoom(name)
    if (!plan) {
      unknownUntil.set(name, now() + UNKNOWN_MS)
      return null
    }
    const room = createLiveRoom(name, plan, await tick(parts, name, plan, null), now())
    room.timer = setInterval(() => onTimer(room), plan.admission.stepMs)
    live.set(name, room)
    return room
  })

  function onTimer(room: LiveRoom): void {
    if (now() - room.touchedAtMs > IDLE_MS && room.listeners.size === 0) close(room)
    else upkeep.maintain(room)
  }

  /** Closes the least recently requested room at rest. False when there is none. */
  function evictOne(): boolean {
    let oldest: LiveRoom | null = null
    for (const room of live.values()) {
      const isOlder = oldest === null || room.touchedAtMs < oldest.touchedAtMs
      if (isOlder && room.listeners.size === 0 && isRoomAtRest(room, now())) oldest = room
    }
    if (oldest) close(oldest)
    return oldest !== null
  }

  function close(room: LiveRoom): void {
    if (room.timer !== null) clearInterval(room.timer)
    live.delete(room.name)
  }

  function peek(name: string): Room | null {
    const room = live.get(name)
    if (!room) return null
    room.touchedAtMs = now()
    return room
  }

  return {
    /** A live room, which stays live; null for any other name. */
    peek,

    /** A room, which becomes live; null for an unknown name. Throws StoreUnavailable and UpstreamUnavailable. */
    async visit(name: string): Promise<Room | null> {
      const known = peek(name)
      if (known) return known
      if ((unknownUntil.get(name) ?? 0) > now()) return null
      return await openRoom(name)
    },

    /** Passes a room's snapshot to `listener` after each tick until the returned function is called. Null when there are too many listeners. */
    listen(name: string, listener: SnapshotListener): (() => void) | null {
      const room = live.get(name)
      if (!room || listenerCount >= MAX_LISTENERS) return null
      listenerCount++
      room.listeners.add(listener)
      return () => {
        if (room.listeners.delete(listener)) listenerCount--
      }
    },

    /** All live rooms, for the metrics. */
    statuses: (): RoomStatus[] =>
      [...live.values()].map((room) => ({
        snapshot: room.snapshot,
        activeVisits: room.state.activeVisits,
        isPaused: room.state.paused,
        overdueMs: Math.max(0, upkeep.overdueMs(room)),
      })),

    /** Ends all streams. Their clients poll, or connect to another edge. */
    endStreams(): void {
      for (const room of live.values()) {
        for (const listener of [...room.listeners]) listener(null)
      }
    },

    close(): void {
      for (const room of [...live.values()]) close(room)
    },
  }
}

export type Rooms = ReturnType<typeof createRooms>
