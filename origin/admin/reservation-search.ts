import { and, asc, desc, eq, gte, inArray, isNull, like, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Database } from '../../db/mysql.ts'
import { events, reservations, ticketTypes, users } from '../../db/schema.ts'
import { idTailsOf, parseReservationNumber, reservationNumber } from '../../edge/contract/reservation-number.ts'
import { textInteger } from '../input.ts'

/** Which reservations to find; missing conditions do not restrict. */
export type ReservationFilter = {
  /** A reservation's number, its id or at least the first 8 characters of it, an e-mail address or a nickname. */
  q?: string | undefined
  /** An event's number, or a part of its title. */
  event?: string | undefined
  status?: 'confirmed' | 'cancelled' | undefined
  /** Booked at or after this time. */
  from?: Date | undefined
  /** Booked before this time. */
  until?: Date | undefined
}

export type FoundReservation = {
  /** Where the row is in the list: the keyset of the next page. */
  id: string
  number: string
  /** The number that the buyer has. */
  shortNumber: string
  event: { id: number; title: string; titleEn: string }
  ticketType: { name: string; nameEn: string }
  person: { id: number; nickname: string; email: string }
  quantity: number
  booked: number
  unitPrice: number
  status: 'confirmed' | 'cancelled'
  createdAt: Date
  cancelledAt: Date | null
}

const DAY_MS = 86_400_000
const MAX_EVENTS = 50
const text = z.string().trim().max(254).transform((value) => value || undefined).optional()
const day = z.union([z.literal(''), z.iso.date()]).transform((value) => value || undefined).optional()
const UUID = '[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}'
const cursor = z.string().regex(new RegExp(`^\\d{1,15}_${UUID}$`))

/** The query of the page, of the API and of the export. A day is `2026-11-28`, in Korea; both days are included. */
export const reservationQuery = z.object({
  q: text,
  event: text,
  status: z.union([z.literal(''), z.enum(['confirmed', 'cancelled'])]).transform((value) => value || undefined).optional(),
  from: day,
  to: day,
  after: cursor.optional(),
  size: textInteger(1, 100).default(50),
})
export type ReservationQuery = z.infer<typeof reservationQuery>

/** The day in Korea, which has no summer time. */
const startOfDay = (date: string) => new Date(`${date}T00:00:00+09:00`)

export const filterOf = ({ q, event, status, from, to }: ReservationQuery): ReservationFilter => ({
  q,
  event,
  status,
  from: from === undefined ? undefined : startOfDay(from),
  until: to === undefined ? undefined : new Date(startOfDay(to).getTime() + DAY_MS),
})

/** Reservations after a row of the list (`FoundReservation.id`), the latest booking first. Throws StoreUnavailable. */
export async function searchReservations(
  { db }: { db: Database },
  filter: ReservationFilter,
  after: string | null,
  limit: number,
): Promise<FoundReservation[]> {
  const conditions = await conditionsOf(db, filter)
  if (!conditions) return []
  if (after !== null) conditions.push(isAfter(after))
  const rows = await db.select({ row: reservations, event: events, type: ticketTypes, person: users }).from(reservations)
    .innerJoin(events, eq(events.id, reservations.eventId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .innerJoin(users, eq(users.id, reservations.userId))
    .where(and(...conditions)).orderBy(desc(reservations.createdAt), desc(reservations.id)).limit(limit)
  return rows.map(({ row, event, type, person }) => ({
    id: `${row.createdAt.getTime()}_${row.id}`,
    number: row.id,
    shortNumber: reservationNumber(row.id),
    event: { id: event.id, title: event.title, titleEn: event.titleEn },
    ticketType: { name: type.name, nameEn: type.nameEn },
    person: { id: person.id, nickname: person.nickname, email: person.email },
    quantity: row.quantity,
    booked: row.booked,
    unitPrice: row.unitPrice,
    status: row.status,
    createdAt: row.createdAt,
    cancelledAt: row.cancelledAt,
  }))
}

/** The first condition alone bounds the range of the index. */
function isAfter(position: string): SQL {
  const [ms, id] = position.split('_') as [string, string]
  const at = new Date(Number(ms))
  return and(
    lte(reservations.createdAt, at),
    or(lt(reservations.createdAt, at), and(eq(reservations.createdAt, at), lt(reservations.id, id))),
  )!
}

/** Null: no event or person has this name, so that nothing can be found. */
async function conditionsOf(db: Database, { q, event, status, from, until }: ReservationFilter): Promise<SQL[] | null> {
  const conditions: SQL[] = [isNull(events.rehearsalOf)]
  if (event !== undefined) {
    const ids = await findEvents(db, event)
    if (ids.length === 0) return null
    conditions.push(inArray(reservations.eventId, ids))
  }
  if (q !== undefined) {
    const found = await conditionOf(db, q)
    if (!found) return null
    conditions.push(found)
  }
  if (status !== undefined) conditions.push(eq(reservations.status, status))
  if (from !== undefined) conditions.push(gte(reservations.createdAt, from))
  if (until !== undefined) conditions.push(lt(reservations.createdAt, until))
  return conditions
}

async function findEvents(db: Database, event: string): Promise<number[]> {
  if (IS_NUMBER.test(event)) return [Number(event)]
  const hasTitle = or(like(events.title, containing(event)), like(events.titleEn, containing(event)))
  const rows = await db.select({ id: events.id }).from(events)
    .where(and(hasTitle, isNull(events.rehearsalOf))).orderBy(asc(events.id)).limit(MAX_EVENTS)
  return rows.map(({ id }) => id)
}

/** The event whose number the filter is; null for a title, and if there is no such event. */
export async function findNamedEvent(
  { db }: { db: Database },
  event: string | undefined,
): Promise<FoundReservation['event'] | null> {
  if (event === undefined || !IS_NUMBER.test(event)) return null
  const [found] = await db.select({ id: events.id, title: events.title, titleEn: events.titleEn }).from(events)
    .where(and(eq(events.id, Number(event)), isNull(events.rehearsalOf)))
  return found ?? null
}

const IS_NUMBER = /^\d{1,15}$/

const containing = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`

/** A nickname may look like a number or like the beginning of an id. */
async function conditionOf(db: Database, q: string): Promise<SQL | undefined> {
  const [person] = await db.select({ id: users.id }).from(users)
    .where(q.includes('@') ? eq(users.email, q) : eq(users.nickname, q)).limit(1)
  return or(person && eq(reservations.userId, person.id), beginsWith(q), hasNumber(q))
}

/** The range of ids that begin with a text; undefined if the text is no beginning of an id. */
function beginsWith(q: string): SQL | undefined {
  const digits = q.toLowerCase().replaceAll('-', '')
  if (!/^[\da-f]{8,32}$/.test(digits)) return undefined
  const bytes = (filler: string) => Buffer.from(digits.padEnd(32, filler), 'hex')
  return sql`${reservations.id} between ${bytes('0')} and ${bytes('f')}`
}

/** The ids that have a number; undefined if the text is no number. */
function hasNumber(q: string): SQL | undefined {
  const number = parseReservationNumber(q)
  if (number === null) return undefined
  const { first, last } = idTailsOf(number)
  return sql`${reservations.idTail} between ${Buffer.from(first, 'hex')} and ${Buffer.from(last, 'hex')}`
}
