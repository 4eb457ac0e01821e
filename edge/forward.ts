import { acceptsGzip } from './compression.ts'
import { QUEUE_COMMAND_HEADER } from './contract/headers.ts'
import type { Deps } from './deps.ts'
import { ACCOUNT_PATHS, type Ctx, hostOf, languageOf, problem, protocolOf } from './http.tsx'
import { roomCookiesOf } from './room-cookies.ts'
import { readBody } from './request-body.ts'
import { isHeadTooLarge } from './upstream/forwarded-headers.ts'
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
])

/** Answers a GET request from the micro-cache, or from the upstream. */
export async function forwardCached(c: Ctx, deps: Deps): Promise<Response> {
  const fetchResponse = async (isShared: boolean) => {
    const { body, status, headers } = await forward(c, deps, { isVisit: false, room: null, pass: null, isShared })
    return new Response(body, { status, headers })
  }
  if (bypassesCache(c)) return await fetchResponse(false)
  return await deps.cache.respond(cacheKeyOf(c, deps), fetchResponse, acceptsGzip(c.req.raw.headers))
}

/** Bypass the cache for range requests, and when Connection strips a header that is part of the cache key. */
const bypassesCache = (c: Ctx) =>
  c.req.header('range') !== undefined || /accept|hx-request/i.test(c.req.header('connection') ?? '')

/**
 * The cache key: all values by which a shared response may vary. A shop's responses vary only by language, page or data, and htmx. Its keys
 * hold these instead of the headers, so that more clients share a response.
 */
function cacheKeyOf(c: Ctx, deps: Deps): string {
  const url = new URL(c.req.url)
  const { headers } = c.req.raw
  const variants = deps.directory.isShop
    ? [languageOf(c), c.get('isPage'), headers.get('hx-request') === 'true']
    : ['accept-language', 'accept', 'hx-request'].map((name) => headers.get(name))
  // A header cannot contain a line break, so two lists never give the same key.
  return [hostOf(c, deps), ...variants, url.pathname + url.search].join('\n')
}

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
