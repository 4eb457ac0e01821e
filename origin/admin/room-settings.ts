/**
 * The settings of waiting rooms. MySQL keeps them, and Redis carries them to the edges, which read them with their next tick:
 *
 *   lock the row ──▶ compare the version ──▶ write row and audit row ──▶ commit ──▶ write the room in Redis
 *
 * If the process dies before the commit, nothing has changed. If it dies after it, or Redis fails, every origin writes the room within two
 * seconds (`openRoomCarrier`). A revision keeps a late writer from undoing a later change (operate.lua).
 */
import { eq, inArray, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database, Queryable } from '../../db/mysql.ts'
import { operateRoom } from '../../db/redis/room/operate.ts'
import { events, roomSettings } from '../../db/schema.ts'
import { eventOfRoom, eventRoom } from '../../edge/contract/rooms.ts'
import {
  parseRoomSettings,
  ROOM_FIELD_NAMES,
  type RoomField,
  type RoomSettings,
  settingsOver,
} from '../../edge/waiting-room/room-settings.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import { isEvent } from '../event-change-rows.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** The name under which the settings for all rooms are kept. */
export const SITE_DEFAULTS = '*'

/** What operators have set for one room. */
export type RoomRecord = {
  own: RoomSettings
  /** Site-wide settings, for what `own` has not set. */
  defaults: RoomSettings
  paused: boolean
  /** Of `own` and `paused`; 0 before the first change. */
  version: number
  /** Grows with each change of the room or of the site-wide settings. */
  revision: number
}

type Row = typeof roomSettings.$inferSelect

/** The record of a room, or of SITE_DEFAULTS. Throws StoreUnavailable. */
export async function readRoomRecord(db: Pick<Queryable, 'select'>, room: string): Promise<RoomRecord> {
  // One statement, so that both rows are of one instant.
  const rows = await db.select().from(roomSettings).where(inArray(roomSettings.room, [room, SITE_DEFAULTS]))
  return recordOf(rows, room)
}

/** The record of a room among all rows. */
export function recordOf(rows: readonly Row[], room: string): RoomRecord {
  const own = rows.find((row) => row.room === room)
  const site = room === SITE_DEFAULTS ? undefined : rows.find((row) => row.room === SITE_DEFAULTS)
  return {
    own: parseRoomSettings(own?.settings ?? null),
    defaults: parseRoomSettings(site?.settings ?? null),
    paused: own?.paused ?? false,
    version: own?.revision ?? 0,
    revision: (own?.revision ?? 0) + (site?.revision ?? 0),
  }
}

/** A change of some settings; null returns a setting to the site-wide one. */
export type RoomPatch = { [Field in RoomField]?: RoomSettings[Field] | null }

export type RoomChange = {
  /** The name of an event's room, or SITE_DEFAULTS. */
  room: string
  patch?: RoomPatch
  paused?: boolean
  /** The version that the operator has seen; null applies the change to any version. */
  version: number | null
  reason: string
  actor: Operator
}

export type RoomChanged =
  /** `isCarried`: Redis has the change. Otherwise it gets it as soon as it is reachable. */
  | { kind: 'changed'; record: RoomRecord; isCarried: boolean }
  | { kind: 'not_found' }
  | { kind: 'stale_version'; version: number }

/** Changes a room's settings, or the site-wide ones. Throws StoreUnavailable if MySQL does not reply; then nothing has changed. */
export async function changeRoom(parts: Parts, change: RoomChange): Promise<RoomChanged> {
  const { db, log } = parts
  const { room, actor } = change
  const result = await db.transaction((tx) => writeRecord(tx, change, parts.now()))
  if (result.kind !== 'changed') return result
  log('room_changed', { room, actor: actor.id, reason: change.reason })
  const isCarried = await carryChange(parts, room).then(() => true, (error: unknown) => {
    log('room_not_carried', { room, ...describeError(error) })
    return false
  })
  return { kind: 'changed', record: await readRoomRecord(db, room), isCarried }
}

async function writeRecord(
  tx: Queryable,
  { room, patch = {}, paused, version, reason, actor }: RoomChange,
  at: Date,
): Promise<{ kind: 'changed' } | Extract<RoomChanged, { kind: 'not_found' | 'stale_version' }>> {
  if (room !== SITE_DEFAULTS && !await hasEvent(tx, room)) return { kind: 'not_found' }
  await tx.insert(roomSettings).values({ room, settings: '{}', revision: 0, updatedAt: at })
    .onDuplicateKeyUpdate({ set: { room: sql`room` } })
  const [row] = await tx.select().from(roomSettings).where(eq(roomSettings.room, room)).for('update')
  if (!row) throw new Error(`The row of ${room} is missing`)
  const before = parseRoomSettings(row.settings)
  const after = patched(before, patch)
  const isPaused = paused ?? row.paused
  const changed = ROOM_FIELD_NAMES.filter((field) => !isSame(before[field], after[field]))
  // A repeated request changes nothing, and is no second act.
  if (isPaused === row.paused && changed.length === 0) return { kind: 'changed' }
  if (version !== null && version !== row.revision) return { kind: 'stale_version', version: row.revision }
  await tx.update(roomSettings).set({
    settings: JSON.stringify(after),
    paused: isPaused,
    revision: Math.max(row.revision + 1, at.getTime()),
    updatedAt: at,
  }).where(eq(roomSettings.room, room))
  await recordAct(tx, {
    at,
    actor,
    action: actionOf(room, changed, isPaused),
    subject: room === SITE_DEFAULTS ? 'rooms:defaults' : `room:${room}`,
    reason,
    detail: { before: describe(before, row.paused, changed), after: describe(after, isPaused, changed) },
  })
  return { kind: 'changed' }
}

