import type { Context } from 'hono'
import { ProblemPage } from '../web/pages/problem.tsx'
import { renderPage } from '../web/render.tsx'
import type { ClientRequest } from './client-request.ts'
import { type Problem, type ProblemCode, type ProblemFacts, respondProblem } from './contract/problems.ts'
import { paths } from './contract/paths.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'
import { LRUCache } from 'lru-cache'
import { limitHeaders, type LimitName, type Limits } from './limits.ts'
import type { Room } from './rooms/live-room.ts'
import type { Rooms } from './rooms/rooms.ts'

export type Env = {
  Bindings: { client: ClientRequest; limits: Limits }
  Variables: {
    /** Headers to add to the final response. */
    responseHeaders: HeaderPairs
    /** The room of a path under /queue. */
    room: Room
    /** The last problem created for the request. The final response may be another one. */
    problem?: ProblemCode | undefined
  }
}
export type Ctx = Context<Env>

/** Adds a header to the future response of a request. The name is in lower case. */
export const addHeader = (c: Ctx, name: string, value: string): void => void c.get('responseHeaders').push([name, value])

/**
 * Creates a response with its own headers and those of `addHeader()`. Headers become a record if no name repeats, which Deno reads fastest.
 * Hono's context would check, sort and copy each header.
 */
export function respond(c: Ctx, body: BodyInit | null, status: number, headers: HeaderPairs): Response {
  const all = headers.concat(c.get('responseHeaders').splice(0))
  const record = Object.fromEntries(all)
  const isRecord = Object.keys(record).length === all.length
  return new Response(body, { status, headers: isRecord ? record : all })
}

/** Headers of a JSON response for one visitor: not cached, not readable from other sites, not sniffed. */
const PERSONAL_JSON: HeaderPairs = [
  ['content-type', 'application/json'],
  ['cache-control', 'private, no-store'],
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-resource-policy', 'same-origin'],
]

/** Responds with JSON for one visitor. */
export const respondPersonally = (c: Ctx, body: object, status: 200 | 201): Response =>
  respond(c, JSON.stringify(body), status, PERSONAL_JSON)

/** Adds the headers of `addHeader()` that the response does not have yet. */
export function applyHeaders(c: Ctx): void {
  for (const [name, value] of c.get('responseHeaders').splice(0)) {
    if (name === 'set-cookie') c.res.headers.append(name, value)
    else c.res.headers.set(name, value)
  }
}

/** Where accounts are recovered, and sessions begin and end. Each request costs the origin reads of MySQL, whatever credentials it has. */
export const ACCOUNT_PATHS = new Set([
  '/login',
  '/signup',
  '/logout',
  '/invitation',
  '/api/auth/login',
  '/api/auth/signup',
  '/api/auth/logout',
  paths.api.refresh,
  paths.forgot,
  paths.reset(),
  paths.verification(),
  '/api/auth/forgot',
  '/api/auth/reset',
  '/api/auth/verify',
])

/** The pages of links in mails: opening one reads MySQL too. */
const LINK_PAGES = new Set([paths.invitation(), paths.reset(), paths.verification()])

/** Whether a request counts for the limit of log-ins. */
export const isForAccounts = ({ method, path }: { method: string; path: string }): boolean =>
  (method === 'POST' ? ACCOUNT_PATHS : LINK_PAGES).has(path)

/** Where a link that resets a password is requested, for any address. */
export const FORGOT_PATHS = new Set([paths.forgot, '/api/auth/forgot'])

/** Where the origin computes a long answer for each query. */
export const SEARCH_PATHS = new Set(['/search', '/api/events/search', '/openings'])

/** Whether a request changes a person's own account or one of their reminders, or reads their tickets. */
export const isOwnAccount = ({ method, path }: { method: string; path: string }): boolean =>
  (method !== 'GET' && method !== 'HEAD' && /^\/(?:api\/me|me\/account|events\/\d+\/reminder)(?:\/|$)/.test(path)) ||
  /^\/tickets\/|^\/api\/reservations\/[^/]+\/(?:tickets\.pdf|ics)$/.test(path)

/** Where reservations are cancelled, in whole or in part. */
export const isCancellation = ({ method, path }: { method: string; path: string }): boolean =>
  (method === 'POST' && /^\/reservations\/[^/]+\/cancellation$/.test(path)) ||
  ((method === 'DELETE' || method === 'PATCH') && path.startsWith('/api/reservations/'))

/** Where accounts are created. */
export const SIGNUP_PATHS = new Set(['/signup', '/api/auth/signup'])

/** Responds with a problem: a page for a browser, problem+json for a program. */
export function problem(c: Ctx, code: ProblemCode, facts: ProblemFacts = {}): Response {
  c.set('problem', code)
  return respondProblem(c, c.env.client.language, code, facts, (described) => problemPage(c, described))
}

const problemPages = new LRUCache<string, string>({ max: 500 })

/**
 * The page of a problem. Within the limit of rendered pages its links lead back to the path of the request; beyond it one page serves all requests
 * with the same problem, because a client that is refused everything else could ask for these without end.
 */
function problemPage(c: Ctx, described: Problem): string {
  const { client: { language, address, path }, limits } = c.env
  const render = (back: string) => renderPage(<ProblemPage language={language} problem={described} path={back} />)
  if (limits.take('page', address).allowed) return render(path)
  const key = `${language} ${JSON.stringify(described)}`
  const page = problemPages.get(key) ?? render(paths.home)
  problemPages.set(key, page)
  return page
}

/**
 * Returns the room with this name and makes it live; null for an unknown name, or a problem response if the address has made too many rooms
 * live. Throws StoreUnavailable and UpstreamUnavailable.
 */
export async function visitRoom(c: Ctx, deps: { rooms: Rooms; limits: Limits }, name: string): Promise<Room | Response | null> {
  return deps.rooms.peek(name) ?? refuseOverLimit(c, deps.limits, 'room', c.env.client.address) ?? await deps.rooms.visit(name)
}

/** Counts a request against a limit. Returns null if it is within the limit, otherwise the time to wait. */
export function countAgainstLimit(c: Ctx, limits: Limits, name: LimitName, client: string): { retryAfterSeconds: number } | null {
  const { allowed, limit, remaining, retryAfterSeconds } = limits.take(name, client)
  // Clients far below the limit do not need the headers.
  if (remaining < limit.burst / 2) {
    for (const [header, value] of limitHeaders(name, { limit, remaining, retryAfterSeconds })) addHeader(c, header, value)
  }
  return allowed ? null : { retryAfterSeconds }
}

/** Counts a request against a limit. Returns null if it is within the limit, otherwise a problem response. */
export function refuseOverLimit(c: Ctx, limits: Limits, name: LimitName, client: string): Response | null {
  const excess = countAgainstLimit(c, limits, name, client)
  return excess && problem(c, 'rate_limited', excess)
}
