import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Queryable } from '../db/mysql.ts'
import { type BookingLogEntry, readBookingLog } from '../db/redis/sale/booking-log.ts'
import { isNextAfter, type LogPosition } from '../db/redis/sale/log-position.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { deadLetters, ledgers, reservationChanges, reservations, ticketTypes } from '../db/schema.ts'
import type { Log } from '../runtime/log.ts'

/** Entries written by one statement; a transaction may hold several. */
const BATCH = 2_000
/** A cancellation costs a comparison with each other one of its statement. */
const CANCEL_BATCH = 200

/** Locks an event's ledger row for the transaction and reads its watermark; null when there is no such event. */
export async function lockLedger(tx: Queryable, eventId: number): Promise<LogPosition | null> {
  const [ledger] = await tx.select({ epoch: ledgers.epoch, seq: ledgers.seq }).from(ledgers)
    .where(eq(ledgers.eventId, eventId)).for('update')
  return ledger ?? null
}

/** Moves the watermark. The caller holds the lock. */
export async function moveWatermark(tx: Queryable, eventId: number, to: LogPosition, now: Date): Promise<void> {
  await tx.update(ledgers).set({ epoch: to.epoch, seq: to.seq, writtenBackAt: now }).where(eq(ledgers.eventId, eventId))
}

/** A reservation as its row holds it. */
export type WrittenRow = Pick<typeof reservations.$inferSelect, 'id' | 'status' | 'quantity'>

export type WriteResult = {
  position: LogPosition
  entries: number
  more: boolean
  /** Where numbers are missing in the log, if they are. */
  gap: LogPosition | null
  /** Entries that no row could be made of. */
  deadLetters: { position: LogPosition; reason: string }[]
  /** Rows that were made here, by id, as they are now. One that is missing may be there all the same. */
  rows: Map<string, WrittenRow>
}

/**
 * Writes an event's log from a position on into rows, at most `batches` times 2,000 entries, and returns how far it came. The caller
 * holds the ledger's lock, moves the watermark in the same transaction, and trims the log after the commit; so a crash at any point
 * repeats nothing and loses nothing. An entry that the tables refuse is set aside, and stops no other.
 */
export async function writeEntries(
  tx: Queryable,
  redis: Redis,
  eventId: number,
  from: LogPosition,
  batches: number,
): Promise<WriteResult> {
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
      // The next are read while MySQL writes these. Never before the lock is held: until then a Redis that came back older could be
      // approved at this very position, and sell other entries under the same numbers.
      reading = readBookingLog(redis, eventId, written.position, BATCH)
      // When these fail nobody asks for the next.
      reading.catch(() => {})
    }
    const aside = await writeBatch(tx, eventId, entries)
    written.deadLetters.push(...aside)
    if (aside.length === 0) noteRows(written.rows, entries)
  }
  return written
}

function noteRows(rows: WriteResult['rows'], entries: BookingLogEntry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'booking') {
      rows.set(entry.reservation, { id: entry.reservation, status: 'confirmed', quantity: entry.quantity })
    } else if (entry.kind === 'cancellation') rows.delete(entry.reservation)
  }
}

/** Tells operators what of a log was missing or could not be written, once that is committed. */
export function reportLosses(
  log: Log,
  eventId: number,
  { gap, deadLetters: setAside }: Pick<WriteResult, 'gap' | 'deadLetters'>,
): void {
  if (gap) log('booking_log_gap', { eventId, after: gap })
  for (const { position, reason } of setAside) log('dead_letter_added', { eventId, ...position, reason })
}

/** Writes entries all at once; where that fails, by halves, until what cannot be written stands alone. */
async function writeBatch(tx: Queryable, eventId: number, entries: BookingLogEntry[]): Promise<WriteResult['deadLetters']> {
  if (entries.length === 0) return []
  await tx.execute(sql`savepoint batch`)
  try {
    await writeRows(tx, eventId, entries)
    return []
  } catch (error) {
    // A deadlock ends the whole transaction and its savepoints with it: then this throws, and nothing more is written outside the lock.
    if (isStoreUnavailable(error)) throw error
    await tx.execute(sql`rollback to savepoint batch`)
    const [entry] = entries
    if (entries.length === 1 && entry) return [await putAside(tx, eventId, entry, error)]
    const middle = Math.ceil(entries.length / 2)
    return [...await writeBatch(tx, eventId, entries.slice(0, middle)), ...await writeBatch(tx, eventId, entries.slice(middle))]
  }
}

async function putAside(
  tx: Queryable,
  eventId: number,
  { epoch, seq, ...entry }: BookingLogEntry,
  error: unknown,
): Promise<WriteResult['deadLetters'][number]> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = String(cause instanceof Error ? cause.message : cause).slice(0, 500)
  await tx.insert(deadLetters).values({
    eventId,
    epoch,
    seq,
    entry: JSON.stringify(entry).slice(0, 1_000),
    reason,
    at: new Date(),
  })
  return { position: { epoch, seq }, reason }
}

