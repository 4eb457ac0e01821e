import { and, asc, eq, gt, gte, inArray, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/mysql-core'
import type { Database } from '../db/mysql.ts'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import { createCatalogueIndex } from './catalogue-index.ts'

/**
 * A row's timestamp is that of its write, but the row becomes visible at its commit. Each step therefore rereads the changes from this long
 * before the previous step: the longest time that a statement may take. The sweep finds the rows of longer transactions.
 */
const OVERLAP_SECONDS = 10
/** Events per statement, and so the largest unit that blocks the event loop. */
const CHUNK = 500

/**
 * Follows the events table with an index in memory. A step reads the rows written since the previous step (by the database's clock), and
 * then the next chunk of a sweep over all events by id. The first sweep runs in one step and is the initial load. Later sweeps find deleted
 * rows, and rows that were committed too late for the overlap. Steps must not overlap.
 */
export function createCatalogueFollower(db: Database, { overlapSeconds = OVERLAP_SECONDS, chunk = CHUNK } = {}) {
  const index = createCatalogueIndex()
  let since: string | null = null
  let sweptTo = 0
  let isLoaded = false

  return {
    index,
    isLoaded: () => isLoaded,
    async step(): Promise<void> {
      const now = await readClock(db)
      const changed = since === null ? [] : await readChanged(db, since, overlapSeconds)
      for (let start = 0; start < changed.length; start += chunk) {
        const ids = changed.slice(start, start + chunk)
        update(await readListed(db, inArray(events.id, ids), chunk), ids)
      }
      since = now
      do await sweep()
      while (!isLoaded)
    },
  }

  async function sweep(): Promise<void> {
    const rows = await readListed(db, gt(events.id, sweptTo), chunk)
    const end = rows.length < chunk ? Infinity : rows.at(-1)!.id
    update(rows, index.idsBetween(sweptTo, end))
    sweptTo = end === Infinity ? 0 : end
    isLoaded ||= end === Infinity
  }

  /** Puts the rows into the index and removes those of `ids` that have no row. */
  function update(rows: Awaited<ReturnType<typeof readListed>>, ids: number[]): void {
    const found = new Set(rows.map(({ id }) => id))
    index.remove(ids.filter((id) => !found.has(id)))
    index.put(rows.map(({ id, searchText, startsAt, opensAt, closesAt, soldOut }) => ({
      id,
      searchText: searchText ?? '',
      startsAtMs: startsAt.getTime(),
      opensAtMs: opensAt.getTime(),
      closesAtMs: closesAt.getTime(),
      soldOut,
    })))
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

/** The published events that match a condition, by id. An event without ticket types is still being created and is left out. */
function readListed(db: Database, condition: SQL, limit: number) {
  return db.select({
    id: events.id,
    searchText: events.searchText,
    startsAt: events.startsAt,
    opensAt: events.opensAt,
    closesAt: events.closesAt,
    soldOut: sql`${events.saleState} = 'stopped' or min(${ticketTypes.sold} = ${ticketTypes.seats})`.mapWith((all) =>
      Number(all) === 1
    ),
  }).from(events).innerJoin(ticketTypes, eq(ticketTypes.eventId, events.id))
    .where(and(condition, eq(events.published, true))).groupBy(events.id).orderBy(asc(events.id)).limit(limit)
}
