import { Hono, type MiddlewareHandler } from 'hono'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { createRequestReader } from './client-request.ts'
import { isCrossSite } from './contract/cross-site.ts'
import { REQUEST_ID_HEADER } from './contract/headers.ts'
import { INTERNAL_PATHS } from './contract/internal-access.ts'
import { NO_SNIFFING } from './contract/response-security.ts'
import type { Deps } from './deps.ts'
import { passGate } from './gate.ts'
import {
  applyHeaders,
  type Ctx,
  type Env,
  FORGOT_PATHS,
  isCancellation,
  isForAccounts,
  isOwnAccount,
  problem,
  refuseOverLimit,
  SIGNUP_PATHS,
} from './http.tsx'
import { RequestAborted } from './request-body.ts'
import { countResponse } from './live-figures.ts'
import { operatorOf } from './operator-request.ts'
import { kindOf } from './request-kind.ts'
import { pollRoom, queue } from './routes/queue.ts'
import { refuseShare } from './forward.ts'
import { ShareUsedUp, UpstreamUnavailable } from './upstream/upstream-unavailable.ts'

/** The edge as one fetch handler. `remoteAddress` is the IP address of the request's connection. */
export function createApp(deps: Deps) {
  const readRequest = createRequestReader(deps)
  const app = createRoutes(deps)
  return {
    routes: app.routes,
    fetch: (request: Request, { remoteAddress }: { remoteAddress: string }): Response | Promise<Response> =>
      app.fetch(request, { client: readRequest(request, remoteAddress), limits: deps.limits }),
  }
}

function createRoutes(deps: Deps): Hono<Env> {
  const app = new Hono<Env>({ getPath: (_, options) => options!.env!.client.path })
  // Nine of ten requests are polls, so they skip the middleware.
  app.on('GET', ['/queue/:room', '/queue/:room/snapshot'], pollRoom(deps))
  app.use(observeRequests(deps))
  app.get('/healthz', (c) => {
    c.header('cache-control', 'no-store')
    c.header(...NO_SNIFFING)
    return c.json({ status: 'ok' })
  })
  app.use(refuseFloods(deps))
  for (const path of deps.directory.isShop ? INTERNAL_PATHS : []) app.all(path, (c) => problem(c, 'not_found'))
  app.use(refuseCrossSite(deps))
  app.get('/readyz', readiness(deps))
  app.route('/', queue(deps))
  app.all('*', (c) => passGate(c, deps))
  app.onError((error, c) => respondToError(c, deps, error))
  return app
}

/** Requests that take longer than this are logged. */
const SLOW_MS = 1_000

/** Refuses malformed requests, which count against the limit of their address too, and counts and logs the response. */
const observeRequests = (deps: Deps): MiddlewareHandler<Env> => async (c, next) => {
  const startedAtMs = deps.now()
  const { id, method, path, isPage, address, malformed } = c.env.client
  c.set('responseHeaders', [[REQUEST_ID_HEADER, id]])
  const refusal = malformed &&
    (refuseOverLimit(c, deps.limits, 'address', address) ?? problem(c, 'malformed_request', { figures: { part: malformed } }))
  if (refusal) c.res = refusal
  else await next()
  applyHeaders(c)
  const [ms, { status }, code] = [deps.now() - startedAtMs, c.res, c.get('problem')]
  deps.metrics.answered(kindOf(method, path, isPage), status)
  if (code && status >= 400) deps.metrics.refused(code)
  countResponse(deps.live.add, deps.rooms, { method, path, status, ms, problem: code })
  if (status >= 500 || ms > SLOW_MS) {
    deps.log('request', { method, route: path, status, ms, requestId: id })
  }
}

