import type { Language, Text } from '../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts of the pages. */
export const TEXTS = {
  skip: t('본문으로 건너뛰기', 'Skip to content'),
  account: t('계정', 'Account'),
  search: t('공연 검색', 'Search events'),
  continue: t('계속', 'Continue'),
  find: t('검색', 'Search'),
  searchPlaceholder: t('공연명, 공연장', 'Title or venue'),
  login: t('로그인', 'Log in'),
  logout: t('로그아웃', 'Log out'),
  signup: t('회원가입', 'Sign up'),
  adminPages: t('관리 페이지', 'Admin pages'),
  myPage: t('마이페이지', 'My page'),
  tagline: t('가장 붐비는 1초를 위한 예매', 'Tickets for the busiest second'),
  nextOpening: t('다음 예매 오픈', 'Next to open'),
  openNow: t('지금 열렸습니다', 'Open now'),
  seeEvent: t('공연 보기', 'See the event'),
  openingSoon: t('곧 열립니다', 'Opening soon'),
  allEvents: t('공연', 'Events'),
  opensAt: t('예매 오픈', 'Opens'),
  untilOpening: t('예매 오픈까지', 'Opens in'),
  onSale: t('예매중', 'On sale'),
  fewLeft: t('매진임박', 'Few left'),
  soldOut: t('매진', 'Sold out'),
  stopped: t('예매중지', 'Stopped'),
  saleStopped: t('예매가 잠시 멈췄습니다', 'The sale is stopped for now'),
  stoppedHint: t(
    '예매가 다시 시작되면 이 화면의 버튼이 자동으로 바뀝니다.',
    'Keep this page open: the button changes when the sale resumes.',
  ),
  ended: t('종료', 'Ended'),
  eventCancelled: t('공연취소', 'Cancelled'),
  eventIsCancelled: t('취소된 공연입니다', 'This event has been cancelled'),
  eventIsCancelledHint: t(
    '예매하신 표는 모두 취소됩니다. 따로 취소하지 않으셔도 됩니다.',
    'All reservations are being cancelled. You don’t need to do anything.',
  ),
  noticeTitle: t('공연 안내', 'About this event'),
  runningTime: t('관람 시간', 'Running time'),
  age: t('관람 연령', 'Age'),
  cast: t('출연', 'Cast'),
  refund: t('취소·환불 규정', 'Cancellation and refunds'),
  upcoming: t('오픈예정', 'Upcoming'),
  from: t('부터', 'from'),
  free: t('무료', 'Free'),
  date: t('공연 일시', 'Date'),
  venue: t('장소', 'Venue'),
  closesAt: t('예매 마감', 'Sale ends'),
  limit: t('구매 한도', 'Limit'),
  ticketType: t('등급', 'Ticket type'),
  price: t('가격', 'Price'),
  left: t('남은 좌석', 'Left'),
  prices: t('등급별 가격과 남은 좌석', 'Prices and seats left'),
  book: t('예매하기', 'Book now'),
  enterLobby: t('대기실 입장', 'Enter the waiting room'),
  lobbyHint: t(
    '대기실은 예매 오픈 전에 열립니다. 여는 시각은 대기실에서 확인할 수 있습니다.',
    'The waiting room opens before the sale. Enter it to see when.',
  ),
  queueHint: t(
    '대기열을 거쳐 입장합니다. 새로고침해도 순서는 그대로입니다.',
    'You will enter through a queue. Refreshing never costs you your position.',
  ),
  howItWorks: t('예매 안내', 'Good to know'),
  howQueue: t(
    '오픈 직후 접속이 몰리면 대기열에서 순서대로 입장합니다. 차례가 되면 예매 화면으로 자동 이동합니다.',
    'When many people arrive at once, a queue lets them in one by one. You are taken to the booking page when your turn comes.',
  ),
  howCancel: t(
    '공연 전날까지 마이페이지에서 취소할 수 있습니다. 취소된 좌석은 바로 다시 판매됩니다.',
    'You can cancel under My page until the day before the event. Cancelled seats go back on sale right away.',
  ),
  zoneHint: t('모든 시각은 한국 시각(KST)입니다.', 'All times are Korean time (KST).'),
  saleEnded: t('예매가 종료되었습니다', 'The sale has ended'),
  soldOutHint: t(
    '취소된 좌석은 바로 다시 판매됩니다. 이 화면은 자동으로 새로고침됩니다.',
    'Cancelled seats go back on sale right away. This page updates automatically.',
  ),
  loginForDraw: t('지금 로그인하고 순서 추첨에 참여하세요', 'Log in now to be in the draw'),
  loginForDrawHint: t(
    '오픈 전에 대기실에 들어온 계정마다 순서를 하나씩 정합니다. 미리 로그인해 두면 대기실에 바로 입장합니다. 이미 로그인했다면 버튼을 눌러 입장하세요.',
    'Each account that is in the waiting room before the sale opens gets one position. Log in ahead and you join right away. Already logged in? Just enter.',
  ),
  loginHint: t(
    '예매하려면 로그인이 필요합니다. 로그인하면 바로 대기열에 입장합니다.',
    'You need an account to book. Log in and you join the queue right away.',
  ),
  previous: t('이전', 'Previous'),
  next: t('다음', 'Next'),
  pages: t('쪽 이동', 'Pages'),
  noResults: t('검색 결과가 없습니다', 'No events found'),
  noResultsHint: t('검색어를 줄이거나 공연장 이름으로 찾아보세요.', 'Try fewer words or the name of the venue.'),
  noEvents: t('아직 등록된 공연이 없습니다.', 'There are no events yet. Please check back soon.'),
  email: t('이메일', 'E-mail'),
  password: t('비밀번호', 'Password'),
  passwordHint: t('8~128자, 어떤 문자든 쓸 수 있습니다', '8–128 characters of any kind'),
  nickname: t('닉네임', 'Nickname'),
  nicknameHint: t('한글, 영문, 숫자 2~10자', '2–10 letters (Korean or English) or digits'),
  noAccount: t('아직 회원이 아니신가요?', 'No account yet?'),
  haveAccount: t('이미 회원이신가요?', 'Already have an account?'),
  stepWait: t('대기', 'Wait'),
  stepChoose: t('좌석·매수 선택', 'Choose seats'),
  stepDone: t('예매 완료', 'Done'),
  chooseTicketType: t('좌석 등급', 'Ticket type'),
  quantity: t('매수', 'Quantity'),
  oneFewer: t('한 장 적게', 'One fewer'),
  oneMore: t('한 장 더', 'One more'),
  total: t('총 금액', 'Total'),
  confirmBooking: t('예매 확정', 'Confirm booking'),
  timeLeft: t('예매 가능 시간', 'Time to book'),
  timeEnding: t('예매 시간이 2분도 남지 않았습니다.', 'Less than two minutes left to book.'),
  timeOver: t('예매 가능 시간이 끝났습니다', 'Your time to book has ended'),
  timeOverHint: t(
    '아직 예매된 좌석은 없습니다. 대기열에 다시 입장하면 이어서 예매할 수 있습니다.',
    'Nothing has been booked. Join the queue again to continue.',
  ),
  noResponse: t('응답을 받지 못했습니다', 'We did not get a response'),
  cancelAgainHint: t('연결을 확인하고 다시 눌러 주세요.', 'Check your connection and try again.'),
  booked: t('예매가 완료되었습니다', 'Your seats are booked'),
  bookedHint: t(
    '예매 내역은 마이페이지에서 언제든 볼 수 있습니다.',
    'You can find this reservation under My page at any time.',
  ),
  justBooked: t('방금 예매를 마치셨습니다', 'You have just booked'),
  justBookedHint: t(
    '예매 내역은 그대로 있습니다. 더 예매하려면 대기열에 다시 입장해 주세요.',
    'Your reservation is safe. To book more tickets, join the queue again.',
  ),
  seeReservation: t('예매 내역 보기', 'See my reservation'),
  bookMore: t('더 예매하기', 'Book more tickets'),
  reservation: t('예매 내역', 'Reservation'),
  reservationNumber: t('예매번호', 'Reservation number'),
  bookedAt: t('예매 일시', 'Booked'),
  cancelledAt: t('취소 일시', 'Cancelled'),
  cancelUntil: t('취소 마감', 'Cancel by'),
  status: t('상태', 'Status'),
  confirmed: t('예매완료', 'Confirmed'),
  cancelled: t('취소됨', 'Cancelled'),
  cancel: t('예매 취소', 'Cancel this reservation'),
  cancelConfirm: t(
    '정말 취소하시겠어요? 취소한 좌석은 바로 다시 판매되며, 되돌릴 수 없습니다.',
    'Do you want to cancel? The seats go back on sale right away, and this cannot be undone.',
  ),
  cancelHowMany: t('취소할 매수', 'Tickets to cancel'),
  choose: t('선택해 주세요', 'Please choose'),
  cancelYes: t('네, 취소합니다', 'Yes, cancel it'),
  cancelOver: t('취소 기간이 지났습니다.', 'The time to cancel this reservation has passed.'),
  cancelledWithEvent: t(
    '주최 측이 공연을 취소하여 이 예매도 취소되었습니다.',
    'The organiser cancelled the event, so this reservation was cancelled too.',
  ),
  cancelledBeforeEvent: t(
    '이 예매는 주최 측이 공연을 취소하기 전에 이미 취소되었습니다.',
    'This reservation had been cancelled before the organiser cancelled the event.',
  ),
  cancelsWithEvent: t(
    '주최 측이 공연을 취소했습니다. 이 예매도 곧 자동으로 취소됩니다.',
    'The organiser has cancelled the event. This reservation will be cancelled automatically in a moment.',
  ),
  cancelDone: t('취소되었습니다. 좌석은 다시 판매됩니다.', 'This reservation has been cancelled and its seats are back on sale.'),
  toMyPage: t('마이페이지로', 'Go to my page'),
  toEvents: t('공연 보러 가기', 'See the events'),
  toBooking: t('예매 화면으로', 'Back to booking'),
  toEvent: t('공연 정보로', 'Back to the event'),
  upcomingReservations: t('다가오는 공연', 'Upcoming'),
  pastReservations: t('지난 공연', 'Past'),
  cancelledReservations: t('취소한 예매', 'Cancelled'),
  noReservationsTitle: t('예매 내역이 없습니다', 'No reservations yet'),
  noReservations: t('예매한 공연은 여기에서 확인할 수 있습니다.', 'Events that you book will appear here.'),
  recordsUnavailableTitle: t('지금은 예매 내역 전체를 불러올 수 없습니다', 'We can’t show all your reservations right now'),
  recordsUnavailable: t(
    '예매하신 내역은 그대로 보관되어 있습니다. 잠시 후 다시 확인해 주세요.',
    'Your reservations are safe. Please check again shortly.',
  ),
  recordsUnavailableRecent: t(
    '최근 1시간 안에 예매하신 내역만 먼저 보여 드립니다. 이전 예매와 취소 내역도 그대로 보관되어 있으니 잠시 후 다시 확인해 주세요.',
    'Only the tickets you booked in the last hour are shown. Earlier and cancelled reservations are safe; please check again shortly.',
  ),
  tryAgain: t('다시 시도', 'Try again'),
  tryAgainIn: t('%초 뒤에 다시 시도할 수 있습니다.', 'You can try again in % seconds.'),
  problemCode: t('오류 코드', 'Error code'),
  toQueue: t('대기 화면으로', 'Back to the queue'),
  joinAgain: t('대기열 다시 입장', 'Join the queue again'),
  home: t('처음으로', 'Home'),
} as const satisfies Record<string, Text>

