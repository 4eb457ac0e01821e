import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { readAccess } from '../edge/contract/credentials.ts'
import { isCrossSite } from '../edge/contract/cross-site.ts'
import { REQUEST_ID_HEADER } from '../edge/contract/headers.ts'
import { chooseLanguage } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import { NO_SNIFFING, PAGE_CSP, PAGE_REFERRER } from '../edge/contract/response-security.ts'
import { IMAGE_TOO_LARGE, isImageUpload, maxUploadBytes } from '../edge/contract/uploads.ts'
import { describeError } from '../runtime/log.ts'
import { mountAdmin } from './admin/admin-route.ts'
import { ADMIN_ROUTES } from './admin/admin-routes.ts'
import { clearSessionCookies, refreshToken, setSessionCookies } from './cookies.ts'
import type { Deps } from './deps.ts'
import { addressOf, BODY_LIMIT_BYTES, cookieSource, type Ctx, type Env, problem } from './http.tsx'
import { accountLinks } from './routes/account-links.tsx'
import { accounts } from './routes/accounts.tsx'
import { assets } from './routes/assets.ts'
import { events } from './routes/events.tsx'
import { invitationPages } from './routes/invitations.tsx'
import { legal } from './routes/legal.tsx'
import { listings } from './routes/listings.tsx'
import { operations } from './routes/operations.ts'
import { ownAccount } from './routes/own-account.tsx'
import { ownAccountApi } from './routes/own-account-api.ts'
import { preferences } from './routes/preferences.ts'
import { reminders } from './routes/reminders.tsx'
import { requestBatches } from './routes/request-batches.ts'
import { bookingPages } from './routes/booking-pages.tsx'
import { reservationPages } from './routes/reservation-pages.tsx'
import { reservations } from './routes/reservations.ts'
import { tickets } from './routes/tickets.tsx'
import { SESSION_NOT_RENEWED } from './reservation-problems.ts'
import { LoginOutdated } from './sessions.ts'

/** The shop as one fetch handler. */
export function createApp(deps: Deps) {
  const app = new Hono<Env>()
  app.route('/', requestBatches((request) => app.fetch(request), deps))

  // One middleware for several jobs: each middleware adds a promise to every booking.
  app.use(async function prepare(c, next) {
    const startedAt = performance.now()
    const source = cookieSource(c)
    c.set('language', chooseLanguage(source))
    c.set('requestId', c.req.header(REQUEST_ID_HEADER)?.slice(0, 64) ?? deps.newId())
    const access = readAccess(source, deps, deps.now().getTime())
    c.set('person', access)
    c.set('session', access?.session ?? null)
    // Set before the response exists: setting a header on a finished response makes Hono copy it.
    c.header(REQUEST_ID_HEADER, c.get('requestId'))
    const readHost = () => c.req.header('x-forwarded-host') ?? c.req.header('host') ?? ''
    if (isCrossSite(c.req.raw, readHost)) c.res = problem(c, 'cross_site')
    else await limitBody(c, () => secure(c, next))
    if (c.req.method === 'HEAD') await declareLength(c)
    if (!UNLOGGED.has(c.req.path)) logRequest(c, deps, performance.now() - startedAt)
  })
  app.use(async function renewOnPersonalPages(c, next) {
    if (!c.get('person') && isPersonalPage(c.req.path) && refreshToken(c)) {
      const isRenewed = await renew(c, deps)
      // The pages for logging in need no person.
      if (!isRenewed && !isLogin(c.req.path)) return problem(c, ...SESSION_NOT_RENEWED)
      const person = c.get('person')
      if (person && !deps.countRenewed(person.id)) return problem(c, 'rate_limited', { retryAfterSeconds: 1 })
    }
    await next()
  })

  app.route('/', assets(deps))
  app.route('/', preferences(deps))
  app.route('/', operations(deps))
  app.route('/', accounts(deps))
  app.route('/', accountLinks(deps))
  app.route('/', ownAccount(deps))
  app.route('/', ownAccountApi(deps))
  app.route('/', legal())
  app.route('/', invitationPages(deps))
  app.route('/', listings(deps))
  app.route('/', events(deps))
  app.route('/', reminders(deps))
  app.route('/', reservations(deps))
  app.route('/', bookingPages(deps))
  app.route('/', reservationPages(deps))
  app.route('/', tickets(deps))
  app.route('/', mountAdmin(Object.assign({}, deps, { db: deps.operatorDb }), ADMIN_ROUTES))

  app.notFound((c) => problem(c, 'not_found'))
  app.onError((error, c) => {
    if (error instanceof LoginOutdated) return problem(c, 'wrong_credentials')
    const isUnavailable = isStoreUnavailable(error)
    // A store's outage stays one, even if the edge gave up first.
    if (!isUnavailable && c.req.raw.signal.aborted) return endAborted(c, deps, error)
    const facts = { route: c.req.path, requestId: c.get('requestId'), ...describeError(error) }
    deps.log(isUnavailable ? 'store_unavailable' : 'failed', facts)
    return isUnavailable ? problem(c, 'store_unavailable', { retryAfterSeconds: 2 }) : problem(c, 'internal')
  })
  return app
}

