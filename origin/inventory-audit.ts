import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import * as z from 'zod'
import type { Database } from '../db/mysql.ts'
import { type BookingLogEntry, readBookingLog } from '../db/redis/sale/booking-log.ts'
import { isAfter, isNextAfter, isSamePosition, type LogPosition } from '../db/redis/sale/log-position.ts'
import { readSale, type RepairReply, repairSale, type SaleState } from '../db/redis/sale/sale.ts'
import { deadLetters, events, ledgers, reservations, ticketTypes } from '../db/schema.ts'
import type { Log } from '../runtime/log.ts'
import { type Actor, recordAct } from './audit-log.ts'
import { type SeatMove, soldDeltas, totalDeltas } from './booking-rows.ts'

type Stores = { db: Database; redis: Redis }

/** The seats of one ticket type: `total = sold + inFlight + deadLettered + left + drift`. A drift other than 0 is an error. */
export type TicketTypeInventory = {
  id: number
  total: number
  /** In MySQL. */
  sold: number
  /** Booked and not yet in MySQL, minus cancellations. */
  inFlight: number
  /** Taken by bookings that are dead letters. */
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
  /** People who hold more than the event's limit, and more than any earlier limit. */
  overLimit: { person: number; held: number }[]
}
export type AuditResult =
  | Inventory
  /** Redis has no sale of this event. */
  | { kind: 'not_loaded' }
  /** The log was trimmed during each attempt; try again. */
  | { kind: 'moved' }

/** People may still hold what they booked before the limit was lowered. */
const allowedLimit = sql<number>`greatest(${events.limitPerPerson}, coalesce(${events.highestLimit}, 0))`.mapWith(Number)

const ATTEMPTS = 5
const CHUNK = 5_000

/**
 * Compares an event's seats in both stores, exactly, while it sells. Reads MySQL in one statement, so that rows and watermark agree, and
 * Redis in one command. The difference between the two is the log from the watermark to the sale's last entry; entries are only appended
 * and trimmed, never changed. If the write-back trims that part meanwhile, the audit starts over.
 */
export async function auditInventory({ db, redis }: Stores, eventId: number): Promise<AuditResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const rows = await db.select({ epoch: ledgers.epoch, seq: ledgers.seq, type: ticketTypes, limit: allowedLimit })
      .from(ledgers)
      .innerJoin(ticketTypes, eq(ticketTypes.eventId, ledgers.eventId))
      .innerJoin(events, eq(events.id, ledgers.eventId))
      .where(eq(ledgers.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
    const state = await readSale(redis, eventId)
    const [first] = rows
    if (!first || !state) return { kind: 'not_loaded' }
    const unwritten = await readUnwritten(redis, eventId, first, state.last)
    if (!unwritten) continue
    const inFlight = soldDeltas(unwritten.filter((entry) => entry.kind === 'booking' || entry.kind === 'cancellation'))
    // In flight as well: seats that operators have added or withdrawn.
    const added = totalDeltas(unwritten.filter((entry) => entry.kind === 'seats'))
    const deadLettered = soldDeltas(await readDeadLetters(db, eventId, state.last.epoch, first))
    return {
      kind: 'audited',
      eventId,
      state,
      ticketTypes: rows.map(({ type }) => {
        const seats = {
          id: type.id,
          total: type.seats + (added.get(type.id) ?? 0),
          sold: type.sold,
          inFlight: inFlight.get(type.id) ?? 0,
          deadLettered: deadLettered.get(type.id) ?? 0,
          left: state.left.get(type.id) ?? 0,
        }
        return { ...seats, drift: seats.total - seats.sold - seats.inFlight - seats.deadLettered - seats.left }
      }),
      overLimit: await findOverLimit(db, eventId, first.limit),
    }
  }
  return { kind: 'moved' }
}

/** Whether an audit has found an error. */
export const hasDrift = (inventory: Inventory): boolean =>
  inventory.overLimit.length > 0 || inventory.ticketTypes.some(({ drift }) => drift !== 0)

/**
 * Corrects the seats left by the drift that an audit has found. It applies a signed delta, never a SET, so that seats sold meanwhile stay
 * sold. A paused sale resumes. The repair is recorded in the audit table; if the process dies before that, it is in the application log only.
 */
export async function repairSeats(
  { db, redis, log, now }: Stores & { log: Log; now(): Date },
  inventory: Inventory,
  actor: Actor,
): Promise<RepairReply> {
  const { eventId, state } = inventory
  const deltas = new Map(inventory.ticketTypes.filter(({ drift }) => drift !== 0).map(({ id, drift }) => [id, drift]))
  const reply = await repairSale(redis, eventId, state, deltas)
  log('seats_repaired', { eventId, kind: reply.kind, deltas: Object.fromEntries(deltas) })
  const detail = { reply, deltas: Object.fromEntries(deltas) }
  const act = { at: now(), actor, action: 'seats.repair', subject: `event:${eventId}`, detail }
  await db.transaction((tx) => recordAct(tx, act))
  return reply
}

/** The complete log from a watermark to a position; null if part of it has been trimmed. */
async function readUnwritten(
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
      // The entries up to `last` were trimmed after `last` was read.
      if (isAfter(entry, last)) return isSamePosition(at, last) ? found : null
      if (!isNextAfter(entry, at)) return null
      at = entry
      found.push(entry)
    }
  }
  return found
}

const deadBooking = z.object({ kind: z.literal('booking'), ticketTypeId: z.int(), quantity: z.int() })

/**
 * Bookings of this load that are dead letters: their seats are taken, and no reservation has them. A dead cancellation does not count: it
 * returned seats that were never taken, which is a drift. A later load counts seats in MySQL, which has neither.
 */
async function readDeadLetters(db: Database, eventId: number, epoch: number, watermark: LogPosition): Promise<SeatMove[]> {
  // A dead letter after this watermark is still in flight in this audit.
  if (watermark.epoch !== epoch) return []
  const rows = await db.select({ entry: deadLetters.entry }).from(deadLetters).where(
    and(eq(deadLetters.eventId, eventId), eq(deadLetters.epoch, epoch), lte(deadLetters.seq, watermark.seq)),
  )
  return rows.flatMap(({ entry }) => {
    try {
      return [deadBooking.parse(JSON.parse(entry))]
    } catch {
      // The text of an unreadable entry may be truncated. No booking is that long.
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
