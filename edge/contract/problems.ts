import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Language, Text } from './language.ts'

type Kind = { status: number; title: Text }

const kind = (status: number, ko: string, en: string): Kind => ({ status, title: { ko, en } })

/** Every problem that the system answers with: its stable code, its status, its title. */
export const PROBLEMS = {
  malformed_request: kind(400, '요청을 읽을 수 없습니다', 'The request cannot be read'),
  unauthenticated: kind(401, '로그인이 필요합니다', 'Please log in first'),
  wrong_credentials: kind(401, '이메일 또는 비밀번호가 올바르지 않습니다', 'The e-mail or the password is wrong'),
  ticket_invalid: kind(401, '대기표가 올바르지 않습니다', 'This ticket for the line is not valid'),
  forbidden: kind(403, '권한이 없습니다', 'You may not do this'),
  pass_required: kind(403, '대기열을 거쳐 입장해 주세요', 'Please come in through the line'),
  pass_invalid: kind(403, '입장 시간이 끝났습니다', 'Your time inside has ended'),
  pass_in_use: kind(403, '다른 사람이 이미 사용한 입장권입니다', 'Someone else has used this pass'),
  not_found: kind(404, '찾을 수 없습니다', 'Not found'),
  method_not_allowed: kind(405, '허용되지 않는 요청 방식입니다', 'This method is not allowed here'),
  email_taken: kind(409, '이미 가입된 이메일입니다', 'This e-mail has an account already'),
  nickname_taken: kind(409, '이미 사용 중인 닉네임입니다', 'This nickname is taken'),
  ticket_used: kind(409, '이미 사용한 대기표입니다', 'This ticket has been used'),
  sale_not_open: kind(409, '아직 예매가 시작되지 않았습니다', 'The sale has not opened yet'),
  sale_closed: kind(409, '예매가 종료되었습니다', 'The sale has ended'),
  sold_out: kind(409, '남은 좌석이 부족합니다', 'Not enough seats are left'),
  limit_exceeded: kind(409, '1인당 구매 한도를 넘었습니다', 'This would pass the limit for one person'),
  cancel_closed: kind(409, '취소할 수 있는 기간이 지났습니다', 'It is too late to cancel'),
  turn_missed: kind(410, '입장 시간이 지났습니다', 'Your turn has passed'),
  body_too_large: kind(413, '요청이 너무 큽니다', 'The request is too large'),
  validation_failed: kind(422, '입력한 내용을 확인해 주세요', 'Please check what you entered'),
  idempotency_mismatch: kind(
    422,
    '같은 요청 번호로 다른 내용을 보낼 수 없습니다',
    'The same key cannot stand for another booking',
  ),
  not_your_turn: kind(425, '아직 순서가 아닙니다', 'It is not your turn yet'),
  work_required: kind(428, '입장하려면 확인이 필요합니다', 'Joining the line takes a short check by your device'),
  rate_limited: kind(429, '요청이 너무 많습니다', 'Too many requests'),
  internal: kind(500, '일시적인 오류가 발생했습니다', 'Something went wrong on our side'),
  queue_full: kind(503, '대기열이 가득 찼습니다', 'The line is full'),
  busy: kind(503, '지금은 요청이 많습니다', 'We are busy right now'),
  store_unavailable: kind(503, '일시적으로 처리할 수 없습니다', 'This cannot be done for the moment'),
} as const satisfies Record<string, Kind>

export type ProblemCode = keyof typeof PROBLEMS

/** What a problem says beyond its code. `detail` is for the reader; the rest is for programs. */
export type ProblemFacts = {
  detail?: Text
  errors?: FieldError[]
  retryAfterSeconds?: number
  /** Figures of the single problem, such as `left`, `limit`, `held`, `ahead`. */
  figures?: Record<string, unknown>
}
export type FieldError = { field: string; message: string }

/** The body of an `application/problem+json` answer (RFC 9457). */
export type Problem = {
  type: string
  title: string
  status: number
  code: ProblemCode
  detail: string
  errors?: FieldError[]
  retryAfterSeconds?: number
}

/** Fills in a problem in the reader's language. */
export function describeProblem(code: ProblemCode, language: Language, facts: ProblemFacts = {}): Problem {
  const { status, title } = PROBLEMS[code]
  return {
    type: `urn:neticket:problem:${code}`,
    title: title[language],
    status,
    code,
    detail: facts.detail?.[language] ?? title[language],
    ...(facts.errors && { errors: facts.errors }),
    ...(facts.retryAfterSeconds !== undefined && { retryAfterSeconds: facts.retryAfterSeconds }),
    ...facts.figures,
  }
}

/**
 * Answers with a problem: as a page (drawn by `drawPage`) where a browser asks for one outside `/api/`, else as problem+json. Whatever
 * headers the context has been given go along.
 */
export function respondProblem(
  c: Context,
  language: Language,
  code: ProblemCode,
  facts: ProblemFacts,
  drawPage: (problem: Problem) => string,
): Response {
  const problem = describeProblem(code, language, facts)
  const asPage = !c.req.path.startsWith('/api/') && wantsPage(c.req.raw.headers)
  c.header('content-type', asPage ? 'text/html; charset=utf-8' : 'application/problem+json; charset=utf-8')
  c.header('content-language', language)
  c.header('cache-control', 'no-store')
  if (facts.retryAfterSeconds !== undefined) c.header('retry-after', String(facts.retryAfterSeconds))
  return c.body(asPage ? drawPage(problem) : JSON.stringify(problem), problem.status as ContentfulStatusCode)
}

/** Whether the sender wants a page rather than data: browsers name text/html, programs rarely do. */
export const wantsPage = (headers: Headers) => (headers.get('accept') ?? '').includes('text/html')
