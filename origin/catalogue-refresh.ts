import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { createCatalogueFollower } from './catalogue-follower.ts'
import type { CatalogueIndex } from './catalogue-index.ts'
import { withTimeout } from '../runtime/timeout.ts'

export type CatalogueState = { kind: 'loaded'; index: CatalogueIndex } | { kind: 'not_loaded' }

export type Catalogue = {
  /**
   * The published events, at most `maxAgeMs` old. If a refresh fails or takes longer than a second, returns the events of the last refresh.
   * Throws the error of the refresh if the catalogue has never been loaded.
   */
  read(): Promise<CatalogueState>
  isLoaded(): boolean
  close(): Promise<void>
}

type Parts = {
  db: Database
  log: Log
  /** A monotonic clock. */
  elapsedMs(): number
}

/** Half of the age that a listing may have by default, so that listings rarely wait for a refresh. */
const EVERY_MS = 500
const REFRESH_TIMEOUT_MS = 1_000

/** Keeps the published events in memory. Loads them at once, then refreshes them twice a second and whenever a listing needs it. */
export function openCatalogue({ db, log, elapsedMs }: Parts, maxAgeMs: number): Catalogue {
  const follower = createCatalogueFollower(db)
  const stopped = new AbortController()
  let currentAtMs = -Infinity
  let last = { beganAtMs: -Infinity, done: Promise.resolve() }

  const refresh = createSingleFlight((_: 'catalogue') => {
    const beganAtMs = elapsedMs()
    last = { beganAtMs, done: follower.step().then(() => void (currentAtMs = beganAtMs)) }
    return last.done
  })
  /** Shares a refresh that began at `atMs` or later, even one that has failed: a failing MySQL gets one attempt per `maxAgeMs`. */
  async function refreshSince(atMs: number): Promise<void> {
    if (last.beganAtMs >= atMs) return await last.done
    // Joins a refresh in progress, which may have begun before `atMs`.
    await refresh('catalogue').catch(() => {})
    await (last.beganAtMs >= atMs ? last.done : refresh('catalogue'))
  }
  async function read(): Promise<CatalogueState> {
    const oldestMs = elapsedMs() - maxAgeMs
    if (currentAtMs < oldestMs) {
      const failure = refreshSince(oldestMs).then(() => null, (error: unknown) => ({ error }))
      const failed = await withTimeout(failure, REFRESH_TIMEOUT_MS, () => null)
      if (failed && !follower.isLoaded()) throw failed.error
    }
    return follower.isLoaded() ? { kind: 'loaded', index: follower.index } : { kind: 'not_loaded' }
  }
  async function runSchedule() {
    while (!stopped.signal.aborted) {
      await refresh('catalogue').catch((error) => log('catalogue_not_refreshed', describeError(error)))
      await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const schedule = runSchedule()
  return {
    read,
    isLoaded: () => follower.isLoaded(),
    async close() {
      stopped.abort()
      await schedule
      await last.done.catch(() => {})
    },
  }
}