async function writeRows(tx: Queryable, eventId: number, entries: BookingLogEntry[]): Promise<void> {
  const bookings = entries.filter((entry) => entry.kind === 'booking')
  const cancellations = entries.filter((entry) => entry.kind === 'cancellation')
  if (entries.some((entry) => entry.kind === 'unreadable')) throw new TypeError('The entry cannot be read')

  if (bookings.length > 0) await insertBookings(tx, eventId, bookings)
  for (const batch of inBatches(cancellations)) await writeCancellations(tx, batch)
  await moveSold(tx, soldDeltas(entries))
}

async function moveSold(tx: Queryable, deltas: Map<number, number>): Promise<void> {
  const moved = [...deltas].filter(([, delta]) => delta !== 0)
  if (moved.length === 0) return
  const cases = moved.map(([id, delta]) => sql`when ${id} then ${delta}`)
  await tx.update(ticketTypes).set({ sold: sql`${ticketTypes.sold} + case ${ticketTypes.id} ${sql.join(cases, sql` `)} end` })
    .where(inArray(ticketTypes.id, moved.map(([id]) => id)))
}

type Booking = Extract<BookingLogEntry, { kind: 'booking' }>

/** One parameter holds all rows, and the client spreads it: an expression of the builder for each value costs more than the insert. */
async function insertBookings(tx: Queryable, eventId: number, bookings: Booking[]): Promise<void> {
  const { id, ticketTypeId, userId, quantity, booked, unitPrice, idempotencyKey, createdAt } = reservations
  const columns = [id, reservations.eventId, ticketTypeId, userId, quantity, booked, unitPrice, idempotencyKey, createdAt]
  const rows = bookings.map((booking) => [
    id.mapToDriverValue(booking.reservation),
    eventId,
    booking.ticketTypeId,
    booking.person,
    booking.quantity,
    booking.quantity,
    booking.unitPrice,
    booking.idempotencyKey,
    createdAt.mapToDriverValue(new Date(booking.atMs)),
  ])
  const names = sql.join(columns.map(({ name }) => sql.identifier(name)), sql`, `)
  await tx.execute(sql`insert into ${reservations} (${names}) values ${sql.param(rows)}`)
}

type Cancellation = Extract<BookingLogEntry, { kind: 'cancellation' }>

/** Cancellations in their order, cut so that no batch is too large or has one reservation twice. */
function inBatches(cancellations: Cancellation[]): Cancellation[][] {
  const batches: Cancellation[][] = []
  let present = new Set<string>()
  for (const cancellation of cancellations) {
    if (present.size === 0 || present.size >= CANCEL_BATCH || present.has(cancellation.reservation)) {
      batches.push([])
      present = new Set()
    }
    batches.at(-1)!.push(cancellation)
    present.add(cancellation.reservation)
  }
  return batches
}

async function writeCancellations(tx: Queryable, cancellations: Cancellation[]): Promise<void> {
  const choose = (value: (cancellation: Cancellation) => SQL) =>
    sql`case ${reservations.id} ${
      sql.join(cancellations.map((one) => sql`when ${sql.param(one.reservation, reservations.id)} then ${value(one)}`), sql` `)
    } end`
  const [{ affectedRows }] = await tx.update(reservations).set({
    status: choose(({ keep }) => sql`${keep === 0 ? 'cancelled' : 'confirmed'}`),
    cancelledAt: choose(({ keep, atMs }) => sql`${sql.param(keep === 0 ? new Date(atMs) : null, reservations.cancelledAt)}`),
    quantity: choose(({ keep, quantity }) => sql`${keep === 0 ? quantity : keep}`),
  }).where(and(
    inArray(reservations.id, cancellations.map(({ reservation }) => reservation)),
    eq(reservations.status, 'confirmed'),
    // The row must hold what the script took seats off.
    sql`${reservations.quantity} = ${choose(({ keep, quantity }) => sql`${keep + quantity}`)}`,
  ))
  // Its seats must not come off the sold ones when there was nothing to cancel.
  if (affectedRows !== cancellations.length) throw new RangeError('There is no confirmed reservation of so many seats')
  await tx.insert(reservationChanges).values(
    cancellations.map(({ reservation, atMs, keep }) => ({ reservationId: reservation, at: new Date(atMs), kept: keep })),
  )
}

function soldDeltas(entries: BookingLogEntry[]): Map<number, number> {
  const deltas = new Map<number, number>()
  for (const entry of entries) {
    if (entry.kind !== 'booking' && entry.kind !== 'cancellation') continue
    const seats = entry.kind === 'booking' ? entry.quantity : -entry.quantity
    deltas.set(entry.ticketTypeId, (deltas.get(entry.ticketTypeId) ?? 0) + seats)
  }
  return deltas
}
