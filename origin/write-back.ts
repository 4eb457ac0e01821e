import { and, eq, gt } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Database } from '../db/mysql.ts'
import { trimBookingLog } from '../db/redis/sale/booking-log.ts'
import { entriesBetween, isAfter, type LogPosition } from '../db/redis/sale/log-position.ts'
import { readHeads } from '../db/redis/sale/sale.ts'
import { events, ledgers } from '../db/schema.ts'
import { lockLedger, moveWatermark, reportLosses, writeEntries, type WriteResult } from './ledger.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { KEEP_MS } from './sales.ts'

export type WriteBack = {
  /**
   * Resolves when all that Redis had logged at the time of this call is committed to MySQL. Callers share rounds, and get the same promise
   * when they do. False: it is not, for some event. Rejects when the round could not be made.
   */
  flushAll(): Promise<boolean>
  /**
   * The same for one event, whatever the others do: resolves with rows that the round itself has committed, 10,000 at most. Rejects when it
   * failed.
   */
  flushEvent(eventId: number): Promise<WriteResult['rows']>
  /** How many entries the last round over all events found waiting, and how long ago everything was written to its end. */
  status(): { backlog: number; lagMs: number }
  /** Ends the schedule after a last round. */
  close(): Promise<void>
}

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** Batches of 2,000 entries in one transaction: a long one would keep a load of the same event waiting. */
const BATCHES = 5
/** Transactions for one event in one round, so that no event starves the others. */
const TRANSACTIONS = 50
/** Events drained side by side, whoever asks: half of the connection pool. */
const EVENTS_AT_ONCE = 4

/**
 * Copies each event's log from Redis to MySQL, every `everyMs` and whenever somebody waits for it. Several origins may do it at once:
 * the lock on the ledger's row keeps them apart, and who comes second finds nothing left to do.
 */
export function openWriteBack(parts: Parts, everyMs: number): WriteBack {
  const stopped = new AbortController()
  let backlog = 0
  let currentAtMs = parts.now().getTime()

  /** Nobody waits for it but the end: what one trim leaves, the next one takes. */
  let trimmed: Promise<void> = Promise.resolve()
  const trim = (eventId: number, upTo: LogPosition) => {
    const one = trimBookingLog(parts.redis, eventId, upTo)
      .catch((error) => parts.log('booking_log_trim_failed', { eventId, ...describeError(error) }))
    trimmed = trimmed.then(() => one)
  }

  const limit = pLimit(EVENTS_AT_ONCE)
  const roundOf = createSingleFlight((eventId: number, begin) =>
    limit(() => drainEvent({ ...parts, trim }, eventId, begin)).catch((cause) => {
      parts.log('write_back_failed', { eventId, ...describeError(cause) })
      throw new Error(`Cannot write back event ${eventId}`, { cause })
    })
  )
  const roundOfAll = createSingleFlight(async (_: 'all', begin) => {
    begin()
    const { behind, unseen } = await findBehind(parts, (entries) => (backlog = entries))
    if (unseen > 0) parts.log('write_back_failed', { unseen })
    const isWhole = await drainAll(behind, roundOf) && unseen === 0
    if (isWhole) currentAtMs = parts.now().getTime()
    return isWhole
  })
  const written = () => roundOfAll('all')

  async function schedule() {
    while (!stopped.signal.aborted) {
      await written().catch((error) => parts.log('write_back_failed', describeError(error)))
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const scheduled = schedule()
  return {
    flushAll: written,
    flushEvent: roundOf,
    status: () => ({ backlog, lagMs: parts.now().getTime() - currentAtMs }),
    async close() {
      stopped.abort()
      await scheduled
      await written().catch((error) => parts.log('write_back_failed', describeError(error)))
      await trimmed
    },
  }
}

/** The events whose log goes beyond their watermark, and how many cannot be seen now: those stop no other. */
async function findBehind(
  parts: Parts,
  tellBacklog: (entries: number) => void,
): Promise<{ behind: number[]; unseen: number }> {
  const live = await parts.db.select({ eventId: ledgers.eventId, epoch: ledgers.epoch, seq: ledgers.seq })
    .from(ledgers).innerJoin(events, eq(events.id, ledgers.eventId))
    .where(and(eq(ledgers.live, true), gt(events.startsAt, new Date(parts.now().getTime() - KEEP_MS))))
  const heads = await readHeads(parts.redis, live.map(({ eventId }) => eventId))
  tellBacklog(live.reduce((sum, watermark, i) => sum + backlogOf(heads[i]?.last ?? null, watermark), 0))
  const behind = live.filter((watermark, i) => {
    const head = heads[i]
    // Without the sale nobody knows how long the log is, so it is read.
    return head?.hasLog && (!head.last || isAfter(head.last, watermark))
  })
  return { behind: behind.map(({ eventId }) => eventId), unseen: heads.filter((head) => head === null).length }
}

/** Drains events, no more at a time than there are turns, so that whoever waits for one event comes before the rest of them. */
async function drainAll(eventIds: number[], drain: (eventId: number) => Promise<unknown>): Promise<boolean> {
  const queue = [...eventIds]
  let isWhole = true
  await Promise.all(Array.from({ length: EVENTS_AT_ONCE }, async () => {
    for (let eventId = queue.shift(); eventId !== undefined; eventId = queue.shift()) {
      await drain(eventId).catch(() => (isWhole = false))
    }
  }))
  return isWhole
}

/**
 * Copies one event's log. If the process dies: before the commit, MySQL has nothing of the batch and the log has all of it; after the
 * commit, the watermark stands behind the batch, so that whoever comes next skips and trims it.
 */
async function drainEvent(
  { db, redis, log, now, trim }: Parts & { trim(eventId: number, upTo: LogPosition): void },
  eventId: number,
  begin: () => void,
): Promise<WriteResult['rows']> {
  let rows: WriteResult['rows'] | undefined
  for (let transaction = 0, more = true; more && transaction < TRANSACTIONS; transaction++) {
    const startedAt = performance.now()
    const batch = await db.transaction(async (tx) => {
      const watermark = await lockLedger(tx, eventId)
      if (!watermark) return null
      // From here on the log is read: what is logged later is for another round.
      begin()
      const written = await writeEntries(tx, redis, eventId, watermark, BATCHES)
      if (written.entries > 0) await moveWatermark(tx, eventId, written.position, now())
      return written
    })
    if (!batch || batch.entries === 0) break
    rows ??= batch.rows
    reportLosses(log, eventId, batch)
    log('write_back_committed', {
      eventId,
      entries: batch.entries,
      ms: Math.round(performance.now() - startedAt),
      ...batch.position,
    })
    trim(eventId, batch.position)
    more = batch.more
  }
  return rows ?? new Map()
}

const backlogOf = (last: LogPosition | null, watermark: LogPosition) => last ? entriesBetween(watermark, last) : 0
