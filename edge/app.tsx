import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { endPass } from '../db/redis/rooms.ts'
import { isStoreFailure } from '../db/failures.ts'
import { clientAddress } from './client-address.ts'
import { passCookie, ticketCookie } from './contract/cookies.ts'
import { END_PASS, PASS_HEADER, QUEUE_COMMAND_HEADER, REQUEST_ID_HEADER } from './contract/headers.ts'
import { chooseLanguage } from './contract/language.ts'
import { paths } from './contract/paths.ts'
import { wantsPage } from './contract/problem.ts'
import { type Pass, verifyPass } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { BODY_LIMIT_BYTES, type Ctx, type Env, hostOf, problem, protocolOf, refuseOverLimit } from './http.tsx'
import { OriginUnavailable } from './origin.ts'
import { protectingRoom } from './protected-paths.ts'
import { queue } from './routes/queue.tsx'

/** The edge as one fetch handler: limits, the line, the gate in front of protected paths, the cache, the way to the origin. */
export function createApp(deps: Deps) {
  const app = new Hono<Env>()

  app.use(async function describeRequest(c, next) {
    const startedAt = performance.now()
    c.set('language', chooseLanguage(c.req.raw.headers))
    c.set('requestId', crypto.randomUUID())
    c.set('address', clientAddress(c.env.remoteAddress, c.req.header('x-forwarded-for') ?? null, deps.trustedProxies))
    await next()
    c.res.headers.set(REQUEST_ID_HEADER, c.get('requestId'))
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    if (c.res.status >= 500 || ms > SLOW_MS) {
      deps.log('request', { method: c.req.method, route: c.req.path, status: c.res.status, ms, requestId: c.get('requestId') })
    }
  })
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  // What operators ask the origin is not for visitors.
  for (const path of ['/metrics', '/books']) app.all(path, (c) => problem(c, 'not_found'))

  app.use(async function refuseFloods(c, next) {
    const account = c.req.method === 'POST' && ACCOUNT_PATHS.has(c.req.path)
    const refused = refuseOverLimit(c, deps.limits, 'address', c.get('address')) ??
      (account ? refuseOverLimit(c, deps.limits, 'account', c.get('address')) : null)
    if (refused) return refused
    await next()
  })
  app.get('/readyz', async (c) => {
    const [redis, origin] = await Promise.all([deps.redis.ping().then(() => true, () => false), deps.origin.isReady()])
    return c.json({ ready: redis && origin, redis, origin }, redis && origin ? 200 : 503, { 'cache-control': 'no-store' })
  })
  app.route('/', queue(deps))
  app.all('*', (c) => pass(c, deps))

  app.onError((error, c) => {
    const away = error instanceof OriginUnavailable
      ? 'origin_unavailable'
      : isStoreFailure(error)
      ? 'store_unavailable'
      : 'failed'
    deps.log(away, { route: c.req.path, requestId: c.get('requestId'), error: error.message, cause: String(error.cause ?? '') })
    if (away === 'failed') return problem(c, 'internal')
    return problem(c, away === 'store_unavailable' ? 'store_unavailable' : 'busy', { retryAfterSeconds: 2 })
  })
  return app
}

const SLOW_MS = 1_000
const ACCOUNT_PATHS = new Set(['/login', '/signup', '/api/auth/login', '/api/auth/signup', '/api/auth/refresh'])

/** Lets a request through to the origin: with a pass where the path is protected, from the cache where it can be shared. */
async function pass(c: Ctx, deps: Deps): Promise<Response> {
  const path = c.req.path
  if (isTrick(new URL(c.req.url).pathname)) return problem(c, 'not_found')
  const room = protectingRoom(c.req.method, path)
  if (room === null) return c.req.method === 'GET' ? await fromCache(c, deps) : await forward(c, deps)

  const held = await verifyPass(c.req.header(PASS_HEADER) ?? getCookie(c, passCookie(room)), deps.tokenKeys, deps.now())
  if (held.kind !== 'pass' || held.room !== room) {
    if (wantsPage(c.req.raw.headers) && !path.startsWith('/api/')) return c.redirect(paths.room(room), 303)
    return problem(c, held.kind === 'missing' ? 'pass_required' : 'pass_invalid')
  }
  const refused = refuseOverLimit(c, deps.limits, 'pass', held.id)
  if (refused) return refused
  return obeyCommand(await forwardCommand(c, deps), held, deps)
}

