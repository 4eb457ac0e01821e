import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Database } from '../db/mysql.ts'
import { trimBookingLog } from '../db/redis/sale/booking-log.ts'
import { entriesBetween, isAfter, type LogPosition } from '../db/redis/sale/log-position.ts'
import { readHeads } from '../db/redis/sale/sale.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { reportLosses, writeEntries, type WriteResult } from './booking-log-writer.ts'
import { lockLedger, moveWatermark, readLiveLedgers } from './ledger.ts'

export type WriteBack = {
  /**
   * Copies the booking logs of all events to MySQL. Resolves to true when all entries logged before the call are committed,
   * and to false if that failed for some event. Rejects if no event could be checked. Concurrent callers share a run and get the same
   * promise.
   */
  flushAll(): Promise<boolean>
  /**
   * Copies one event's booking log. Resolves with the rows (at most 10,000) that this run has inserted, and rejects if it failed. Callers
   * share runs as with `flushAll`.
   */
  flushEvent(eventId: number): Promise<WriteResult['rows']>
  /** Entries that waited at the last run over all events, and the time since the last run that wrote all entries. */
  status(): { backlog: number; lagMs: number }
  /** Stops the schedule, then runs once more. */
  close(): Promise<void>
}

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** Batches of 2,000 entries per transaction. A long transaction would block a load of the same event. */
const BATCHES = 5
/** Transactions per event in one run, so that no event starves the others. */
const TRANSACTIONS = 50
/** Events written at once, for all callers together: fewer than the connections for sales. */
const EVENTS_AT_ONCE = 4
/** Each run over all events reads every live sale, so readers who ask for one run share those that start at least this long apart. */
const RUN_EVERY_MS = 200

/**
 * Copies each event's booking log from Redis to MySQL, every `everyMs` and on request. Several origins may do so at once: the lock on the
 * ledger row serialises them, and the second one finds nothing left to do.
 */
export function openWriteBack(parts: Parts, everyMs: number): WriteBack {
  const { log, now } = parts
  const stopped = new AbortController()
  const trimmer = createTrimmer(parts)
  let backlog = 0
  let completeAtMs = now().getTime()
  let startedAtMs = -RUN_EVERY_MS

  const limit = pLimit(EVENTS_AT_ONCE)
  const flushEvent = createSingleFlight((eventId: number, cutOff) =>
    limit(() => writeEvent({ ...parts, trim: trimmer.trim }, eventId, cutOff)).catch((cause) => {
      log('write_back_failed', { eventId, ...describeError(cause) })
      throw new Error(`Cannot write back event ${eventId}`, { cause })
    })
  )
  const flushEvents = createSingleFlight(async (_: 'all', cutOff) => {
    await sleep(Math.max(0, startedAtMs + RUN_EVERY_MS - performance.now()))
    startedAtMs = performance.now()
    cutOff()
    const found = await findBehind(parts)
    backlog = found.backlog
    if (found.unreachable > 0) log('write_back_failed', { unseen: found.unreachable })
    const isComplete = await forEachEvent(found.eventIds, flushEvent) && found.unreachable === 0
    if (isComplete) completeAtMs = now().getTime()
    return isComplete
  })
  const flushAll = () => flushEvents('all')
  const flushAndLog = () => flushAll().catch((error) => log('write_back_failed', describeError(error)))

  async function runSchedule() {
    while (!stopped.signal.aborted) {
      await flushAndLog()
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const schedule = runSchedule()
  return {
    flushAll,
    flushEvent,
    status: () => ({ backlog, lagMs: now().getTime() - completeAtMs }),
    async close() {
      stopped.abort()
      await schedule
      await flushAndLog()
      await trimmer.finish()
    },
  }
}

/** Trims logs in the background. A failed trim is harmless: the next one removes its entries too. */
function createTrimmer({ redis, log }: Pick<Parts, 'redis' | 'log'>) {
  let last: Promise<void> = Promise.resolve()
  return {
    trim(eventId: number, upTo: LogPosition): void {
      const trimming = trimBookingLog(redis, eventId, upTo)
        .catch((error) => log('booking_log_trim_failed', { eventId, ...describeError(error) }))
      last = last.then(() => trimming)
    },
    /** Resolves when all trims that were started have ended. */
    finish: () => last,
  }
}

/** The events whose log extends beyond their watermark. Sales on an unreachable cluster node are only counted. */
async function findBehind({ db, redis, now }: Parts): Promise<{ eventIds: number[]; backlog: number; unreachable: number }> {
  const live = await readLiveLedgers(db, now())
  const heads = await readHeads(redis, live.map(({ eventId }) => eventId))
  const behind = live.filter((watermark, i) => {
    const head = heads[i]
    // If the sale is missing, the length of its log is unknown, so the log is read.
    return head?.hasLog && (!head.last || isAfter(head.last, watermark))
  })
  return {
    eventIds: behind.map(({ eventId }) => eventId),
    backlog: live.reduce((sum, watermark, i) => sum + backlogOf(heads[i]?.last ?? null, watermark), 0),
    unreachable: heads.filter((head) => head === null).length,
  }
}

const backlogOf = (last: LogPosition | null, watermark: LogPosition) => last ? entriesBetween(watermark, last) : 0

/** Writes events, and returns whether all succeeded. At most `EVENTS_AT_ONCE` queue at a time, so that requests for one event get a turn. */
async function forEachEvent(eventIds: number[], write: (eventId: number) => Promise<unknown>): Promise<boolean> {
  const limit = pLimit(EVENTS_AT_ONCE)
  const outcomes = await Promise.all(
    eventIds.map((eventId) => limit(() => write(eventId).then(() => true, () => false))),
  )
  return outcomes.every(Boolean)
}

type WriteParts = Parts & { trim(eventId: number, upTo: LogPosition): void }

/**
 * Copies one event's log, transaction by transaction, until the log is read to its end. If the process dies before a commit, MySQL has
 * nothing of that transaction and the log has all of it. If it dies after the commit, the watermark covers the entries, so that the next
 * run skips and trims them.
 */
async function writeEvent(parts: WriteParts, eventId: number, cutOff: () => void): Promise<WriteResult['rows']> {
  let rows: WriteResult['rows'] | undefined
  for (let transaction = 0, more = true; more && transaction < TRANSACTIONS; transaction++) {
    const written = await writeOnce(parts, eventId, cutOff)
    if (!written || written.entries === 0) break
    rows ??= written.rows
    more = written.more
  }
  return rows ?? new Map()
}

/** One transaction: lock, write, move the watermark, commit; then trim. Null if there is no such event. */
async function writeOnce(
  { db, redis, log, now, trim }: WriteParts,
  eventId: number,
  cutOff: () => void,
): Promise<WriteResult | null> {
  const startedAt = performance.now()
  const written = await db.transaction(async (tx) => {
    const watermark = await lockLedger(tx, eventId)
    if (!watermark) return null
    // The log is read from here on, so later callers need another run.
    cutOff()
    const result = await writeEntries({ tx, redis, now }, eventId, watermark, BATCHES)
    if (result.entries > 0) await moveWatermark(tx, eventId, result.position, now())
    return result
  })
  if (!written || written.entries === 0) return written
  reportLosses(log, eventId, written)
  const ms = Math.round(performance.now() - startedAt)
  log('write_back_committed', { eventId, entries: written.entries, ms, ...written.position })
  trim(eventId, written.position)
  return written
}
