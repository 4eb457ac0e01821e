/**
 * Cancels an event with all its reservations.
 *
 *   change the event (event-change.ts): its sale is over, `cancelled_at` is set, with the audit row ──▶ answer the operator
 *     ──▶ in the background, batch by batch: write the booking log to MySQL ──▶ read confirmed reservations ──▶ cancel each in Redis
 *
 * From the commit of the change on, no origin sells seats of the event. A batch uses the script with which buyers cancel, so that seats are
 * returned once, in both stores. If the process dies, nothing is half done: each reservation is either cancelled in the booking log or
 * confirmed. Every origin continues unfinished cancellations; a lock of MySQL, which ends with its connection, admits one at a time.
 */
import { and, asc, count, eq, gt, isNotNull, sql } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Redis } from 'ioredis'
import type { Database } from '../db/mysql.ts'
import { cancelSeats } from '../db/redis/sale/seats.ts'
import { events, ledgers, reservations } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'
import type { Operator } from './audit-log.ts'
import { changeEvent, type ChangeResult } from './event-change.ts'
import { KEEP_MS } from './ledger.ts'
import type { MysqlHealth } from './mysql-health.ts'
import type { PutOnSale } from './sale-loader.ts'
import type { WriteBack } from './write-back.ts'

type Parts = {
  db: Database
  mysqlHealth: Pick<MysqlHealth, 'orUnavailable'>
  redis: Redis
  log: Log
  now(): Date
  putOnSale(eventId: number): Promise<PutOnSale>
  writeBack: Pick<WriteBack, 'flushEvent'>
}

export type CancelEvent = { eventId: number; actor: Operator; reason: string; message: string }
export type CancelEventResult = ChangeResult | { kind: 'not_published' } | { kind: 'event_over' }

/** Reservations per batch, and how many of them are cancelled at once. */
const BATCH = 200
const AT_ONCE = 20
/** Passes over an event's reservations in one run: a reservation is retried when the sale was loaded again meanwhile. */
const PASSES = 3
const EVERY_MS = 10_000
/** Unfinished cancellations that a run of the job looks for. */
const MAX_EVENTS = 20

/** Ends the sale of an event for good, and marks it as cancelled. Its reservations are cancelled afterwards (`continueCancellation`). */
export async function cancelEvent(parts: Parts, { eventId, actor, reason, message }: CancelEvent): Promise<CancelEventResult> {
  const [event] = await parts.db.select().from(events).where(eq(events.id, eventId))
  if (!event) return { kind: 'not_found' }
  if (!event.published) return { kind: 'not_published' }
  if (event.startsAt.getTime() + KEEP_MS <= parts.now().getTime()) return { kind: 'event_over' }
  if (event.cancelledAt) return { kind: 'event_cancelled' }
  const changes = { saleState: 'stopped' as const, stopMessage: message, cancelledAt: parts.now(), cancelReason: reason }
  return await changeEvent(parts, { eventId, version: null, changes, actor, reason, action: 'event.cancel' })
}

/** How far a cancellation has come, in reservations. */
export async function readProgress(
  { db }: Pick<Parts, 'db'>,
  eventId: number,
): Promise<{ confirmed: number; cancelled: number }> {
  const rows = await db.select({ status: reservations.status, count: count() }).from(reservations)
    .where(eq(reservations.eventId, eventId)).groupBy(reservations.status)
  const of = (status: 'confirmed' | 'cancelled') => rows.find((row) => row.status === status)?.count ?? 0
  return { confirmed: of('confirmed'), cancelled: of('cancelled') }
}

/** `left`: reservations that are still confirmed. `busy`: another origin is at it. */
export type CancellationRun = { kind: 'finished' } | { kind: 'unfinished'; left: number } | { kind: 'busy' }

/** Cancels the reservations of a cancelled event that are still confirmed. A repeated call continues, and changes nothing twice. */
export async function continueCancellation(parts: Parts, eventId: number, signal?: AbortSignal): Promise<CancellationRun> {
  return await withLock(parts.db, `neticket-cancel-${eventId}`, async () => {
    for (let pass = 0; pass < PASSES; pass++) {
      await passOver(parts, eventId, signal)
      await parts.writeBack.flushEvent(eventId)
      const { confirmed } = await readProgress(parts, eventId)
      if (confirmed === 0) return { kind: 'finished' }
      if (signal?.aborted || pass === PASSES - 1) return { kind: 'unfinished', left: confirmed }
    }
    throw new Error('unreachable')
  }) ?? { kind: 'busy' }
}

