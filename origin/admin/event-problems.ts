import type { ChecklistItem } from '../../edge/contract/admin-events.ts'
import type { Language, Text } from '../../edge/contract/language.ts'
import type { ProblemCode, ProblemFacts } from '../../edge/contract/problems.ts'
import type { ChangeResult } from '../event-change.ts'
import type { FieldFault } from './event-values.ts'

export type ProblemOf = [code: ProblemCode, facts: ProblemFacts]

/** Why a change was not made. */
export function changeProblem(result: Exclude<ChangeResult, { kind: 'changed' }>, language: Language): ProblemOf {
  switch (result.kind) {
    case 'not_found':
    case 'event_cancelled':
      return [result.kind, {}]
    case 'stale_version':
      return ['stale_version', { figures: { version: result.version } }]
    case 'seats_below_sold': {
      const { ticketTypeId, left } = result
      return ['seats_below_sold', {
        figures: { ticketTypeId, left },
        detail: {
          ko: `지금 줄일 수 있는 좌석은 ${left}석입니다. 나머지는 이미 판매되었습니다.`,
          en: `Only ${left} seats can be withdrawn. The others are already sold.`,
        },
      }]
    }
    case 'invalid':
      return ['validation_failed', { errors: [{ field: result.field, message: INVALID[result.field][language] }] }]
    case 'incomplete': {
      const errors = result.missing.map((part) => ({ field: part, message: MISSING[part][language] }))
      return ['validation_failed', { errors, detail: INCOMPLETE }]
    }
    case 'busy':
      return ['busy', { retryAfterSeconds: 1 }]
    default:
      return result satisfies never
  }
}

/** Why an event was not cancelled, besides the reasons for which it was not changed. */
export function cancelEventProblem({ kind }: { kind: 'not_published' | 'event_over' }, language: Language): ProblemOf {
  if (kind === 'event_over') return ['event_over', {}]
  const message = language === 'ko' ? '게시하지 않은 공연은 취소 대신 삭제해 주세요.' : 'Delete a draft instead of cancelling it.'
  return ['validation_failed', { errors: [{ field: 'published', message }] }]
}

export const faultsProblem = (faults: FieldFault[], language: Language): ProblemOf => [
  'validation_failed',
  { errors: faults.map(({ field, message }) => ({ field, message: message[language] })) },
]

const INCOMPLETE: Text = {
  ko: '게시된 공연에 꼭 필요한 항목이 빠져 있습니다.',
  en: 'A published event needs more than this one has.',
}

const INVALID = {
  closesAt: {
    ko: '예매 오픈, 예매 마감, 공연 시작 순서가 되도록 입력해 주세요.',
    en: 'The sale must open before it closes, and close before the event starts.',
  },
  ticketTypes: {
    ko: '이 공연에 없는 좌석 등급이거나, 지금은 삭제할 수 없는 등급이 있습니다.',
    en: 'The event has no such ticket type, or it cannot be removed now.',
  },
} as const satisfies Record<string, Text>

const MISSING: Record<ChecklistItem['part'], Text> = {
  titles: { ko: '공연명을 한국어와 영어로 입력해 주세요.', en: 'Enter the title in Korean and in English.' },
  venues: { ko: '장소를 한국어와 영어로 입력해 주세요.', en: 'Enter the venue in Korean and in English.' },
  ticketTypes: {
    ko: '좌석 등급을 하나 이상, 이름을 두 언어로 입력해 주세요.',
    en: 'Add a ticket type, named in both languages.',
  },
  seats: { ko: '판매할 좌석이 없습니다.', en: 'There are no seats to sell.' },
  closing: { ko: '예매 마감이 이미 지났습니다.', en: 'The sale would already be over.' },
  opening: {
    ko: '예매 오픈이 이미 지났습니다. 게시하면 바로 판매됩니다.',
    en: 'The opening has passed: it sells as soon as it is published.',
  },
  poster: { ko: '포스터가 없습니다.', en: 'There is no poster.' },
  notice: { ko: '관람 연령과 환불 규정이 없습니다.', en: 'The age limit and the refund rules are missing.' },
}