/** The status of a request whose client is gone, as in nginx: a number for the log and the metrics that raises no alarm. */
const CLIENT_GONE = 499

/** Ends a request that failed after its client had disconnected. No client receives the response. */
function endAborted(c: Ctx, { log }: Pick<Deps, 'log'>, error: Error): Response {
  log('aborted', { method: c.req.method, route: c.req.path, requestId: c.get('requestId'), ...describeError(error) })
  return new Response(null, { status: CLIENT_GONE })
}

/** Declares the length that the response to GET has, since Bun would declare 0 for a response without a body. */
async function declareLength(c: Ctx): Promise<void> {
  if (!c.res.body || c.res.headers.has('content-length')) return
  const { byteLength } = await c.res.clone().arrayBuffer()
  c.res.headers.set('content-length', String(byteLength))
}

/** Frequent requests of load balancers and monitoring. */
const UNLOGGED = new Set(['/healthz', '/readyz', '/metrics', '/inventory'])

function logRequest(c: Ctx, { log }: Pick<Deps, 'log'>, ms: number): void {
  log('request', {
    method: c.req.method,
    route: routePath(c, -1),
    path: c.req.path,
    status: c.res.status,
    ms: Math.round(ms * 10) / 10,
    outcome: c.get('outcome'),
    person: c.get('person')?.id,
    requestId: c.get('requestId'),
  })
}

const securePages = secureHeaders({
  strictTransportSecurity: false,
  referrerPolicy: PAGE_REFERRER[1],
})

/** Adds security headers. API responses are never rendered, so they skip the CSP. */
function secure(c: Ctx, next: () => Promise<void>): Promise<Response | void> {
  c.header(...NO_SNIFFING)
  if (c.req.path.startsWith('/api/')) return next()
  // Set before the response exists, so that an image keeps its stricter policy.
  c.header('content-security-policy', PAGE_CSP)
  return securePages(c, next)
}

const countTo = (maxSize: number) => bodyLimit({ maxSize, onError: (c) => problem(c as Ctx, 'body_too_large') })
const countBody = countTo(BODY_LIMIT_BYTES)

/** Limits the body. Counts bytes only if no length is declared, because wrapping the stream slows reading. */
async function limitBody(c: Ctx, next: () => Promise<Response | void>): Promise<void> {
  const bytes = Number(c.req.header('content-length') ?? NaN)
  if (!(bytes <= BODY_LIMIT_BYTES) && isImageUpload(c.req.method, c.req.path)) await limitUpload(c, bytes, next)
  else if (bytes > BODY_LIMIT_BYTES) c.res = problem(c, 'body_too_large')
  else if (bytes <= BODY_LIMIT_BYTES && c.req.header('transfer-encoding') === undefined) await next()
  else if (c.req.method === 'GET' || c.req.method === 'HEAD') await next()
  else c.res = await countBody(c, async () => void await next()) ?? c.res
}

/** Limits the body of an image upload: only operators who may upload have a limit above that of everyone. */
async function limitUpload(c: Ctx, bytes: number, next: () => Promise<Response | void>): Promise<void> {
  const person = c.get('person')
  const maxSize = maxUploadBytes(person?.role)
  if (maxSize === null) c.res = problem(c, person ? 'forbidden' : 'unauthenticated')
  else if (bytes > maxSize) c.res = problem(c, 'body_too_large', { detail: IMAGE_TOO_LARGE })
  else c.res = await countTo(maxSize)(c, async () => void await next()) ?? c.res
}

/** Pages for one person. All others are shared through caches and must not set cookies. */
const isPersonalPage = (path: string) =>
  /^\/(me(\/.*)?|login|signup|verify|invitation|reservations\/.+|tickets\/.+|events\/\d+\/(booking(\/outcome)?|reminder)|(admin|check-in)(\/.*)?)$/
    .test(path)

const isLogin = (path: string) => path === paths.login() || path === paths.signup()

/**
 * Renews the session when a page is opened after the access token has expired, for example after a long wait in the queue. Returns false if
 * that is impossible for the moment; the session then stays as it is.
 */
async function renew(c: Ctx, deps: Deps): Promise<boolean> {
  try {
    const session = await deps.renewSession(refreshToken(c), addressOf(c))
    if (!session) clearSessionCookies(c)
    else {
      setSessionCookies(c, session)
      c.set('person', session.access)
      c.set('session', session.access.session)
    }
    return true
  } catch (error) {
    if (!isStoreUnavailable(error)) throw error
    return false
  }
}
