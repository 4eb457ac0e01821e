/**
 * Dead letters: entries of booking logs that could not be written as rows. A person decides about each, once:
 *
 *   retry    lock the ledger ──▶ write the entry as a row ──▶ remove the letter ──▶ record the act ──▶ commit
 *   dismiss  lock the ledger ──▶ remove the letter ──▶ record the act ──▶ commit
 *
 * The act in the audit log keeps the whole letter. Row, letter and act change in one transaction, so that no letter is written twice or lost,
 * whenever the process dies.
 *
 * A booking's seats are taken in Redis as long as the sale of its epoch is loaded. Retrying it there changes MySQL alone. Every other decision
 * makes the sale in Redis differ from MySQL, so the sale is unloaded before the rows are written, and loaded from MySQL after the commit.
 * Bookings wait for that load, as after a restart of Redis. While the sale is unloaded nothing is sold, so that MySQL's own check (`sold <=
 * seats`) refuses a letter whose seats have been sold again.
 */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import * as z from 'zod'
import type { Database, Queryable } from '../db/mysql.ts'
import type { BookingLogEntry } from '../db/redis/sale/booking-log.ts'
import type { LogPosition } from '../db/redis/sale/log-position.ts'
import { readSale, unloadSale } from '../db/redis/sale/sale.ts'
import { deadLetters, events, reservations } from '../db/schema.ts'
import { LANGUAGES } from '../edge/contract/language.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { type Operator, recordAct } from './audit-log.ts'
import { reportLosses, writeEntries, type WriteResult } from './booking-log-writer.ts'
import { writeRows } from './booking-rows.ts'
import { lockLedger, moveWatermark } from './ledger.ts'
import type { PutOnSale } from './sale-loader.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date; putOnSale(eventId: number): Promise<PutOnSale> }

export type DeadLetter = {
  id: number
  epoch: number
  seq: number
  /** Why MySQL refused the entry. */
  reason: string
  at: Date
  /** Null if the entry cannot be read; `raw` is then all that is known. */
  entry: BookingLogEntry | null
  raw: string
}

export const DEAD_LETTERS_SHOWN = 100

/** The dead letters of an event, the oldest first; at most `DEAD_LETTERS_SHOWN`. */
export async function listDeadLetters({ db }: Pick<Parts, 'db'>, eventId: number): Promise<DeadLetter[]> {
  const rows = await db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))
    .orderBy(asc(deadLetters.epoch), asc(deadLetters.seq)).limit(DEAD_LETTERS_SHOWN)
  return rows.map(describe)
}

export type Decision = { eventId: number; letterId: number; actor: Operator; reason: string }
export type DecisionResult =
  | { kind: 'decided'; letter: DeadLetter }
  /** There is no such letter, or it has been decided. */
  | { kind: 'not_found' }
  /** MySQL refuses the entry, for this cause. Nothing was changed. */
  | { kind: 'refused'; cause: string }
  /** The booking log is too long to be written now; try again. */
  | { kind: 'busy' }

/** Batches of 2,000 log entries in one transaction, as in sale-loader.ts. */
const BATCHES = 1_000

/** Writes a dead letter as a row after all. */
export const retryDeadLetter = (parts: Parts, decision: Decision): Promise<DecisionResult> => decide(parts, decision, 'retry')

/** Gives a dead letter up: a booking becomes void and its seats return to the sale; a cancellation did not happen. */
export const dismissDeadLetter = (parts: Parts, decision: Decision): Promise<DecisionResult> => decide(parts, decision, 'dismiss')

type Verb = 'retry' | 'dismiss'
/** What a transaction did outside of MySQL. */
type Effects = { isUnloaded: boolean; written: WriteResult | null }

/** Rolls the transaction back. */
class RolledBack extends Error {
  constructor(readonly result: DecisionResult) {
    super(result.kind)
  }
}

async function decide(parts: Parts, decision: Decision, verb: Verb): Promise<DecisionResult> {
  const { db, log, putOnSale } = parts
  const { eventId } = decision
  const effects: Effects = { isUnloaded: false, written: null }
  try {
    const result = await db.transaction((tx) => decideLocked({ ...parts, tx, effects }, decision, verb))
    if (effects.written) reportLosses(log, eventId, effects.written)
    log('letter_decided', { eventId, letter: decision.letterId, verb, kind: result.kind })
    return result
  } catch (error) {
    if (error instanceof RolledBack) return error.result
    throw error
  } finally {
    // If this fails, the next booking loads the sale.
    if (effects.isUnloaded) {
      await putOnSale(eventId).catch((error) => log('sale_not_loaded', { eventId, ...describeError(error) }))
    }
  }
}

