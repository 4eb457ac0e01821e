import { gzip } from './compression.ts'
import { LRUCache } from 'lru-cache'

/** One stored answer. */
type Stored = {
  status: number
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
  /** The body compressed, where that is worth it: once for all, instead of once for each reader. */
  gzipped: Uint8Array<ArrayBuffer> | null
  storedAtMs: number
  freshMs: number
  staleMs: number
}

/** Answers larger than this are passed on and not kept. */
const ENTRY_BYTES = 1024 * 1024
const TOTAL_BYTES = 64 * 1024 * 1024
/** What a kept answer costs beside its body, and how many are kept at most. */
const ENTRY_COST_BYTES = 2_048
const ENTRIES = 20_000
/** Smaller bodies fit into a packet or two as they are. */
const GZIP_BYTES = 1_024
/** A longer key is somebody's invention: it is passed on. */
const KEY_LENGTH = 1_024
/** An answer that is not said to be for all is fetched by each visitor alone for this long, without waiting for others. */
const ALONE_MS = 60_000
const ALONE_KEPT = 10_000
/** When the origin is away, an old public answer is better than none. */
const STALE_IF_ERROR_MS = 60_000
/** A year's max-age is for browsers; a new deployment must reach the edge. */
const FRESH_AT_MOST_MS = 3_600_000

/**
 * Keeps public answers for as long as their Cache-Control says (RFC 9111, RFC 5861), so that a crowd of readers is one reader to the
 * origin: one fetch at a time for a key, the old answer while a new one is on its way. Only answers that say `public` and set no
 * cookie are kept.
 */
export function openMicroCache(now: () => number) {
  const kept = new Map<string, Stored>()
  const aloneUntil = new LRUCache<string, number>({ max: ALONE_KEPT })
  const flights = new Map<string, Promise<Stored | null>>()
  let bytes = 0

  function keep(key: string, stored: Stored) {
    drop(key)
    kept.set(key, stored)
    bytes += costOf(stored)
    while (bytes > TOTAL_BYTES || kept.size > ENTRIES) drop(kept.keys().next().value!)
  }
  function drop(key: string) {
    const stored = kept.get(key)
    if (stored) bytes -= costOf(stored)
    kept.delete(key)
  }

  return {
    /**
     * The answer for a key: a kept one, else `fetchAnswer`'s, shared with everyone who asks meanwhile if it is public; it is told whether
     * that may be. Whoever `takesGzip` gets it compressed.
     */
    async answer(key: string, fetchAnswer: (isShared: boolean) => Promise<Response>, takesGzip = false): Promise<Response> {
      const age = (stored: Stored) => now() - stored.storedAtMs
      const respond = (stored: Stored, outcome: Outcome) => respondWith(stored, age(stored), outcome, takesGzip)
      const found = kept.get(key)
      if (found && age(found) < found.freshMs) return respond(found, 'hit')
      if (key.length > KEY_LENGTH || (aloneUntil.get(key) ?? 0) > now()) return fetchAnswer(false)

      let own: Response | null = null
      const flight = flights.get(key) ?? (async () => {
        const response = await fetchAnswer(true)
        const stored = await store(response, now())
        if (stored) keep(key, stored)
        else {
          own = response
          // An error is nobody's own: the next one may be shared again.
          if (response.ok && freshSeconds(response) === 0) aloneUntil.set(key, now() + ALONE_MS)
        }
        return stored
      })().finally(() => flights.delete(key))
      flights.set(key, flight)

      if (found && age(found) < found.freshMs + found.staleMs) {
        // The old answer serves until the next try; a new one that cannot be shared is of no use to anybody.
        flight.then(() => own?.body?.cancel()).catch(() => {})
        return respond(found, 'stale')
      }
      try {
        const stored = await flight
        const error = own as Response | null
        if (!stored && error && error.status >= 500 && found && age(found) < found.freshMs + STALE_IF_ERROR_MS) {
          await error.body?.cancel()
          return respond(found, 'stale')
        }
        return stored ? respond(stored, 'miss') : own ?? await fetchAnswer(false)
      } catch (error) {
        if (found && age(found) < found.freshMs + STALE_IF_ERROR_MS) return respond(found, 'stale')
        throw error
      }
    },
  }
}

export type MicroCache = ReturnType<typeof openMicroCache>

/** A copy of a public answer, or null for one that must not be shared; that one can still be read. */
async function store(response: Response, nowMs: number): Promise<Stored | null> {
  const maxAge = freshSeconds(response)
  const isWhole = response.ok && response.status !== 206
  const shareable = maxAge > 0 && isWhole && !response.headers.has('set-cookie') && variesByKey(response)
  if (!shareable || Number(response.headers.get('content-length') ?? 0) > ENTRY_BYTES) return null
  const body = new Uint8Array(await response.arrayBuffer())
  const isWorthIt = body.length >= GZIP_BYTES && TEXT.test(response.headers.get('content-type') ?? '') &&
    !response.headers.has('content-encoding') && !/no-transform/.test(response.headers.get('cache-control')!)
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'x-request-id'),
    body,
    gzipped: isWorthIt ? await gzip(body) : null,
    storedAtMs: nowMs,
    freshMs: Math.min(maxAge * 1000, FRESH_AT_MOST_MS),
    staleMs: secondsOf(response, 'stale-while-revalidate') * 1000,
  }
}

/** For how long an answer says that it is good for everybody; 0 for one that does not. */
const freshSeconds = (response: Response) =>
  /\bpublic\b/.test(response.headers.get('cache-control') ?? '')
    ? secondsOf(response, 's-maxage') || secondsOf(response, 'max-age')
    : 0

const secondsOf = (response: Response, directive: string) =>
  Number(response.headers.get('cache-control')?.match(new RegExp(`(?:^|[ ,])${directive}=(\\d{1,9})`))?.[1] ?? 0)

/** Whether an answer depends on nothing but what is in the key. */
const variesByKey = (response: Response) =>
  (response.headers.get('vary') ?? '').toLowerCase().split(',').every((name) => KEYED.has(name.trim()))
const KEYED = new Set(['', 'accept', 'accept-encoding', 'accept-language', 'hx-request'])

type Outcome = 'hit' | 'stale' | 'miss'

function respondWith(stored: Stored, ageMs: number, outcome: Outcome, takesGzip: boolean): Response {
  const headers = new Headers(stored.headers)
  if (stored.gzipped) headers.append('vary', 'accept-encoding')
  if (stored.gzipped && takesGzip) {
    headers.set('content-encoding', 'gzip')
    // Other bytes than those that a strong validator stands for (RFC 9110 §8.8.1).
    const etag = headers.get('etag')
    if (etag && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
  }
  headers.set('age', String(Math.floor(ageMs / 1000)))
  headers.set('cache-status', `edge; ${outcome === 'miss' ? 'fwd=miss; stored' : outcome === 'hit' ? 'hit' : 'hit; fwd=stale'}`)
  return new Response(stored.gzipped && takesGzip ? stored.gzipped : stored.body, { status: stored.status, headers })
}

const costOf = ({ body, gzipped }: Stored) => body.byteLength + (gzipped?.byteLength ?? 0) + ENTRY_COST_BYTES

const TEXT = /^(?:text\/|application\/(?:json|javascript|xml)|image\/svg)/
