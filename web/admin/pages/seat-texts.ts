import type { Text } from '../../../edge/contract/language.ts'
import type { Problem } from '../../../edge/contract/problems.ts'

export type SeatActName = 'load' | 'unload' | 'audit' | 'repair'
export type SeatsDone = SeatActName | 'retry' | 'dismiss'
/** An act that was refused. `letter`: the dead letter that it was about. */
export type RefusedSeatAct = { act: SeatsDone; letter: number | null; problem: Problem; reason: string }

/** The seats of one ticket type. `left`: null while the sale is not in Redis. */
export type SeatFigures = {
  total: number
  sold: number
  inFlight: number
  deadLettered: number
  left: number | null
  drift: number
}

/** What the figures of a ticket type mean, in one or two sentences. */
export function explainSeats({ total, sold, inFlight, deadLettered, left, drift }: SeatFigures): Text {
  if (left === null) {
    return {
      ko: `MySQL 기준으로 ${total}석 중 ${sold}석이 판매되었습니다.`,
      en: `MySQL has ${sold} of ${total} seats as sold.`,
    }
  }
  if (drift > 0) {
    return {
      ko: `${drift}석이 어디에도 없습니다. 보정하기 전까지 아무도 살 수 없습니다.`,
      en: `${seats(drift)} missing from the sale. Nobody can buy them until a repair.`,
    }
  }
  if (drift < 0) {
    return {
      ko: `Redis에 좌석이 ${-drift}석 더 많습니다. 판매되면 두 번 팔리게 됩니다. 지금 보정해 주세요.`,
      en: `${seats(-drift)} too many on sale in Redis. If they sell, they are sold twice. Repair now.`,
    }
  }
  const parts: Text[] = [
    { ko: `MySQL에 기록된 판매 ${sold}석`, en: `${sold} sold in MySQL` },
    ...(inFlight > 0 ? [{ ko: `MySQL에 기록 중인 예매 ${inFlight}석`, en: `${inFlight} on their way to MySQL` }] : []),
    ...(inFlight < 0
      ? [{ ko: `MySQL에 기록 중인 취소 ${-inFlight}석`, en: `minus ${-inFlight} whose cancellation is on its way to MySQL` }]
      : []),
    ...(deadLettered > 0 ? [{ ko: `기록에 실패한 예매 ${deadLettered}석`, en: `${deadLettered} in dead letters` }] : []),
    { ko: `남은 ${left}석`, en: `${left} left in Redis` },
  ]
  return {
    ko: `${parts.map(({ ko }) => ko).join(', ')}으로 전체 ${total}석과 일치합니다.`,
    en: `Agrees: ${parts.map(({ en }) => en).join(', ')} make ${total}.`,
  }
}

const seats = (count: number) => count === 1 ? '1 seat is' : `${count} seats are`

/** What a dead letter is about. */
export type LetterSummary = {
  kind: 'booking' | 'cancellation' | 'seats' | 'unreadable'
  /** The reservation's number; null for an entry that has none. */
  reservation: string | null
  person: number | null
  /** The name of the ticket type in the viewer's language. */
  ticketType: string | null
  quantity: number | null
}

export function explainLetter({ kind, person, ticketType, quantity }: LetterSummary): Text {
  switch (kind) {
    case 'booking':
      return {
        ko: `회원 ${person}의 예매 · ${ticketType} ${quantity}매`,
        en: `A booking of person ${person}: ${quantity} × ${ticketType}`,
      }
    case 'cancellation':
      return {
        ko: `회원 ${person}의 취소 · ${ticketType} ${quantity}매`,
        en: `A cancellation of person ${person}: ${quantity} × ${ticketType}`,
      }
    case 'seats':
      return { ko: '운영자의 좌석 수 변경', en: 'A change of the number of seats by an operator' }
    case 'unreadable':
      return { ko: '읽을 수 없는 기록', en: 'An entry that cannot be read' }
    default:
      return kind satisfies never
  }
}

export const SEAT_TEXTS = {
  redis: { ko: '남은 좌석 (Redis)', en: 'Left (Redis)' },
  inFlight: { ko: '기록 중', en: 'In flight' },
  mysql: { ko: '판매 (MySQL)', en: 'Sold (MySQL)' },
  deadLettered: { ko: '기록 실패', en: 'Dead-lettered' },
  total: { ko: '전체', en: 'Total' },
  drift: { ko: '차이', en: 'Drift' },
  ticketType: { ko: '좌석 등급', en: 'Ticket type' },
  event: { ko: '공연', en: 'Event' },
  state: { ko: '상태', en: 'State' },
  loaded: { ko: '판매 준비됨', en: 'Loaded' },
  notLoaded: { ko: '불러오지 않음', en: 'Not loaded' },
  changing: { ko: '변경 중', en: 'Changing' },
  paused: { ko: '자동 중지', en: 'Paused' },
  agrees: { ko: '일치', en: 'Agrees' },
  differs: { ko: '불일치', en: 'Disagrees' },
} as const satisfies Record<string, Text>
