import { eq } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/mysql.ts'
import { events } from '../db/schema.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { type EventFacts, readFacts } from './catalogue-facts.ts'
import type { Catalogue } from './catalogue-refresh.ts'
import type { MysqlHealth } from './mysql-health.ts'

/**
 * Returns what an answer to a buyer shows about an event; null if there is no such event. Throws StoreUnavailable if the event is not in
 * memory and MySQL is unavailable.
 */
export type FindSaleFacts = (eventId: number, ticketTypeId: number) => EventFacts | null | Promise<EventFacts | null>

type Parts = { db: Database; catalogue: Pick<Catalogue, 'eventOf'>; mysqlHealth: Pick<MysqlHealth, 'orUnavailable'> }

const FRESH_MS = 5_000
const MAX_EVENTS = 1_000

/**
 * Finds facts in the catalogue. An event or a ticket type that is not there, because it is new or not published, is read from MySQL, at most
 * once in five seconds per event.
 */
export function createSaleFacts({ db, catalogue, mysqlHealth }: Parts): FindSaleFacts {
  // The values are objects, because the cache cannot hold null.
  const cache = new LRUCache<number, { facts: EventFacts | null }>({ max: MAX_EVENTS, ttl: FRESH_MS })
  const read = createSingleFlight(async (eventId: number) => {
    const [facts = null] = await readFacts(db, eq(events.id, eventId), 1)
    cache.set(eventId, { facts })
    return facts
  })
  return (eventId, ticketTypeId) => {
    const known = catalogue.eventOf(eventId)
    if (known?.ticketTypes.some(({ id }) => id === ticketTypeId)) return known
    const cached = cache.get(eventId)
    if (cached) return cached.facts ?? known ?? null
    const reading = mysqlHealth.orUnavailable(() => read(eventId))
    // The booking script then decides whether the event has such a ticket type.
    return known ? reading.catch(() => known) : reading
  }
}
