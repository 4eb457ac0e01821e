import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Queryable } from '../../db/mysql.ts'
import { readHistory, readRoomHead, readUndoMs, type RoomHead, type RoomSample } from '../../db/redis/room/operate.ts'
import { tickRoom } from '../../db/redis/room/room.ts'
import { readLeft } from '../../db/redis/sale/sale.ts'
import { events } from '../../db/schema.ts'
import { estimateWaitMs } from '../../edge/contract/wait-estimate.ts'
import type { RoomFigures } from '../../edge/contract/admin-rooms.ts'
import { eventOfRoom, eventRoom } from '../../edge/contract/rooms.ts'
import {
  INITIAL_SETTINGS,
  parseRoomSettings,
  planUnder,
  type RoomSettings,
  settingsOver,
} from '../../edge/waiting-room/room-settings.ts'
import type { Admission, Opening, RoomPlan } from '../../edge/waiting-room/room-plan.ts'
import type { RoomState } from '../../edge/waiting-room/room-state.ts'
import { createSnapshot } from '../../edge/waiting-room/snapshot.ts'

type Parts = { db: Pick<Queryable, 'select'>; redis: Redis; now(): Date }

/** The event of a room, as the admin pages name it. */
export type RoomEvent = { id: number; title: string; titleEn: string; opensAt: Date; closesAt: Date; saleState: string }

/** A room with its event; `figures` is null before the first visitor has opened it. */
export type RoomReport = { event: RoomEvent; figures: RoomFigures | null; environment: RoomSettings }

const eventColumns = {
  id: events.id,
  title: events.title,
  titleEn: events.titleEn,
  opensAt: events.opensAt,
  closesAt: events.closesAt,
  saleState: events.saleState,
}

/** A room of an event, with its figures. Null when there is no such event. Throws StoreUnavailable. */
export async function readRoom({ db, redis }: Parts, room: string): Promise<RoomReport | null> {
  const eventId = eventOfRoom(room)
  if (eventId === null) return null
  const [event] = await db.select(eventColumns).from(events).where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  return event ? await reportOf(redis, event) : null
}

/** Events whose rooms may be live are looked at, at most this many; a list shows at most MAX_LISTED rooms. */
const MAX_CANDIDATES = 500
const MAX_LISTED = 50
/** A room that has stepped within this time has visitors, or had them a moment ago. */
const LIVE_MS = 60_000

export type RoomListItem = { event: RoomEvent; room: string; head: RoomHead | null; isLive: boolean }

/** The rooms of published events that have not closed: live ones first, by the number of waiting visitors, then the next openings. */
export async function listRooms({ db, redis, now }: Parts): Promise<RoomListItem[]> {
  const at = now()
  const open = await db.select(eventColumns).from(events).where(and(eq(events.published, true), gt(events.closesAt, at)))
    .orderBy(asc(events.opensAt)).limit(MAX_CANDIDATES)
  const items = await Promise.all(open.map(async (event): Promise<RoomListItem> => {
    const room = eventRoom(event.id)
    const head = await readRoomHead(redis, room)
    return { event, room, head, isLive: head !== null && head.steppedAtMs > at.getTime() - LIVE_MS }
  }))
  const rank = ({ isLive, head }: RoomListItem) => isLive ? 1 + (head?.waiting ?? 0) : 0
  return items.sort((a, b) => rank(b) - rank(a)).slice(0, MAX_LISTED)
}

async function reportOf(redis: Redis, event: RoomEvent): Promise<RoomReport> {
  const room = eventRoom(event.id)
  const [state, history, undoMs, left] = await Promise.all([
    readRoomState(redis, room),
    readHistory(redis, room),
    readUndoMs(redis, room),
    readLeft(redis, event.id),
  ])
  const environment = settingsOver(parseRoomSettings(state?.plan ?? null), INITIAL_SETTINGS)
  if (!state) return { event, figures: null, environment }
  const seatsLeft = left && [...left.values()].reduce((sum, seats) => sum + seats, 0)
  const plan = planOf(event, seatsLeft, environment, state)
  return { event, environment, figures: describe(room, state, plan, history, undoMs) }
}

/** The state of a room as the next tick of an edge would find it. Changes nothing but the record of visits that have ended. */
export const readRoomState = (redis: Redis, room: string): Promise<RoomState | null> =>
  tickRoom(redis, room, admissionOf(INITIAL_SETTINGS), { answered: 0, slow: 0, known: null, step: null, create: false })

