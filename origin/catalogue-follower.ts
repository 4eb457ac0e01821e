import { gt, gte, inArray, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/mysql-core'
import type { Database } from '../db/mysql.ts'
import { events, ledgers } from '../db/schema.ts'
import { type EventFacts, readPublished } from './catalogue-facts.ts'
import { createCatalogueIndex } from './catalogue-index.ts'
import { localDay } from './venue-time.ts'

/**
 * A row's timestamp is that of its write, but the row becomes visible at its commit. Each step therefore rereads the changes from this long
 * before the previous step: the longest time that a statement may take. The sweep finds the rows of longer transactions.
 */
const OVERLAP_SECONDS = 10
/** Events per statement, and so the largest unit that blocks the event loop. */
const CHUNK = 500

/**
 * Follows the published events with an index and their facts in memory. A step reads the rows written since the previous step (by the database's clock), and
 * then the next chunk of a sweep over all events by id. The first sweep runs in one step and is the initial load. Later sweeps find deleted
 * rows, and rows that were committed too late for the overlap. Steps must not overlap.
 */
export function createCatalogueFollower(db: Database, { overlapSeconds = OVERLAP_SECONDS, chunk = CHUNK } = {}) {
  const index = createCatalogueIndex()
  const facts = new Map<number, EventFacts>()
  let since: string | null = null
  let sweptTo = 0
  let isLoaded = false

  return {
    index,
    /** What is known of a published event; undefined if there is none. */
    eventOf: (id: number): EventFacts | undefined => facts.get(id),
    isLoaded: () => isLoaded,
    async step(): Promise<void> {
      const now = await readClock(db)
      const changed = since === null ? [] : await readChanged(db, since, overlapSeconds)
      for (let start = 0; start < changed.length; start += chunk) {
        const ids = changed.slice(start, start + chunk)
        update(await readPublished(db, inArray(events.id, ids), chunk), ids)
      }
      since = now
      do await sweep()
      while (!isLoaded)
    },
  }

  async function sweep(): Promise<void> {
    const rows = await readPublished(db, gt(events.id, sweptTo), chunk)
    const end = rows.length < chunk ? Infinity : rows.at(-1)!.event.id
    update(rows, index.idsBetween(sweptTo, end))
    sweptTo = end === Infinity ? 0 : end
    isLoaded ||= end === Infinity
  }

  /** Keeps the events and forgets those of `ids` that are gone. An event without ticket types is still being created and is left out. */
  function update(rows: Awaited<ReturnType<typeof readPublished>>, ids: number[]): void {
    const listed = rows.filter(({ ticketTypes }) => ticketTypes.length > 0)
    const found = new Set(listed.map(({ event }) => event.id))
    const gone = ids.filter((id) => !found.has(id))
    index.remove(gone)
    for (const id of gone) facts.delete(id)
    index.put(listed.map(({ event, searchText, ticketTypes }) => ({
      id: event.id,
      searchText,
      startsAtMs: event.startsAt.getTime(),
      // A cancelled event is listed as one whose sale has ended.
      opensAtMs: event.cancelledAt ? 0 : event.opensAt.getTime(),
      closesAtMs: event.cancelledAt ? 0 : event.closesAt.getTime(),
      genre: event.genre,
      region: event.region,
      startsOn: localDay(event.startsAt, event.zone),
      soldOut: event.saleState === 'stopped' || ticketTypes.every(({ sold, seats }) => sold === seats),
    })))
    for (const { event, image, ticketTypes, cancelUntil } of listed) {
      facts.set(event.id, { event, image, ticketTypes, cancelUntil })
    }
  }
}

async function readClock(db: Database): Promise<string> {
  const [row] = await db.select({ now: sql<string>`current_timestamp(3)` }).from(sql`dual`)
  return row!.now
}

async function readChanged(db: Database, since: string, overlapSeconds: number): Promise<number[]> {
  const from = sql`cast(${since} as datetime(3)) - interval ${overlapSeconds} second`
  const rows = await unionAll(
    db.select({ id: events.id }).from(events).where(gte(events.changedAt, from)),
    db.select({ id: ledgers.eventId }).from(ledgers).where(gte(ledgers.changedAt, from)),
  )
  return [...new Set(rows.map(({ id }) => id))]
}
