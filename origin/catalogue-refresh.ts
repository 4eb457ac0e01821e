import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { createCatalogueFollower } from './catalogue-follower.ts'
import type { EventFacts } from './catalogue-facts.ts'
import type { CatalogueIndex } from './catalogue-index.ts'
import type { MysqlHealth } from './mysql-health.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** The published events in memory, as of the last refresh. */
export type LoadedCatalogue = { index: CatalogueIndex; eventOf(id: number): EventFacts | undefined }

export type Catalogue = {
  /**
   * The published events. Waits at most a second for the first load, and throws StoreUnavailable without one. Otherwise it does not wait:
   * the schedule keeps the events fresh, and while MySQL is unavailable they stay as they were.
   */
  read(): Promise<LoadedCatalogue>
  /** What is known of a published event, without waiting. */
  eventOf(id: number): EventFacts | undefined
  /**
   * A published event, as `read` knows it; null if there was none at most a second ago. Before it returns null it waits for a refresh, which
   * all calls within a second share: however many unknown ids are requested, they cost MySQL one more refresh a second. Throws
   * StoreUnavailable while MySQL is unavailable: the event may exist.
   */
  findEvent(id: number): Promise<EventFacts | null>
  isLoaded(): boolean
  close(): Promise<void>
}

type Parts = {
  db: Database
  log: Log
  mysqlHealth: Pick<MysqlHealth, 'isAvailable' | 'orUnavailable'>
  /** A monotonic clock. */
  elapsedMs(): number
}

const REFRESH_TIMEOUT_MS = 1_000
/** How long a refresh that has not found an event decides for other ids too. */
const UNKNOWN_EVENT_MS = 1_000

/**
 * Keeps the published events in memory. Loads them at once, then refreshes them twice within `maxAgeMs`. With 0, each read waits for a refresh
 * that begins after it, as tests need that have just changed a row.
 */
export function openCatalogue({ db, log, mysqlHealth, elapsedMs }: Parts, maxAgeMs: number): Catalogue {
  const everyMs = maxAgeMs === 0 ? 500 : maxAgeMs / 2
  const follower = createCatalogueFollower(db)
  const stopped = new AbortController()
  let last = { beganAtMs: -Infinity, done: Promise.resolve() }
  let missedAtMs = -Infinity

  const refresh = createSingleFlight((_: 'catalogue') => {
    const beganAtMs = elapsedMs()
    last = { beganAtMs, done: follower.step() }
    return last.done
  })
  /** Shares a refresh that began at `atMs` or later, even one that has failed. */
  async function refreshSince(atMs: number): Promise<void> {
    if (last.beganAtMs >= atMs) return await last.done
    // Joins a refresh in progress, which may have begun before `atMs`.
    await refresh('catalogue').catch(() => {})
    await (last.beganAtMs >= atMs ? last.done : refresh('catalogue'))
  }
  async function read(): Promise<LoadedCatalogue> {
    const mustWait = maxAgeMs === 0 || !follower.isLoaded()
    if (mustWait && mysqlHealth.isAvailable()) {
      const failure = refreshSince(elapsedMs()).then(() => null, (error: unknown) => ({ error }))
      const failed = await withTimeout(failure, REFRESH_TIMEOUT_MS, () => null)
      if (failed && !follower.isLoaded()) throw failed.error
    }
    if (!follower.isLoaded()) throw new StoreUnavailable('mysql', 'The catalogue has not been loaded yet')
    return follower
  }
  async function findEvent(id: number): Promise<EventFacts | null> {
    const known = (await read()).eventOf(id)
    if (known) return known
    if (elapsedMs() - missedAtMs > UNKNOWN_EVENT_MS) missedAtMs = elapsedMs()
    await mysqlHealth.orUnavailable(() => refreshSince(missedAtMs))
    return follower.eventOf(id) ?? null
  }
  async function runSchedule() {
    let isFailing = false
    while (!stopped.signal.aborted) {
      const failure = await refresh('catalogue').then(() => null, (error: unknown) => ({ error }))
      // Once per outage.
      if (failure && !isFailing) log('catalogue_not_refreshed', describeError(failure.error))
      isFailing = failure !== null
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const schedule = runSchedule()
  return {
    read,
    eventOf: follower.eventOf,
    findEvent,
    isLoaded: () => follower.isLoaded(),
    async close() {
      stopped.abort()
      await schedule
      await last.done.catch(() => {})
    },
  }
}