const refuseFloods = (deps: Deps): MiddlewareHandler<Env> => async (c, next) => {
  const { client } = c.env
  const { address, method, path } = client
  const isPost = method === 'POST'
  const operator = deps.directory.isShop ? operatorOf(client) : null
  const refuseOver = (name: 'cancel' | 'ownAccount') =>
    deps.directory.isShop && client.person ? refuseOverLimit(c, deps.limits, name, String(client.person.id)) : null
  const refusal =
    (operator
      ? refuseOverLimit(c, deps.limits, 'operator', String(operator.id))
      : refuseOverLimit(c, deps.limits, 'address', address)) ??
      (isForAccounts(client) ? refuseOverLimit(c, deps.limits, 'account', address) : null) ??
      (isPost && FORGOT_PATHS.has(path) ? refuseOverLimit(c, deps.limits, 'forgot', address) : null) ??
      (isPost && SIGNUP_PATHS.has(path) ? refuseOverLimit(c, deps.limits, 'signup', address) : null) ??
      (isCancellation(client) ? refuseOver('cancel') : null) ??
      (isOwnAccount(client) ? refuseOver('ownAccount') : null)
  if (refusal) return refusal
  await next()
}

/** Another site's forms and scripts change nothing in the queue, nor in a shop. What a site behind the edge accepts is its own decision. */
const refuseCrossSite = (deps: Deps): MiddlewareHandler<Env> => async (c, next) => {
  const { client } = c.env
  const isOurs = deps.directory.isShop || client.path.startsWith('/queue/')
  if (isOurs && isCrossSite(client, () => client.host)) return problem(c, 'cross_site')
  await next()
}

/**
 * Ready once Redis and the origin have responded, and from then on, except while this edge alone cannot reach the origin. An outage of the
 * origin or of Redis must not make the load balancer remove all edges, since each edge can still explain the outage to visitors.
 */
function readiness(deps: Deps): (c: Ctx) => Promise<Response> {
  let wasReady = false
  return async (c) => {
    c.header('cache-control', 'no-store')
    c.header(...NO_SNIFFING)
    if (wasReady) {
      const state = deps.originReach.state()
      const ready = state !== 'isolated'
      return c.json({ ready, origin: state === 'reachable' }, ready ? 200 : 503)
    }
    const [redis, origin] = await Promise.all([deps.redis.ping().then(() => true, () => false), deps.upstream.isReady()])
    wasReady = redis && origin
    return c.json({ ready: wasReady, redis, origin }, wasReady ? 200 : 503)
  }
}

const RETRY_AFTER_OUTAGE_SECONDS = 2

/** The status of a request whose client is gone, as in nginx: a number for the log that raises no alarm. */
const CLIENT_GONE = 499

function respondToError(c: Ctx, deps: Deps, error: Error): Response {
  if (error instanceof ShareUsedUp) return refuseShare(c, error)
  const event = eventOf(error)
  const { id, method, path } = c.env.client
  if (event === 'aborted') {
    deps.log('aborted', { method, route: path, status: CLIENT_GONE, requestId: id })
    const response = problem(c, 'malformed_request')
    // Not a refusal: in most cases the client is gone. One that has broken its framing or closed only its half gets the explanation.
    c.set('problem', undefined)
    return response
  }
  deps.log(event, { route: path, requestId: id, error: error.message, cause: String(error.cause ?? '') })
  switch (event) {
    case 'origin_unavailable':
      return problem(c, 'busy', { retryAfterSeconds: RETRY_AFTER_OUTAGE_SECONDS })
    case 'store_unavailable':
      return problem(c, 'store_unavailable', { retryAfterSeconds: RETRY_AFTER_OUTAGE_SECONDS })
    case 'failed':
      return problem(c, 'internal')
    default:
      return event satisfies never
  }
}

/** The log event of an error that a handler threw. */
function eventOf(error: Error): 'aborted' | 'origin_unavailable' | 'store_unavailable' | 'failed' {
  if (error instanceof RequestAborted) return 'aborted'
  if (error instanceof UpstreamUnavailable) return 'origin_unavailable'
  return isStoreUnavailable(error) ? 'store_unavailable' : 'failed'
}
