import { Hono } from 'hono'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { REQUEST_BATCH_PATH } from './contract/request-batch.ts'
import { REQUEST_ID_HEADER } from './contract/headers.ts'
import { wantsPage } from './contract/problems.ts'
import type { Deps } from './deps.ts'
import { passGate } from './gate.tsx'
import { ACCOUNT_PATHS, addressOf, applyHeaders, type Env, problem, refuseOverLimit } from './http.tsx'
import { kindOf } from './metrics.ts'
import { UpstreamUnavailable } from './upstream.ts'
import { isPlainPath } from './plain-path.ts'
import { pollRoom, queue } from './routes/queue.tsx'

/** The edge as one fetch handler: limits, the line, the gate in front of protected paths, the cache, the way to the origin. */
export function createApp(deps: Deps) {
  const app = new Hono<Env>()

  // Polls are nine of ten requests, and are answered before anything else is asked.
  app.on('GET', ['/queue/:room', '/queue/:room/snapshot'], pollRoom(deps))
  app.use(async function describeRequest(c, next) {
    const startedAtMs = deps.now()
    c.set('requestId', crypto.randomUUID())
    c.set('address', addressOf(c, deps))
    c.set('responseHeaders', [[REQUEST_ID_HEADER, c.get('requestId')]])
    c.set('isPage', wantsPage(c.req.raw.headers))
    if (!isPlainPath(c.req.url)) c.res = problem(c, 'not_found')
    else if (!METHODS.has(c.req.method)) c.res = problem(c, 'method_not_allowed')
    else await next()
    applyHeaders(c)
    const [ms, { status }, code] = [deps.now() - startedAtMs, c.res, c.get('problem')]
    deps.metrics.answered(kindOf(c.req.method, c.req.path, c.get('isPage')), status)
    if (code && status >= 400) deps.metrics.refused(code)
    if (status >= 500 || ms > SLOW_MS) {
      deps.log('request', { method: c.req.method, route: c.req.path, status, ms, requestId: c.get('requestId') })
    }
  })
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  // What operators ask the origin is not for visitors.
  for (const path of deps.directory.isShop ? ['/metrics', '/inventory', REQUEST_BATCH_PATH] : []) {
    app.all(path, (c) => problem(c, 'not_found'))
  }

  app.use(async function refuseFloods(c, next) {
    const account = c.req.method === 'POST' && ACCOUNT_PATHS.has(c.req.path)
    const refused = refuseOverLimit(c, deps.limits, 'address', c.get('address')) ??
      (account ? refuseOverLimit(c, deps.limits, 'account', c.get('address')) : null)
    if (refused) return refused
    await next()
  })
  // Once it has reached what stands behind it, it stays ready: an outage there must not empty the fleet, and here is an answer for everyone.
  let wasReady = false
  app.get('/readyz', async (c) => {
    c.header('cache-control', 'no-store')
    if (wasReady) return c.json({ ready: true })
    const [redis, origin] = await Promise.all([deps.redis.ping().then(() => true, () => false), deps.upstream.isReady()])
    wasReady = redis && origin
    return c.json({ ready: wasReady, redis, origin }, wasReady ? 200 : 503)
  })
  app.route('/', queue(deps))
  app.all('*', (c) => passGate(c, deps))

  app.onError((error, c) => {
    const away = error instanceof UpstreamUnavailable
      ? 'origin_unavailable'
      : isStoreUnavailable(error)
      ? 'store_unavailable'
      : 'failed'
    deps.log(away, { route: c.req.path, requestId: c.get('requestId'), error: error.message, cause: String(error.cause ?? '') })
    if (away === 'failed') return problem(c, 'internal')
    return problem(c, away === 'store_unavailable' ? 'store_unavailable' : 'busy', { retryAfterSeconds: 2 })
  })
  return app
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const SLOW_MS = 1_000
