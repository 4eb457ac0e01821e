import { LRUCache } from 'lru-cache'
import { type CacheEntry, freshSeconds, type Outcome, readEntry, respondWith, sizeOf } from './cache-entry.ts'

const MAX_TOTAL_BYTES = 64 * 1024 * 1024
const MAX_ENTRIES = 20_000
/** Requests with a longer key bypass the cache. */
const MAX_KEY_LENGTH = 1_024
/** After a response that is not public, requests for its key bypass the cache for this long, so that they do not wait for each other. */
const BYPASS_MS = 60_000
const MAX_BYPASSED_KEYS = 10_000
/** How long past its freshness a response is served when the upstream fails (`stale-if-error`, RFC 5861). */
const STALE_IF_ERROR_MS = 60_000

/** Fetches a response. `isShared`: other clients may receive it too. */
type FetchResponse = (isShared: boolean) => Promise<Response>
/** `own` is a response that cannot be stored, for the caller that started the fetch. */
type Fetched = { entry: CacheEntry | null; own: Response | null }

/**
 * Stores public responses for as long as their Cache-Control allows (RFC 9111, RFC 5861), with single-flight per key and
 * stale-while-revalidate. Only responses with `public` and without Set-Cookie are stored.
 *
 * It does not use the single-flight of `runtime/`: callers share a result only if it can be stored; otherwise the first caller keeps the
 * response and the others fetch their own.
 */
export function createMicroCache(now: () => number) {
  const entries = new LRUCache<string, CacheEntry>({ max: MAX_ENTRIES, maxSize: MAX_TOTAL_BYTES, sizeCalculation: sizeOf })
  const bypassedUntil = new LRUCache<string, number>({ max: MAX_BYPASSED_KEYS })
  const flights = new Map<string, Promise<Fetched>>()

  /** Whether an entry was fresh until less than `graceMs` ago. */
  const isUsable = (entry: CacheEntry, graceMs: number) => now() - entry.storedAtMs < entry.freshMs + graceMs

  async function fetchAndStore(key: string, fetchResponse: FetchResponse): Promise<Fetched> {
    const response = await fetchResponse(true)
    const entry = await readEntry(response, now())
    if (entry) {
      entries.set(key, entry)
      return { entry, own: null }
    }
    // An error does not mean that the next response is personal.
    if (response.ok && freshSeconds(response) === 0) bypassedUntil.set(key, now() + BYPASS_MS)
    return { entry: null, own: response }
  }

  /** Joins the fetch of a key that is in flight, or starts one. */
  async function fetchOnce(key: string, fetchResponse: FetchResponse): Promise<Fetched> {
    const current = flights.get(key)
    if (current) return { entry: (await current).entry, own: null }
    const flight = fetchAndStore(key, fetchResponse).finally(() => flights.delete(key))
    flights.set(key, flight)
    return await flight
  }

  return {
    /** The response for a key: stored, or from `fetchResponse`; compressed if `acceptsGzip`. */
    async respond(key: string, fetchResponse: FetchResponse, acceptsGzip = false): Promise<Response> {
      const serve = (entry: CacheEntry, outcome: Outcome) => respondWith(entry, now() - entry.storedAtMs, outcome, acceptsGzip)
      const stored = entries.get(key)
      if (stored && isUsable(stored, 0)) return serve(stored, 'hit')
      if (key.length > MAX_KEY_LENGTH || (bypassedUntil.get(key) ?? 0) > now()) return await fetchResponse(false)

      const fetched = fetchOnce(key, fetchResponse)
      if (stored && isUsable(stored, stored.staleMs)) {
        // This caller gets the stale response, so a response that cannot be stored is discarded.
        fetched.then(({ own }) => own?.body?.cancel()).catch(() => {})
        return serve(stored, 'stale')
      }
      try {
        const { entry, own } = await fetched
        if (entry) return serve(entry, 'miss')
        if (own && own.status >= 500 && stored && isUsable(stored, STALE_IF_ERROR_MS)) {
          await own.body?.cancel()
          return serve(stored, 'stale')
        }
        return own ?? await fetchResponse(false)
      } catch (error) {
        if (stored && isUsable(stored, STALE_IF_ERROR_MS)) return serve(stored, 'stale')
        throw error
      }
    },
  }
}

export type MicroCache = ReturnType<typeof createMicroCache>
