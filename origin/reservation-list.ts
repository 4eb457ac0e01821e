import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../db/mysql.ts'
import { events, images, ledgers, reservations, ticketTypes } from '../db/schema.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import type { Language } from '../edge/contract/language.ts'
import type { PageOf } from '../edge/contract/paging.ts'
import { reservationNumber } from '../edge/contract/reservation-number.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { imageColumns } from './catalogue-facts.ts'
import type { MysqlHealth } from './mysql-health.ts'
import { describeEvent, findRecent } from './recent-reservations.ts'
import type { FindSaleFacts } from './sale-facts.ts'
import { startOfDay } from './venue-time.ts'
import type { WriteBack } from './write-back.ts'
import { withTimeout } from '../runtime/timeout.ts'

type Parts = {
  db: Database
  writeBack: Pick<WriteBack, 'flushAll' | 'flushEvent'>
  mysqlHealth: Pick<MysqlHealth, 'orUnavailable'>
}
type FindParts = Parts & { redis: Redis; findSaleFacts: FindSaleFacts }

/** `busy`: the reservation may exist but not be written yet. `unavailable`: only MySQL knows it, and MySQL is unavailable. */
export type FindResult = { kind: 'found'; reservation: Reservation } | { kind: 'not_found' } | { kind: 'busy' } | {
  kind: 'unavailable'
}

const CATCH_UP_TIMEOUT_MS = 2_000

/**
 * Finds a person's own reservation, including recent bookings and cancellations. A booking of the last hour is found in Redis alone.
 * `not_found`: also for reservations of others.
 */
export async function findReservation(parts: FindParts, language: Language, person: number, id: string): Promise<FindResult> {
  const [recent] = await findRecent(parts, language, person, id)
  if (recent) return { kind: 'found', reservation: recent }
  try {
    return await parts.mysqlHealth.orUnavailable(() => findWritten(parts, language, person, id))
  } catch (error) {
    if (isStoreUnavailable(error)) return { kind: 'unavailable' }
    throw error
  }
}

async function findWritten(parts: Parts, language: Language, person: number, id: string): Promise<FindResult> {
  const { row, isCurrent } = await selectCurrent(parts, () => selectOwn(parts.db, person, id))
  if (row) return { kind: 'found', reservation: describeRow(row, language) }
  return { kind: isCurrent ? 'not_found' : 'busy' }
}

/** A person's reservations, newest first, including recent bookings. Throws StoreUnavailable as soon as MySQL is unavailable. */
export function listReservations(
  parts: Parts,
  language: Language,
  person: number,
  page: { page: number; size: number },
): Promise<PageOf<Reservation>> {
  return parts.mysqlHealth.orUnavailable(() => listWritten(parts, language, person, page))
}

async function listWritten(
  parts: Parts,
  language: Language,
  person: number,
  { page, size }: { page: number; size: number },
): Promise<PageOf<Reservation>> {
  await catchUp(parts)
  const isOwn = eq(reservations.userId, person)
  const [rows, [count]] = await Promise.all([
    selectRows(parts.db, isOwn).orderBy(desc(reservations.createdAt), desc(reservations.id)).limit(size).offset(
      (page - 1) * size,
    ),
    parts.db.select({ total: sql<number>`count(*)`.mapWith(Number) }).from(reservations).where(isOwn),
  ])
  return { items: rows.map((row) => describeRow(row, language)), page, size, total: count?.total ?? 0 }
}

/**
 * The row of a reservation after the write-back has caught up; `isCurrent`: whether it has. For a known row it copies that event's
 * log alone.
 */
export async function selectCurrent(
  { writeBack }: Pick<Parts, 'writeBack'>,
  find: () => Promise<ReservationRow | undefined>,
): Promise<{ row: ReservationRow | undefined; isCurrent: boolean }> {
  const early = await find()
  const flushed = early ? writeBack.flushEvent(early.reservation.eventId).then(() => true) : writeBack.flushAll()
  const isCurrent = await withTimeout(flushed.catch(() => false), CATCH_UP_TIMEOUT_MS, () => false)
  return { row: await find(), isCurrent }
}

/** Waits for the write-back, at most two seconds. Returns whether MySQL has all entries that were logged before the call. */
export function catchUp({ writeBack }: Pick<Parts, 'writeBack'>): Promise<boolean> {
  const flushed = writeBack.flushAll().catch(() => false)
  return withTimeout(flushed, CATCH_UP_TIMEOUT_MS, () => false)
}

/** A reservation's row with everything that describes it, and the epoch of its event's ledger. */
export type ReservationRow = Awaited<ReturnType<typeof selectRows>>[number]

/** The row of a person's own reservation; undefined if there is none. */
export async function selectOwn(db: Database, person: number, id: string): Promise<ReservationRow | undefined> {
  const [row] = await selectRows(db, and(eq(reservations.id, id), eq(reservations.userId, person)))
  return row
}

/** The row of anybody's reservation, for operators; undefined if there is none. */
export async function selectReservation(db: Database, id: string): Promise<ReservationRow | undefined> {
  const [row] = await selectRows(db, eq(reservations.id, id))
  return row
}

const selectRows = (db: Database, condition: SQL | undefined) =>
  db.select({ reservation: reservations, event: events, ticketType: ticketTypes, image: imageColumns, epoch: ledgers.epoch })
    .from(reservations)
    .innerJoin(events, eq(events.id, reservations.eventId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .innerJoin(ledgers, eq(ledgers.eventId, reservations.eventId))
    .leftJoin(images, eq(images.id, events.imageId))
    .where(condition)
    .$dynamic()

export function describeRow({ reservation, event, ticketType, image }: ReservationRow, language: Language): Reservation {
  return {
    id: reservation.id,
    number: reservationNumber(reservation.id),
    event: describeEvent({ event, image }, language),
    ticketType: { id: ticketType.id, name: language === 'ko' ? ticketType.name : ticketType.nameEn },
    quantity: reservation.quantity,
    unitPrice: reservation.unitPrice,
    totalPrice: reservation.unitPrice * reservation.quantity,
    status: reservation.status,
    createdAt: reservation.createdAt.toISOString(),
    cancelledAt: reservation.cancelledAt?.toISOString() ?? null,
    cancelUntil: startOfDay(event.startsAt, event.zone).toISOString(),
  }
}