export type TextName = keyof typeof TEXTS

/** Returns the texts in one language, by name. */
export const words = (language: Language) => (name: TextName): string => TEXTS[name][language]

/** Texts that contain figures. */
export const sentences = {
  perPerson: (limit: number): Text => t(`1인 ${limit}매까지`, `Up to ${limit} per person`),
  results: (query: string, total: string): Text =>
    query
      ? t(`‘${query}’ 검색 결과 ${total}건`, `${total} ${total === '1' ? 'result' : 'results'} for “${query}”`)
      : t(`전체 공연 ${total}건`, total === '1' ? '1 event' : `All ${total} events`),
  tickets: (quantity: number): Text => t(`${quantity}매`, quantity === 1 ? '1 ticket' : `${quantity} tickets`),
  cancelTickets: (back: number, kept: number): Text =>
    kept === 0 ? t(`전체 ${back}매`, `All ${back}`) : t(`${back}매 (${kept}매는 유지)`, `${back} (keep ${kept})`),
  seats: (left: string): Text => t(`${left}석`, left),
  seatsLeft: (left: string): Text => t(`${left}석 남음`, `${left} left`),
  stale: (minutes: number): Text =>
    minutes === 0
      ? t(
        '정보가 최신이 아닐 수 있습니다 (조금 전 기준). 잠시 후 새로고침해 주세요.',
        'This may be slightly out of date. Please refresh in a moment.',
      )
      : t(
        `정보가 최신이 아닐 수 있습니다 (${minutes}분 전 기준). 잠시 후 새로고침해 주세요.`,
        `This may be out of date: it is from ${
          minutes === 1 ? 'a minute' : `${minutes} minutes`
        } ago. Please refresh in a moment.`,
      ),
  opens: (time: string): Text => t(`${time} 오픈`, `Opens ${time}`),
}
