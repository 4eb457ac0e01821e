import { LRUCache } from 'lru-cache'
import { gzip } from './compression.ts'

/** One stored response. */
type Entry = {
  status: number
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
  /** The body compressed once for all readers; null where compression would not pay. */
  gzipped: Uint8Array<ArrayBuffer> | null
  storedAtMs: number
  freshMs: number
  staleMs: number
}

/** Larger responses are not stored. */
const MAX_ENTRY_BYTES = 1024 * 1024
const MAX_TOTAL_BYTES = 64 * 1024 * 1024
/** The estimated memory of an entry beside its body. */
const ENTRY_OVERHEAD_BYTES = 2_048
const MAX_ENTRIES = 20_000
/** Smaller bodies fit into one or two packets uncompressed. */
const MIN_GZIP_BYTES = 1_024
/** Requests with a longer key bypass the cache. */
const MAX_KEY_LENGTH = 1_024
/** After a response that is not public, requests for its key bypass the cache for this long, so that they do not wait for each other. */
const BYPASS_MS = 60_000
const MAX_BYPASSED_KEYS = 10_000
/** How long past its freshness a response is served when the upstream fails (`stale-if-error`, RFC 5861). */
const STALE_IF_ERROR_MS = 60_000
/** An upper bound for max-age: a new deployment has to become visible. */
const MAX_FRESH_MS = 3_600_000

/** Fetches a response. `isShared`: other clients may receive it too. */
type FetchResponse = (isShared: boolean) => Promise<Response>
/** `own` is a response that cannot be stored, for the caller that started the fetch. */
type Fetched = { entry: Entry | null; own: Response | null }

/**
 * Stores public responses for as long as their Cache-Control allows (RFC 9111, RFC 5861), with single-flight per key and
 * stale-while-revalidate. Only responses with `public` and without Set-Cookie are stored.
 *
 * This single-flight is not the one of `runtime/`: callers share a result only if it can be stored; otherwise the first caller keeps the
 * response and the others fetch their own.
 */
export function createMicroCache(now: () => number) {
  const entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES, maxSize: MAX_TOTAL_BYTES, sizeCalculation: sizeOf })
  const bypassedUntil = new LRUCache<string, number>({ max: MAX_BYPASSED_KEYS })
  const flights = new Map<string, Promise<Fetched>>()

  /** Whether an entry was fresh until less than `graceMs` ago. */
  const isUsable = (entry: Entry, graceMs: number) => now() - entry.storedAtMs < entry.freshMs + graceMs

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
      const serve = (entry: Entry, outcome: Outcome) => respondWith(entry, now() - entry.storedAtMs, outcome, acceptsGzip)
      const stored = entries.get(key)
      if (stored && isUsable(stored, 0)) return serve(stored, 'hit')
      if (key.length > MAX_KEY_LENGTH || (bypassedUntil.get(key) ?? 0) > now()) return await fetchResponse(false)

      const fetched = fetchOnce(key, fetchResponse)
      if (stored && isUsable(stored, stored.staleMs)) {
        // A response that cannot be stored has no reader here.
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

/** A copy of a response that may be shared; null for any other, whose body stays unread. */
async function readEntry(response: Response, nowMs: number): Promise<Entry | null> {
  const maxAge = freshSeconds(response)
  const isWhole = response.ok && response.status !== 206
  const isShareable = maxAge > 0 && isWhole && !response.headers.has('set-cookie') && variesByKey(response)
  if (!isShareable || Number(response.headers.get('content-length') ?? 0) > MAX_ENTRY_BYTES) return null
  const body = new Uint8Array(await response.arrayBuffer())
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'x-request-id'),
    body,
    gzipped: body.length >= MIN_GZIP_BYTES && isCompressible(response) ? await gzip(body) : null,
    storedAtMs: nowMs,
    freshMs: Math.min(maxAge * 1000, MAX_FRESH_MS),
    staleMs: secondsOf(response, 'stale-while-revalidate') * 1000,
  }
}

const isCompressible = ({ headers }: Response) =>
  TEXT.test(headers.get('content-type') ?? '') && !headers.has('content-encoding') &&
  !/no-transform/.test(headers.get('cache-control') ?? '')
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml)|image\/svg)/

/** For how long a shared cache may consider a response fresh, in seconds; 0 for one that is not public. */
const freshSeconds = (response: Response) =>
  /\bpublic\b/.test(response.headers.get('cache-control') ?? '')
    ? secondsOf(response, 's-maxage') || secondsOf(response, 'max-age')
    : 0

const secondsOf = (response: Response, directive: string) =>
  Number(response.headers.get('cache-control')?.match(new RegExp(`(?:^|[ ,])${directive}=(\\d{1,9})`))?.[1] ?? 0)

/** Whether a response varies only by request headers that the cache key covers. */
const variesByKey = (response: Response) =>
  (response.headers.get('vary') ?? '').toLowerCase().split(',').every((name) => KEYED_HEADERS.has(name.trim()))
const KEYED_HEADERS = new Set(['', 'accept', 'accept-encoding', 'accept-language', 'hx-request'])

type Outcome = 'hit' | 'stale' | 'miss'
/** Values of the Cache-Status header (RFC 9211). */
const CACHE_STATUS = { hit: 'edge; hit', stale: 'edge; hit; fwd=stale', miss: 'edge; fwd=miss; stored' } as const

function respondWith(entry: Entry, ageMs: number, outcome: Outcome, acceptsGzip: boolean): Response {
  const headers = new Headers(entry.headers)
  if (entry.gzipped) headers.append('vary', 'accept-encoding')
  if (entry.gzipped && acceptsGzip) {
    headers.set('content-encoding', 'gzip')
    // A strong validator stands for the uncompressed bytes (RFC 9110 §8.8.1).
    const etag = headers.get('etag')
    if (etag && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
  }
  headers.set('age', String(Math.floor(ageMs / 1000)))
  headers.set('cache-status', CACHE_STATUS[outcome])
  return new Response(entry.gzipped && acceptsGzip ? entry.gzipped : entry.body, { status: entry.status, headers })
}

const sizeOf = ({ body, gzipped }: Entry) => body.byteLength + (gzipped?.byteLength ?? 0) + ENTRY_OVERHEAD_BYTES
