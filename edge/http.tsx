import type { Context } from 'hono'
import { clientAddress } from './client-address.ts'
import { chooseLanguage, type Language } from './contract/language.ts'
import { type ProblemCode, type ProblemFacts, respondProblem } from './contract/problems.ts'
import { limitHeaders, type LimitName, LIMITS, type Limits } from './limits.ts'
import type { Room, Rooms } from './rooms.ts'
import { ProblemPage } from '../web/pages/problem.tsx'
import { renderPage } from '../web/render.tsx'

export type Env = {
  Bindings: { remoteAddress: string }
  Variables: {
    address: string
    /** Chosen when it is first asked for: see `languageOf()`. */
    language?: Language
    requestId: string
    /** Headers that go with the answer, whatever it will be. */
    responseHeaders: HeaderPairs
    /** Whether a page is wanted rather than data. */
    isPage: boolean
    /** The room of a path of the line. */
    room: Room
    /** The last problem that was described for the request; it may have been answered otherwise. */
    problem?: ProblemCode
  }
}
export type Ctx = Context<Env>

/** Names in lower case, each cookie on its own. Plain pairs: to go through a Headers costs a hundred times as much. */
export type HeaderPairs = [string, string][]

/** Adds a header to the answer of a request before it is made. The name is in lower case. */
export const addHeader = (c: Ctx, name: string, value: string): void => void c.get('responseHeaders').push([name, value])

/**
 * Makes the answer of a request with its own headers and all that was told: as a record where no name comes twice, which Deno reads fastest.
 * Through Hono's context each header is checked, sorted and copied in a Headers of its own.
 */
export function respond(c: Ctx, body: BodyInit | null, status: number, headers: HeaderPairs): Response {
  const all = headers.concat(c.get('responseHeaders').splice(0))
  const record = Object.fromEntries(all)
  const isRecord = Object.keys(record).length === all.length
  return new Response(body, { status, headers: isRecord ? record : all })
}

/** Adds to an answer what it was made without. */
export function applyHeaders(c: Ctx): void {
  for (const [name, value] of c.get('responseHeaders').splice(0)) {
    if (name === 'set-cookie') c.res.headers.append(name, value)
    else c.res.headers.set(name, value)
  }
}

/** Requests larger than this are refused unread. */
export const BODY_LIMIT_BYTES = 64 * 1024

/** Where accounts are made and entered. */
export const ACCOUNT_PATHS = new Set(['/login', '/signup', '/api/auth/login', '/api/auth/signup', '/api/auth/refresh'])

/** The language of the answer. Most of them have no words. */
export function languageOf(c: Ctx): Language {
  const known = c.get('language') ?? chooseLanguage(c.req.raw.headers)
  c.set('language', known)
  return known
}

/** Answers with a problem: a page for a browser, problem+json for a program. */
export function problem(c: Ctx, code: ProblemCode, facts: ProblemFacts = {}): Response {
  c.set('problem', code)
  const language = languageOf(c)
  return respondProblem(
    c,
    language,
    code,
    facts,
    (described) => renderPage(<ProblemPage language={language} problem={described} path={c.req.path} />),
  )
}

/** The address that the visitor is counted under. */
export const addressOf = (c: Ctx, { trustedProxies }: { trustedProxies: number }): string =>
  clientAddress(c.env.remoteAddress, trustedProxies > 0 ? c.req.header('x-forwarded-for') ?? null : null, trustedProxies)

/** Whether the visitor's connection to us, or to the proxies that we trust, is HTTPS. */
export function protocolOf(c: Ctx, trustedProxies: number): 'http' | 'https' {
  const told = trustedProxies > 0 ? c.req.header('x-forwarded-proto')?.split(',').at(-1)?.trim() : undefined
  return told === 'https' || (told === undefined && c.req.url.startsWith('https:')) ? 'https' : 'http'
}

/** The host that the visitor asked for. */
export const hostOf = (c: Ctx, { trustForwardedHost }: { trustForwardedHost: boolean }): string =>
  (trustForwardedHost ? c.req.header('x-forwarded-host') : undefined) ?? c.req.header('host') ?? new URL(c.req.url).host

/** The room of a name; the refusal for whoever brings too many of them to life. Null and throws as `visit()` of rooms.ts does. */
export async function visitRoom(c: Ctx, deps: { rooms: Rooms; limits: Limits }, name: string): Promise<Room | Response | null> {
  return deps.rooms.peek(name) ?? refuseOverLimit(c, deps.limits, 'room', c.get('address')) ?? await deps.rooms.visit(name)
}

/** Counts a request against a limit and tells the client how it stands; the refusal when it is over. */
export function refuseOverLimit(c: Ctx, limits: Limits, name: LimitName, who: string): Response | null {
  const reply = limits.take(name, who)
  // Whoever is far from a limit need not hear of it.
  if (reply.remaining < LIMITS[name].burst / 2) {
    for (const [header, value] of Object.entries(limitHeaders(name, reply))) addHeader(c, header, value)
  }
  return reply.allowed ? null : problem(c, 'rate_limited', { retryAfterSeconds: reply.retryAfterSeconds })
}
