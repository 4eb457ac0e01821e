/**
 * Changes an event: texts, ticket types, prices, times, limit per person, seats, and whether it is on sale. No other code changes these,
 * also during a sale.
 *
 *   lock the ledger ──▶ write the booking log to MySQL ──▶ compare the version ──▶ write event, prices and audit row
 *     ──▶ if Redis has the sale: move its seats, with a log entry, and suspend it ──▶ write that entry ──▶ commit
 *     ──▶ approve the sale with the rules that are now in MySQL
 *   (if MySQL fails before the commit is sent, the sale resumes with its former rules)
 *
 * While the sale is suspended, a booking gets `not_loaded`, and its origin puts the event on sale first (sale-loader.ts), which waits for
 * this transaction and reads the rules that it has committed. So no booking is decided by rules or prices that differ from MySQL. Pages
 * show the catalogue in memory, which each origin refreshes every second or two, as an edge does its copies. If the process or MySQL dies:
 * - before Redis is changed, MySQL rolls back and nothing has happened;
 * - after that and before the commit, only the seats have changed: the write-back copies their log entry to MySQL, which adds the audit row
 *   and raises the version. All other changes are rolled back, and the next booking approves the sale with the former rules. A ticket type
 *   that the change added has no row and no price, so that nothing of it is sold;
 * - after the commit, the next booking approves the sale with the new rules.
 */
import type { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import type { Database, Queryable } from '../db/mysql.ts'
import { trimBookingLog } from '../db/redis/sale/booking-log.ts'
import type { LogPosition } from '../db/redis/sale/log-position.ts'
import { changeSale, resumeSale, type SaleChange, type SeatTotal } from '../db/redis/sale/sale-change.ts'
import { readHeads } from '../db/redis/sale/sale.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { reportLosses, writeEntries, type WriteResult } from './booking-log-writer.ts'
import { writeSeatChange } from './booking-rows.ts'
import type { AdminEvent } from '../edge/contract/admin-events.ts'
import type { Operator } from './audit-log.ts'
import { type ChangeRejection, type EventChanges, planChange } from './event-change-plan.ts'
import { haveReservations, readEvent, recordChange, writePlan } from './event-change-rows.ts'
import { KEEP_MS, lockLedger, moveWatermark } from './ledger.ts'
import type { MysqlHealth } from './mysql-health.ts'
import { putOnSale } from './sale-loader.ts'

type Parts = { db: Database; mysqlHealth: Pick<MysqlHealth, 'orUnavailable'>; redis: Redis; log: Log; now(): Date }

export type EventChange = {
  eventId: number
  /** The version that the operator has seen; null applies the change to any version. */
  version: number | null
  changes: EventChanges
  actor: Operator
  reason: string
  /** What the audit log calls it, by default `event.change`. */
  action?: string
}

export type ChangeResult =
  | { kind: 'changed'; event: AdminEvent }
  | { kind: 'not_found' }
  | { kind: 'stale_version'; version: number }
  /** `left`: how many seats could be withdrawn. */
  | { kind: 'seats_below_sold'; ticketTypeId: number; left: number }
  | ChangeRejection
  /** The sale is being loaded; try again. */
  | { kind: 'busy' }

const ATTEMPTS = 3
/** Batches of 2,000 entries. The log holds fewer entries than this. */
const BATCHES = 1_000

/**
 * Changes an event in both stores. Throws StoreUnavailable if a store does not reply; reading the event then shows what has changed: all of it,
 * nothing, or only the seats.
 */
export async function changeEvent(parts: Parts, change: EventChange): Promise<ChangeResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const done: Done = { writes: [], isSuspended: false }
    const result = await parts.db.transaction((tx) => applyChange({ ...parts, tx, done }, change))
      .catch((error: unknown) => {
        if (error instanceof RolledBack) return error.outcome
        throw error
      })
    if (result.kind === 'not_loaded') await putOnSale(parts, change.eventId)
    else {
      if (result.kind === 'changed') await finishChange(parts, change, done)
      return result
    }
  }
  return { kind: 'busy' }
}

/** What the transaction has done besides its rows. */
type Done = { writes: WriteResult[]; isSuspended: boolean }

/** After the commit. What fails here is done by the next booking, the next write-back, or the origin that audits all sales. */
async function finishChange(parts: Parts, { eventId, actor, reason, changes }: EventChange, done: Done): Promise<void> {
  const { writes, isSuspended } = done
  const { redis, mysqlHealth, log } = parts
  log('event_changed', { eventId, actor: actor.id, reason, changes })
  for (const written of writes) reportLosses(log, eventId, written)
  const last = writes.findLast(({ entries }) => entries > 0)
  try {
    if (last) await trimBookingLog(redis, eventId, last.position)
    if (isSuspended) await mysqlHealth.orUnavailable(() => putOnSale(parts, eventId))
  } catch (error) {
    log('sale_not_approved', { eventId, ...describeError(error) })
  }
}

