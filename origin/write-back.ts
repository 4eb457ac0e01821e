import { and, eq, gt } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/client.ts'
import { type LogPosition, readHeads, trimLog } from '../db/redis/seats.ts'
import { events, ledgers } from '../db/schema.ts'
import { lockLedger, moveWatermark, writeEntries } from './ledger.ts'
import { describeError, type Log } from './log.ts'
import { KEEP_MS } from './sales.ts'

export type WriteBack = {
  /**
   * Resolves when all that Redis had logged at the time of this call is committed to MySQL; callers share rounds. False: it is not, for
   * some event. Rejects when the round could not be made, or when it failed for the event that the caller names.
   */
  written(eventId?: number): Promise<boolean>
  /** How many entries the last round found waiting, and how long ago everything was written to its end. */
  status(): { backlog: number; lagMs: number }
  /** Ends the schedule after a last round. */
  close(): Promise<void>
}

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** Batches of 2,000 entries in one transaction: a long one would keep a load of the same event waiting. */
const BATCHES = 5
/** Transactions for one event in one round, so that no event starves the others. */
const TRANSACTIONS = 50
/** Events drained side by side: half of the connection pool. */
const EVENTS_AT_ONCE = 4

/**
 * Copies each event's log from Redis to MySQL, every `everyMs` and whenever somebody waits for it. Several origins may do it at once:
 * the lock on the ledger's row keeps them apart, and who comes second finds nothing left to do.
 */
export function openWriteBack(parts: Parts, everyMs: number): WriteBack {
  let running: Promise<Failures> | null = null
  let next: Promise<Failures> | null = null
  const stopped = new AbortController()
  let backlog = 0
  let currentAtMs = parts.now().getTime()

  // A round that has begun may have read a log before the caller's entry was in it, so the caller needs the one after.
  function nextRound(): Promise<Failures> {
    if (next) return next
    if (!running) return begin()
    next = running.catch(() => {}).then(() => {
      next = null
      return begin()
    })
    return next
  }
  function begin(): Promise<Failures> {
    running = drainAll(parts, (entries) => (backlog = entries)).then((failures) => {
      if (failures.size === 0) currentAtMs = parts.now().getTime()
      return failures
    }).finally(() => (running = null))
    return running
  }
  async function written(eventId?: number): Promise<boolean> {
    const failures = await nextRound()
    const cause = eventId === undefined ? undefined : failures.get(eventId)
    if (cause !== undefined) throw new Error(`Cannot write back event ${eventId}`, { cause })
    return failures.size === 0
  }
  async function schedule() {
    while (!stopped.signal.aborted) {
      await written().catch((error) => parts.log('write_back_failed', describeError(error)))
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const scheduled = schedule()
  return {
    written,
    status: () => ({ backlog, lagMs: parts.now().getTime() - currentAtMs }),
    async close() {
      stopped.abort()
      await scheduled
      await written().catch((error) => parts.log('write_back_failed', describeError(error)))
    },
  }
}

/** What went wrong in a round, by event. */
type Failures = Map<number, unknown>

async function drainAll(parts: Parts, tellBacklog: (entries: number) => void): Promise<Failures> {
  const live = await parts.db.select({ eventId: ledgers.eventId, epoch: ledgers.epoch, seq: ledgers.seq })
    .from(ledgers).innerJoin(events, eq(events.id, ledgers.eventId))
    .where(and(eq(ledgers.live, true), gt(events.startsAt, new Date(parts.now().getTime() - KEEP_MS))))
  const heads = await readHeads(parts.redis, live.map(({ eventId }) => eventId))
  const behind = live.filter((watermark, i) => {
    const head = heads[i]
    // Without the sale nobody knows how long the log is, so it is read.
    return head?.hasLog && (!head.last || isAfter(head.last, watermark))
  })

  tellBacklog(live.reduce((sum, watermark, i) => sum + waiting(heads[i]?.last ?? null, watermark), 0))

  const failures: Failures = new Map()
  const queue = behind.map(({ eventId }) => eventId)
  await Promise.all(Array.from({ length: EVENTS_AT_ONCE }, async () => {
    for (let eventId = queue.shift(); eventId !== undefined; eventId = queue.shift()) {
      try {
        await drainEvent(parts, eventId)
      } catch (error) {
        failures.set(eventId, error)
        parts.log('write_back_failed', { eventId, ...describeError(error) })
      }
    }
  }))
  return failures
}

/**
 * Copies one event's log. If the process dies: before the commit, MySQL has nothing of the batch and the log has all of it; after the
 * commit, the watermark stands behind the batch, so that whoever comes next skips and trims it.
 */
async function drainEvent({ db, redis, log, now }: Parts, eventId: number): Promise<void> {
  for (let transaction = 0, more = true; more && transaction < TRANSACTIONS; transaction++) {
    const startedAt = performance.now()
    const batch = await db.transaction(async (tx) => {
      const watermark = await lockLedger(tx, eventId)
      if (!watermark) return null
      const written = await writeEntries(tx, redis, eventId, watermark, BATCHES)
      if (written.entries > 0) await moveWatermark(tx, eventId, written.position, now())
      return written
    })
    if (!batch || batch.entries === 0) return
    if (batch.gap) log('log_gap', { eventId, after: batch.gap })
    for (const aside of batch.setAside) log('entry_set_aside', { eventId, ...aside.position, reason: aside.reason })
    log('written_back', { eventId, entries: batch.entries, ms: Math.round(performance.now() - startedAt), ...batch.position })
    await trimLog(redis, eventId, batch.position)
    more = batch.more
  }
}

/** Entries between a watermark and the end of a log; after a load, those of the new epoch. */
const waiting = (last: LogPosition | null, watermark: LogPosition) =>
  last
    ? Math.max(0, last.epoch > watermark.epoch ? last.seq + 1 : last.epoch < watermark.epoch ? 0 : last.seq - watermark.seq)
    : 0

const isAfter = (a: LogPosition, b: LogPosition) => a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
