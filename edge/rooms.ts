import type { Redis } from 'ioredis'
import { connectedForMs } from '../db/redis/client.ts'
import { type KnownRoom, tickRoom } from '../db/redis/room/room.ts'
import type { Admission, Mode } from './waiting-room/admission.ts'
import { isAtRest } from './waiting-room/phase.ts'
import type { RoomState } from './waiting-room/room-state.ts'
import { stepRoom } from './waiting-room/step.ts'
import { commitmentTo, deriveSeed, prepareDraw } from './contract/draw.ts'
import { type Snapshot } from './contract/rooms.ts'
import { mayBeSoldOutSoon } from './contract/polling.ts'
import type { TokenKeys } from './contract/tokens.ts'
import { createSnapshot, createStoreDownSnapshot } from './waiting-room/snapshot.ts'
import { UpstreamUnavailable } from './upstream.ts'
import { LRUCache } from 'lru-cache'
import type { RoomDirectory } from './room-directory.ts'
import type { RoomPlan } from './waiting-room/room-plan.ts'

/** A room that somebody has asked for lately. */
export type Room = {
  name: string
  plan: RoomPlan
  /** In effect: an operator's, else the plan's. */
  mode: Mode
  snapshot: Snapshot
  /** The snapshot as JSON, made once a tick: the same bytes for everyone. */
  body: string
  /** The place that an index has: by the draw if it took part in one, else the index itself. */
  positionOf(index: number): number
  /** Whether the store has been silent for so long that nobody can be let in. */
  isStoreDown: boolean
  /** As many tickets as this edge knows of; a store that came back with older data is told. */
  issuedSeen: number
}

/** How a live room stood when the store was last asked, and how long ago it should have been asked again. */
export type RoomStatus = { snapshot: Snapshot; activeVisits: number; isPaused: boolean; ageMs: number }

type Parts = {
  redis: Redis
  site: Pick<RoomDirectory, 'findRoom'>
  tokenKeys: TokenKeys
  /** How the origin has answered since this edge started. */
  answers(): { answered: number; slow: number }
  now(): number
  log(event: string, facts?: object): void
}

/** A room that nobody has asked for during this time is no longer ticked. */
const QUIET_MS = 60_000
/** A room at rest is looked at this often; what is told of it meanwhile is what its last look says of this instant. */
const REST_MS = 2_000
/** More rooms than this are looked at the more rarely while they rest: all together cost the store no more. */
const RESTING_FREELY = 500
/** Plans (opening, seats left) are asked for again after this; in each second tick while the seats may be gone soon. */
const PLAN_MS = 1_000
const ENDING_PLAN_MS = 400
/** Edges that know a room tell a store that has lost it within this, the time to connect included. */
const REMEMBER_MS = 3_000
/** When the store has been silent for this long, those waiting are told that the line stands still. */
const SILENT_MS = 2_000
const ROOMS_AT_MOST = 5_000
/** An open stream costs an edge about 60 kB. */
const LISTENERS_AT_MOST = 2_000
/** A name that is no room is not asked for again during this time. */
const UNKNOWN_MS = 5_000
const UNKNOWN_AT_MOST = 10_000

/** Hears of a snapshot after each tick, and null when this edge tells no more. */
type Listener = (body: string | null) => void

type LiveRoom = Room & {
  state: RoomState
  /** The origin's answers that the store has been told of. */
  told: { answered: number; slow: number }
  touchedAtMs: number
  tickedAtMs: number
  plannedAtMs: number
  isPlanning: boolean
  timer?: ReturnType<typeof setInterval>
  listeners: Set<Listener>
}

/** A draw is committed to a day before its lobby at the earliest: keys are rotated, and one that was committed to for months is gone by the opening. */
const COMMIT_AHEAD_MS = 86_400_000

/**
 * The rooms that this edge has been asked for. Each is looked at a few times a second by one script call, and moved by a second one when
 * a step is due and this edge is the first; every poll is answered from the last look, so that the store's work grows with edges and
 * rooms, never with visitors.
 */