type Changed = Extract<ChangeResult, { kind: 'changed' }>
type Rejection = Exclude<ChangeResult, { kind: 'changed' | 'busy' }> | { kind: 'not_loaded' }

/** Rolls the transaction back. */
class RolledBack extends Error {
  constructor(readonly outcome: Rejection) {
    super(outcome.kind)
  }
}

type TransactionParts = Parts & { tx: Queryable; done: Done }

async function applyChange(
  parts: TransactionParts,
  change: EventChange,
): Promise<Changed | Rejection> {
  const { tx, redis, now } = parts
  const { eventId, version, changes, actor, reason } = change
  const watermark = await lockLedger(tx, eventId)
  if (!watermark) return { kind: 'not_found' }
  const [head] = await readHeads(redis, [eventId])
  const position = await writeLog(parts, eventId, watermark)
  const before = await readEvent(tx, eventId)
  if (!before) return { kind: 'not_found' }
  if (version !== null && version !== before.event.version) return { kind: 'stale_version', version: before.event.version }
  const at = now()
  const act = { at, actor, reason, eventId, action: change.action ?? 'event.change' }
  const plan = planChange(before, changes, at)
  if (plan.kind !== 'planned') return plan
  const hasSale = head?.last && before.event.startsAt.getTime() + KEEP_MS > at.getTime()
  // A sale in Redis would keep selling a ticket type that MySQL no longer has.
  if (plan.removed.length > 0 && (hasSale || await haveReservations(tx, plan.removed.map(({ id }) => id)))) {
    return { kind: 'invalid', field: 'ticketTypes' }
  }

  const seats = await writePlan(tx, plan, { eventId, at })
  if (!hasSale) {
    const short = seats.find(({ ticketTypeId, after }) => after < before.soldOf(ticketTypeId))
    if (short) throw new RolledBack(belowSold(short, before.soldOf(short.ticketTypeId)))
    if (seats.length > 0) await writeSeatChange(tx, eventId, { actor: actor.id, reason, atMs: at.getTime(), totals: seats })
  } else if (plan.isChange) {
    const saleChange = { epoch: head.last!.epoch, actor: actor.id, reason, change: randomUUID(), seats }
    return await orResume(parts, eventId, saleChange, async () => {
      await writeLog(parts, eventId, position)
      await recordChange(tx, plan, act)
      return await describeAfter(tx, eventId, at)
    })
  }
  if (plan.isChange) await recordChange(tx, plan, act)
  return await describeAfter(tx, eventId, at)
}

const describeAfter = async (tx: Queryable, eventId: number, at: Date): Promise<Changed> => ({
  kind: 'changed',
  event: (await readEvent(tx, eventId))!.describe(at),
})

/**
 * Changes and suspends a sale, then does `work` on its transaction and returns the result. If any of that fails, or MySQL is away before `work` is done, the sale
 * resumes and this throws, so that the transaction is rolled back.
 */
async function orResume(
  { redis, mysqlHealth, log, done }: TransactionParts,
  eventId: number,
  saleChange: SaleChange,
  work: () => Promise<Changed>,
): Promise<Changed> {
  let working: Promise<unknown> = Promise.resolve()
  try {
    const reply = await changeSale(redis, eventId, saleChange)
    if (reply.kind !== 'changed') throw new RolledBack(reply)
    done.isSuspended = true
    return await mysqlHealth.orUnavailable(() => {
      const result = work()
      working = result
      return result
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) {
      await resumeSale(redis, eventId, saleChange.change).then(
        (isResumed) => log('event_change_failed', { eventId, isResumed, ...describeError(error) }),
        (cause) => log('sale_not_resumed', { eventId, ...describeError(cause) }),
      )
    }
    // The connection must be idle before it is rolled back and used by others.
    await working.catch(() => {})
    throw error
  }
}

const belowSold = ({ ticketTypeId, before }: SeatTotal, sold: number): Rejection => ({
  kind: 'seats_below_sold',
  ticketTypeId,
  left: before - sold,
})

/** Writes the log after a position and moves the watermark. Returns the new watermark. */
async function writeLog(parts: TransactionParts, eventId: number, from: LogPosition): Promise<LogPosition> {
  const written = await writeEntries(parts, eventId, from, BATCHES)
  parts.done.writes.push(written)
  if (written.entries > 0) await moveWatermark(parts.tx, eventId, written.position, parts.now())
  return written.position
}
