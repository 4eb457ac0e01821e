/**
 * Puts an event on sale: makes sure that Redis holds its sale, counted from MySQL. The first load and every rebuild are this function.
 *
 *   mark the ledger live ──▶ lock the ledger ──▶ is the sale in Redis complete and not behind the watermark?
 *     yes: approve it for the present run of the Redis server
 *     no:  write the rest of the booking log to MySQL ──▶ count the seats in MySQL ──▶ load Redis with a new epoch
 *          ──▶ move the watermark to the new epoch ──▶ commit ──▶ trim the log
 *
 * The lock on the ledger row admits one loader per event across all origins. `live` is committed before the lock, so that the write-back
 * reads this log from then on. If the process dies:
 * - before Redis is loaded, MySQL rolls back and the log still has every entry;
 * - after Redis is loaded and before the commit, the rows written here are rolled back, but their entries are still in the log, before
 *   those of the new epoch, and the next write-back copies both;
 * - after the commit, the log is trimmed by the next write-back.
 */
import { eq } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database, Queryable } from '../db/mysql.ts'
import { lastBookingLogEpoch, trimBookingLog } from '../db/redis/sale/booking-log.ts'
import { isAfter, type LogPosition } from '../db/redis/sale/log-position.ts'
import { approveSale, loadSale, readHeads, type SaleHead, type SaleRules } from '../db/redis/sale/sale.ts'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import type { Log } from '../runtime/log.ts'
import { reportLosses, writeEntries, type WriteResult } from './booking-log-writer.ts'
import { KEEP_MS, lockLedger, moveWatermark } from './ledger.ts'
import { countSeats } from './seat-count.ts'
import { startOfDay } from './venue-time.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

export type PutOnSale =
  | { kind: 'on_sale' }
  /** There is no such event, or it was over more than `KEEP_MS` ago. */
  | { kind: 'no_sale' }
  /** Bookings kept arriving while seats were counted; try again. */
  | { kind: 'busy' }

const ATTEMPTS = 5
const BATCHES_PER_ATTEMPT = 1_000

/** The transaction's result: log writes to report, and the loaded position, if any. */
type LoadResult = PutOnSale & { writes: WriteResult[]; loaded: LogPosition | null }

/** Puts an event on sale. Concurrent calls are safe but do the work repeatedly: in the origin, call `deps.putOnSale`, which shares runs. */
export async function putOnSale({ db, redis, log, now }: Parts, eventId: number): Promise<PutOnSale> {
  await db.update(ledgers).set({ live: true }).where(eq(ledgers.eventId, eventId))
  const result = await db.transaction((tx) => load({ tx, redis, now }, eventId))
  for (const written of result.writes) reportLosses(log, eventId, written)
  if (result.loaded) {
    log('sale_loaded', { eventId, epoch: result.loaded.epoch })
    await trimBookingLog(redis, eventId, result.loaded)
  }
  return { kind: result.kind }
}

type LoadParts = Omit<Parts, 'db' | 'log'> & { tx: Queryable }

async function load(parts: LoadParts, eventId: number): Promise<LoadResult> {
  const { tx, redis, now } = parts
  // The lock comes first: the transaction must see the rules that the previous holder of the lock has committed.
  let watermark = await lockLedger(tx, eventId)
  const [event] = await tx.select().from(events).where(eq(events.id, eventId))
  const writes: WriteResult[] = []
  if (!event || !watermark || event.startsAt.getTime() + KEEP_MS <= now().getTime()) {
    return { kind: 'no_sale', writes, loaded: null }
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [head] = await readHeads(redis, [eventId])
    if (head?.whole && head.last && !isAfter(watermark, head.last)) {
      const prices = await tx.select({ id: ticketTypes.id, price: ticketTypes.price }).from(ticketTypes)
        .where(eq(ticketTypes.eventId, eventId))
      if (await approveSale(redis, eventId, watermark, { ...rulesOf(event), ticketTypes: prices }) === 'approved') {
        return { kind: 'on_sale', writes, loaded: null }
      }
      // A server with older data has taken over since its head was read.
      continue
    }
    const written = await writeEntries(parts, eventId, watermark, BATCHES_PER_ATTEMPT)
    writes.push(written)
    watermark = written.position
    // The watermark moves with its rows even if the load is not completed.
    await moveWatermark(tx, eventId, watermark, now())
    const loaded = await loadCounted(parts, event, watermark, head)
    if (loaded) return { kind: 'on_sale', writes, loaded }
  }
  return { kind: 'busy', writes, loaded: null }
}

/** Counts the seats and loads them with a new epoch. Returns null if a booking was made between reading the head and loading. */
async function loadCounted(
  { tx, redis, now }: LoadParts,
  event: typeof events.$inferSelect,
  watermark: LogPosition,
  head: SaleHead | null | undefined,
): Promise<LogPosition | null> {
  const epoch = Math.max(watermark.epoch, head?.last?.epoch ?? 0, await lastBookingLogEpoch(redis, event.id)) + 1
  const reply = await loadSale(redis, event.id, {
    epoch,
    ...rulesOf(event),
    seen: head?.last ?? null,
    ...await countSeats(tx, event.id),
  })
  if (reply === 'moved') return null
  const loaded = { epoch, seq: 0 }
  await moveWatermark(tx, event.id, loaded, now())
  return loaded
}

/** The sale of a cancelled event is over, and its reservations can be cancelled as long as Redis keeps the sale. */
function rulesOf(event: typeof events.$inferSelect): Omit<SaleRules, 'ticketTypes'> {
  const isCancelled = event.cancelledAt !== null
  const expiresAtMs = event.startsAt.getTime() + KEEP_MS
  return {
    opensAtMs: isCancelled ? 0 : event.opensAt.getTime(),
    closesAtMs: isCancelled ? 0 : event.closesAt.getTime(),
    cancelUntilMs: isCancelled ? expiresAtMs : startOfDay(event.startsAt, event.zone).getTime(),
    limitPerPerson: event.limitPerPerson,
    isStopped: event.saleState === 'stopped' && !isCancelled,
    stopMessage: event.stopMessage,
    expiresAtMs,
  }
}
