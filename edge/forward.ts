import { bypassesCache, type CacheableRequest, foreignKeyOf, type SharedRequest, sharedRequestOf } from './cache-key.ts'
import { acceptsGzip } from './compression.ts'
import { QUEUE_COMMAND_HEADER, REQUEST_ID_HEADER } from './contract/headers.ts'
import type { Deps } from './deps.ts'
import { ACCOUNT_PATHS, type Ctx, hostOf, languageOf, problem, protocolOf } from './http.tsx'
import { roomCookiesOf } from './room-cookies.ts'
import { readBody } from './request-body.ts'
import { clientCacheControl, completeShopEntry, revalidated } from './shop-caching.ts'
import { isHeadTooLarge } from './upstream/forwarded-headers.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'
import type { UpstreamResponse } from './upstream/sender.ts'
import { clearCookie } from './visitor.ts'

/** A response of the upstream without the headers for the edge. `command`: the value of X-Queue-Command. */
export type Forwarded = UpstreamResponse & { command: string | null }

/** How a request is forwarded. */
type Options = {
  /** Whether an admitted visitor sent the request. Only such requests are measured and batched. */
  isVisit: boolean
  /** The room that the request has passed; null for a path that is behind no room. */
  room: string | null
  /** A pass that was issued with this request. */
  pass: string | null
  /** Whether other clients may receive the response. */
  isShared: boolean
}

/** Response headers that are hop-by-hop, or for the edge. */
const NOT_RETURNED = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
  QUEUE_COMMAND_HEADER,
  // The response has the edge's own, which the upstream was sent too.
  REQUEST_ID_HEADER,
])

/** Answers a request to an open path: a GET from the micro-cache where possible, any other request from the upstream. */
export async function forwardOpen(c: Ctx, deps: Deps): Promise<Response> {
  const { method } = c.req
  const shared = deps.directory.isShop && (method === 'GET' || method === 'HEAD') ? sharedRequestOf(cacheable(c)) : null
  if (shared) return await respondShared(c, deps, shared)
  const isCached = !deps.directory.isShop && method === 'GET' && !bypassesCache(c.req.raw.headers)
  return isCached ? await respondCached(c, deps) : await respondUncached(c, deps, false)
}

const cacheable = (c: Ctx): CacheableRequest => ({
  url: new URL(c.req.url),
  headers: c.req.raw.headers,
  language: languageOf(c),
  isPage: c.get('isPage'),
})

/** Answers a request to a public route of a shop. Nothing of the client's request reaches the shop but the parts of the key. */
async function respondShared(c: Ctx, deps: Deps, { key, path, headers, keyedHeaders }: SharedRequest): Promise<Response> {
  const request: HeaderPairs = headers.concat([[REQUEST_ID_HEADER, c.get('requestId')]])
  const fetchResponse = async () => {
    const { body, status, headers } = await deps.upstream.fetchShared(path, request)
    return new Response(body, { status, headers: [...headers].filter(([name]) => !NOT_RETURNED.has(name)) })
  }
  const response = await deps.cache.respond(key, fetchResponse, {
    acceptsGzip: acceptsGzip(c.req.raw.headers),
    keyedHeaders,
    isOfKeyOnly: true,
    complete: completeShopEntry,
    markStale: (key, entry, ageMs) => deps.markStale(key, entry, ageMs, languageOf(c)),
  })
  // An entry has its Cache-Control for clients already; a response that was not stored does not.
  const control = response.headers.get('cache-control')
  const ownControl = control && clientCacheControl(control)
  if (ownControl && ownControl !== control) response.headers.set('cache-control', ownControl)
  if (c.req.method === 'HEAD') return await withoutBody(response)
  return revalidated(response, c.req.header('if-none-match') ?? null)
}

async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel()
  return new Response(null, response)
}

/** Answers a GET of another site, whose shared responses may depend on any header of the request that starts the fetch. */
async function respondCached(c: Ctx, deps: Deps): Promise<Response> {
  // The client's fault, so it must not reach a fetch that others wait for.
  if (isHeadTooLarge(c.req.raw, null)) return asResponse(refuseLargeHead(c))
  return await deps.cache.respond(
    foreignKeyOf(hostOf(c, deps), cacheable(c)),
    (isShared) => respondUncached(c, deps, isShared),
    { acceptsGzip: acceptsGzip(c.req.raw.headers) },
  )
}

async function respondUncached(c: Ctx, deps: Deps, isShared: boolean): Promise<Response> {
  return asResponse(await forward(c, deps, { isVisit: false, room: null, pass: null, isShared }))
}

const asResponse = ({ body, status, headers }: UpstreamResponse) => new Response(body, { status, headers })

/** Forwards a request to the upstream. A body that is too large or too slow gets a problem response instead. */
export async function forward(c: Ctx, deps: Deps, { isVisit, room, pass, isShared }: Options): Promise<Forwarded> {
  const { isShop } = deps.directory
  if (isHeadTooLarge(c.req.raw, room)) return refuseLargeHead(c)
  const read = await readBody(c.req.raw, isShop)
  if (read.kind === 'rejected') return asForwarded(problem(c, read.code))
  const response = await deps.upstream.forward(c.req.raw, read.body, {
    requestId: c.get('requestId'),
    address: c.get('address'),
    protocol: protocolOf(c, deps.trustedProxies),
    host: hostOf(c, deps),
    language: isShop ? languageOf(c) : null,
    room,
    pass,
    isShared,
    isMeasured: isVisit && !ACCOUNT_PATHS.has(c.req.path),
    isBatchable: isVisit && isShop,
  })
  const command = response.headers.find(([name]) => name === QUEUE_COMMAND_HEADER)?.[1] ?? null
  return { ...response, headers: response.headers.filter(([name]) => !NOT_RETURNED.has(name)), command }
}

/** Explains what a server behind the edge would refuse without a word, and clears the cookies of all rooms, which are the usual cause. */
function refuseLargeHead(c: Ctx): Forwarded {
  for (const name of roomCookiesOf(c.req.header('cookie'))) clearCookie(c, name)
  return asForwarded(problem(c, 'headers_too_large'))
}

const asForwarded = ({ status, headers, body }: Response): Forwarded => ({ status, headers: [...headers], body, command: null })
