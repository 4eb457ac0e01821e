import { and, eq, gt } from 'drizzle-orm'
import type { Database, Queryable } from '../db/mysql.ts'
import type { LogPosition } from '../db/redis/sale/log-position.ts'
import { events, ledgers } from '../db/schema.ts'

/** How long after its start an event's keys stay in Redis and its booking log is written back. */
export const KEEP_MS = 7 * 86_400_000

/** Locks an event's ledger row for the transaction and reads its watermark; null if there is no such event. */
export async function lockLedger(tx: Queryable, eventId: number): Promise<LogPosition | null> {
  const [ledger] = await tx.select({ epoch: ledgers.epoch, seq: ledgers.seq }).from(ledgers)
    .where(eq(ledgers.eventId, eventId)).for('update')
  return ledger ?? null
}

/** Moves the watermark. The caller holds the lock. */
export async function moveWatermark(tx: Queryable, eventId: number, to: LogPosition, now: Date): Promise<void> {
  await tx.update(ledgers).set({ epoch: to.epoch, seq: to.seq, writtenBackAt: now }).where(eq(ledgers.eventId, eventId))
}

/** The watermarks of all events that may have a booking log in Redis. */
export function readLiveLedgers(db: Database, now: Date): Promise<(LogPosition & { eventId: number })[]> {
  return db.select({ eventId: ledgers.eventId, epoch: ledgers.epoch, seq: ledgers.seq })
    .from(ledgers).innerJoin(events, eq(events.id, ledgers.eventId))
    .where(and(eq(ledgers.live, true), gt(events.startsAt, new Date(now.getTime() - KEEP_MS))))
}
