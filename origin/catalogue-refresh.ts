import { and, asc, eq, gt, gte, inArray, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/mysql-core'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import { type CatalogueIndex, createCatalogueIndex } from './catalogue-index.ts'
import { describeError, type Log } from '../runtime/log.ts'

export type Catalogue = {
  /**
   * The published events, no older than the setting says, unless MySQL takes more than a second to tell: then they are as they were.
   * Throws a store failure while they were never loaded.
   */
  fresh(): Promise<CatalogueIndex>
  isLoaded(): boolean
  close(): Promise<void>
}

type Parts = { db: Database; log: Log }

/** Twice in the time for which a listing may be old, so that none has to wait. */
const EVERY_MS = 500
const PATIENCE_MS = 1_000
/**
 * A row is stamped when it is written and seen when it is committed. A round looks back for so long before the last one, which is as
 * long as one statement may take. What was held open for longer is found by the sweep.
 */
const OVERLAP_SECONDS = 10
/** Events of one statement: so many are taken in before other work gets its turn. */
const CHUNK = 500

/** Keeps the published events in memory, loaded at once and brought up to date twice a second, and when a listing asks for it. */
export function openCatalogue(parts: Parts, maxAgeMs: number): Catalogue {
  const follower = followEvents(parts.db)
  const stopped = new AbortController()
  let last = { beganAtMs: -Infinity, done: Promise.resolve() }
  let next: Promise<void> | null = null
  let freshFromMs = -Infinity

  /** A round that began no earlier than this; callers share it. */
  function roundSince(atMs: number): Promise<void> {
    if (last.beganAtMs >= atMs) return last.done
    return next ??= last.done.catch(() => {}).then(() => {
      next = null
      const beganAtMs = performance.now()
      last = { beganAtMs, done: follower.step().then(() => void (freshFromMs = beganAtMs)) }
      return last.done
    })
  }
  async function fresh(): Promise<CatalogueIndex> {
    const oldestMs = performance.now() - maxAgeMs
    if (freshFromMs < oldestMs) {
      const failure = roundSince(oldestMs).then(() => null, (error: unknown) => error)
      const error = await Promise.race([failure, sleep(PATIENCE_MS, null)])
      if (!follower.isLoaded()) throw error ?? Object.assign(new Error('The catalogue is not loaded yet'), { code: 'ETIMEDOUT' })
    }
    return follower.index
  }
  async function schedule() {
    while (!stopped.signal.aborted) {
      await roundSince(performance.now()).catch((error) => parts.log('catalogue_not_refreshed', describeError(error)))
      await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const scheduled = schedule()
  return {
    fresh,
    isLoaded: () => follower.isLoaded(),
    async close() {
      stopped.abort()
      await scheduled
      await last.done.catch(() => {})
    },
  }
}

/**
 * One step takes in what was written since the step before, by the database's clock, and then the next chunk of a sweep over all
 * events, by id. The first sweep, all in one step, is the load. The later ones find what no time tells: a row that is gone, and one
 * that was committed after its time had been passed by. Steps must not overlap.
 */
export function followEvents(db: Database, { overlapSeconds = OVERLAP_SECONDS, chunk = CHUNK } = {}) {
  const index = createCatalogueIndex()
  let since: string | null = null
  let sweptTo = 0
  let loaded = false

  return {
    index,
    isLoaded: () => loaded,
    async step(): Promise<void> {
      const now = await readClock(db)
      const changed = since === null ? [] : await readChanged(db, since, overlapSeconds)
      for (let start = 0; start < changed.length; start += chunk) {
        const ids = changed.slice(start, start + chunk)
        take(await readListed(db, inArray(events.id, ids), chunk), ids)
      }
      since = now
      do await sweep()
      while (!loaded)
    },
  }

  async function sweep(): Promise<void> {
    const rows = await readListed(db, gt(events.id, sweptTo), chunk)
    const end = rows.length < chunk ? Infinity : rows.at(-1)!.id
    take(rows, index.idsBetween(sweptTo, end))
    sweptTo = end === Infinity ? 0 : end
    loaded ||= end === Infinity
  }

  /** Takes in what was read, and takes out those of the ids that were not found. */
  function take(rows: Awaited<ReturnType<typeof readListed>>, ids: number[]): void {
    const found = new Set(rows.map(({ id }) => id))
    index.remove(ids.filter((id) => !found.has(id)))
    index.put(rows.map(({ searchText, startsAt, opensAt, closesAt, ...row }) => ({
      ...row,
      searchText: searchText ?? '',
      startsAtMs: startsAt.getTime(),
      opensAtMs: opensAt.getTime(),
      closesAtMs: closesAt.getTime(),
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

/** The published ones of these events, by id. One without ticket types is still being made. */
function readListed(db: Database, which: SQL, limit: number) {
  return db.select({
    id: events.id,
    searchText: events.searchText,
    startsAt: events.startsAt,
    opensAt: events.opensAt,
    closesAt: events.closesAt,
    soldOut: sql`min(${ticketTypes.sold} = ${ticketTypes.seats})`.mapWith((all) => Number(all) === 1),
  }).from(events).innerJoin(ticketTypes, eq(ticketTypes.eventId, events.id))
    .where(and(which, eq(events.published, true))).groupBy(events.id).orderBy(asc(events.id)).limit(limit)
}