/** One pass over the confirmed reservations, by id. */
async function passOver(parts: Parts, eventId: number, signal?: AbortSignal): Promise<void> {
  const limit = pLimit(AT_ONCE)
  let after = '00000000-0000-0000-0000-000000000000'
  while (!signal?.aborted) {
    // Rows and epoch must include every booking and cancellation so far.
    await parts.writeBack.flushEvent(eventId)
    const rows = await readConfirmed(parts.db, eventId, after)
    const replies = await Promise.all(rows.map((row) => limit(() => cancelSeats(parts.redis, eventId, row))))
    const counted = Map.groupBy(replies, ({ kind }) => kind)
    parts.log('reservations_cancelled', {
      eventId,
      ...Object.fromEntries([...counted].map(([kind, of]) => [kind, of.length])),
    })
    if (counted.has('not_loaded')) await parts.putOnSale(eventId)
    if (rows.length < BATCH) return
    after = rows.at(-1)!.reservation
  }
}

async function readConfirmed(db: Database, eventId: number, after: string) {
  const rows = await db.select({ row: reservations, epoch: ledgers.epoch }).from(reservations)
    .innerJoin(ledgers, eq(ledgers.eventId, reservations.eventId))
    .where(and(eq(reservations.eventId, eventId), eq(reservations.status, 'confirmed'), gt(reservations.id, after)))
    .orderBy(asc(reservations.id)).limit(BATCH)
  return rows.map(({ row, epoch }) => ({
    rowEpoch: epoch,
    person: row.userId,
    reservation: row.id,
    ticketTypeId: row.ticketTypeId,
    quantity: row.quantity,
    keep: 0,
    isByOperator: true,
  }))
}

/** Runs a function while holding a named lock of MySQL; null if another connection holds it. The lock ends with its connection. */
async function withLock<Result>(db: Database, name: string, run: () => Promise<Result>): Promise<Result | null> {
  return await db.transaction(async (tx) => {
    const [[held]] = await tx.execute(sql`select get_lock(${name}, 0) as held`) as unknown as [[{ held: number | null }]]
    if (Number(held.held) !== 1) return null
    try {
      return await run()
    } finally {
      await tx.execute(sql`select release_lock(${name})`)
    }
  })
}

export type EventCancellations = {
  /** Continues with the reservations of an event soon, in the background. */
  start(eventId: number): void
  close(): Promise<void>
}

/** Finishes cancellations that a process began, in the background: at once for one that starts here, every ten seconds for the others. */
export function openEventCancellations(parts: Parts, everyMs = EVERY_MS): EventCancellations {
  const stopped = new AbortController()
  const limit = pLimit(1)
  const running = new Set<number>()
  const run = (eventId: number): Promise<void> => {
    if (running.has(eventId)) return Promise.resolve()
    running.add(eventId)
    return limit(() => stopped.signal.aborted ? null : continueCancellation(parts, eventId, stopped.signal))
      .then((result) => void (result && parts.log('event_cancellation', { eventId, ...result })))
      .catch((error) => parts.log('event_cancellation_failed', { eventId, ...describeError(error) }))
      .finally(() => running.delete(eventId))
  }
  async function runSchedule() {
    while (!stopped.signal.aborted) {
      const unfinished = await findUnfinished(parts).catch((error) => {
        parts.log('event_cancellation_failed', describeError(error))
        return []
      })
      await Promise.all(unfinished.map(run))
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const schedule = runSchedule()
  return {
    start: (eventId) => void run(eventId),
    async close() {
      stopped.abort()
      await schedule
      await limit(() => {})
    },
  }
}

/** Cancelled events with confirmed reservations, while Redis keeps their sales. */
async function findUnfinished({ db, now }: Parts): Promise<number[]> {
  const hasConfirmed = sql`exists (select 1 from ${reservations} where ${reservations.eventId} = ${events.id}
    and ${reservations.status} = 'confirmed')`
  const rows = await db.select({ id: events.id }).from(events).where(and(
    isNotNull(events.cancelledAt),
    gt(events.startsAt, new Date(now().getTime() - KEEP_MS)),
    hasConfirmed,
  )).orderBy(asc(events.cancelledAt)).limit(MAX_EVENTS)
  return rows.map(({ id }) => id)
}