/** Settings that hold for one sale only. */
const NOT_COPIED: readonly RoomField[] = ['message']

/** Gives the rooms of copies of an event its settings, but neither its pause nor its message. Returns them; null if the event has none. */
export async function copyRoomSettings(
  tx: Queryable,
  { from, to, at }: { from: number; to: readonly number[]; at: Date },
): Promise<RoomSettings | null> {
  const { own } = await readRoomRecord(tx, eventRoom(from))
  const copied = Object.entries(own).filter(([field]) => !NOT_COPIED.includes(field as RoomField))
  if (copied.length === 0 || to.length === 0) return null
  const settings: RoomSettings = Object.fromEntries(copied)
  const row = { settings: JSON.stringify(settings), revision: at.getTime(), updatedAt: at }
  await tx.insert(roomSettings).values(to.map((id) => Object.assign({ room: eventRoom(id) }, row)))
  return settings
}

async function hasEvent(tx: Queryable, room: string): Promise<boolean> {
  const eventId = eventOfRoom(room)
  return eventId !== null && await isEvent(tx, eventId)
}

/** Whether two values of a setting are the same: of messages, the same texts. */
const isSame = (before: RoomSettings[RoomField], after: RoomSettings[RoomField]): boolean =>
  JSON.stringify(before) === JSON.stringify(after)

/** The settings after a patch. */
function patched(settings: RoomSettings, patch: RoomPatch): RoomSettings {
  const kept = Object.entries(settings).filter(([field]) => patch[field as RoomField] === undefined)
  const set = Object.entries(patch).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(kept.concat(set as typeof kept))
}

/** What an act changes, for the audit log. */
const describe = (settings: RoomSettings, paused: boolean, changed: readonly RoomField[]) =>
  Object.fromEntries([...changed.map((field) => [field, settings[field] ?? null]), ['paused', paused]])

const ACTS: Partial<Record<RoomField, string>> = {
  perMinute: 'room.rate',
  capacity: 'room.capacity',
  mode: 'room.mode',
  message: 'room.message',
}

function actionOf(room: string, [field, ...others]: readonly RoomField[], isPaused: boolean): string {
  if (room === SITE_DEFAULTS) return 'room.defaults'
  if (field === undefined) return isPaused ? 'room.pause' : 'room.resume'
  return others.length === 0 ? ACTS[field] ?? 'room.change' : 'room.change'
}

/** Writes a changed room to Redis; after a change of the site-wide settings, all rooms. */
async function carryChange({ db, redis, now }: Parts, room: string): Promise<void> {
  if (room !== SITE_DEFAULTS) return await carryRoom(redis, room, await readRoomRecord(db, room))
  const rooms = await readOpenRooms(db, now())
  for (const each of rooms) await carryRoom(redis, each.room, each.record)
}

/** Writes a room's record to Redis, unless Redis has a later one. */
export async function carryRoom(redis: Redis, room: string, { own, defaults, paused, revision }: RoomRecord): Promise<void> {
  await operateRoom(redis, room, { settings: settingsOver(own, defaults), paused, revision })
}

/** Rooms of events that have not closed; the next openings first. */
const MAX_ROOMS = 5_000

/** The rooms for which operators have set something and whose events are published and have not closed. */
export async function readOpenRooms(
  db: Pick<Queryable, 'select'>,
  now: Date,
): Promise<{ room: string; record: RoomRecord }[]> {
  const rows = await db.select().from(roomSettings).limit(2 * MAX_ROOMS)
  if (rows.length === 0) return []
  const own = new Set(rows.map(({ room }) => room))
  const open = await db.select({ id: events.id }).from(events)
    .where(sql`${events.published} and ${events.closesAt} > ${now}`).orderBy(events.opensAt).limit(MAX_ROOMS)
  const byRoom = new Map(rows.map((row) => [row.room, row]))
  const site = byRoom.get(SITE_DEFAULTS)
  return open.map(({ id }) => `event-${id}`).filter((room) => site !== undefined || own.has(room)).map((room) => {
    const row = byRoom.get(room)
    return { room, record: recordOf([row, site].filter((one) => one !== undefined), room) }
  })
}
