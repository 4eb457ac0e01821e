import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { Database } from '../db/mysql.ts'
import { INVENTORY_WATCH_KEY } from '../db/redis/keys.ts'
import { type BookingLogEntry, readBookingLog } from '../db/redis/sale/booking-log.ts'
import { isAfter, isNextAfter, isSamePosition, type LogPosition } from '../db/redis/sale/log-position.ts'
import { pauseSale, readHeads, readSale, type RepairReply, repairSale, type SaleState } from '../db/redis/sale/sale.ts'
import { audit, deadLetters, events, ledgers, reservations, ticketTypes } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { KEEP_MS } from './sales.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** The books of one ticket type: `total = sold + inFlight + aside + left + drift`, and drift is 0 as long as all is well. */
export type TicketTypeInventory = {
  id: number
  total: number
  /** In MySQL. */
  sold: number
  /** Booked and not yet in MySQL, cancellations taken off. */
  inFlight: number
  /** Taken by bookings that were set aside. */
  deadLettered: number
  /** In Redis. */
  left: number
  drift: number
}
export type Inventory = {
  kind: 'audited'
  eventId: number
  state: SaleState
  ticketTypes: TicketTypeInventory[]
  /** People who hold more than the event's limit. */
  overLimit: { person: number; held: number }[]
}
export type AuditResult =
  | Inventory
  /** Redis has no sale of this event. */
  | { kind: 'not_loaded' }
  /** The log was trimmed under the reader each time; try again. */
  | { kind: 'moved' }

const ATTEMPTS = 5
const CHUNK = 5_000

/**
 * Adds up an event's seats over both stores, exactly, while it sells. MySQL's side is one statement, so that rows and watermark belong
 * together; Redis' side is one command; what lies between them is the log from the watermark to the sale's last entry, and a log does
 * not change but at its ends. When the write-back has trimmed it meanwhile, its numbers are not whole and all is read again.
 */
export async function auditInventory({ db, redis }: Pick<Parts, 'db' | 'redis'>, eventId: number): Promise<AuditResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const rows = await db.select({ epoch: ledgers.epoch, seq: ledgers.seq, type: ticketTypes, limit: events.limitPerPerson })
      .from(ledgers)
      .innerJoin(ticketTypes, eq(ticketTypes.eventId, ledgers.eventId))
      .innerJoin(events, eq(events.id, ledgers.eventId))
      .where(eq(ledgers.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
    const state = await readSale(redis, eventId)
    const [first] = rows
    if (!first || !state) return { kind: 'not_loaded' }
    const between = await readBetween(redis, eventId, first, state.last)
    if (!between) continue
    const inFlight = takenBy(between.filter((entry) => entry.kind === 'booking' || entry.kind === 'cancellation'))
    const aside = takenBy(await readAside(db, eventId, state.last.epoch, first))
    return {
      kind: 'audited',
      eventId,
      state,
      ticketTypes: rows.map(({ type }) => {
        const seats = {
          id: type.id,
          total: type.seats,
          sold: type.sold,
          inFlight: inFlight.get(type.id) ?? 0,
          deadLettered: aside.get(type.id) ?? 0,
          left: state.left.get(type.id) ?? 0,
        }
        return { ...seats, drift: seats.total - seats.sold - seats.inFlight - seats.deadLettered - seats.left }
      }),
      overLimit: await findOverLimit(db, eventId, first.limit),
    }
  }
  return { kind: 'moved' }
}

/** Whether anything in the books is wrong. */
export const hasDrift = (books: Inventory): boolean =>
  books.overLimit.length > 0 || books.ticketTypes.some(({ drift }) => drift !== 0)

/**
 * Gives the seats left their right number by the drift that an audit found: a signed delta, never a SET, so that what is sold meanwhile
 * stays sold. A sale that was paused goes on. The deed is noted.
 */
export async function repairSeats(parts: Parts, books: Inventory, actorId: number | null): Promise<RepairReply> {
  const deltas = new Map(books.ticketTypes.filter(({ drift }) => drift !== 0).map(({ id, drift }) => [id, drift]))
  const reply = await repairSale(parts.redis, books.eventId, books.state, deltas)
  parts.log('seats_repaired', { eventId: books.eventId, kind: reply.kind, deltas: Object.fromEntries(deltas) })
  await parts.db.insert(audit).values({
    at: parts.now(),
    actorId,
    action: 'seats.repair',
    subject: `event:${books.eventId}`,
    detail: { reply, deltas: Object.fromEntries(deltas) },
  })
  return reply
}

export type InventoryWatch = {
  /** The last books of each live sale that this origin has added up; empty while another origin watches. */
  last(): Inventory[]
  close(): Promise<void>
}

/**
 * Adds up the books of all live sales every few seconds, in one origin at a time, and pauses a sale whose books do not agree: better a
 * minute without bookings than a seat sold twice.
 */
