import type { Text } from '../../edge/contract/language.ts'
import type { ProblemCode, ProblemFacts } from '../../edge/contract/problems.ts'

/** Why attempts to log in are delayed, and for how long. */
export function delayedDetail(seconds: number): Text {
  const minutes = Math.ceil(seconds / 60)
  const [ko, en] = seconds < 60
    ? [`${seconds}초`, seconds === 1 ? '1 second' : `${seconds} seconds`]
    : [`${minutes}분`, minutes === 1 ? '1 minute' : `${minutes} minutes`]
  return {
    ko: `로그인 시도가 많아 잠시 제한했습니다. ${ko} 뒤에 다시 시도하거나, 전에 로그인했던 기기를 이용해 주세요.`,
    en:
      `There were too many attempts to log in to this account. Try again in ${en}, or use a device that you have logged in with before.`,
  }
}

const WRONG_CODE: Text = {
  ko: '인증 코드가 올바르지 않거나 이미 사용되었습니다. 앱에 표시된 새 코드를 입력해 주세요.',
  en: 'The code is wrong or was used before. Enter the code that your app shows now.',
}

/** The problem of a login, or of an operator's page, whose second factor is missing or wrong. */
export function codeRefusal(
  result: { kind: 'code_required' } | { kind: 'wrong_code' } | { kind: 'delayed'; retryAfterSeconds: number },
  language: 'ko' | 'en' = 'en',
): [ProblemCode, ProblemFacts] {
  switch (result.kind) {
    case 'code_required':
      return ['code_required', {}]
    case 'wrong_code':
      return ['code_required', { detail: WRONG_CODE, errors: [{ field: 'code', message: WRONG_CODE[language] }] }]
    case 'delayed':
      return ['rate_limited', {
        retryAfterSeconds: result.retryAfterSeconds,
        detail: delayedDetail(result.retryAfterSeconds),
      }]
    default:
      return result satisfies never
  }
}
