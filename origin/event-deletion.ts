/**
 * Deletes an event that nobody has booked.
 *
 *   lock the ledger ──▶ suspend the sale ──▶ write the booking log to MySQL ──▶ is there a reservation?
 *     yes: roll back, resume the sale
 *     no:  delete the rows ──▶ audit row ──▶ commit ──▶ delete the keys in Redis
 *
 * A suspended sale is approved under the same lock (sale-loader.ts), so no booking is made between the check and the commit; afterwards there
 * is no event to approve. If the process dies before the commit, the next booking approves the sale; after it, the keys expire by themselves.
 */
import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Database, Queryable } from '../db/mysql.ts'
import { changeSale, resumeSale, type SaleChange } from '../db/redis/sale/sale-change.ts'
import { readHeads, removeSale } from '../db/redis/sale/sale.ts'
import { deadLetters, events, ledgers, reservations, ticketTypes } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { type Operator, recordAct } from './audit-log.ts'
import { writeEntries } from './booking-log-writer.ts'
import { readEvent } from './event-change-rows.ts'
import { lockLedger } from './ledger.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

export type DeleteResult = { kind: 'deleted' } | { kind: 'not_found' } | { kind: 'event_has_reservations' }

/** Batches of 2,000 entries; more would be reservations anyway. */
const BATCHES = 1

class RolledBack extends Error {}

/** Deletes an event with its ticket types. Throws StoreUnavailable. */
export async function deleteEvent(
  parts: Parts,
  { eventId, actor, reason }: { eventId: number; actor: Operator; reason: string },
): Promise<DeleteResult> {
  const { db, redis, log, now } = parts
  const result = await db.transaction(async (tx): Promise<DeleteResult> => {
    const watermark = await lockLedger(tx, eventId)
    const found = watermark && await readEvent(tx, eventId)
    if (!found) return { kind: 'not_found' }
    const at = now()
    const change = randomUUID()
    try {
      await suspend(redis, eventId, { actor: actor.id, reason, change, seats: [] })
      await writeEntries({ tx, redis, now }, eventId, watermark, BATCHES)
      // What was written here is written again by the write-back: the log still has it.
      if (await hasReservations(tx, eventId)) throw new RolledBack()
      await tx.delete(ticketTypes).where(eq(ticketTypes.eventId, eventId))
      await tx.delete(ledgers).where(eq(ledgers.eventId, eventId))
      await tx.delete(events).where(eq(events.id, eventId))
      const detail = { before: found.describe(at) }
      await recordAct(tx, { at, actor, action: 'event.delete', subject: `event:${eventId}`, reason, detail })
      return { kind: 'deleted' }
    } catch (error) {
      await resumeSale(redis, eventId, change).catch((cause) => log('sale_not_resumed', { eventId, ...describeError(cause) }))
      throw error
    }
  }).catch((error: unknown): DeleteResult => {
    if (error instanceof RolledBack) return { kind: 'event_has_reservations' }
    throw error
  })
  if (result.kind === 'deleted') {
    log('event_deleted', { eventId, actor: actor.id })
    await removeSale(redis, eventId)
  }
  return result
}

/** Keeps a loaded sale from selling. One that is not loaded cannot be loaded while the caller holds the lock. */
async function suspend(redis: Redis, eventId: number, act: Omit<SaleChange, 'epoch'>): Promise<void> {
  const [head] = await readHeads(redis, [eventId])
  if (head?.last) await changeSale(redis, eventId, { epoch: head.last.epoch, ...act })
}

/** Cancelled reservations and bookings that could not be written count too: they are somebody's. */
async function hasReservations(tx: Queryable, eventId: number): Promise<boolean> {
  const [reservation] = await tx.select({ id: reservations.id }).from(reservations).where(eq(reservations.eventId, eventId))
    .limit(1)
  const [letter] = await tx.select({ id: deadLetters.id }).from(deadLetters).where(eq(deadLetters.eventId, eventId)).limit(1)
  return reservation !== undefined || letter !== undefined
}
