import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { dateTime, lastMinuteBefore, money } from '../format.ts'
import { sentences, words } from '../text.ts'
import type { MailWords } from './mail-words.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** A reservation as mails describe it, in the language of the buyer. Times are ISO 8601, money is in won. */
type ReservationFacts = {
  nickname: string
  /** Its id. */
  reservation: string
  event: string
  venue: string
  startsAt: string
  /** The time zone of the venue, in which the times of the event are shown. */
  zone: string
  ticketType: string
  unitPrice: number
  /** When it was booked or cancelled. */
  at: string
}

export type ReservationMail =
  | ReservationFacts & { kind: 'reservation_confirmed'; quantity: number; cancelUntil: string }
  /** `isWithEvent`: the organiser has cancelled the event; `notice` is then their message to buyers, perhaps an empty one. */
  | ReservationFacts & { kind: 'reservation_cancelled'; returned: number; kept: number; isWithEvent: boolean; notice: string }

const T = {
  confirmed: t('예매가 완료되었습니다', 'Your booking is confirmed'),
  cancelled: t('예매가 취소되었습니다', 'Your reservation is cancelled'),
  partlyCancelled: t('예매 일부가 취소되었습니다', 'Part of your reservation is cancelled'),
  eventCancelled: t('공연 취소 안내', 'The event is cancelled'),
  thanks: t(
    '예매해 주셔서 감사합니다. 아래 내용으로 예매가 완료되었습니다.',
    'Thank you for booking with us. This is what you have booked.',
  ),
  cancelledIntro: t('아래 예매를 취소했습니다.', 'We have cancelled this reservation.'),
  partlyCancelledIntro: t(
    '아래 예매에서 일부 좌석을 취소했습니다.',
    'We have cancelled some of the tickets of this reservation.',
  ),
  event: t('공연', 'Event'),
  startsAt: t('공연 일시', 'Date'),
  venue: t('장소', 'Venue'),
  seats: t('좌석', 'Tickets'),
  returned: t('취소한 좌석', 'Tickets cancelled'),
  kept: t('남은 좌석', 'Tickets kept'),
  returnedAmount: t('취소 금액', 'Cancelled amount'),
  open: t('예매 내역 보기', 'View my reservation'),
  notYou: t(
    '본인이 예매하지 않았다면 비밀번호를 바꾸고 고객센터에 알려 주세요.',
    'If you did not make this booking, change your password and contact us.',
  ),
  notYouCancelled: t(
    '본인이 취소하지 않았다면 비밀번호를 바꾸고 고객센터에 알려 주세요.',
    'If you did not cancel it, change your password and contact us.',
  ),
  questions: t('궁금한 점은 고객센터로 문의해 주세요.', 'If you have questions, please contact us.'),
}

/** The words of a mail about a reservation. */
export function reservationWords(mail: ReservationMail, language: Language): MailWords {
  const { [language]: hello } = t(`${mail.nickname} 님, 안녕하세요.`, `Hello ${mail.nickname},`)
  const button = { text: T.open[language], path: paths.reservation(mail.reservation) }
  const word = (text: Text) => text[language]
  if (mail.kind === 'reservation_confirmed') {
    return {
      subject: `${word(T.confirmed)} · ${mail.event}`,
      paragraphs: [hello, word(T.thanks)],
      facts: bookedFacts(mail, language),
      button,
      footnote: word(T.notYou),
    }
  }
  const subject = mail.isWithEvent ? T.eventCancelled : mail.kept > 0 ? T.partlyCancelled : T.cancelled
  const intro = mail.isWithEvent
    ? words(language)('cancelledWithEvent')
    : word(mail.kept > 0 ? T.partlyCancelledIntro : T.cancelledIntro)
  return {
    subject: `${word(subject)} · ${mail.event}`,
    paragraphs: [hello, intro].concat(mail.notice === '' ? [] : mail.notice),
    facts: cancelledFacts(mail, language),
    button,
    footnote: word(mail.isWithEvent ? T.questions : T.notYouCancelled),
  }
}

type Facts = [name: string, value: string][]

function eventFacts({ reservation, event, startsAt, zone, venue }: ReservationFacts, language: Language): Facts {
  return [
    [words(language)('reservationNumber'), reservation],
    [T.event[language], event],
    [T.startsAt[language], dateTime(startsAt, language, zone)],
    [T.venue[language], venue],
  ]
}

function bookedFacts(mail: Extract<ReservationMail, { kind: 'reservation_confirmed' }>, language: Language): Facts {
  const word = words(language)
  const { ticketType, quantity, unitPrice, at, cancelUntil, zone } = mail
  return eventFacts(mail, language).concat([
    [T.seats[language], `${ticketType} · ${sentences.tickets(quantity)[language]}`],
    [word('total'), `${money(unitPrice * quantity, language)} (${money(unitPrice, language)} × ${quantity})`],
    [word('bookedAt'), dateTime(at, language)],
    [word('cancelUntil'), dateTime(lastMinuteBefore(cancelUntil), language, zone)],
  ])
}

function cancelledFacts(mail: Extract<ReservationMail, { kind: 'reservation_cancelled' }>, language: Language): Facts {
  const { ticketType, returned, kept, unitPrice, at } = mail
  const seats = (quantity: number) => `${ticketType} · ${sentences.tickets(quantity)[language]}`
  return eventFacts(mail, language).concat(
    [[T.returned[language], seats(returned)]],
    kept > 0 ? [[T.kept[language], seats(kept)]] : [],
    [
      [T.returnedAmount[language], money(unitPrice * returned, language)],
      [words(language)('cancelledAt'), dateTime(at, language)],
    ],
  )
}
