import type { Context, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import * as z from 'zod'
import type { CookieSource, Protocol } from '../edge/contract/cookies.ts'
import { hasInternalToken } from '../edge/contract/internal-access.ts'
import { chooseLanguage, type Language, type Text } from '../edge/contract/language.ts'
import { type FieldError, type ProblemCode, type ProblemFacts, PROBLEMS, respondProblem } from '../edge/contract/problems.ts'
import { findPublicRoute, varyOf } from '../edge/contract/public-routes.ts'
import { ProblemPage } from '../web/pages/problem.tsx'
import { renderPage } from '../web/render.tsx'
import { isOperator } from '../edge/contract/roles.ts'
import type { Access, TokenKeys } from '../edge/contract/tokens.ts'
import type { Person } from './accounts.ts'

export type Env = {
  Variables: {
    person: Access | null
    /** The session of the person's access token; null for a guest, and for a token that belongs to none. */
    session: string | null
    language: Language
    requestId: string
    /** The outcome of an attempt to book or cancel: `reserved`, `cancelled` or a problem code. For other requests: a problem code. */
    outcome?: 'reserved' | 'cancelled' | ProblemCode
  }
}
export type Ctx = Context<Env>

/** Larger bodies are rejected unread. */
export const BODY_LIMIT_BYTES = 64 * 1024

/** A request's headers, and the protocol by which the visitor reached the edge. The edge reads both in the same way. */
export const cookieSource = (c: Ctx): CookieSource => ({ headers: c.req.raw.headers, protocol: protocolOf(c) })

/** The edge sends the protocol. A client that reaches the origin without an edge has that of its connection. */
function protocolOf(c: Ctx): Protocol {
  const sent = c.req.header('x-forwarded-proto') ?? c.req.url.slice(0, c.req.url.indexOf(':'))
  return sent === 'https' ? 'https' : 'http'
}

/** Responds with a problem: a page for browsers, problem+json for programs. */
export function problem(c: Ctx, code: ProblemCode, facts: ProblemFacts = {}): Response {
  c.set('outcome', code)
  const language = c.get('language') ?? chooseLanguage(cookieSource(c))
  return respondProblem(
    c,
    language,
    code,
    facts,
    (described) => renderPage(<ProblemPage language={language} problem={described} path={c.req.path} />),
  )
}

/** Marks a response as personal: no cache may store it. */
export function personal(c: Ctx): void {
  c.header('cache-control', 'private, no-store')
}

/**
 * Lets the edge share a response for a second, serve it stale while it revalidates, and for an hour while no origin responds. Throws for a
 * path that the contract does not declare as public.
 */
export function shared(c: Ctx): void {
  const route = findPublicRoute(c.req.path)
  if (!route) throw new Error(`${c.req.path} is not declared in edge/contract/public-routes.ts`)
  c.header('cache-control', 'public, max-age=1, stale-while-revalidate=5, stale-if-error=3600')
  c.header('vary', varyOf(route))
}

/** Parses a value from outside. Returns a problem response that names each invalid field. */
export function checkInput<Input>(c: Ctx, schema: z.ZodType<Input>, value: unknown): Input | Response {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : problem(c, 'validation_failed', { errors: fieldErrors(parsed.error, c.get('language')) })
}

/** The person who is logged in, or a problem response. */
export const requirePerson = (c: Ctx): Access | Response => c.get('person') ?? problem(c, 'unauthenticated')

/** The client's IP address as the edge reads it: the first of the header, to which a balancer behind the edge adds that of the edge. */
export const addressOf = (c: Ctx): string =>
  (c.req.header('x-forwarded-for') ?? '').split(',', 1)[0]!.trim().slice(0, 64) || 'unknown'

/** Refuses requests without the internal token, which only edges and operators have. */
export const requireInternalToken = ({ tokenKeys }: { tokenKeys: TokenKeys }): MiddlewareHandler<Env> => async (c, next) => {
  if (hasInternalToken(c.req.raw.headers, tokenKeys)) return await next()
  c.header('www-authenticate', 'Bearer')
  return problem(c, 'unauthenticated')
}

/** An event's id in canonical form, as in the edge: `7` and `07` would be different paths to the waiting rooms. */
export const eventIdInput = z.string().regex(/^[1-9]\d{0,14}$/).transform(Number)

/** The event id in the path; undefined if it is invalid. */
export const eventIdOf = (c: Ctx): number | undefined => eventIdInput.safeParse(c.req.param('id')).data

/** The status of a page that shows a problem. */
export const statusOf = (code: ProblemCode): ContentfulStatusCode => PROBLEMS[code].status as ContentfulStatusCode

/** A person as page headers show them. */
export const viewerOf = ({ nickname, role }: Person) => ({ nickname, isOperator: isOperator(role) })

/** Each invalid field with the rule that it breaks. */
export function fieldErrors(error: z.ZodError, language: Language): FieldError[] {
  return error.issues.map((issue) => {
    const field = issue.path.join('.') || 'body'
    return { field, message: (FIELD_RULES[field] ?? OTHER_RULE)[language] }
  })
}

const OTHER_RULE: Text = { ko: '값이 올바르지 않습니다.', en: 'This value is not valid.' }
const FIELD_RULES: Record<string, Text> = {
  email: { ko: '이메일 주소를 확인해 주세요. 254자까지 쓸 수 있습니다.', en: 'Enter an e-mail address of up to 254 characters.' },
  password: {
    ko: '비밀번호는 8~128자로 입력해 주세요. 어떤 문자든 쓸 수 있습니다.',
    en: 'Use 8 to 128 characters. Any characters are fine.',
  },
  nickname: { ko: '닉네임은 한글·영문·숫자 2~10자입니다.', en: 'Use 2 to 10 letters (Korean or English) or digits.' },
  terms: { ko: '이용약관과 개인정보 처리방침에 동의해 주세요.', en: 'Please accept the terms and the privacy notice.' },
  newEmail: { ko: '새 이메일 주소를 확인해 주세요.', en: 'Please check the new e-mail address.' },
  currentPassword: { ko: '현재 비밀번호를 입력해 주세요.', en: 'Enter your present password.' },
  ticketTypeId: { ko: '좌석 등급을 선택해 주세요.', en: 'Choose a ticket type.' },
  quantity: { ko: '매수는 1~100의 정수로 입력해 주세요.', en: 'The quantity must be a whole number from 1 to 100.' },
  keep: { ko: '몇 매를 취소할지 선택해 주세요.', en: 'Choose how many tickets to cancel.' },
  idempotencyKey: {
    ko: 'Idempotency-Key 헤더에 공백 없는 ASCII 1~64자를 넣어 주세요. 같은 값으로 다시 보내면 한 번만 예매됩니다.',
    en: 'Send an Idempotency-Key header of 1 to 64 visible ASCII characters; a retry with the same key books only once.',
  },
  page: { ko: '페이지 번호는 1 이상의 정수여야 합니다.', en: 'The page must be a whole number of 1 or more.' },
  size: { ko: '한 페이지에 1~100개까지 볼 수 있습니다.', en: 'The page size must be between 1 and 100.' },
  buyers: { ko: '가상 관객은 10~20,000명의 정수로 입력해 주세요.', en: 'Enter a whole number of buyers from 10 to 20,000.' },
  seconds: { ko: '판매 시간은 10~300초의 정수로 입력해 주세요.', en: 'Enter a whole number of seconds from 10 to 300.' },
  expected: {
    ko: '예상 관객은 10~10,000,000명의 정수로 입력해 주세요.',
    en: 'Enter a whole number of expected buyers from 10 to 10,000,000.',
  },
  q: { ko: '검색어는 100자까지 쓸 수 있습니다.', en: 'Search for up to 100 characters.' },
}
