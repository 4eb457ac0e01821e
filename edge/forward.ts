import { foreignKeyOf, type SharedRequest, sharedRequestOf } from './cache-key.ts'
import { acceptsGzip } from './compression.ts'
import { QUEUE_COMMAND_HEADER, REQUEST_ID_HEADER } from './contract/headers.ts'
import { IMAGE_TOO_LARGE, isImageUpload, maxUploadBytes } from './contract/uploads.ts'
import type { Deps } from './deps.ts'
import { ACCOUNT_PATHS, type Ctx, isForAccounts, problem, refuseOverLimit, SEARCH_PATHS } from './http.tsx'
import { roomCookiesOf } from './room-cookies.ts'
import type { BodyResult } from './request-body.ts'
import { clientCacheControl, completeShopEntry, revalidated } from './shop-caching.ts'
import { operatorOf } from './operator-request.ts'
import { isHeadTooLarge } from './upstream/forwarded-headers.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'
import type { UpstreamResponse } from './upstream/sender.ts'
import { ShareUsedUp } from './upstream/upstream-unavailable.ts'
import { clearCookie } from './visitor.ts'

const BODY_RETRY_SECONDS = 1

/** The path of a shop that reads the header Idempotency-Key: bookings. A form has its key in the body. */
const KEYED_PATH = /^\/api\/events\/\d+\/reservations$/

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
  const { client } = c.env
  const { method } = client
  const shared = deps.directory.isShop && (method === 'GET' || method === 'HEAD') ? sharedRequestOf(client) : null
  if (shared) return await respondShared(c, deps, shared)
  const isCached = !deps.directory.isShop && method === 'GET' && !client.headers.has('range')
  if (isCached) return await respondCached(c, deps)
  return refuseOverForwards(c, deps) ?? await respondUncached(c, deps, false)
}

/** Charges the address of a client with a request that only the shop can answer, unless a stricter limit of the address has counted it. */
function refuseOverForwards(c: Ctx, { directory, limits }: Deps): Response | null {
  const { client } = c.env
  if (!directory.isShop || isForAccounts(client) || operatorOf(client)) return null
  return refuseOverLimit(c, limits, 'forward', client.address)
}

/** Charges the address of a client with a fetch for the cache. Returns what ends the fetch. Throws ShareUsedUp. */
function admitFetch({ env: { client: { address, path } } }: Ctx, { limits, upstream }: Deps): () => void {
  for (const name of SEARCH_PATHS.has(path) ? ['search', 'fetch'] as const : ['fetch'] as const) {
    const { allowed, retryAfterSeconds } = limits.take(name, address)
    if (!allowed) throw new ShareUsedUp('Too many pages that are not in the cache', retryAfterSeconds)
  }
  return upstream.takeOpenShare(address)
}

/** The response for a client whose share of the upstream is used up. Throws any other error. */
export function refuseShare(c: Ctx, error: unknown): Response {
  if (!(error instanceof ShareUsedUp)) throw error
  return problem(c, 'rate_limited', { retryAfterSeconds: error.retryAfterSeconds })
}

/** Answers a request to a public route of a shop. Nothing of the client's request reaches the shop but the parts of the key. */
async function respondShared(c: Ctx, deps: Deps, { key, path, headers, keyedHeaders }: SharedRequest): Promise<Response> {
  const { client } = c.env
  const request: HeaderPairs = headers.concat([[REQUEST_ID_HEADER, client.id]])
  const fetchResponse = async () => {
    // Too many long responses of one client must not fail a fetch that others wait for.
    const { body, status, headers } = await deps.upstream.fetchShared(path, request, client.address)
      .catch((error) => refuseShare(c, error))
    return new Response(body, { status, headers: [...headers].filter(([name]) => !NOT_RETURNED.has(name)) })
  }
  const response = await deps.cache.respond(key, fetchResponse, {
    admit: () => admitFetch(c, deps),
    acceptsGzip: acceptsGzip(client.headers),
    keyedHeaders,
    isOfKeyOnly: true,
    complete: completeShopEntry,
    markStale: (key, entry, ageMs) => deps.markStale(key, entry, ageMs, client.language),
  })
  // An entry has its Cache-Control for clients already; a response that was not stored does not.
  const control = response.headers.get('cache-control')
  const ownControl = control && clientCacheControl(control)
  if (ownControl && ownControl !== control) response.headers.set('cache-control', ownControl)
  if (client.method === 'HEAD') return await withoutBody(response)
  return revalidated(response, client.headers.get('if-none-match'))
}

