import { and, asc, eq, isNotNull } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database, Queryable } from '../../db/mysql.ts'
import { readLeft } from '../../db/redis/sale/sale.ts'
import { events, ledgers, rehearsals, ticketTypes } from '../../db/schema.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { statusOf } from '../catalogue.ts'
import type { RoomField, RoomSettings } from '../../edge/waiting-room/room-settings.ts'
import { carryRoom, readRoomRecord } from '../admin/room-settings.ts'
import { readFacts } from '../catalogue-facts.ts'

const DAY_MS = 86_400_000

/** The event that a rehearsal sells. */
export type RehearsalEvent = { eventId: number; ticketTypes: { id: number; seats: number }[]; opensAtMs: number; limit: number }

/** Seats of a ticket type in a rehearsal with a share of the expected buyers, so that as many buyers compete for each seat. */
export const scaleSeats = (seats: number, share: number): number => seats === 0 ? 0 : Math.max(1, Math.round(seats * share))

/**
 * Copies an event, its ticket types and its rules into an event of its own, with scaled seats and times. It is not published, so that it is in
 * no list, no search and on no page, and its id gives it Redis keys and a room of its own.
 */
export async function addRehearsalEvent(
  db: Database,
  rehearsal: { id: number; eventId: number; share: number },
  { opensAt, closesAt, now }: { opensAt: Date; closesAt: Date; now: Date },
): Promise<RehearsalEvent> {
  const [event] = await db.select().from(events).where(eq(events.id, rehearsal.eventId))
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, rehearsal.eventId))
    .orderBy(asc(ticketTypes.sortOrder))
  if (!event) throw new Error(`Event ${rehearsal.eventId} is gone`)
  const copyId = await db.transaction(async (tx) => {
    const copyId = await insertCopy(tx, event, { opensAt, closesAt, now })
    await tx.insert(ticketTypes).values(types.map(({ sortOrder, name, nameEn, price, seats }) => ({
      eventId: copyId,
      sortOrder,
      name,
      nameEn,
      price,
      seats: scaleSeats(seats, rehearsal.share),
    })))
    await tx.insert(ledgers).values({ eventId: copyId })
    await tx.update(rehearsals).set({ copyId }).where(eq(rehearsals.id, rehearsal.id))
    return copyId
  })
  const copied = await db.select({ id: ticketTypes.id, seats: ticketTypes.seats }).from(ticketTypes)
    .where(eq(ticketTypes.eventId, copyId)).orderBy(asc(ticketTypes.sortOrder))
  return { eventId: copyId, ticketTypes: copied, opensAtMs: opensAt.getTime(), limit: event.limitPerPerson }
}

/** What decides how fast buyers get through a room. The rehearsal's buyers do not wait in a lobby, verify an address or solve a challenge. */
const PACE: readonly RoomField[] = ['mode', 'perMinute', 'capacity', 'turnSeconds', 'passSeconds', 'idleSeconds']

/**
 * Gives the room of a rehearsal the pace of the real event's room. A room that is paused or closed is rehearsed open. Only Redis has the
 * settings, and drops them with the room.
 */
export async function carryRehearsalRoom(
  { db, redis }: { db: Database; redis: Redis },
  { from, to }: { from: number; to: number },
): Promise<void> {
  const { own, defaults, revision } = await readRoomRecord(db, eventRoom(from))
  const pace = (settings: RoomSettings): RoomSettings =>
    Object.fromEntries(
      Object.entries(settings).filter(([field, value]) => PACE.includes(field as RoomField) && value !== 'closed'),
    )
  await carryRoom(redis, eventRoom(to), { own: pace(own), defaults: pace(defaults), paused: false, version: 0, revision })
}

async function insertCopy(
  tx: Queryable,
  { id, title, titleEn, venue, venueEn, zone, limitPerPerson }: typeof events.$inferSelect,
  { opensAt, closesAt, now }: { opensAt: Date; closesAt: Date; now: Date },
): Promise<number> {
  const [{ insertId }] = await tx.insert(events).values({
    title,
    titleEn,
    venue,
    venueEn,
    zone,
    limitPerPerson,
    opensAt,
    closesAt,
    // Reservations can be cancelled until the day of the event.
    startsAt: new Date(closesAt.getTime() + 2 * DAY_MS),
    published: false,
    rehearsalOf: id,
    createdAt: now,
    updatedAt: now,
  })
  return insertId
}

/** The event of a rehearsal as its room needs it; null if the id is that of no rehearsal. The sale is not loaded from here. */
export async function findRehearsalEvent(
  { db, redis, now }: { db: Database; redis: Redis; now(): Date },
  language: Language,
  eventId: number,
): Promise<EventDetail | null> {
  const [facts] = await readFacts(db, and(eq(events.id, eventId), isNotNull(events.rehearsalOf))!, 1)
  if (!facts) return null
  const { event, ticketTypes: types } = facts
  const left = await readLeft(redis, eventId)
  const described = types.map(({ id, name, nameEn, price, seats, sold }) => ({
    id,
    name: language === 'ko' ? name : nameEn,
    price,
    total: seats,
    left: left?.get(id) ?? seats - sold,
  }))
  return {
    id: eventId,
    title: language === 'ko' ? event.title : event.titleEn,
    venue: language === 'ko' ? event.venue : event.venueEn,
    zone: event.zone,
    genre: null,
    region: null,
    startsAt: event.startsAt.toISOString(),
    imageUrl: null,
    image: null,
    color: null,
    cancelUntil: facts.cancelUntil,
    notice: [],
    opensAt: event.opensAt.toISOString(),
    closesAt: event.closesAt.toISOString(),
    limitPerPerson: event.limitPerPerson,
    status: statusOf(event, described.reduce((sum, type) => sum + type.left, 0), now()),
    stopMessage: '',
    ticketTypes: described,
    room: eventRoom(eventId),
    serverTime: now().toISOString(),
    isRehearsal: true,
  }
}
