import { LRUCache } from 'lru-cache'
import { FOREIGN_KEYED_HEADERS } from './cache-key.ts'
import { type CacheEntry, freshSeconds, type Outcome, readEntry, respondWith, sizeOf } from './cache-entry.ts'

const MAX_TOTAL_BYTES = 64 * 1024 * 1024
const MAX_ENTRIES = 20_000
/** Requests with a longer key bypass the cache. */
const MAX_KEY_LENGTH = 1_024
/** After a response that is not public, requests for its key bypass the cache for this long, so that they do not wait for each other. */
const BYPASS_MS = 60_000
const MAX_BYPASSED_BYTES = 2 * 1024 * 1024
/** After a failure, requests for the key get the stale response at once for this long, and one a second also tries the upstream. */
const FAILURE_MS = 10_000
const RETRY_MS = 1_000

/** Fetches a response. `isShared`: other clients may receive it too. */
type FetchResponse = (isShared: boolean) => Promise<Response>
/** Called before a fetch starts. Throws to refuse it; the returned function is called when the fetch has ended. */
type Admit = () => () => void
/** `own` is a response that cannot be stored, for the caller that started the fetch. */
type Fetched = { entry: CacheEntry | null; own: Response | null }

type Options = {
  /** Charges the client with a fetch. Responses from the cache, and fetches that other clients have started, cost nothing. */
  admit?: Admit
  /** Whether the client accepts gzip. */
  acceptsGzip?: boolean
  /** The request headers that the key covers, in lower case. By default those of a key of another site. */
  keyedHeaders?: ReadonlySet<string>
  /** Whether the request is made of the key alone. If not, its failure may be the client's fault, and others try once more. */
  isOfKeyOnly?: boolean
  /** Completes an entry before it is stored. */
  complete?: (entry: CacheEntry) => Promise<CacheEntry>
  /** Marks an entry as out of date, before it is served `ageMs` after it was stored because the upstream fails. */
  markStale?: (key: string, entry: CacheEntry, ageMs: number) => Promise<CacheEntry>
}

/**
 * Stores public responses for as long as their Cache-Control allows (RFC 9111, RFC 5861), with single-flight per key,
 * stale-while-revalidate and stale-if-error. Only responses with `public` and without Set-Cookie are stored.
 *
 * It does not use the single-flight of `runtime/`: callers share a result only if it can be stored; otherwise the first caller keeps the
 * response and the others fetch their own.
 */
export function createMicroCache(now: () => number) {
  const entries = new LRUCache<string, CacheEntry>({ max: MAX_ENTRIES, maxSize: MAX_TOTAL_BYTES, sizeCalculation: sizeOf })
  const bypassedUntil = new LRUCache<string, number>({
    maxSize: MAX_BYPASSED_BYTES,
    sizeCalculation: (_, key) => 2 * key.length + 128,
  })
  const flights = new Map<string, Promise<Fetched>>()

  const ageOf = (entry: CacheEntry) => now() - entry.storedAtMs
  /** Whether an entry was fresh until less than `graceMs` ago. */
  const isUsable = (entry: CacheEntry, graceMs: number) => ageOf(entry) < entry.freshMs + graceMs

  function recordFailure(key: string): void {
    const stored = entries.peek(key)
    if (stored) stored.failedAtMs = now()
  }

  async function fetchAndStore(key: string, fetchResponse: FetchResponse, options: Options): Promise<Fetched> {
    const response = await fetchResponse(true)
    const entry = await readEntry(response, now(), options.keyedHeaders ?? FOREIGN_KEYED_HEADERS)
    if (entry) {
      const complete = await options.complete?.(entry) ?? entry
      entries.set(key, complete)
      return { entry: complete, own: null }
    }
    if (response.status >= 500) recordFailure(key)
    // What is gone must not come back when the upstream fails.
    if (response.status === 404 || response.status === 410) entries.delete(key)
    // An error does not mean that the next response is personal.
    if (response.ok && freshSeconds(response) === 0) bypassedUntil.set(key, now() + BYPASS_MS)
    return { entry: null, own: response }
  }

  /** Starts the fetch of a key. A client that may not start it gets the error alone: it is no failure of the upstream. */
  function startFlight(key: string, fetchResponse: FetchResponse, options: Options): Promise<Fetched> {
    const end = options.admit?.()
    const flight = fetchAndStore(key, fetchResponse, options).finally(() => {
      flights.delete(key)
      end?.()
    })
    flight.catch(() => recordFailure(key))
    flights.set(key, flight)
    return flight
  }

  /** Joins the fetch of a key that is in flight, or starts one. */
  async function fetchOnce(
    key: string,
    fetchResponse: FetchResponse,
    options: Options,
    mayRetry = !options.isOfKeyOnly,
  ): Promise<Fetched> {
    const current = flights.get(key)
    if (!current) return await startFlight(key, fetchResponse, options)
    try {
      return { entry: (await current).entry, own: null }
    } catch (error) {
      if (!mayRetry) throw error
      return await fetchOnce(key, fetchResponse, options, false)
    }
  }

  /** Fetches a response for one client. */
  async function fetchOwn(fetchResponse: FetchResponse, { admit }: Options): Promise<Response> {
    const end = admit?.()
    return await fetchResponse(false).finally(end)
  }

  /** Fetches for the cache alone: a response that cannot be stored is discarded. */
  const refresh = (key: string, fetchResponse: FetchResponse, options: Options) =>
    void fetchOnce(key, fetchResponse, options).then(({ own }) => own?.body?.cancel()).catch(() => {})

  return {
    /** The response for a key: stored, or from `fetchResponse`. Throws what `admit` throws if no stored response may be served. */
    async respond(key: string, fetchResponse: FetchResponse, options: Options = {}): Promise<Response> {
      const serve = (entry: CacheEntry, outcome: Outcome) =>
        respondWith(entry, ageOf(entry), outcome, options.acceptsGzip ?? false)
      const serveFailed = async (entry: CacheEntry) =>
        serve(await options.markStale?.(key, entry, ageOf(entry)) ?? entry, 'failed')

      const stored = entries.get(key)
      if (stored && isUsable(stored, 0)) return serve(stored, 'hit')
      if (key.length > MAX_KEY_LENGTH || (bypassedUntil.get(key) ?? 0) > now()) return await fetchOwn(fetchResponse, options)

      const last = stored && isUsable(stored, stored.staleIfErrorMs) ? stored : null
      const sinceFailureMs = now() - (last?.failedAtMs ?? -Infinity)
      if (last && sinceFailureMs < FAILURE_MS) {
        if (sinceFailureMs >= RETRY_MS) refresh(key, fetchResponse, options)
        return await serveFailed(last)
      }
      if (stored && isUsable(stored, stored.staleMs)) {
        refresh(key, fetchResponse, options)
        return serve(stored, 'stale')
      }
      try {
        const { entry, own } = await fetchOnce(key, fetchResponse, options)
        if (entry) return serve(entry, 'miss')
        if (!last || now() - (last.failedAtMs ?? -Infinity) >= FAILURE_MS) return own ?? await fetchOwn(fetchResponse, options)
        await own?.body?.cancel()
      } catch (error) {
        if (!last) throw error
      }
      return await serveFailed(last)
    },
  }
}

export type MicroCache = ReturnType<typeof createMicroCache>