async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel()
  return new Response(null, response)
}

/** Answers a GET of another site, whose shared responses may depend on any header of the request that starts the fetch. */
async function respondCached(c: Ctx, deps: Deps): Promise<Response> {
  const { client } = c.env
  // The client's fault, so it must not reach a fetch that others wait for.
  if (isHeadTooLarge(client, null)) return asResponse(refuseLargeHead(c))
  return await deps.cache.respond(
    foreignKeyOf(client),
    (isShared) => respondUncached(c, deps, isShared),
    { acceptsGzip: acceptsGzip(client.headers) },
  )
}

async function respondUncached(c: Ctx, deps: Deps, isShared: boolean): Promise<Response> {
  return asResponse(await forward(c, deps, { isVisit: false, room: null, pass: null, isShared }))
}

const asResponse = ({ body, status, headers }: UpstreamResponse) => new Response(body, { status, headers })

/** Forwards a request to the upstream. A body that is too large or too slow gets a problem response instead. */
export async function forward(c: Ctx, deps: Deps, { isVisit, room, pass, isShared }: Options): Promise<Forwarded> {
  const { isShop } = deps.directory
  const { client } = c.env
  if (isHeadTooLarge(client, room)) return refuseLargeHead(c)
  const operator = isShop ? operatorOf(client) : null
  const isUpload = isShop && isImageUpload(client.method, client.path)
  const uploadBytes = isUpload ? maxUploadBytes(client.person?.role) : null
  const read = await deps.bodies.read(c.req.raw, isShop, operator ? `operator ${operator.id}` : client.address, uploadBytes)
  if (read.kind === 'rejected') return asForwarded(isUpload ? refuseUpload(c, read.code) : refuseBody(c, read.code))
  const response = await deps.upstream.forward(client, read.body, {
    language: isShop ? client.language : null,
    room,
    pass,
    isShared,
    // A shop first renews the session of a visitor without a valid one, which says nothing about bookings.
    isMeasured: isVisit && !ACCOUNT_PATHS.has(client.path) && (!isShop || client.person !== null),
    isBatchable: isVisit && isShop,
    isVisit,
    honoursKey: !isShop || KEYED_PATH.test(client.path),
    operator: operator?.id ?? null,
    isUpload: uploadBytes !== null,
  })
  const command = response.headers.find(([name]) => name === QUEUE_COMMAND_HEADER)?.[1] ?? null
  return { ...response, headers: response.headers.filter(([name]) => !NOT_RETURNED.has(name)), command }
}

/** Explains what a server behind the edge would refuse without a word, and clears the cookies of all rooms, which are the usual cause. */
function refuseLargeHead(c: Ctx): Forwarded {
  for (const name of roomCookiesOf(c.env.client.headers.get('cookie'))) clearCookie(c, name)
  return asForwarded(problem(c, 'headers_too_large'))
}

/** A body that is not too large may be sent again soon. */
const refuseBody = (c: Ctx, code: Extract<BodyResult, { kind: 'rejected' }>['code']) =>
  problem(c, code, code === 'body_too_large' ? {} : { retryAfterSeconds: BODY_RETRY_SECONDS })

/** Without a session that may upload, an image is above the limit of everyone, which is not what needs explaining. */
function refuseUpload(c: Ctx, code: Extract<BodyResult, { kind: 'rejected' }>['code']): Response {
  if (code !== 'body_too_large') return refuseBody(c, code)
  const { person } = c.env.client
  if (maxUploadBytes(person?.role) === null) return problem(c, person ? 'forbidden' : 'unauthenticated')
  return problem(c, code, { detail: IMAGE_TOO_LARGE })
}

const asForwarded = ({ status, headers, body }: Response): Forwarded => ({ status, headers: [...headers], body, command: null })
