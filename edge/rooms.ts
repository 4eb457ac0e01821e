import type { Redis } from 'ioredis'
import { type Admission, type Opening, type Tick, tickRoom } from '../db/redis/rooms.ts'
import type { Phase, Snapshot } from './contract/room.ts'
import { OriginUnavailable } from './origin.ts'

/** What a room stands in front of: when it is open, and what is left there. */
export type RoomFacts = Opening
/** Tells the facts of a room; null for a name that is no room. Throws when it cannot know now. */
export type FindRoom = (room: string) => Promise<RoomFacts | null>

/** A room that somebody has asked for lately. */
export type Room = {
  name: string
  facts: RoomFacts
  snapshot: Snapshot
  /** The snapshot as JSON, made once a tick: the same bytes for everyone. */
  body: string
}

type Parts = { redis: Redis; findRoom: FindRoom; admission: Admission; now(): number; log(event: string, facts?: object): void }

/** A room that nobody has asked for during this time is no longer ticked. */
const QUIET_MS = 60_000
/** Facts (opening, seats left) are asked for again after this. */
const FACTS_MS = 1_000
/** When the store has been silent for this long, those waiting are told that the line stands still. */
const SILENT_MS = 2_000
const ROOMS_AT_MOST = 5_000
/** A name that is no room is not asked for again during this time. */
const UNKNOWN_MS = 5_000
const UNKNOWN_AT_MOST = 10_000

type LiveRoom = Room & { touchedAtMs: number; tickedAtMs: number; factsAtMs: number; timer: ReturnType<typeof setInterval> }

/**
 * The rooms that this edge has been asked for. Each is ticked a few times a second by one script call, and every poll is answered from
 * the last tick, so that the store's work grows with edges and rooms, never with visitors.
 */
export function openRooms(parts: Parts) {
  const live = new Map<string, LiveRoom>()
  const arriving = new Map<string, Promise<LiveRoom | null>>()
  const unknownUntil = new Map<string, number>()

  async function open(name: string): Promise<LiveRoom | null> {
    if (live.size >= ROOMS_AT_MOST) throw new OriginUnavailable(`More than ${ROOMS_AT_MOST} rooms are live`)
    const facts = await parts.findRoom(name)
    if (!facts) {
      unknownUntil.set(name, parts.now() + UNKNOWN_MS)
      if (unknownUntil.size > UNKNOWN_AT_MOST) unknownUntil.delete(unknownUntil.keys().next().value!)
      return null
    }
    const tick = await tickRoom(parts.redis, name, facts, parts.admission)
    const now = parts.now()
    const room: LiveRoom = {
      name,
      facts,
      ...describeTick(name, facts, tick, parts.admission),
      touchedAtMs: now,
      tickedAtMs: now,
      factsAtMs: now,
      timer: setInterval(() => void tend(room), parts.admission.stepMs),
    }
    live.set(name, room)
    return room
  }

  const tending = new Set<string>()
  async function tend(room: LiveRoom): Promise<void> {
    if (parts.now() - room.touchedAtMs > QUIET_MS) {
      clearInterval(room.timer)
      live.delete(room.name)
      return
    }
    if (tending.has(room.name)) return
    tending.add(room.name)
    try {
      if (parts.now() - room.factsAtMs >= FACTS_MS) void refreshFacts(room)
      const tick = await tickRoom(parts.redis, room.name, room.facts, parts.admission)
      Object.assign(room, describeTick(room.name, room.facts, tick, parts.admission), { tickedAtMs: parts.now() })
    } catch (error) {
      const silentMs = parts.now() - room.tickedAtMs
      if (silentMs > SILENT_MS && room.snapshot.phase !== 'paused') {
        parts.log('room_silent', { room: room.name, error: String(error) })
        Object.assign(room, describeSnapshot({ ...room.snapshot, phase: 'paused', pollAfterMs: pollAfter('paused', 0) }))
      }
    } finally {
      tending.delete(room.name)
    }
  }

  async function refreshFacts(room: LiveRoom): Promise<void> {
    room.factsAtMs = parts.now()
    try {
      const facts = await parts.findRoom(room.name)
      // A room whose event was withdrawn lets nobody in.
      room.facts = facts ?? { ...room.facts, closesAtMs: 1 }
    } catch {
      // The last facts hold while nobody can tell newer ones.
    }
  }

  return {
    /** The room of a name, live from now on; null when there is none. Throws when neither store nor origin can tell. */
    async visit(name: string): Promise<Room | null> {
      const known = live.get(name)
      if (known) {
        known.touchedAtMs = parts.now()
        return known
      }
      if ((unknownUntil.get(name) ?? 0) > parts.now()) return null
      const arrival = arriving.get(name) ?? open(name).finally(() => arriving.delete(name))
      arriving.set(name, arrival)
      return await arrival
    },
    close() {
      for (const room of live.values()) clearInterval(room.timer)
      live.clear()
    },
  }
}

export type Rooms = ReturnType<typeof openRooms>

function describeTick(name: string, facts: RoomFacts, tick: Tick, admission: Admission): Pick<Room, 'snapshot' | 'body'> {
  const opensInMs = (facts.opensAtMs ?? 0) - tick.nowMs
  return describeSnapshot({
    room: name,
    phase: tick.phase,
    epoch: tick.epoch,
    serving: tick.serving,
    issued: tick.issued,
    drawn: null,
    commitment: null,
    seed: null,
    opensAt: facts.opensAtMs === null ? null : new Date(facts.opensAtMs).toISOString(),
    serverTime: new Date(tick.nowMs).toISOString(),
    perMinute: tick.perMinute,
    seatsLeft: facts.seatsLeft,
    pollAfterMs: pollAfter(
      tick.phase,
      tick.phase === 'lobby' ? opensInMs : tick.phase === 'closed' ? opensInMs - admission.lobbyMs : 0,
    ),
  })
}

const describeSnapshot = (snapshot: Snapshot): Pick<Room, 'snapshot' | 'body'> => ({ snapshot, body: JSON.stringify(snapshot) })

/** When somebody of whom nothing is known but the phase should ask again, ms; `untilMs`: the time to the next known change. */
function pollAfter(phase: Phase, untilMs: number): number {
  if (phase === 'lobby' || (phase === 'closed' && untilMs > 0)) return Math.max(1_000, Math.min(30_000, Math.ceil(untilMs / 2)))
  if (phase === 'closed') return 30_000
  if (phase === 'paused' || phase === 'sold_out') return 3_000
  return 2_000
}
