import type { Language } from '../edge/contract/language.ts'
import type { ProblemCode, ProblemFacts } from '../edge/contract/problems.ts'
import type { FindResult } from './reservation-list.ts'
import type { BookingResult, CancelResult } from './reservations.ts'

type ProblemOf = [code: ProblemCode, facts: ProblemFacts]

const BUSY: ProblemOf = ['busy', { retryAfterSeconds: 1 }]

export function bookingProblem(
  result: Exclude<BookingResult, { kind: 'reserved' }>,
  { language, now, quantity }: { language: Language; now: Date; quantity: number },
): ProblemOf {
  switch (result.kind) {
    case 'unknown_ticket_type': {
      const message = language === 'ko' ? '이 공연에 없는 좌석 등급입니다.' : 'This event has no such ticket type.'
      return ['validation_failed', { errors: [{ field: 'ticketTypeId', message }] }]
    }
    case 'sold_out':
      return ['sold_out', { figures: { left: result.left }, detail: describeSeatsLeft(result.left, quantity) }]
    case 'limit_exceeded':
      return ['limit_exceeded', {
        figures: { limit: result.limit, held: result.held },
        detail: {
          ko: `이 공연은 1인당 ${result.limit}매까지 예매할 수 있습니다. 지금까지 ${result.held}매를 예매하셨습니다.`,
          en: `You can hold up to ${result.limit} tickets for this event, and you already hold ${result.held}.`,
        },
      }]
    case 'sale_not_open': {
      const seconds = Math.max(1, Math.ceil((result.opensAtMs - now.getTime()) / 1000))
      return ['sale_not_open', { retryAfterSeconds: seconds, figures: { opensAt: new Date(result.opensAtMs).toISOString() } }]
    }
    case 'sale_stopped': {
      const { message } = result
      return ['sale_stopped', message === '' ? {} : { detail: { ko: message, en: message } }]
    }
    case 'busy':
      return BUSY
    case 'not_found':
    case 'idempotency_mismatch':
    case 'pass_invalid':
    case 'pass_in_use':
    case 'sale_closed':
      return [result.kind, {}]
    default:
      return result satisfies never
  }
}

const describeSeatsLeft = (left: number, wanted: number) =>
  left > 0
    ? {
      ko: `원하신 ${wanted}매 중 ${left}매만 남았습니다.`,
      en: `Only ${left} of the ${wanted} you want ${left === 1 ? 'is' : 'are'} left.`,
    }
    : {
      ko: '이 등급은 매진되었습니다. 취소된 좌석은 바로 다시 판매됩니다.',
      en: 'This ticket type is sold out. Cancelled seats go back on sale right away.',
    }

export function cancelProblem(result: Exclude<CancelResult, { kind: 'cancelled' }>): ProblemOf {
  switch (result.kind) {
    case 'cancel_closed':
      return ['cancel_closed', {
        figures: { cancelUntil: result.cancelUntil },
        detail: {
          ko: '공연 당일에는 취소할 수 없습니다. 공연 전날까지 취소해 주세요.',
          en: 'Reservations can be cancelled until the day before the event.',
        },
      }]
    case 'busy':
      return BUSY
    case 'not_found':
      return ['not_found', {}]
    default:
      return result satisfies never
  }
}

export function findProblem({ kind }: Exclude<FindResult, { kind: 'found' }>): ProblemOf {
  switch (kind) {
    case 'busy':
      return BUSY
    case 'unavailable':
      return RECORD_UNAVAILABLE
    case 'not_found':
      return ['not_found', {}]
    default:
      return kind satisfies never
  }
}

/** Reservations of more than an hour ago, while MySQL is unavailable. */
export const RECORD_UNAVAILABLE: ProblemOf = ['store_unavailable', {
  retryAfterSeconds: 10,
  detail: {
    ko: '지금은 예매 기록을 불러올 수 없습니다. 예매하신 내역은 그대로 보관되어 있으니 잠시 후 다시 열어 주세요.',
    en: 'We can’t read the reservation records right now. Your reservations are safe; please open this page again shortly.',
  },
}]

/** A session that could not be renewed while MySQL is unavailable. */
export const SESSION_NOT_RENEWED: ProblemOf = ['store_unavailable', {
  retryAfterSeconds: 5,
  detail: {
    ko: '지금은 로그인 상태를 연장할 수 없습니다. 로그아웃되지는 않았으니 잠시 후 다시 시도해 주세요.',
    en: 'We can’t renew your login right now. You haven’t been logged out; please try again shortly.',
  },
}]

/** A booking whose outcome is unknown or that was not attempted, because a store is unavailable. */
export const BOOKING_UNAVAILABLE: ProblemOf = ['store_unavailable', {
  retryAfterSeconds: 2,
  detail: {
    ko: '지금은 예매를 확정할 수 없습니다. 다시 누르셔도 한 번만 예매됩니다.',
    en: 'We can’t confirm bookings right now. Please try again; you won’t book twice.',
  },
}]
