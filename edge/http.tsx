import type { Context } from 'hono'
import { chooseLanguage, type Language } from './contract/language.ts'
import { describeProblem, type ProblemCode, type ProblemFacts, problemResponse, wantsPage } from './contract/problem.ts'
import { ProblemPage } from '../web/pages/problem.tsx'
import { renderPage } from '../web/render.tsx'

export type Env = {
  Bindings: { remoteAddress: string }
  Variables: { address: string; language: Language; requestId: string }
}
export type Ctx = Context<Env>

/** Requests larger than this are refused unread. */
export const BODY_LIMIT_BYTES = 64 * 1024

/** Answers with a problem: a page for a browser, problem+json for a program. */
export function problem(c: Ctx, code: ProblemCode, facts: ProblemFacts = {}): Response {
  const language = c.get('language') ?? chooseLanguage(c.req.raw.headers)
  if (c.req.path.startsWith('/api/') || !wantsPage(c.req.raw.headers)) return problemResponse(code, language, facts)
  const described = describeProblem(code, language, facts)
  const page = renderPage(<ProblemPage language={language} problem={described} path={c.req.path} />)
  const retry = facts.retryAfterSeconds
  return c.html(page, described.status as 400, {
    'cache-control': 'no-store',
    ...(retry !== undefined && { 'retry-after': String(retry) }),
  })
}

/** Whether the visitor's connection to us, or to the proxies that we trust, is HTTPS. */
export function protocolOf(c: Ctx, trustedProxies: number): 'http' | 'https' {
  const told = trustedProxies > 0 ? c.req.header('x-forwarded-proto')?.split(',').at(-1)?.trim() : undefined
  return (told ?? new URL(c.req.url).protocol.replace(':', '')) === 'https' ? 'https' : 'http'
}

/** The host that the visitor asked for. */
export const hostOf = (c: Ctx, trustedProxies: number): string =>
  (trustedProxies > 0 ? c.req.header('x-forwarded-host') : undefined) ?? c.req.header('host') ?? new URL(c.req.url).host
