import type { Language, Text } from '../../edge/contract/language.ts'
import { describeProblem, type Problem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import { delayedDetail } from './login-problems.ts'

const COMMON_PASSWORD: Text = {
  ko: '많이 쓰이거나 유출된 적이 있는 비밀번호입니다. 다른 비밀번호를 입력해 주세요.',
  en: 'This password is common or was in a data breach. Please choose another one.',
}
const WRONG_PASSWORD: Text = { ko: '비밀번호가 올바르지 않습니다.', en: 'This password is wrong.' }
const SAME_EMAIL: Text = { ko: '지금 쓰고 있는 이메일입니다.', en: 'This is already your address.' }
const MAIL_LIMITED: Text = {
  ko: '메일을 여러 번 보냈습니다. 스팸함도 확인해 주시고, 잠시 후 다시 시도해 주세요.',
  en: 'We have sent several mails already. Check your spam folder too, and try again later.',
}
const OPERATOR: Text = {
  ko: '운영자 계정은 탈퇴할 수 없습니다. 소유자에게 역할 해제를 요청해 주세요.',
  en: 'An operator’s account can’t be deleted. Ask an owner to remove your role first.',
}
const HAS_RESERVATIONS = (count: number): Text => ({
  ko: `예정된 공연의 예매가 ${count}건 있습니다. 취소하거나 공연이 끝난 뒤 탈퇴할 수 있습니다.`,
  en: `You have ${
    count === 1 ? '1 reservation' : `${count} reservations`
  } for coming events. Cancel, or delete your account after the event.`,
})

const invalid = (language: Language, field: string, message: Text): [ProblemCode, ProblemFacts] => [
  'validation_failed',
  { errors: [{ field, message: message[language] }] },
]

/** The problem of a new password that is easy to guess. */
export const commonPassword = (language: Language, field = 'password') => invalid(language, field, COMMON_PASSWORD)

export const describeCommonPassword = (language: Language): Problem => {
  const [code, facts] = commonPassword(language)
  return describeProblem(code, language, facts)
}

type Refusal =
  | { kind: 'wrong_password' }
  | { kind: 'common_password' }
  | { kind: 'same_email' }
  | { kind: 'nickname_taken' }
  | { kind: 'has_reservations'; reservations: number }
  | { kind: 'operator' }
  | { kind: 'not_found' }
  | { kind: 'busy' }
  | { kind: 'delayed'; retryAfterSeconds: number }
  | { kind: 'limited'; retryAfterSeconds: number }

/** Why an act of a person on their own account was refused. The names are those of the fields with the present password and the new address. */
export function accountProblem(
  refusal: Refusal,
  language: Language,
  { current = 'currentPassword', email = 'email' } = {},
): [ProblemCode, ProblemFacts] {
  switch (refusal.kind) {
    case 'wrong_password':
      return invalid(language, current, WRONG_PASSWORD)
    case 'common_password':
      return commonPassword(language)
    case 'same_email':
      return invalid(language, email, SAME_EMAIL)
    case 'nickname_taken':
      return ['nickname_taken', {}]
    case 'has_reservations':
      return ['account_has_reservations', { detail: HAS_RESERVATIONS(refusal.reservations) }]
    case 'operator':
      return ['forbidden', { detail: OPERATOR }]
    case 'not_found':
      return ['unauthenticated', {}]
    case 'busy':
      return ['busy', { retryAfterSeconds: 3 }]
    case 'delayed':
      return ['rate_limited', {
        retryAfterSeconds: refusal.retryAfterSeconds,
        detail: delayedDetail(refusal.retryAfterSeconds),
      }]
    case 'limited':
      return ['rate_limited', { retryAfterSeconds: refusal.retryAfterSeconds, detail: MAIL_LIMITED }]
    default:
      return refusal satisfies never
  }
}
