import { MAX_IMAGE_FILE_BYTES } from './contract/images.ts'
import { gzip } from './compression.ts'

/** A response that the micro-cache stores. */
export type CacheEntry = {
  status: number
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
  /** The body compressed once for all readers; null if compression is not worthwhile. */
  gzipped: Uint8Array<ArrayBuffer> | null
  storedAtMs: number
  freshMs: number
  staleMs: number
  /** How long past its freshness it is served while the upstream fails. */
  staleIfErrorMs: number
  /** When the upstream last failed to renew it; null if it has not failed. */
  failedAtMs: number | null
}

/** Larger responses are not stored. */
const MAX_ENTRY_BYTES = MAX_IMAGE_FILE_BYTES
/** The estimated memory of an entry without its key, headers and body. */
const ENTRY_OVERHEAD_BYTES = 1_024
/** Smaller bodies fit into one or two packets uncompressed. */
const MIN_GZIP_BYTES = 1_024
/** An upper bound for max-age: a new deployment has to become visible. */
const MAX_FRESH_MS = 3_600_000

/** `stale-if-error` (RFC 5861) of a response without this directive, and its upper bound. */
const STALE_IF_ERROR_MS = 60_000
const MAX_STALE_IF_ERROR_MS = 86_400_000

/**
 * Copies a response that may be shared. Returns null for any other response, without reading its body. `keyedHeaders`: the request headers
 * that the cache key covers, in lower case.
 */
export async function readEntry(
  response: Response,
  nowMs: number,
  keyedHeaders: ReadonlySet<string>,
): Promise<CacheEntry | null> {
  const maxAge = freshSeconds(response)
  const isWhole = response.ok && response.status !== 206
  const isShareable = maxAge > 0 && isWhole && !response.headers.has('set-cookie') && variesOnlyBy(response, keyedHeaders)
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
    staleIfErrorMs: Math.min(secondsOf(response, 'stale-if-error') * 1000 || STALE_IF_ERROR_MS, MAX_STALE_IF_ERROR_MS),
    failedAtMs: null,
  }
}

const isCompressible = ({ headers }: Response) =>
  TEXT.test(headers.get('content-type') ?? '') && !headers.has('content-encoding') &&
  !/no-transform/.test(headers.get('cache-control') ?? '')
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml)|image\/svg)/

/** For how long a shared cache may consider a response fresh, in seconds; 0 for one that is not public. */
export const freshSeconds = (response: Response) =>
  /\bpublic\b/.test(response.headers.get('cache-control') ?? '')
    ? secondsOf(response, 's-maxage') || secondsOf(response, 'max-age')
    : 0

const secondsOf = (response: Response, directive: string) =>
  Number(response.headers.get('cache-control')?.match(new RegExp(`(?:^|[ ,])${directive}=(\\d{1,9})`))?.[1] ?? 0)

/** Whether a response varies only by these request headers, or by the encoding, which the edge handles itself. */
const variesOnlyBy = (response: Response, keyedHeaders: ReadonlySet<string>) =>
  (response.headers.get('vary') ?? '').toLowerCase().split(',').map((name) => name.trim())
    .every((name) => name === '' || name === 'accept-encoding' || keyedHeaders.has(name))

/** How the cache served a request: fresh, stale while it revalidates, stale because the upstream fails, or fetched. */
export type Outcome = 'hit' | 'stale' | 'failed' | 'miss'
/** Values of the Cache-Status header (RFC 9211). */
const CACHE_STATUS = {
  hit: 'edge; hit',
  stale: 'edge; hit; fwd=stale',
  failed: 'edge; hit; detail=stale-if-error',
  miss: 'edge; fwd=miss; stored',
} as const

/** The response from an entry. `ageMs`: the time since it was stored. */
export function respondWith(entry: CacheEntry, ageMs: number, outcome: Outcome, acceptsGzip: boolean): Response {
  const headers = new Headers(entry.headers)
  if (entry.gzipped) headers.append('vary', 'accept-encoding')
  if (entry.gzipped && acceptsGzip) {
    headers.set('content-encoding', 'gzip')
    // A strong validator identifies the uncompressed bytes (RFC 9110 §8.8.1).
    const etag = headers.get('etag')
    if (etag && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
  }
  // The runtime would compress a kept page again for each reader.
  if (entry.gzipped && !acceptsGzip) headers.set('cache-control', `${headers.get('cache-control') ?? 'private'}, no-transform`)
  headers.set('age', String(Math.floor(ageMs / 1000)))
  headers.set('cache-status', CACHE_STATUS[outcome])
  return new Response(entry.gzipped && acceptsGzip ? entry.gzipped : entry.body, { status: entry.status, headers })
}

/** The estimated memory of an entry and its key, in bytes. A character takes at most two. */
export const sizeOf = ({ headers, body, gzipped }: CacheEntry, key: string): number =>
  body.byteLength + (gzipped?.byteLength ?? 0) + 2 * (key.length + headers.flat().join('').length) + ENTRY_OVERHEAD_BYTES
