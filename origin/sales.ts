import { and, asc, eq, gt, inArray, type SQL, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database, Queryable } from '../db/mysql.ts'
import { lastBookingLogEpoch, trimBookingLog } from '../db/redis/sale/booking-log.ts'
import { isAfter, type LogPosition } from '../db/redis/sale/log-position.ts'
import { approveSale, type FirstAnswer, loadSale, readHeads, type SaleLoad, type SaleRules } from '../db/redis/sale/sale.ts'
import { events, ledgers, reservations, ticketTypes } from '../db/schema.ts'
import { lockLedger, moveWatermark, reportLosses, writeEntries, type WriteResult } from './ledger.ts'
import type { Log } from '../runtime/log.ts'
import { startOfDay } from './venue-time.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

export type PutOnSale =
  | { kind: 'on_sale' }
  /** No such event, or one that is over for good. */
  | { kind: 'no_sale' }
  /** Bookings kept coming while seats were counted; try again. */
  | { kind: 'busy' }

/** An event's keys in Redis live this long after its beginning. */
export const KEEP_MS = 7 * 86_400_000
const ATTEMPTS = 5
const BATCHES_AT_ONCE = 1_000

const underway = new WeakMap<Redis, Map<number, Promise<PutOnSale>>>()

/**
 * Makes sure that Redis has an event's sale, counted from MySQL; the first load and every rebuild are this. One at a time for an
 * event, in all origins, by the ledger's row lock; in one process callers share the same run.
 *
 * A sale that is whole and no older than the ledger is only approved for the present run of the server.
 *
 * Order: mark the ledger live (committed, so that the write-back looks from now on); lock it; drain what Redis still has of the log, and
 * move the watermark with it; count; load with a new epoch; move the watermark there; commit. If the process dies after Redis was loaded
 * and before the commit, the rows drained here are rolled back but still in the log, in front of the new epoch, and the next write-back
 * copies both.
 */
export function putOnSale(parts: Parts, eventId: number): Promise<PutOnSale> {
  const runs = underway.get(parts.redis) ?? new Map<number, Promise<PutOnSale>>()
  underway.set(parts.redis, runs)
  const run = runs.get(eventId) ?? load(parts, eventId).finally(() => runs.delete(eventId))
  runs.set(eventId, run)
  return run
}

async function load({ db, redis, log, now }: Parts, eventId: number): Promise<PutOnSale> {
  await db.update(ledgers).set({ live: true }).where(eq(ledgers.eventId, eventId))
  const result = await db.transaction(async (tx): Promise<PutOnSale & { loaded?: LogPosition; drains?: WriteResult[] }> => {
    const [event] = await tx.select().from(events).where(eq(events.id, eventId))
    let watermark = await lockLedger(tx, eventId)
    const drains: WriteResult[] = []
    if (!event || !watermark || event.startsAt.getTime() + KEEP_MS <= now().getTime()) return { kind: 'no_sale' }

    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [head] = await readHeads(redis, [eventId])
      if (head?.whole && head.last && !isBehind(head.last, watermark)) {
        if (await approveSale(redis, eventId, watermark, rulesOf(event)) === 'approved') return { kind: 'on_sale', drains }
        // Another server has taken over since, with older data.
        continue
      }

      const drained = await writeEntries(tx, redis, eventId, watermark, BATCHES_AT_ONCE)
      drains.push(drained)
      watermark = drained.position
      // With its rows, whatever comes of the load.
      await moveWatermark(tx, eventId, watermark, now())
      const epoch = Math.max(watermark.epoch, head?.last?.epoch ?? 0, await lastBookingLogEpoch(redis, eventId)) + 1
      const reply = await loadSale(redis, eventId, {
        epoch,
        ...rulesOf(event),
        seen: head?.last ?? null,
        expiresAtMs: event.startsAt.getTime() + KEEP_MS,
        ...await countSeats(tx, eventId),
      })
      if (reply === 'loaded') {
        await moveWatermark(tx, eventId, { epoch, seq: 0 }, now())
        return { kind: 'on_sale', drains, loaded: { epoch, seq: 0 } }
      }
    }
    return { kind: 'busy', drains }
  })
  for (const drained of result.drains ?? []) reportLosses(log, eventId, drained)
  if (result.loaded) {
    log('sale_loaded', { eventId, epoch: result.loaded.epoch })
    await trimBookingLog(redis, eventId, result.loaded)
  }
  return { kind: result.kind }
}