export function createRooms(parts: Parts) {
  const live = new Map<string, LiveRoom>()
  const arriving = new Map<string, Promise<LiveRoom | null>>()
  const unknownUntil = new LRUCache<string, number>({ max: UNKNOWN_AT_MOST })
  const tending = new Set<string>()
  let listening = 0

  async function open(name: string): Promise<LiveRoom | null> {
    if (live.size >= ROOMS_AT_MOST && !forgetOne()) throw new UpstreamUnavailable(`More than ${ROOMS_AT_MOST} rooms are live`)
    const plan = await parts.site.findRoom(name)
    if (!plan) {
      unknownUntil.set(name, parts.now() + UNKNOWN_MS)
      return null
    }
    const seen = await look(name, plan, null)
    const now = parts.now()
    const room: LiveRoom = {
      ...{ name, plan, ...seen, ...viewOf(name, plan, seen.state) },
      ...{ isStoreDown: false, issuedSeen: seen.state.issued, listeners: new Set() },
      ...{ touchedAtMs: now, tickedAtMs: now, plannedAtMs: now, isPlanning: false },
    }
    room.timer = setInterval(() => void tend(room), plan.admission.stepMs)
    live.set(name, room)
    return room
  }

  /** Makes room for another: of those where nobody is, the one that was asked for longest ago. */
  function forgetOne(): boolean {
    let oldest: LiveRoom | null = null
    for (const room of live.values()) {
      if (room.listeners.size === 0 && (!oldest || room.touchedAtMs < oldest.touchedAtMs) && rests(room)) oldest = room
    }
    if (oldest) forget(oldest)
    return oldest !== null
  }

  function forget(room: LiveRoom): void {
    clearInterval(room.timer)
    live.delete(room.name)
  }

  /** Looks at a room, and moves it on if that is due. */
  async function look(
    name: string,
    plan: RoomPlan,
    known: LiveRoom | null,
  ): Promise<Pick<LiveRoom, 'state' | 'told' | 'positionOf'>> {
    const { opening, admission } = plan
    const remembered = known && rememberRoom(known)
    const told = parts.answers()
    const fresh = known
      ? { answered: told.answered - known.told.answered, slow: told.slow - known.told.slow }
      : { answered: 0, slow: 0 }
    let state = await tickRoom(parts.redis, name, admission, {
      ...{ ...fresh, known: remembered, step: null, create: known !== null },
      silentMs: known?.isStoreDown ? parts.now() - known.tickedAtMs : 0,
    }) ?? await makeRoom(name, admission)
    if (known) known.told = told
    const step = stepRoom(state, opening, admission, await findDraw(name, state, plan))
    if (step) {
      state = await tickRoom(parts.redis, name, admission, { answered: 0, slow: 0, known: remembered, step }) ?? state
    }
    const isSameDraw = known !== null && known.state.seed === state.seed && known.state.drawn === state.drawn
    const placeOf = isSameDraw
      ? known.positionOf
      : state.seed && state.drawn
      ? (await prepareDraw(state.seed, state.drawn)).positionOf
      : (index: number) => index
    return { state, told, positionOf: placeOf }
  }

  /**
   * Makes a room that this edge knows nothing of. A store that has come back a moment ago may have lost it: the edges that remember are
   * given the time to say so.
   */
  async function makeRoom(name: string, admission: Admission): Promise<RoomState> {
    while (connectedForMs(parts.redis) < REMEMBER_MS) await new Promise((resolve) => setTimeout(resolve, 100))
    const made = await tickRoom(parts.redis, name, admission, { answered: 0, slow: 0, known: null, step: null })
    if (!made) throw new Error(`The room ${name} could not be made`)
    return made
  }

  /**
   * The secret of a room's draw, derived from the tokens' secret so that it lies in no store before the opening. After a change of secrets
   * it is the one that was committed to.
   */
  async function findDraw(name: string, state: RoomState, plan: RoomPlan): Promise<{ seed: string; commitment: string } | null> {
    const opensAtMs = plan.opening.opensAtMs ?? 0
    const isSoon = state.nowMs >= opensAtMs - plan.admission.lobbyMs - COMMIT_AHEAD_MS && state.nowMs < opensAtMs
    const isWanted = (state.mode ?? plan.admission.mode) === 'draw' && isSoon
    const isNeeded = state.drawn === null && (state.commitment !== null || isWanted)
    if (!isNeeded) return null
    for (const key of parts.tokenKeys.secrets) {
      const seed = await deriveSeed(key, name, state.epoch)
      const commitment = await commitmentTo(seed, name, state.epoch)
      if (state.commitment === null || state.commitment === commitment) return { seed, commitment }
    }
    parts.log('draw_secret_missing', { room: name, epoch: state.epoch })
    return null
  }

  async function tend(room: LiveRoom): Promise<void> {
    if (parts.now() - room.touchedAtMs > QUIET_MS && room.listeners.size === 0) return forget(room)
    if (parts.now() - room.plannedAtMs >= planMs(room) && !room.isPlanning) void refreshPlan(room)
    if (tending.has(room.name)) return
    if (overdueMs(room) < 0) Object.assign(room, viewOf(room.name, room.plan, stateNow(room)))
    else await lookAgain(room)
    for (const tell of room.listeners) tell(room.body)
  }

  async function lookAgain(room: LiveRoom): Promise<void> {
    tending.add(room.name)
    try {
      const seen = await look(room.name, room.plan, room)
      const issuedSeen = seen.state.epoch === room.state.epoch ? Math.max(room.issuedSeen, seen.state.issued) : seen.state.issued
      // By the plan of this instant: a newer one may have come meanwhile.
      Object.assign(room, seen, viewOf(room.name, room.plan, seen.state), {
        tickedAtMs: parts.now(),
        isStoreDown: false,
        issuedSeen,
      })
    } catch (error) {
      if (overdueMs(room) > SILENT_MS) {
        if (!room.isStoreDown) parts.log('room_store_down', { room: room.name, error: String(error) })
        room.isStoreDown = true
        Object.assign(room, withBody(createStoreDownSnapshot(room.snapshot, stateNow(room).nowMs)))
      }
    } finally {
      tending.delete(room.name)
    }
  }

  /** The last look at a room, at the store's present time. */
  const stateNow = ({ state, tickedAtMs }: LiveRoom): RoomState => ({ ...state, nowMs: state.nowMs + parts.now() - tickedAtMs })

  const rests = (room: LiveRoom) => isAtRest(stateNow(room), room.issuedSeen, room.plan.opening, room.plan.admission)

  /** How long ago a room should have been looked at again; below 0 when it need not be yet. */
  const overdueMs = (room: LiveRoom) => parts.now() - room.tickedAtMs - (rests(room) ? restMs() : 0)

  const restMs = () => REST_MS * Math.max(1, live.size / RESTING_FREELY)

  const planMs = (room: LiveRoom) => rests(room) ? restMs() : mayBeSoldOutSoon(room.snapshot) ? ENDING_PLAN_MS : PLAN_MS

  /** One at a time: an origin that is slow is asked for each plan once. */
  async function refreshPlan(room: LiveRoom): Promise<void> {
    Object.assign(room, { plannedAtMs: parts.now(), isPlanning: true })
    try {
      const plan = await parts.site.findRoom(room.name)
      // A room whose event was withdrawn lets nobody in.
      room.plan = plan ?? { ...room.plan, opening: { ...room.plan.opening, closesAtMs: 1 } }
    } catch {
      // The last plan holds while nobody can tell a newer one: too many may be called for its seats, and no seat is sold twice.
    } finally {
      room.isPlanning = false
    }
  }

  /** The room of a name if it is live, as it stays while it is asked for. */
  function peek(name: string): Room | null {
    const known = live.get(name)
    if (!known) return null
    known.touchedAtMs = parts.now()
    return known
  }

  return {
    peek,
    /** The room of a name, live from now on; null when there is none. Throws when neither store nor origin can tell. */
    async visit(name: string): Promise<Room | null> {
      const known = peek(name)
      if (known) return known
      if ((unknownUntil.get(name) ?? 0) > parts.now()) return null
      const arrival = arriving.get(name) ?? open(name).finally(() => arriving.delete(name))
      arriving.set(name, arrival)
      return await arrival
    },
    /** Tells of a room's snapshot after each tick until the returned function is called, once; null when too many listen already. */
    listen(name: string, tell: Listener): (() => void) | null {
      const room = live.get(name)
      if (!room || listening >= LISTENERS_AT_MOST) return null
      listening++
      room.listeners.add(tell)
      return () => {
        if (room.listeners.delete(tell)) listening--
      }
    },
    /** All live rooms, for those who run the edge. */
    looks(): RoomStatus[] {
      return [...live.values()].map((room) => ({
        ...{ snapshot: room.snapshot, activeVisits: room.state.activeVisits, isPaused: room.state.paused },
        ageMs: Math.max(0, overdueMs(room)),
      }))
    },
    /** Those who listen go back to their polls, or to another edge. */
    endStreams() {
      for (const room of live.values()) for (const tell of [...room.listeners]) tell(null)
    },
    close() {
      for (const room of live.values()) clearInterval(room.timer)
      live.clear()
    },
  }
}

export type Rooms = ReturnType<typeof createRooms>

const rememberRoom = ({ state, issuedSeen: issued }: LiveRoom): KnownRoom => {
  const { epoch, serving, activeVisits, drawn, seed, commitment, mode, perMinute, capacity } = state
  return {
    epoch,
    issued,
    serving,
    activeVisits,
    drawn,
    seed,
    commitment,
    mode,
    perMinute,
    capacity,
    paused: state.paused ? '1' : null,
  }
}

const withBody = (snapshot: Snapshot): Pick<Room, 'snapshot' | 'body'> => ({ snapshot, body: JSON.stringify(snapshot) })

const viewOf = (name: string, plan: RoomPlan, state: RoomState): Pick<Room, 'mode' | 'snapshot' | 'body'> => ({
  mode: state.mode ?? plan.admission.mode,
  ...withBody(createSnapshot(name, plan, state)),
})
