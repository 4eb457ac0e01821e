import { LRUCache } from 'lru-cache'
import { showStaleNotice } from '../web/components/stale-notice.tsx'
import { gzip } from './compression.ts'
import { type CacheEntry, sizeOf } from './cache-entry.ts'
import type { Language } from './contract/language.ts'

/** Younger information needs no notice: it is not much older than a page that was just loaded. */
const MIN_NOTICE_AGE_MS = 10_000
const MINUTE_MS = 60_000
const MAX_MARKED_BYTES = 16 * 1024 * 1024

/**
 * The Cache-Control of a shop's response for clients. A page that the edge may serve stale while it revalidates is revalidated by browsers at
 * each use: they would otherwise show a page in the language, or with the seats, of some seconds ago.
 */
export const clientCacheControl = (control: string): string => /\bstale-while-revalidate=/.test(control) ? 'no-cache' : control

/** Replaces Cache-Control by the one for clients, and adds an ETag with which they can revalidate. */
export async function completeShopEntry(entry: CacheEntry): Promise<CacheEntry> {
  const headers = entry.headers.map(([name, value]): [string, string] => [
    name,
    name === 'cache-control' ? clientCacheControl(value) : value,
  ])
  if (!headers.some(([name]) => name === 'etag')) headers.push(['etag', await etagOf(entry.body)])
  return { ...entry, headers }
}

/** A weak validator, because the same text may be sent compressed (RFC 9110 §8.8.1). */
async function etagOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  return `W/"${btoa(String.fromCharCode(...digest.subarray(0, 12)))}"`
}

/** A 304 for a client that has the response already (RFC 9110 §13.1.2, weak comparison); otherwise the response itself. */
export function revalidated(response: Response, ifNoneMatch: string | null): Response {
  const etag = response.headers.get('etag')
  if (ifNoneMatch === null || etag === null || response.status !== 200) return response
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  if (!ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag))) return response
  const headers = new Headers(response.headers)
  for (const name of ['content-type', 'content-length', 'content-encoding']) headers.delete(name)
  return new Response(null, { status: 304, headers })
}

/**
 * Marks pages that are served during an outage with a notice of their age. Each page is rendered once a minute, since a crowd may request it.
 */
export function createStaleMarker() {
  type Marked = { minutes: number; storedAtMs: number; entry: CacheEntry }
  const marked = new LRUCache<string, Marked>({
    maxSize: MAX_MARKED_BYTES,
    sizeCalculation: ({ entry }, key) => sizeOf(entry, key),
  })

  /** The entry with a notice in the language of the request. Anything but HTML is returned unchanged. */
  return async (key: string, entry: CacheEntry, ageMs: number, language: Language): Promise<CacheEntry> => {
    const isPage = entry.headers.some(([name, value]) => name === 'content-type' && value.startsWith('text/html'))
    if (!isPage || ageMs < MIN_NOTICE_AGE_MS) return entry
    const minutes = Math.floor(ageMs / MINUTE_MS)
    const known = marked.get(key)
    if (known?.minutes === minutes && known.storedAtMs === entry.storedAtMs) return known.entry
    const html = showStaleNotice(new TextDecoder().decode(entry.body), language, ageMs)
    const body = new TextEncoder().encode(html)
    const headers = entry.headers.filter(([name]) => name !== 'etag')
    const withNotice: CacheEntry = { ...entry, headers, body, gzipped: entry.gzipped && await gzip(body) }
    marked.set(key, { minutes, storedAtMs: entry.storedAtMs, entry: withNotice })
    return withNotice
  }
}

export type MarkStale = ReturnType<typeof createStaleMarker>
