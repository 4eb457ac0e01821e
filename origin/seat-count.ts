import { and, asc, eq, gt, inArray, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '../db/mysql.ts'
import type { FirstAnswer, SaleLoad } from '../db/redis/sale/sale.ts'
import { reservations, ticketTypes } from '../db/schema.ts'

/** Rows per page. */
const PAGE = 5_000

const isConfirmed = eq(reservations.status, 'confirmed')

/** Counts an event's seats in MySQL. Reservations are read in pages; the caller holds the ledger's lock, so the pages agree. */
export async function countSeats(
  tx: Queryable,
  eventId: number,
): Promise<Pick<SaleLoad, 'ticketTypes' | 'held' | 'firstAnswers'>> {
  const types = await tx.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  const { ticketTypeId, quantity } = reservations
  const sums = await tx.select({ id: ticketTypeId, sold: sql<number>`sum(${quantity})`.mapWith(Number) }).from(reservations)
    .where(and(inArray(ticketTypeId, types.map(({ id }) => id)), isConfirmed)).groupBy(ticketTypeId)
  const sold = new Map(sums.map((sum) => [sum.id, sum.sold]))
  return {
    ticketTypes: types.map(({ id, seats, price }) => ({ id, seats, price, sold: sold.get(id) ?? 0 })),
    held: await countHeld(tx, eventId),
    firstAnswers: readFirstAnswers(tx, eventId),
  }
}

/**
 * Seats held by each person. They are summed here, not in MySQL: grouped by person, MySQL would look up each row individually, which takes
 * three times as long.
 */
async function countHeld(tx: Queryable, eventId: number): Promise<Map<number, number>> {
  const held = new Map<number, number>()
  const rows = inPages(
    eventId,
    (condition) =>
      tx.select({ reservation: reservations.id, person: reservations.userId, quantity: reservations.quantity }).from(reservations)
        .where(and(condition, isConfirmed)).orderBy(asc(reservations.id)).limit(PAGE),
  )
  for await (const { person, quantity } of rows) held.set(person, (held.get(person) ?? 0) + quantity)
  return held
}

/** The booking of each idempotency key, cancelled ones included. */
const readFirstAnswers = (tx: Queryable, eventId: number): AsyncGenerator<FirstAnswer> =>
  inPages(eventId, (condition) =>
    tx.select({
      person: reservations.userId,
      idempotencyKey: reservations.idempotencyKey,
      ticketTypeId: reservations.ticketTypeId,
      quantity: reservations.booked,
      reservation: reservations.id,
      unitPrice: reservations.unitPrice,
      createdAt: reservations.createdAt,
      cancelledAt: reservations.cancelledAt,
    }).from(reservations).where(condition).orderBy(asc(reservations.id)).limit(PAGE))

/** Reads an event's reservations in the order of their ids, one page at a time, by keyset pagination. */
async function* inPages<Row extends { reservation: string }>(
  eventId: number,
  readPage: (condition: SQL | undefined) => Promise<Row[]>,
): AsyncGenerator<Row> {
  const isOfEvent = eq(reservations.eventId, eventId)
  let page = await readPage(isOfEvent)
  while (page.length > 0) {
    yield* page
    page = page.length < PAGE ? [] : await readPage(and(isOfEvent, gt(reservations.id, page.at(-1)!.reservation)))
  }
}
