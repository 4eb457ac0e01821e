import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Language, Text } from './language.ts'
import { NO_SNIFFING, PAGE_CSP, PAGE_REFERRER } from './response-security.ts'

type Kind = { status: number; title: Text }

const kind = (status: number, ko: string, en: string): Kind => ({ status, title: { ko, en } })

/** Every problem that the API returns: its stable code, its status and its title. */
export const PROBLEMS = {
  malformed_request: kind(400, '요청을 읽을 수 없습니다', 'We couldn’t read this request'),
  unauthenticated: kind(401, '로그인이 필요합니다', 'Please log in to continue'),
  wrong_credentials: kind(401, '이메일 또는 비밀번호가 올바르지 않습니다', 'Wrong e-mail or password'),
  code_required: kind(401, '2단계 인증 코드가 필요합니다', 'A code from your authenticator app is required'),
  ticket_invalid: kind(
    401,
    '대기표가 유효하지 않습니다. 대기열에 다시 참여해 주세요',
    'Your queue ticket isn’t valid. Please join the queue again',
  ),
  email_unverified: kind(403, '이메일 인증이 필요합니다', 'Please verify your e-mail address first'),
  forbidden: kind(403, '권한이 없습니다', 'You don’t have permission to do this'),
  cross_site: kind(
    403,
    '다른 사이트에서 보낸 요청이라 처리하지 않았습니다',
    'This request came from another site, so nothing was changed',
  ),
  pass_required: kind(403, '대기열을 거쳐 입장해 주세요', 'Please join the queue first'),
  pass_invalid: kind(
    403,
    '입장 시간이 끝났습니다. 대기열에 다시 참여해 주세요',
    'Your booking time is over. Please join the queue again',
  ),
  pass_in_use: kind(403, '다른 사람이 이미 사용한 입장권입니다', 'This pass has already been used by someone else'),
  extension_used: kind(409, '예매 시간은 한 번만 연장할 수 있습니다', 'Your time to book can be extended only once'),
  extension_early: kind(425, '아직 예매 시간을 연장할 수 없습니다', 'It’s too early to extend your time to book'),
  not_found: kind(404, '찾을 수 없습니다', 'Not found'),
  body_too_slow: kind(408, '보낸 내용이 제때 도착하지 않았습니다', 'The request took too long to arrive'),
  email_taken: kind(409, '이미 가입된 이메일입니다. 로그인해 주세요', 'This e-mail already has an account. Try logging in'),
  nickname_taken: kind(
    409,
    '이미 사용 중인 닉네임입니다. 다른 닉네임을 입력해 주세요',
    'This nickname is taken. Please choose another',
  ),
  account_has_reservations: kind(
    409,
    '예정된 공연의 예매가 있어 탈퇴할 수 없습니다',
    'You can’t delete your account while you have tickets for coming events',
  ),
  already_operator: kind(409, '이미 운영자입니다', 'This person is already an operator'),
  last_owner: kind(409, '마지막 소유자는 바꿀 수 없습니다', 'The last owner stays an owner'),
  ticket_used: kind(409, '이미 사용한 대기표입니다', 'This queue ticket has already been used'),
  sale_not_open: kind(409, '아직 예매가 시작되지 않았습니다', 'Tickets aren’t on sale yet'),
  sale_closed: kind(409, '예매가 종료되었습니다', 'Ticket sales have ended'),
  sale_stopped: kind(409, '주최 측이 예매를 잠시 멈췄습니다', 'The organiser has stopped the sale for now'),
  stale_version: kind(
    409,
    '다른 사람이 먼저 수정했습니다. 최신 내용을 확인한 뒤 다시 시도해 주세요',
    'Someone else has changed this first. Check the latest version and try again',
  ),
  rehearsal_refused: kind(409, '지금은 리허설을 시작할 수 없습니다', 'A rehearsal can’t start now'),
  seats_below_sold: kind(409, '이미 판매된 좌석보다 적게 줄일 수 없습니다', 'You can’t withdraw seats that are already sold'),
  event_has_reservations: kind(
    409,
    '예매가 있는 공연은 삭제할 수 없습니다. 공연 취소를 이용해 주세요',
    'An event with reservations can’t be deleted. Cancel it instead',
  ),
  event_cancelled: kind(409, '이미 취소된 공연입니다', 'This event has been cancelled'),
  event_over: kind(409, '공연이 끝난 지 오래되어 취소할 수 없습니다', 'This event was too long ago to be cancelled'),
  not_undoable: kind(409, '되돌릴 수 있는 시간이 지났거나 다시 초기화되었습니다', 'This can no longer be undone'),
  sold_out: kind(409, '남은 좌석이 부족합니다', 'Not enough tickets left'),
  limit_exceeded: kind(409, '1인당 구매 가능 매수를 초과했습니다', 'This is over the ticket limit per person'),
  dead_letter_refused: kind(409, '기록할 수 없는 항목입니다', 'This entry still can’t be written'),
  no_tickets: kind(409, '취소된 예매에는 입장권이 없습니다', 'A cancelled reservation has no tickets'),
  cancel_closed: kind(409, '취소할 수 있는 기간이 지났습니다', 'The cancellation period is over'),
  turn_missed: kind(
    410,
    '입장 시간이 지났습니다. 대기열에 다시 참여해 주세요',
    'You missed your turn. Please join the queue again',
  ),
  link_expired: kind(410, '만료되었거나 이미 사용한 링크입니다', 'This link has expired or was already used'),
  body_too_large: kind(413, '보낸 내용이 너무 큽니다', 'The request is too large'),
  headers_too_large: kind(431, '브라우저가 보낸 정보가 너무 큽니다', 'Your browser sent too much data with this request'),
  validation_failed: kind(422, '입력한 내용을 다시 확인해 주세요', 'Please check what you entered'),
  idempotency_mismatch: kind(
    422,
    '이미 다른 예매에 사용된 요청입니다. 처음부터 다시 시도해 주세요',
    'This request was already used for a different booking',
  ),
  not_your_turn: kind(425, '아직 입장 순서가 아닙니다', 'It’s not your turn yet'),
  work_required: kind(428, '입장 전에 간단한 확인이 필요합니다', 'We need a quick check of your device before you join'),
  rate_limited: kind(429, '요청이 너무 많습니다. 잠시 후 다시 시도해 주세요', 'Too many requests. Please try again shortly'),
  internal: kind(
    500,
    '일시적인 오류가 발생했습니다. 잠시 후 다시 시도해 주세요',
    'Something went wrong on our side. Please try again shortly',
  ),
  queue_full: kind(503, '대기열이 가득 찼습니다. 잠시 후 다시 시도해 주세요', 'The queue is full. Please try again shortly'),
  busy: kind(503, '접속이 많습니다. 잠시 후 다시 시도해 주세요', 'We’re very busy right now. Please try again shortly'),
  store_unavailable: kind(
    503,
    '지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요',
    'We can’t do this right now. Please try again shortly',
  ),
} as const satisfies Record<string, Kind>