export function openInventoryWatch(parts: Parts & { newId(): string }, everyMs: number): InventoryWatch {
  const me = parts.newId()
  const stopped = new AbortController()
  let books: Inventory[] = []

  async function watch() {
    while (!stopped.signal.aborted) {
      try {
        books = await mayWatch(parts.redis, me, everyMs * 3) ? await addUpAll(parts) : []
      } catch (error) {
        parts.log('inventory_audit_failed', describeError(error))
      }
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const watching = watch()
  return {
    last: () => books,
    async close() {
      stopped.abort()
      await watching
    },
  }
}

async function mayWatch(redis: Redis, me: string, forMs: number): Promise<boolean> {
  if (await redis.set(INVENTORY_WATCH_KEY, me, 'PX', forMs, 'NX') === 'OK') return true
  if (await redis.get(INVENTORY_WATCH_KEY) !== me) return false
  return await redis.pexpire(INVENTORY_WATCH_KEY, forMs) === 1
}

async function addUpAll(parts: Parts): Promise<Inventory[]> {
  const live = await parts.db.select({ eventId: ledgers.eventId }).from(ledgers).innerJoin(events, eq(events.id, ledgers.eventId))
    .where(and(eq(ledgers.live, true), gt(events.startsAt, new Date(parts.now().getTime() - KEEP_MS))))
  const heads = await readHeads(parts.redis, live.map(({ eventId }) => eventId))
  const all: Inventory[] = []
  for (const [i, { eventId }] of live.entries()) {
    // What lies on a node that is away stops no other.
    if (!heads[i]?.last) continue
    const books = await auditInventory(parts, eventId)
    if (books.kind !== 'audited') continue
    all.push(books)
    if (hasDrift(books) && !books.state.paused && await pauseSale(parts.redis, eventId, books.state.last.epoch)) {
      parts.log('sale_paused', { eventId, ticketTypes: books.ticketTypes, overLimit: books.overLimit })
    }
  }
  return all
}

/** The log after a watermark up to a position, whole; null when it is not whole any more. */
async function readBetween(
  redis: Redis,
  eventId: number,
  watermark: LogPosition,
  last: LogPosition,
): Promise<BookingLogEntry[] | null> {
  const found: BookingLogEntry[] = []
  let at: LogPosition = watermark
  while (isAfter(last, at)) {
    const entries = await readBookingLog(redis, eventId, at, CHUNK)
    if (entries.length === 0) return null
    for (const entry of entries) {
      // Entries up to `last` were trimmed after `last` was read.
      if (isAfter(entry, last)) return isSamePosition(at, last) ? found : null
      if (!isNextAfter(entry, at)) return null
      at = entry
      found.push(entry)
    }
  }
  return found
}

/** What of an entry moves seats. */
type SeatChange = Pick<Extract<BookingLogEntry, { quantity: number }>, 'kind' | 'ticketTypeId' | 'quantity'>
const asideBooking = z.object({ kind: z.literal('booking'), ticketTypeId: z.int(), quantity: z.int() })

function takenBy(entries: SeatChange[]): Map<number, number> {
  const taken = new Map<number, number>()
  for (const entry of entries) {
    const seats = entry.kind === 'booking' ? entry.quantity : -entry.quantity
    taken.set(entry.ticketTypeId, (taken.get(entry.ticketTypeId) ?? 0) + seats)
  }
  return taken
}

/**
 * Bookings of this load that were set aside: their seats are taken and nobody has them. A cancellation that was set aside is no excuse:
 * it gave seats back that were never taken, which is a drift. A later load counts from MySQL, where neither ever was.
 */
async function readAside(
  db: Database,
  eventId: number,
  epoch: number,
  watermark: LogPosition,
): Promise<SeatChange[]> {
  // What was set aside after the watermark was read is still in flight in this sum.
  if (watermark.epoch !== epoch) return []
  const rows = await db.select({ entry: deadLetters.entry }).from(deadLetters).where(
    and(eq(deadLetters.eventId, eventId), eq(deadLetters.epoch, epoch), lte(deadLetters.seq, watermark.seq)),
  )
  // What cannot be read is kept as text that may have been cut: no booking is so long.
  return rows.flatMap(({ entry }) => {
    try {
      return [asideBooking.parse(JSON.parse(entry))]
    } catch {
      return []
    }
  })
}

async function findOverLimit(db: Database, eventId: number, limit: number): Promise<Inventory['overLimit']> {
  const held = sql<number>`sum(${reservations.quantity})`.mapWith(Number)
  return await db.select({ person: reservations.userId, held }).from(reservations)
    .where(and(eq(reservations.eventId, eventId), eq(reservations.status, 'confirmed')))
    .groupBy(reservations.userId).having(gt(held, limit)).limit(10)
}
