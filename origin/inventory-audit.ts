import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import * as z from 'zod'
import type { Database, Queryable } from '../db/mysql.ts'
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
 * Compares an event's seats in both stores, exactly, while it sells. Reads MySQL at one instant, so that rows, dead letters and watermark
 * agree, and Redis in one command. The difference between the two is the log from the watermark to the sale's last entry; entries are only
 * appended and trimmed, never changed. If the write-back trims that part meanwhile, the audit starts over. It also does if the sale was
 * loaded meanwhile from rows that are not in that part, such as a dead letter that was written after all (dead-letters.ts).
 */
export async function auditInventory({ db, redis }: Stores, eventId: number): Promise<AuditResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { rows, letters } = await readWritten(db, eventId)
    const state = await readSale(redis, eventId)
    const [first] = rows
    if (!first || !state) return { kind: 'not_loaded' }
    const unwritten = await readUnwritten(redis, eventId, first, state.last)
    if (!unwritten) continue
    if (state.last.epoch !== first.epoch && await hasLedgerChanged(db, eventId, first.changedAt)) continue
    const inFlight = soldDeltas(unwritten.filter((entry) => entry.kind === 'booking' || entry.kind === 'cancellation'))
    // In flight as well: seats that operators have added or withdrawn.
    const added = totalDeltas(unwritten.filter((entry) => entry.kind === 'seats'))
    // A load of a later epoch has counted seats in MySQL, which has no dead letters.
    const deadLettered = soldDeltas(state.last.epoch === first.epoch ? letters : [])
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

type Written = Awaited<ReturnType<typeof selectTypes>>[number]

/** What MySQL holds of an event at one instant, and the bookings of the watermark's load that are dead letters. */
function readWritten(db: Database, eventId: number): Promise<{ rows: Written[]; letters: SeatMove[] }> {
  return db.transaction(async (tx) => {
    const rows = await selectTypes(tx, eventId)
    return { rows, letters: rows[0] ? await readDeadLetters(tx, eventId, rows[0]) : [] }
  }, { isolationLevel: 'repeatable read', accessMode: 'read only' })
}

const selectTypes = (tx: Queryable, eventId: number) =>
  tx.select({
    epoch: ledgers.epoch,
    seq: ledgers.seq,
    changedAt: ledgers.changedAt,
    type: ticketTypes,
    limit: allowedLimit,
  })
    .from(ledgers)
    .innerJoin(ticketTypes, eq(ticketTypes.eventId, ledgers.eventId))
    .innerJoin(events, eq(events.id, ledgers.eventId))
    .where(eq(ledgers.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))

async function hasLedgerChanged(db: Database, eventId: number, changedAt: string): Promise<boolean> {
  const [ledger] = await db.select({ changedAt: ledgers.changedAt }).from(ledgers).where(eq(ledgers.eventId, eventId))
  return String(ledger?.changedAt) !== String(changedAt)
}

/** Whether an audit has found an error. */
export const hasDrift = (inventory: Inventory): boolean =>
  inventory.overLimit.length > 0 || inventory.ticketTypes.some(({ drift }) => drift !== 0)

/**
 * Corrects the seats left by the drift that an audit has found. It applies a signed delta, never a SET, so that seats sold meanwhile stay
 * sold. A paused sale resumes. The repair is recorded in the audit log; if the process dies before that, it is in the application log only.
 */
export async function repairSeats(
  { db, redis, log, now }: Stores & { log: Log; now(): Date },
  inventory: Inventory,
  actor: Actor,
  reason = '',
): Promise<RepairReply> {
  const { eventId, state } = inventory
  const drifted = inventory.ticketTypes.filter(({ drift }) => drift !== 0)
  const deltas = Object.fromEntries(drifted.map(({ id, drift }) => [id, drift]))
  const reply = await repairSale(redis, eventId, state, new Map(drifted.map(({ id, drift }) => [id, drift])))
  log('seats_repaired', { eventId, kind: reply.kind, deltas })
  const leftWith = (change: 0 | 1) => Object.fromEntries(drifted.map(({ id, left, drift }) => [id, left + change * drift]))
  const detail = {
    reply,
    deltas,
    // The seats left at the time of the audit. Seats sold since are not in either.
    before: { left: leftWith(0), paused: state.paused },
    after: reply.kind === 'repaired' ? { left: leftWith(1), paused: false } : null,
  }
  const act = { at: now(), actor, action: 'seats.repair', subject: `event:${eventId}`, reason, detail }
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
 * Bookings of the watermark's load that are dead letters: their seats are taken, and no reservation has them. A dead cancellation does not
 * count: it returned seats that were never taken, which is a drift.
 */
async function readDeadLetters(tx: Queryable, eventId: number, { epoch, seq }: LogPosition): Promise<SeatMove[]> {
  const rows = await tx.select({ entry: deadLetters.entry }).from(deadLetters).where(
    // A dead letter after this watermark is still in flight in this audit.
    and(eq(deadLetters.eventId, eventId), eq(deadLetters.epoch, epoch), lte(deadLetters.seq, seq)),
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