const rulesOf = (event: typeof events.$inferSelect): SaleRules => ({
  opensAtMs: event.opensAt.getTime(),
  closesAtMs: event.closesAt.getTime(),
  cancelUntilMs: startOfDay(event.startsAt, event.zone).getTime(),
  limitPerPerson: event.limitPerPerson,
})

/** A store that was restored from an older copy stands behind the ledger. */
const isBehind = (last: LogPosition, watermark: LogPosition) => isAfter(watermark, last)

const confirmed = eq(reservations.status, 'confirmed')

/** Counts an event in MySQL. Its bookings come page by page; the ledger's lock keeps the pages of one state. */
async function countSeats(tx: Queryable, eventId: number): Promise<Pick<SaleLoad, 'ticketTypes' | 'held' | 'firstAnswers'>> {
  const types = await tx.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  const { ticketTypeId, quantity } = reservations
  const sums = await tx.select({ id: ticketTypeId, sold: sql<number>`sum(${quantity})`.mapWith(Number) }).from(reservations)
    .where(and(inArray(ticketTypeId, types.map(({ id }) => id)), confirmed)).groupBy(ticketTypeId)
  const sold = new Map(sums.map((sum) => [sum.id, sum.sold]))
  return {
    ticketTypes: types.map(({ id, seats, price }) => ({ id, seats, price, sold: sold.get(id) ?? 0 })),
    held: await countHeld(tx, eventId),
    firstAnswers: readAnswered(tx, eventId),
  }
}

/** What each person holds. Added up here: in the order of people MySQL would look up each row by itself, which takes three times as long. */
async function countHeld(tx: Queryable, eventId: number): Promise<Map<number, number>> {
  const held = new Map<number, number>()
  const bookings = inPages(
    eventId,
    (wanted) =>
      tx.select({ reservation: reservations.id, person: reservations.userId, quantity: reservations.quantity }).from(reservations)
        .where(and(wanted, confirmed)).orderBy(asc(reservations.id)).limit(PAGE),
  )
  for await (const { person, quantity } of bookings) held.set(person, (held.get(person) ?? 0) + quantity)
  return held
}

/** What was booked with each key. */
const readAnswered = (tx: Queryable, eventId: number): AsyncGenerator<FirstAnswer> =>
  inPages(eventId, (wanted) =>
    tx.select({
      person: reservations.userId,
      idempotencyKey: reservations.idempotencyKey,
      ticketTypeId: reservations.ticketTypeId,
      quantity: reservations.booked,
      reservation: reservations.id,
      unitPrice: reservations.unitPrice,
      createdAt: reservations.createdAt,
    }).from(reservations).where(wanted).orderBy(asc(reservations.id)).limit(PAGE))

/** Rows read at a time. */
const PAGE = 5_000

/** An event's reservations in the order of their ids, page by page, each behind the last one before it. */
async function* inPages<Row extends { reservation: string }>(
  eventId: number,
  readPage: (wanted: SQL | undefined) => Promise<Row[]>,
): AsyncGenerator<Row> {
  const isOfEvent = eq(reservations.eventId, eventId)
  let page = await readPage(isOfEvent)
  while (page.length > 0) {
    yield* page
    page = page.length < PAGE ? [] : await readPage(and(isOfEvent, gt(reservations.id, page.at(-1)!.reservation)))
  }
}
