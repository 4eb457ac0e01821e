import type { Language, Text } from '../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The words of the pages. */
export const TEXTS = {
  skip: t('본문으로 건너뛰기', 'Skip to content'),
  search: t('공연 검색', 'Search events'),
  searchPlaceholder: t('공연명, 공연장', 'Title or venue'),
  login: t('로그인', 'Log in'),
  logout: t('로그아웃', 'Log out'),
  signup: t('회원가입', 'Sign up'),
  myPage: t('마이페이지', 'My page'),
  tagline: t('가장 붐비는 1초를 위한 예매', 'Tickets for the busiest second'),
  nextOpening: t('다음 예매 오픈', 'Next to open'),
  openingSoon: t('곧 열립니다', 'Opening soon'),
  allEvents: t('공연', 'Events'),
  opensAt: t('예매 오픈', 'Opens'),
  untilOpening: t('예매 오픈까지', 'Opens in'),
  onSale: t('예매중', 'On sale'),
  fewLeft: t('매진임박', 'Few left'),
  soldOut: t('매진', 'Sold out'),
  ended: t('종료', 'Ended'),
  upcoming: t('오픈예정', 'Upcoming'),
  from: t('부터', 'from'),
  free: t('무료', 'Free'),
  date: t('공연 일시', 'Date'),
  place: t('장소', 'Venue'),
  closesAt: t('예매 마감', 'Sale ends'),
  limit: t('구매 한도', 'Limit'),
  grade: t('등급', 'Grade'),
  price: t('가격', 'Price'),
  left: t('남은 좌석', 'Left'),
  prices: t('등급별 가격과 남은 좌석', 'Prices and seats left'),
  book: t('예매하기', 'Book now'),
  enterLobby: t('대기실 입장', 'Enter the waiting room'),
  lobbyHint: t('오픈 30분 전부터 대기실에 들어올 수 있습니다.', 'The waiting room opens 30 minutes before the sale.'),
  notOpenYet: t('오픈 전', 'Not open yet'),
  saleEnded: t('예매가 종료되었습니다', 'The sale has ended'),
  soldOutHint: t(
    '취소된 좌석은 바로 다시 판매됩니다. 이 화면은 저절로 바뀝니다.',
    'Cancelled seats go back on sale at once. This page updates by itself.',
  ),
  loginHint: t(
    '예매하려면 로그인이 필요합니다. 오픈 전에 미리 로그인해 두세요.',
    'You need to be logged in to book. Do it before the sale opens.',
  ),
  previous: t('이전', 'Previous'),
  next: t('다음', 'Next'),
  pages: t('쪽 이동', 'Pages'),
  noResults: t('찾는 공연이 없습니다', 'Nothing found'),
  noResultsHint: t('낱말을 줄이거나 공연장 이름으로 찾아 보세요.', 'Try fewer words, or the name of the venue.'),
  noEvents: t('아직 등록된 공연이 없습니다.', 'There are no events yet.'),
  email: t('이메일', 'E-mail'),
  password: t('비밀번호', 'Password'),
  passwordHint: t(
    '8~20자, 영문 소문자·숫자·특수문자(!@#$%^&*()_+) 각 1개 이상',
    '8–20 characters with a lowercase letter, a digit and one of !@#$%^&*()_+',
  ),
  nickname: t('닉네임', 'Nickname'),
  nicknameHint: t('한글, 영문, 숫자 2~10자', '2–10 letters (Korean or English) or digits'),
  noAccount: t('아직 회원이 아니신가요?', 'No account yet?'),
  haveAccount: t('이미 회원이신가요?', 'Already have an account?'),
  stepWait: t('대기', 'Wait'),
  stepChoose: t('좌석·매수 선택', 'Choose'),
  stepDone: t('예매 완료', 'Done'),
  chooseGrade: t('좌석 등급', 'Ticket type'),
  quantity: t('매수', 'Quantity'),
  total: t('총 금액', 'Total'),
  confirmBooking: t('예매 확정', 'Book these seats'),
  timeLeft: t('예매 가능 시간', 'Time to book'),
  booked: t('예매가 완료되었습니다', 'Your seats are booked'),
  reservation: t('예매 내역', 'Reservation'),
  reservationNumber: t('예매번호', 'Reservation number'),
  bookedAt: t('예매 일시', 'Booked'),
  cancelledAt: t('취소 일시', 'Cancelled'),
  cancelUntil: t('취소 마감', 'Can be cancelled until'),
  status: t('상태', 'Status'),
  confirmed: t('예매완료', 'Confirmed'),
  cancelled: t('취소됨', 'Cancelled'),
  cancel: t('예매 취소', 'Cancel this reservation'),
  cancelAsk: t(
    '정말 취소할까요? 좌석은 바로 다시 판매되며 되돌릴 수 없습니다.',
    'Cancel for good? The seats go back on sale at once.',
  ),
  cancelYes: t('네, 취소합니다', 'Yes, cancel it'),
  cancelOver: t('취소 기간이 지났습니다.', 'It can no longer be cancelled.'),
  toMyPage: t('마이페이지로', 'Go to my page'),
  toEvents: t('공연 보러 가기', 'See the events'),
  toEvent: t('공연 정보로', 'Back to the event'),
  upcomingReservations: t('다가오는 공연', 'Upcoming'),
  pastReservations: t('지난 공연', 'Past'),
  cancelledReservations: t('취소한 예매', 'Cancelled'),
  noReservations: t('아직 예매한 공연이 없습니다.', 'You have no reservations yet.'),
  detail: t('자세히', 'Details'),
  tryAgain: t('다시 시도', 'Try again'),
  tryAgainIn: t('초 뒤에 다시 시도해 주세요.', 'seconds, then try again.'),
  joinAgain: t('다시 줄 서기', 'Join the line again'),
  home: t('처음으로', 'Home'),
} as const satisfies Record<string, Text>

export type TextName = keyof typeof TEXTS

/** The words in one language. */
export const words = (language: Language) => (name: TextName): string => TEXTS[name][language]

/** Sentences with figures in them. */
export const sentences = {
  perPerson: (limit: number): Text => t(`1인 ${limit}매까지`, `Up to ${limit} per person`),
  results: (query: string, total: string): Text =>
    query
      ? t(`‘${query}’ 검색 결과 ${total}건`, `${total} results for “${query}”`)
      : t(`전체 공연 ${total}건`, `All ${total} events`),
  tickets: (quantity: number): Text => t(`${quantity}매`, quantity === 1 ? '1 ticket' : `${quantity} tickets`),
  seats: (left: string): Text => t(`${left}석`, left),
}
