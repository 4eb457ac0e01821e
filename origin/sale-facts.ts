import { eq } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/mysql.ts'
import { events, images, ticketTypes } from '../db/schema.ts'
import { startOfDay } from './venue-time.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** The event's facts in a booking's response. No decision depends on them. */
export type SaleFacts = {
  event: typeof events.$inferSelect
  imageKey: string | null
  ticketTypes: (typeof ticketTypes.$inferSelect)[]
  /** ISO 8601. */
  cancelUntil: string
}

/** Returns an event's facts, or null if there are none or MySQL did not return them in time. Never rejects. */
export type FindSaleFacts = (eventId: number) => Promise<SaleFacts | null>

const FRESH_MS = 5_000
const MAX_EVENTS = 1_000
const TIMEOUT_MS = 500

/**
 * Caches the facts of events. MySQL is read at most once in five seconds per event, and a booking in Redis is confirmed even if MySQL is
 * down: stale facts are returned at once while a read refreshes them, and the first read is awaited for at most half a second.
 */
export function createSaleFacts({ db }: { db: Database }): FindSaleFacts {
  const cache = new LRUCache<number, Promise<SaleFacts | null>>({
    max: MAX_EVENTS,
    ttl: FRESH_MS,
    allowStale: true,
    noDeleteOnStaleGet: true,
  })
  return (eventId) => {
    const isFresh = cache.getRemainingTTL(eventId) > 0
    const cached = cache.get(eventId)
    if (cached && isFresh) return cached
    const reading = readSaleFacts(db, eventId).catch(() => null)
    const current = cached ?? withTimeout(reading, TIMEOUT_MS, () => null)
    // Cached before the read ends, so that concurrent calls share it, even if it fails.
    cache.set(eventId, current)
    reading.then((facts) => facts && cache.set(eventId, Promise.resolve(facts)))
    return current
  }
}

async function readSaleFacts(db: Database, eventId: number): Promise<SaleFacts | null> {
  const [row] = await db.select({ event: events, imageKey: images.key }).from(events)
    .leftJoin(images, eq(images.id, events.imageId)).where(eq(events.id, eventId))
  if (!row) return null
  return {
    event: row.event,
    imageKey: row.imageKey,
    ticketTypes: await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)),
    cancelUntil: startOfDay(row.event.startsAt, row.event.zone).toISOString(),
  }
}
