import type { Language, Text } from '../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts of the booking page that no other page has. */
export const BOOKING_TEXTS = {
  rules: t('예매 전 확인해 주세요', 'Before you book'),
  ruleDeadline: t(
    '공연 전날까지 마이페이지에서 전부 또는 일부를 취소할 수 있습니다. 공연 당일에는 취소할 수 없습니다.',
    'You can cancel all or some of your tickets under My page until the day before the event, but not on the day itself.',
  ),
  ruleConfirm: t(
    '‘예매 확정’을 누르면 결제 단계 없이 바로 예매됩니다.',
    '“Confirm booking” books your seats at once; there is no payment step.',
  ),
  ruleOnce: t(
    '한 번 입장하면 한 번 예매할 수 있습니다. 더 예매하려면 다시 대기해 주세요.',
    'Each turn is good for one booking. To book more, join the queue again.',
  ),
  seeMine: t('내 예매 보기', 'See my reservations'),
  limitReached: t('더 예매할 수 없습니다', 'You have reached the limit'),
  asking: t('예매가 됐는지 확인하고 있습니다', 'Checking whether you have booked'),
  askingHint: t(
    '응답이 도착하지 않았습니다. 이 화면을 닫지 말고 잠시만 기다려 주세요. 두 번 예매되지 않습니다.',
    'We got no answer. Keep this page open for a moment. You won’t book twice.',
  ),
  notBooked: t('예매되지 않았습니다', 'You have not booked'),
  notBookedHint: t(
    '선택하신 내용은 그대로 있습니다. 다시 눌러 주세요. 여러 번 눌러도 한 번만 예매됩니다.',
    'Your choice is still here. Please press the button again: however often you do, you book only once.',
  ),
  extend: t('시간 연장하기 (1회)', 'Extend my time (once)'),
  extendHint: t(
    '예매 시간이 절반 이상 지나면 한 번 연장할 수 있습니다.',
    'You can extend your time once when half of it has passed.',
  ),
  extended: t('예매 시간을 %분 연장했습니다. 더는 연장할 수 없습니다.', 'You have % more minutes. You can’t extend again.'),
  notExtended: t('연장하지 못했습니다. 다시 눌러 주세요.', 'That did not work. Please press again.'),
  extensionUsed: t('이미 연장해서 더는 연장할 수 없습니다.', 'You have extended your time already and can’t again.'),
  barWaiting: t('내 앞에 %명', 'Waiting: % ahead'),
  barLobby: t('예매 시작을 기다리고 있습니다', 'Waiting for the sale to open'),
  barTurn: t('입장 차례입니다. 지금 입장하기', 'It is your turn. Enter now'),
  barBooking: t('예매 계속하기', 'Continue booking'),
  yourTurn: t('입장 차례입니다. 남은 시간', 'It is your turn. Time left:'),
  allSoldOut: t('전석 매진.', 'Sold out.'),
  allSoldOutHint: t(
    '취소된 좌석이 나오면 이 화면에서 바로 선택할 수 있습니다.',
    'If seats are returned, you can choose them here at once.',
  ),
} as const satisfies Record<string, Text>

/** Returns the texts in one language, by name. */
export const bookingWords = (language: Language) => (name: keyof typeof BOOKING_TEXTS): string => BOOKING_TEXTS[name][language]

/** Texts that contain figures. */
export const bookingSentences = {
  held: (held: number, more: number): Text =>
    t(
      `이 공연을 이미 ${held}매 예매하셨습니다. ${more}매 더 예매할 수 있습니다.`,
      `You already hold ${held} ${held === 1 ? 'ticket' : 'tickets'} for this event and can book ${more} more.`,
    ),
  heldAll: (held: number): Text =>
    t(
      `이 공연을 이미 1인 한도인 ${held}매까지 예매하셨습니다.`,
      `You already hold ${held} ${held === 1 ? 'ticket' : 'tickets'} for this event, which is the limit per person.`,
    ),
  offer: (left: number): Text =>
    t(`남은 ${left}매 예매하기`, left === 1 ? 'Book the 1 that is left' : `Book the ${left} that are left`),
}
