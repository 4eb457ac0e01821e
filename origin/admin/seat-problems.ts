import type { DecisionResult } from '../dead-letters.ts'
import type { ProblemOf } from './act-input.ts'
import type { SeatActResult } from './seats.ts'

/** Why an act on seats was not done; null if it was. */
export function seatProblem(result: SeatActResult): ProblemOf | null {
  switch (result.kind) {
    case 'done':
      return null
    case 'not_found':
    case 'not_loaded':
      return ['not_found', {
        detail: {
          ko: '이 공연의 판매 데이터가 Redis에 없습니다. 먼저 불러와 주세요.',
          en: 'Redis has no sale of this event. Load it first.',
        },
      }]
    case 'busy':
      return ['busy', { retryAfterSeconds: 1 }]
    case 'short':
      return ['sold_out', {
        figures: { ticketTypeId: result.ticketTypeId },
        detail: {
          ko: '판매된 좌석이 전체 좌석보다 많습니다. 예매를 먼저 취소한 뒤 다시 시도해 주세요.',
          en: 'More seats are sold than exist. Cancel reservations first, then try again.',
        },
      }]
    default:
      return result satisfies never
  }
}

/** Why a dead letter was not decided; null if it was. */
export function decisionProblem(result: DecisionResult): ProblemOf | null {
  switch (result.kind) {
    case 'decided':
      return null
    case 'not_found':
      return ['not_found', {
        detail: { ko: '이미 처리되었거나 없는 항목입니다.', en: 'It was decided already, or does not exist.' },
      }]
    case 'busy':
      return ['busy', { retryAfterSeconds: 1 }]
    case 'refused':
      return ['dead_letter_refused', {
        figures: { cause: result.cause },
        detail: {
          ko: `데이터베이스가 기록을 거부했습니다. 원인: ${result.cause}`,
          en: `MySQL refused the entry: ${result.cause}`,
        },
      }]
    default:
      return result satisfies never
  }
}