async function decideLocked(
  parts: Parts & { tx: Queryable; effects: Effects },
  { eventId, letterId, actor, reason }: Decision,
  verb: Verb,
): Promise<DecisionResult> {
  const { tx, now } = parts
  let position = await lockLedger(tx, eventId)
  const [row] = await tx.select().from(deadLetters).where(and(eq(deadLetters.id, letterId), eq(deadLetters.eventId, eventId)))
  if (!position || !row) return { kind: 'not_found' }
  const letter = describe(row)
  if (verb === 'retry') {
    if (!letter.entry) return { kind: 'refused', cause: 'The entry cannot be read' }
    position = await writeLetter(parts, eventId, position, letter.entry)
  } else if (await isOfLoadedSale(parts, eventId, letter)) await unload(parts, eventId)
  await tx.delete(deadLetters).where(eq(deadLetters.id, letterId))
  // Also when the position stays: an audit that began before sees that `sold` has changed.
  await moveWatermark(tx, eventId, position, now())
  const { epoch, seq, entry, reason: cause } = row
  const detail = { before: { letter: { id: letterId, epoch, seq, entry, cause, at: row.at } }, after: null }
  await recordAct(tx, { at: now(), actor, action: `dead_letter.${verb}`, subject: `event:${eventId}`, reason, detail })
  return { kind: 'decided', letter }
}

/** Writes the entry, and the booking log before it if the sale must be loaded again. Returns the watermark. */
async function writeLetter(
  parts: Parts & { tx: Queryable; effects: Effects },
  eventId: number,
  watermark: LogPosition,
  entry: BookingLogEntry,
): Promise<LogPosition> {
  const { tx, effects } = parts
  let position = watermark
  const keepsSale = entry.kind === 'booking' && await isOfLoadedSale(parts, eventId, entry)
  if (!keepsSale && await readSale(parts.redis, eventId)) {
    await unload(parts, eventId)
    effects.written = await writeEntries(parts, eventId, watermark, BATCHES)
    if (effects.written.more) throw new RolledBack({ kind: 'busy' })
    position = effects.written.position
  }
  try {
    await writeRows(tx, eventId, [entry])
  } catch (error) {
    if (isStoreUnavailable(error)) throw error
    throw new RolledBack({ kind: 'refused', cause: causeOf(error) })
  }
  if (!keepsSale && entry.kind === 'booking' && await holdsTooMany(tx, eventId, entry.person)) {
    throw new RolledBack({ kind: 'refused', cause: 'The person would hold more than the limit' })
  }
  return position
}

/** Removes the sale from Redis. Its booking log stays. No origin can load the sale before this transaction releases the ledger. */
async function unload({ redis, effects }: { redis: Redis; effects: Effects }, eventId: number): Promise<void> {
  effects.isUnloaded = true
  await unloadSale(redis, eventId)
}

async function isOfLoadedSale({ redis }: { redis: Redis }, eventId: number, at: Pick<LogPosition, 'epoch'>): Promise<boolean> {
  return (await readSale(redis, eventId))?.last.epoch === at.epoch
}

/** Redis has checked the limit when it sold, but the person may have booked again since the sale was loaded without this booking. */
async function holdsTooMany(tx: Queryable, eventId: number, person: number): Promise<boolean> {
  const [found] = await tx.select({
    held: sql<number>`coalesce(sum(${reservations.quantity}), 0)`.mapWith(Number),
    limit: sql<number>`max(greatest(${events.limitPerPerson}, coalesce(${events.highestLimit}, 0)))`.mapWith(Number),
  }).from(reservations).innerJoin(events, eq(events.id, reservations.eventId))
    .where(and(eq(reservations.eventId, eventId), eq(reservations.userId, person), eq(reservations.status, 'confirmed')))
  return found !== undefined && found.held > found.limit
}

/** Drizzle wraps the MySQL error, which contains the reason. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return String(cause instanceof Error ? cause.message : cause).slice(0, 500)
}

const id = z.int().positive()
const storedEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('booking'),
    reservation: z.uuid(),
    person: id,
    ticketTypeId: id,
    quantity: id,
    unitPrice: z.int().min(0),
    atMs: id,
    idempotencyKey: z.string(),
    language: z.enum(LANGUAGES).default('ko'),
  }),
  z.object({
    kind: z.literal('cancellation'),
    reservation: z.uuid(),
    person: id,
    ticketTypeId: id,
    quantity: id,
    atMs: id,
    keep: z.int().min(0),
  }),
  z.object({
    kind: z.literal('seats'),
    actor: id,
    reason: z.string(),
    atMs: id,
    totals: z.array(z.object({ ticketTypeId: id, before: z.int().min(0), after: z.int().min(0) })),
  }),
])

function describe({ id, epoch, seq, reason, at, entry: raw }: typeof deadLetters.$inferSelect): DeadLetter {
  const parsed = storedEntry.safeParse(parseJson(raw))
  return { id, epoch, seq, reason, at, raw, entry: parsed.success ? Object.assign({ epoch, seq }, parsed.data) : null }
}

/** The text of an unreadable entry may be truncated. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
