import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { chooseLanguage } from '../edge/contract/language.ts'
import { REQUEST_ID_HEADER } from '../edge/contract/headers.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { accessToken, clearSessionCookies, refreshToken, setSessionCookies } from './cookies.ts'
import type { Deps } from './deps.ts'
import { BODY_LIMIT_BYTES, type Ctx, type Env, problem } from './http.tsx'
import { describeError } from '../runtime/log.ts'
import { accounts } from './routes/accounts.tsx'
import { requestBatches } from './routes/request-batches.ts'
import { events } from './routes/events.tsx'
import { reservations } from './routes/reservations.tsx'
import { seats } from './routes/seats.ts'
import { operations } from './routes/operations.tsx'
import { identify, renewSession } from './sessions.ts'

/** The shop as one fetch handler. */
export function createApp(deps: Deps) {
  const app = new Hono<Env>()
  app.route('/', requestBatches((request) => app.fetch(request)))

  // One for all: each middleware more is a promise more in the way of every booking.
  app.use(async function prepare(c, next) {
    const startedAt = performance.now()
    c.set('language', chooseLanguage(c.req.raw.headers))
    c.set('requestId', c.req.header(REQUEST_ID_HEADER)?.slice(0, 64) ?? crypto.randomUUID())
    c.set('person', identify(deps, accessToken(c)))
    // Before the answer is made: a header that is set on a finished one makes another answer of it.
    c.header(REQUEST_ID_HEADER, c.get('requestId'))
    if (isForeignForm(c)) c.res = problem(c, 'forbidden')
    else await limitBody(c, () => secure(c, next))
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    if (!QUIET.has(c.req.path)) {
      deps.log('request', {
        method: c.req.method,
        route: routePath(c, -1),
        path: c.req.path,
        status: c.res.status,
        ms,
        outcome: c.get('outcome'),
        requestId: c.get('requestId'),
      })
    }
  })
  app.use(async function continueOnPersonalPages(c, next) {
    if (!c.get('person') && isPersonalPage(c.req.path) && refreshToken(c)) await continueSession(c, deps)
    await next()
  })

  app.route('/', operations(deps))
  app.route('/', accounts(deps))
  app.route('/', events(deps))
  app.route('/', reservations(deps))
  app.route('/', seats(deps))

  app.notFound((c) => problem(c, 'not_found'))
  app.onError((error, c) => {
    const away = isStoreUnavailable(error)
    deps.log(away ? 'store_unavailable' : 'failed', { route: c.req.path, requestId: c.get('requestId'), ...describeError(error) })
    return away ? problem(c, 'store_unavailable', { retryAfterSeconds: 2 }) : problem(c, 'internal')
  })
  return app
}

const securePages = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  strictTransportSecurity: false,
  referrerPolicy: 'same-origin',
})

/** Data is never drawn, so that it need not say how. */
function secure(c: Ctx, next: () => Promise<void>): Promise<Response | void> {
  if (!c.req.path.startsWith('/api/')) return securePages(c, next)
  c.header('x-content-type-options', 'nosniff')
  return next()
}

const countBody = bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (c) => problem(c as Ctx, 'body_too_large') })

/** A body of known length need not be counted: to touch its stream makes reading it slow. */
async function limitBody(c: Ctx, next: () => Promise<Response | void>): Promise<void> {
  const bytes = Number(c.req.header('content-length') ?? NaN)
  if (bytes > BODY_LIMIT_BYTES) c.res = problem(c, 'body_too_large')
  else if (bytes <= BODY_LIMIT_BYTES && c.req.header('transfer-encoding') === undefined) await next()
  else if (c.req.method === 'GET' || c.req.method === 'HEAD') await next()
  else c.res = await countBody(c, async () => void await next()) ?? c.res
}

const QUIET = new Set(['/healthz', '/readyz', '/metrics', '/inventory'])

/** Pages that are drawn for one person. All others are shared, and must stay free of anybody's cookies. */
const isPersonalPage = (path: string) => /^\/(me|login|signup|reservations\/.+|events\/\d+\/booking)$/.test(path)

/** A page opened after the access token ran out renews the session on the way, so that nobody is logged out in a line. */
async function continueSession(c: Ctx, deps: Deps): Promise<void> {
  const session = await renewSession(deps, refreshToken(c))
  if (!session) return clearSessionCookies(c)
  setSessionCookies(c, session)
  c.set('person', session.user)
}

/** A form or fetch of another site must not act with our visitor's cookies (browsers name the site that asks). */
function isForeignForm(c: Ctx): boolean {
  const asker = c.req.header('origin')
  if (asker === undefined || c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'OPTIONS') return false
  const host = c.req.header('x-forwarded-host') ?? c.req.header('host')
  return !URL.canParse(asker) || new URL(asker).host !== host
}