function admissionOf(settings: RoomSettings): Admission {
  const inMs = (field: 'turnSeconds' | 'passSeconds' | 'idleSeconds' | 'lobbySeconds') =>
    1_000 * (settings[field] ?? INITIAL_SETTINGS[field])
  return {
    mode: settings.mode ?? INITIAL_SETTINGS.mode,
    perMinute: settings.perMinute ?? INITIAL_SETTINGS.perMinute,
    capacity: settings.capacity ?? INITIAL_SETTINGS.capacity,
    turnMs: inMs('turnSeconds'),
    passMs: inMs('passSeconds'),
    idleMs: inMs('idleSeconds'),
    lobbyMs: inMs('lobbySeconds'),
    stepMs: 250,
  }
}

/** The plan that edges have for the room of an event. */
export function planOf(event: RoomEvent, seatsLeft: number | null, environment: RoomSettings, state: RoomState): RoomPlan {
  const opening: Opening = {
    opensAtMs: event.opensAt.getTime(),
    closesAtMs: event.closesAt.getTime(),
    seatsLeft,
    isStopped: event.saleState === 'stopped',
  }
  const rules = {
    identity: environment.identity ?? INITIAL_SETTINGS.identity,
    proofOfWork: environment.work ?? INITIAL_SETTINGS.work,
    maxWaiting: Number.MAX_SAFE_INTEGER,
  }
  const base = { opening, admission: admissionOf(environment), rules, admitsWhenIdle: false, targetPath: '/', exitPath: '/' }
  return planUnder(base, state.settings)
}

function describe(room: string, state: RoomState, plan: RoomPlan, history: RoomSample[], undoMs: number): RoomFigures {
  const snapshot = createSnapshot(room, plan, state)
  const { phase, issued, serving, gone, heldBy } = snapshot
  const isMoving = phase === 'open' || phase === 'idle'
  const minute = lastMinute(state, history)
  const waitMs = estimateWaitMs(snapshot, issued)
  return {
    room,
    at: snapshot.serverTime,
    phase,
    paused: state.paused,
    heldBy: phase === 'open' && heldBy !== 'store' ? heldBy : null,
    epoch: state.epoch,
    issued,
    serving: Math.min(serving, issued),
    waiting: Math.max(0, issued - Math.min(serving, issued) - gone),
    activeVisits: state.activeVisits,
    capacity: state.capacity ?? plan.admission.capacity,
    perMinute: snapshot.perMinute,
    joinsPerMinute: minute && minute.joins,
    claimsPerMinute: minute && minute.claims,
    callsPerMinute: minute && minute.calls,
    noShows: state.missed,
    noShowShare: Math.max(0, 1 - state.showRate),
    expectedWaitSeconds: isMoving || phase === 'lobby' ? (phase === 'idle' ? 0 : Math.ceil(waitMs / 1_000)) : null,
    actualWaitSeconds: isMoving ? actualWaitSeconds(state, plan.opening, history) : null,
    seatsLeft: plan.opening.seatsLeft,
    mode: state.mode ?? plan.admission.mode,
    message: snapshot.message,
    undoSeconds: Math.floor(undoMs / 1_000),
    revision: state.revision,
  }
}

const MINUTE_MS = 60_000
/** Rates over a shorter time say little. */
const MIN_SPAN_MS = 5_000

function lastMinute({ nowMs, issued, serving, claims }: RoomState, history: RoomSample[]) {
  const from = history.find(({ atMs }) => nowMs - atMs >= MINUTE_MS) ?? history.at(-1)
  if (!from || nowMs - from.atMs < MIN_SPAN_MS) return null
  const perMinute = (count: number) => Math.max(0, Math.round(count * MINUTE_MS / (nowMs - from.atMs)))
  return {
    joins: perMinute(issued - from.issued),
    claims: perMinute(claims - from.claims),
    calls: perMinute(Math.min(serving, issued) - Math.min(from.serving, from.issued)),
  }
}

/**
 * How long the visitor waited who was called last: since they joined, which the samples show, but not from before the opening. After a draw the
 * position does not tell when they joined; all in the draw have waited since the opening. Null when it was longer ago than the samples reach.
 */
function actualWaitSeconds(state: RoomState, { opensAtMs }: Opening, history: RoomSample[]): number | null {
  const { nowMs, issued, serving, drawn } = state
  if (serving > issued || issued === 0) return 0
  const last = serving - 1
  if (last < 0) return null
  if (last < (drawn ?? 0)) return Math.round((nowMs - (opensAtMs ?? nowMs)) / 1_000)
  const joined = history.findLast((sample) => sample.issued > last)
  if (!joined) return 0
  const isOldest = joined === history.at(-1)
  if (isOldest && history.length >= 360) return null
  return Math.max(0, Math.round((nowMs - Math.max(joined.atMs, opensAtMs ?? 0)) / 1_000))
}
