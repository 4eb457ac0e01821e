import { eq } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAfter } from '../../db/redis/sale/log-position.ts'
import { reservations, ticketTypes } from '../../db/schema.ts'
import { auditInventory } from '../../origin/inventory-audit.ts'
import type { Attempt } from './buyers.ts'
import type { Stack } from './stack.ts'

/** Outcomes with which an attempt may end. */
const VALID_OUTCOMES = ['201', 'sold_out', 'limit_exceeded']

/** Differences between the responses and MySQL; every one but `booked` and `cancelled` must be 0. */
export type Reconciliation = {
  booked: number
  cancelled: number
  /** Confirmed or cancelled reservations without a matching row. */
  lost: number
  /** Rows that share their person and idempotency key with another. */
  duplicated: number
  /** Seats of confirmed rows beyond a ticket type's seats. */
  oversold: number
  wrong: {
    /** Rows without a matching response. */
    unasked: number
    /** People with more seats than the limit. */
    overLimit: number
    /** Attempts that ended with neither a booking nor a rejection. */
    unanswered: number
    /** Ticket types with an inventory drift. */
    drifted: number
    /** Ticket types whose `sold` is not the sum of their rows. */
    miscounted: number
  }
}

/** Waits for the write-back, then compares every attempt of a sale with its rows, and the counters with both. */
export async function reconcile(
  { db, redis }: Pick<Stack, 'db' | 'redis'>,
  eventId: number,
  attempts: Attempt[],
  limit: number,
): Promise<Reconciliation> {
  await untilWrittenBack({ db, redis }, eventId)
  const rows = await db.select().from(reservations).where(eq(reservations.eventId, eventId))
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  const byId = new Map(rows.map((row) => [row.id, row]))
  const byKey = new Map(attempts.map((attempt) => [`${attempt.person}:${attempt.key}`, attempt]))
  const keys = rows.map((row) => `${row.userId}:${row.idempotencyKey}`)
  const booked = attempts.filter(({ reservation }) => reservation !== null)
  const seatsBy = (by: 'userId' | 'ticketTypeId') => {
    const sums = new Map<number, number>()
    for (const row of rows) if (row.status === 'confirmed') sums.set(row[by], (sums.get(row[by]) ?? 0) + row.quantity)
    return sums
  }
  const seatsByType = seatsBy('ticketTypeId')
  const inventory = await auditInventory({ db, redis }, eventId)
  return {
    booked: booked.length,
    cancelled: attempts.filter(({ isCancelled }) => isCancelled).length,
    lost: booked.filter(({ reservation, person, quantity, isCancelled }) => {
      const row = byId.get(reservation!)
      return !row || row.userId !== person || row.quantity !== quantity || (row.status === 'cancelled') !== isCancelled
    }).length,
    duplicated: keys.length - new Set(keys).size,
    oversold: types.reduce((sum, type) => sum + Math.max(0, (seatsByType.get(type.id) ?? 0) - type.seats), 0),
    wrong: {
      unasked: rows.filter((row) => byKey.get(`${row.userId}:${row.idempotencyKey}`)?.reservation !== row.id).length,
      overLimit: [...seatsBy('userId').values()].filter((held) => held > limit).length,
      unanswered: attempts.filter(({ outcome }) => !VALID_OUTCOMES.includes(outcome)).length,
      drifted: inventory.kind === 'audited' ? inventory.ticketTypes.filter(({ drift }) => drift !== 0).length : 1,
      miscounted: types.filter((type) => type.sold !== (seatsByType.get(type.id) ?? 0)).length,
    },
  }
}

/** Waits until the write-back has reached the end of an event's booking log, at most 30 s. Missing entries then count as lost. */
export async function untilWrittenBack({ db, redis }: Pick<Stack, 'db' | 'redis'>, eventId: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    const inventory = await auditInventory({ db, redis }, eventId).catch(() => null)
    if (inventory?.kind === 'audited' && inventory.ticketTypes.every(({ inFlight }) => inFlight === 0)) {
      const ledger = await db.query.ledgers.findFirst({ where: (row, { eq }) => eq(row.eventId, eventId) })
      const { last } = inventory.state
      if (ledger && ledger.epoch === last.epoch && !isAfter(last, ledger)) return
    }
    await sleep(50)
  }
}
