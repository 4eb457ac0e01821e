/**
 * Writes a booking log into MySQL: entries become reservations, changes of reservations, and numbers of seats sold.
 *
 * `writeEntries` runs inside the caller's transaction. The caller locks the ledger row first, moves the watermark in the same
 * transaction, and trims the log after the commit. If the process dies:
 * - before the commit, MySQL rolls back and the log still has every entry;
 * - between commit and trim, the watermark is behind the written entries, and the next reader skips and trims them.
 *
 * So no crash loses an entry or writes one twice. An entry that MySQL rejects becomes a dead letter and does not block the others.
 */
import { sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Queryable } from '../db/mysql.ts'
import { type BookingLogEntry, readBookingLog } from '../db/redis/sale/booking-log.ts'
import { isNextAfter, type LogPosition } from '../db/redis/sale/log-position.ts'
import { deadLetters, type reservations } from '../db/schema.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import type { Log } from '../runtime/log.ts'
import { writeRows } from './booking-rows.ts'

/** Entries per statement; a transaction may hold several batches. */
const BATCH = 2_000

type Parts = { tx: Queryable; redis: Redis; now(): Date }

/** The columns of a reservation's row that callers use. */
export type WrittenRow = Pick<typeof reservations.$inferSelect, 'id' | 'status' | 'quantity'>

export type DeadLetter = { position: LogPosition; reason: string }

export type WriteResult = {
  /** The position of the last entry that was read. */
  position: LogPosition
  entries: number
  /** Whether the log may hold more entries. */
  more: boolean
  /** The position after which sequence numbers are missing in the log, if any are. */
  gap: LogPosition | null
  deadLetters: DeadLetter[]
  /** Rows that this call has inserted, by id, in their present state. Incomplete: a row that is absent here may exist. */
  rows: Map<string, WrittenRow>
}

/** Writes an event's log after the position `from`: at most `batches` batches of 2,000 entries. */
export async function writeEntries(parts: Parts, eventId: number, from: LogPosition, batches: number): Promise<WriteResult> {
  const { redis } = parts
  const written: WriteResult = { position: from, entries: 0, more: true, gap: null, deadLetters: [], rows: new Map() }
  let reading = readBookingLog(redis, eventId, from, BATCH)
  for (let batch = 1; batch <= batches && written.more; batch++) {
    const entries = await reading
    for (const entry of entries) {
      if (!isNextAfter(entry, written.position)) written.gap ??= written.position
      written.position = { epoch: entry.epoch, seq: entry.seq }
    }
    written.entries += entries.length
    written.more = entries.length === BATCH
    if (written.more && batch < batches) {
      // Reads the next batch while MySQL writes this one. Reading must not start before the caller holds the lock: until then, a
      // Redis that was restored from an older copy could be approved at this very position and sell other entries under these numbers.
      reading = readBookingLog(redis, eventId, written.position, BATCH)
      // If this batch fails, nothing awaits the next one.
      reading.catch(() => {})
    }
    const refused = await writeBatch(parts, eventId, entries)
    written.deadLetters.push(...refused)
    if (refused.length === 0) trackRows(written.rows, entries)
  }
  return written
}

/** Adds the bookings of a written batch. Removes rows that it cancelled or changed: callers read those from MySQL. */
function trackRows(rows: WriteResult['rows'], entries: BookingLogEntry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'booking') {
      rows.set(entry.reservation, { id: entry.reservation, status: 'confirmed', quantity: entry.quantity })
    } else if (entry.kind === 'cancellation') rows.delete(entry.reservation)
  }
}

/** Logs missing entries and dead letters for operators. Call it after the commit. */
export function reportLosses(log: Log, eventId: number, written: Pick<WriteResult, 'gap' | 'deadLetters'>): void {
  if (written.gap) log('booking_log_gap', { eventId, after: written.gap })
  for (const { position, reason } of written.deadLetters) log('dead_letter_added', { eventId, ...position, reason })
}

/** Writes a batch as a whole. If that fails, bisects it to isolate the entries that cannot be written, and returns them. */
async function writeBatch(parts: Parts, eventId: number, entries: BookingLogEntry[]): Promise<DeadLetter[]> {
  if (entries.length === 0) return []
  const { tx } = parts
  await tx.execute(sql`savepoint batch`)
  try {
    await writeRows(tx, eventId, entries)
    return []
  } catch (error) {
    // A deadlock has rolled back the whole transaction with its savepoints and its lock, so nothing more may be written here.
    if (isStoreUnavailable(error)) throw error
    await tx.execute(sql`rollback to savepoint batch`)
    const [entry] = entries
    if (entries.length === 1 && entry) return [await addDeadLetter(parts, eventId, entry, error)]
    const middle = Math.ceil(entries.length / 2)
    const first = await writeBatch(parts, eventId, entries.slice(0, middle))
    const second = await writeBatch(parts, eventId, entries.slice(middle))
    return first.concat(second)
  }
}

async function addDeadLetter(
  { tx, now }: Parts,
  eventId: number,
  { epoch, seq, ...entry }: BookingLogEntry,
  error: unknown,
): Promise<DeadLetter> {
  // Drizzle wraps the MySQL error, which contains the reason.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = String(cause instanceof Error ? cause.message : cause).slice(0, 500)
  await tx.insert(deadLetters).values({
    eventId,
    epoch,
    seq,
    entry: JSON.stringify(entry).slice(0, 1_000),
    reason,
    at: now(),
  })
  return { position: { epoch, seq }, reason }
}