export type ProblemCode = keyof typeof PROBLEMS

/** Details of one problem. `detail` is for people; the other fields are for programs. */
export type ProblemFacts = {
  detail?: Text
  errors?: FieldError[]
  retryAfterSeconds?: number
  /** Extension members, such as `left`, `limit`, `held` or `ahead`. */
  figures?: Record<string, unknown>
}
export type FieldError = { field: string; message: string }

/** The body of an `application/problem+json` response (RFC 9457). */
export type Problem = {
  type: string
  title: string
  status: number
  code: ProblemCode
  detail: string
  errors?: FieldError[]
  retryAfterSeconds?: number
}

/** The body of a problem in one language. */
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
 * Responds with a problem: outside `/api/` as a page if the client accepts HTML, otherwise as problem+json. Headers that were set on the
 * context are kept.
 */
export function respondProblem(
  c: Context,
  language: Language,
  code: ProblemCode,
  facts: ProblemFacts,
  renderPage: (problem: Problem) => string,
): Response {
  const problem = describeProblem(code, language, facts)
  const asPage = !c.req.path.startsWith('/api/') && wantsPage(c.req.raw.headers)
  c.header('content-type', asPage ? 'text/html; charset=utf-8' : 'application/problem+json; charset=utf-8')
  c.header('content-language', language)
  c.header('cache-control', 'no-store')
  c.header(...NO_SNIFFING)
  if (asPage) {
    c.header('content-security-policy', PAGE_CSP)
    c.header(...PAGE_REFERRER)
  }
  if (facts.retryAfterSeconds !== undefined) c.header('retry-after', String(facts.retryAfterSeconds))
  return c.body(asPage ? renderPage(problem) : JSON.stringify(problem), problem.status as ContentfulStatusCode)
}

/** Whether the client prefers a page to data: browsers list text/html in Accept, programs rarely do. */
export const wantsPage = (headers: Headers) => (headers.get('accept') ?? '').includes('text/html')