/**
 * Whether a path is written so that two programs could read it differently: it is never forwarded. Dots, doubled slashes, encoded
 * separators and control characters have no place in our addresses.
 */
// deno-lint-ignore no-control-regex
const isTrick = (path: string) => /\/\/|\\|%2f|%5c|%2e|%00|[\x00-\x1f]/i.test(path)

function fromCache(c: Ctx, deps: Deps): Promise<Response> {
  const url = new URL(c.req.url)
  const key = `${c.get('language')} ${c.req.header('hx-request') ?? ''} ${
    wantsPage(c.req.raw.headers)
  } ${url.pathname}${url.search}`
  return deps.cache.answer(key, () => forward(c, deps))
}

/** An answer of the origin, without what it says to the edge alone. */
type Forwarded = { response: Response; command: string | null }

const forward = async (c: Ctx, deps: Deps): Promise<Response> => (await forwardCommand(c, deps)).response

async function forwardCommand(c: Ctx, deps: Deps): Promise<Forwarded> {
  const body = await readBody(c)
  if (body === 'too_large') return { response: problem(c, 'body_too_large'), command: null }
  if (body === 'too_slow') return { response: problem(c, 'malformed_request'), command: null }
  const response = await deps.origin.forward(c.req.raw, body, {
    requestId: c.get('requestId'),
    address: c.get('address'),
    protocol: protocolOf(c, deps.trustedProxies),
    host: hostOf(c, deps.trustedProxies),
    language: c.get('language'),
  })
  // A copy: the headers of a fetched response cannot be changed.
  const headers = new Headers(response.headers)
  for (
    const name of ['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length', QUEUE_COMMAND_HEADER]
  ) headers.delete(name)
  return {
    response: new Response(response.body, { status: response.status, headers }),
    command: response.headers.get(QUEUE_COMMAND_HEADER),
  }
}

/** What the origin says about the visitor's pass, carried out here and not passed on. */
function obeyCommand({ response, command }: Forwarded, held: Pass, deps: Deps): Response {
  if (command !== END_PASS) return response
  // The answer need not wait: a pass that stays in the count ends by itself.
  endPass(deps.redis, held.room, held.id).catch((error) => deps.log('end_pass_failed', { room: held.room, error: String(error) }))
  for (const name of [passCookie(held.room), ticketCookie(held.room)]) {
    response.headers.append('set-cookie', `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`)
  }
  return response
}

/** The body, at most 64 kB and within ten seconds, so that a slow sender holds nothing at the origin. */
async function readBody(c: Ctx): Promise<Uint8Array<ArrayBuffer> | null | 'too_large' | 'too_slow'> {
  const source = c.req.raw.body
  if (!source) return null
  if (Number(c.req.header('content-length') ?? 0) > BODY_LIMIT_BYTES) return 'too_large'
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = source.getReader()
  let isSlow = false
  const timer = setTimeout(() => {
    isSlow = true
    void reader.cancel()
  }, SLOW_BODY_MS)
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      size += read.value.byteLength
      if (size > BODY_LIMIT_BYTES) {
        await reader.cancel()
        return 'too_large'
      }
      chunks.push(read.value)
    }
  } finally {
    clearTimeout(timer)
  }
  // What came is a piece, and might read as a whole.
  if (isSlow) return 'too_slow'
  const body = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
}

const SLOW_BODY_MS = 10_000
