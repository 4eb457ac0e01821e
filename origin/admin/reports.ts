/**
 * Sales of events as totals. A report counts the reservations that were booked in its period: `booked` seats, of which `kept` are still held;
 * the others were cancelled, whenever that was. Revenue is that of the kept seats. Days and hours are those of Korea.
 *
 * Reports read at most `MAX_EVENTS` events, one index range each, one statement at a time in a process (heavy-reads.ts), in read-only
 * transactions that lock nothing. MySQL ends a statement after `QUERY_MS`.
 */
import { and, asc, desc, eq, gte, isNull, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { events, reservations, ticketTypes } from '../../db/schema.ts'
import type { Deps } from '../deps.ts'

type Parts = Pick<Deps, 'db' | 'now'>

/** From its first instant to the one after its last. */
export type Period = { from: Date; until: Date }

export type Sales = { reservations: number; booked: number; kept: number; revenue: number }

type EventName = { id: number; title: string; titleEn: string; opensAt: Date }
/** `seats`: now, of all ticket types. */
export type EventSales = Sales & { event: EventName; seats: number }
export type EventReport = {
  event: EventName
  totals: Sales & { seats: number }
  ticketTypes: (Sales & { id: number; name: string; nameEn: string; seats: number })[]
  /** Days with bookings, in order. `day`: `2026-11-28`. */
  days: (Sales & { day: string })[]
  /** The 24 hours of `day`; empty without bookings. */
  hours: (Sales & { hour: number })[]
  /** The day of `hours`: the requested one, otherwise that with the most bookings; null without bookings. */
  day: string | null
}

export const MAX_EVENTS = 12
export const MAX_DAYS = 366
const MAX_ROWS = 40_000
const DAY_MS = 86_400_000
const KOREA_MS = 9 * 3_600_000
const QUERY_MS = 5_000

const { createdAt, quantity, booked, unitPrice, status } = reservations
const koreanTime = sql`${createdAt} + interval 9 hour`
const isConfirmed = sql`${status} = 'confirmed'`
const SUMS = {
  // A hint for MySQL; MariaDB reads a comment.
  reservations: sql<number>`/*+ MAX_EXECUTION_TIME(${sql.raw(String(QUERY_MS))}) */ count(*)`.mapWith(Number),
  booked: sql<number>`coalesce(sum(${booked}), 0)`.mapWith(Number),
  kept: sql<number>`coalesce(sum(if(${isConfirmed}, ${quantity}, 0)), 0)`.mapWith(Number),
  revenue: sql<number>`coalesce(sum(if(${isConfirmed}, ${quantity} * ${unitPrice}, 0)), 0)`.mapWith(Number),
}

/** The events that opened last, for comparison. Throws StoreUnavailable. */
export async function compareEvents(parts: Parts, period: Period): Promise<EventSales[]> {
  const rows = await parts.db.select(EVENT_NAME).from(events)
    .where(and(eq(events.published, true), lte(events.opensAt, parts.now())))
    .orderBy(desc(events.opensAt)).limit(MAX_EVENTS)
  const compared: EventSales[] = []
  for (const event of rows) {
    const [sums] = await inReadOnly(parts, (tx) => tx.select(SUMS).from(reservations).where(inPeriod(event.id, period)))
    const [{ seats } = { seats: 0 }] = await parts.db.select({
      seats: sql<number>`coalesce(sum(${ticketTypes.seats}), 0)`.mapWith(Number),
    })
      .from(ticketTypes).where(eq(ticketTypes.eventId, event.id))
    compared.push(Object.assign({ event, seats }, sums!))
  }
  return compared
}

/** One event's sales by ticket type, by day, and by hour of one day; null if there is no such event. Throws StoreUnavailable. */
export async function reportEvent(parts: Parts, eventId: number, period: Period, day?: string): Promise<EventReport | null> {
  const { db } = parts
  const [event] = await db.select(EVENT_NAME).from(events).where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  if (!event) return null
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  const dayOf = sql<string>`date_format(${koreanTime}, '%Y-%m-%d')`
  const rows = await inReadOnly(
    parts,
    (tx) =>
      tx.select({
        reservations: SUMS.reservations,
        booked: SUMS.booked,
        kept: SUMS.kept,
        revenue: SUMS.revenue,
        day: dayOf,
        typeId: reservations.ticketTypeId,
      })
        .from(reservations).where(inPeriod(eventId, period)).groupBy(dayOf, reservations.ticketTypeId).limit(MAX_ROWS),
  )
  const days = [...Map.groupBy(rows, (row) => row.day)].map(([of, sales]) => Object.assign({ day: of }, addUp(sales)))
    .sort((a, b) => a.day < b.day ? -1 : 1)
  const shown = day ??
    days.reduce<(typeof days)[number] | null>((most, one) => !most || one.booked > most.booked ? one : most, null)?.day
  const byType = types.map(({ id, name, nameEn, seats }) =>
    Object.assign({ id, name, nameEn, seats }, addUp(rows.filter(({ typeId }) => typeId === id)))
  )
  return {
    event,
    totals: Object.assign({ seats: types.reduce((sum, { seats }) => sum + seats, 0) }, addUp(rows)),
    ticketTypes: byType,
    days,
    hours: shown === undefined || days.length === 0 ? [] : await readHours(parts, eventId, shown),
    day: days.length === 0 ? null : shown ?? null,
  }
}

async function readHours(parts: Parts, eventId: number, day: string): Promise<EventReport['hours']> {
  const from = new Date(`${day}T00:00:00+09:00`)
  const hourOf = sql<number>`hour(${koreanTime})`.mapWith(Number)
  const rows = await inReadOnly(
    parts,
    (tx) =>
      tx.select({ reservations: SUMS.reservations, booked: SUMS.booked, kept: SUMS.kept, revenue: SUMS.revenue, hour: hourOf })
        .from(reservations)
        .where(inPeriod(eventId, { from, until: new Date(from.getTime() + DAY_MS) })).groupBy(hourOf),
  )
  return Array.from({ length: 24 }, (_, hour) => Object.assign({ hour }, addUp(rows.filter((row) => row.hour === hour))))
}

const EVENT_NAME = { id: events.id, title: events.title, titleEn: events.titleEn, opensAt: events.opensAt }

const inPeriod = (eventId: number, { from, until }: Period): SQL =>
  and(eq(reservations.eventId, eventId), gte(createdAt, from), lt(createdAt, until))!

const inReadOnly = <Rows>({ db }: Parts, read: (tx: Queryable) => Promise<Rows>): Promise<Rows> =>
  db.transaction((tx) => read(tx), { isolationLevel: 'read committed', accessMode: 'read only' })

function addUp(rows: Sales[]): Sales {
  const total: Sales = { reservations: 0, booked: 0, kept: 0, revenue: 0 }
  for (const row of rows) {
    total.reservations += row.reservations
    total.booked += row.booked
    total.kept += row.kept
    total.revenue += row.revenue
  }
  return total
}

/** The last 30 days in Korea, today included. */
export function lastDays(now: Date): { from: string; to: string } {
  const day = (ms: number) => new Date(ms + KOREA_MS).toISOString().slice(0, 10)
  return { from: day(now.getTime() - 29 * DAY_MS), to: day(now.getTime()) }
}
