import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Queryable } from '../db/client.ts'
import { type LogEntry, type LogPosition, readLog } from '../db/redis/seats.ts'
import { ledgers, reservations, ticketTypes } from '../db/schema.ts'

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
  await tx.update(ledgers).set({ epoch: to.epoch, seq: to.seq, drainedAt: now }).where(eq(ledgers.eventId, eventId))
}

/**
 * Writes an event's log from a position on into rows, at most `batches` times 2,000 entries, and returns how far it came and
 * whether more is waiting. The caller holds the ledger's lock, moves the watermark in the same transaction, and trims the log after
 * the commit; so a crash at any point repeats nothing and loses nothing.
 */
export async function writeEntries(
  tx: Queryable,
  redis: Redis,
  eventId: number,
  from: LogPosition,
  batches: number,
): Promise<{ position: LogPosition; written: number; more: boolean; gap: LogPosition | null }> {
  let position = from
  let written = 0
  let gap: LogPosition | null = null
  for (let batch = 0; batch < batches; batch++) {
    const entries = await readLog(redis, eventId, position, BATCH)
    for (const entry of entries) {
      if (entry.seq !== (entry.epoch === position.epoch ? position.seq + 1 : 0)) gap ??= position
      position = entry
    }
    await writeRows(tx, eventId, entries)
    written += entries.length
    if (entries.length < BATCH) return { position: bare(position), written, more: false, gap }
  }
  return { position: bare(position), written, more: true, gap }
}

const bare = ({ epoch, seq }: LogPosition): LogPosition => ({ epoch, seq })

async function writeRows(tx: Queryable, eventId: number, entries: LogEntry[]): Promise<void> {
  const bookings = entries.filter((entry) => entry.kind === 'booking')
  const cancellations = entries.filter((entry) => entry.kind === 'cancellation')

  if (bookings.length > 0) {
    await tx.insert(reservations).values(bookings.map((booking) => ({
      id: booking.reservation,
      eventId,
      ticketTypeId: booking.ticketTypeId,
      userId: booking.person,
      quantity: booking.quantity,
      unitPrice: booking.unitPrice,
      idempotencyKey: booking.idempotencyKey,
      createdAt: new Date(booking.atMs),
    })))
  }
  for (let start = 0; start < cancellations.length; start += CANCEL_BATCH) {
    await writeCancellations(tx, cancellations.slice(start, start + CANCEL_BATCH))
  }
  for (const [ticketTypeId, delta] of soldDeltas(entries)) {
    if (delta !== 0) {
      await tx.update(ticketTypes).set({ sold: sql`${ticketTypes.sold} + ${delta}` }).where(eq(ticketTypes.id, ticketTypeId))
    }
  }
}

async function writeCancellations(tx: Queryable, cancellations: { reservation: string; atMs: number }[]): Promise<void> {
  const times = cancellations.map(({ reservation, atMs }) =>
    sql`when ${sql.param(reservation, reservations.id)} then ${sql.param(new Date(atMs), reservations.cancelledAt)}`
  )
  await tx.update(reservations)
    .set({ status: 'cancelled', cancelledAt: sql`case ${reservations.id} ${sql.join(times, sql` `)} end` })
    .where(
      and(inArray(reservations.id, cancellations.map(({ reservation }) => reservation)), eq(reservations.status, 'confirmed')),
    )
}

function soldDeltas(entries: LogEntry[]): Map<number, number> {
  const deltas = new Map<number, number>()
  for (const entry of entries) {
    if (entry.kind === 'load') continue
    const seats = entry.kind === 'booking' ? entry.quantity : -entry.quantity
    deltas.set(entry.ticketTypeId, (deltas.get(entry.ticketTypeId) ?? 0) + seats)
  }
  return deltas
}
