import type { ClientRequest } from './client-request.ts'
import { wantsFragment } from './contract/fragments.ts'
import { findPublicRoute, normalQuery, PUBLIC_ROUTES, varyOf } from './contract/public-routes.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'

/** What the cache reads of a request. */
export type CacheableRequest = Pick<ClientRequest, 'host' | 'path' | 'search' | 'headers' | 'language' | 'isPage'>

/** A request for a response that clients share. Its path and headers are parts of its key and nothing else. */
export type SharedRequest = {
  key: string
  /** Path and query, in normal form. */
  path: string
  headers: HeaderPairs
  /** The request headers, in lower case, that the key covers. */
  keyedHeaders: ReadonlySet<string>
}

const KEYED_HEADERS = new Map(PUBLIC_ROUTES.map((route) => [route, new Set(varyOf(route).split(', '))]))

/** The shared request that stands for a client's request to a public route of a shop; null for every other path. */
export function sharedRequestOf({ path: pathname, search, headers, language, isPage }: CacheableRequest): SharedRequest | null {
  const route = findPublicRoute(pathname)
  if (!route) return null
  const path = pathname + normalQuery(route, new URLSearchParams(search))
  const isFragment = route.hasFragment && wantsFragment(headers)
  const sent: HeaderPairs = [['accept-language', language], ['accept', isPage ? 'text/html' : 'application/json']]
  if (isFragment) sent.push(['hx-request', 'true'])
  return {
    key: [language, isPage, isFragment, path].join('\n'),
    path,
    headers: sent,
    keyedHeaders: KEYED_HEADERS.get(route)!,
  }
}

/** Request headers by which the responses of any other site may vary. */
const FOREIGN_VARIANTS = ['accept-language', 'accept', 'hx-request']
export const FOREIGN_KEYED_HEADERS: ReadonlySet<string> = new Set(FOREIGN_VARIANTS)

/** The cache key of a request to another site: the host, the complete path and query, and all headers by which it may vary. */
export function foreignKeyOf({ host, path, search, headers }: CacheableRequest): string {
  // A header cannot contain a line break, so two lists never give the same key.
  return [host, ...FOREIGN_VARIANTS.map((name) => headers.get(name)), path + search].join('\n')
}
