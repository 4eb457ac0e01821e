import type { Text } from '../edge/contract/language.ts'
import type { ProblemCode } from '../edge/contract/problems.ts'

/** What to do next, for problems whose detail only repeats their title. */
export const ADVICE: Record<ProblemCode, Text> = {
  malformed_request: {
    ko: '주소나 입력한 내용을 확인하고 다시 시도해 주세요.',
    en: 'Check the address or what you entered, and try again.',
  },
  unauthenticated: { ko: '로그인하면 보던 화면으로 돌아옵니다.', en: 'Log in and we will take you back to this page.' },
  wrong_credentials: { ko: '이메일과 비밀번호를 다시 확인해 주세요.', en: 'Please check your e-mail address and password.' },
  code_required: {
    ko: '인증 앱의 6자리 코드로 로그인을 마친 뒤 다시 시도해 주세요.',
    en: 'Finish logging in with the six digits that your authenticator app shows, then try again.',
  },
  ticket_invalid: {
    ko: '대기열이 새로 시작되었거나 대기표가 만료되었습니다. 대기열에 다시 입장해 주세요.',
    en: 'The queue was restarted, or your queue ticket has expired. Please join again.',
  },
  work_required: {
    ko: '대기 화면을 열어 두면 기기가 자동으로 확인을 마칩니다.',
    en: 'Open the waiting page and your device will complete the check automatically.',
  },
  queue_full: {
    ko: '잠시 후 다시 시도해 주세요. 앞선 분들이 입장하면 들어올 수 있습니다.',
    en: 'Please try again in a moment. You can join as soon as the queue gets shorter.',
  },
  email_unverified: {
    ko: '메일의 링크로 인증한 뒤 다시 입장해 주세요. 메일은 내 계정에서 다시 받을 수 있습니다.',
    en: 'Open the link in our e-mail, then join again. You can request the mail again in your account.',
  },
  forbidden: { ko: '이 화면은 관리자만 볼 수 있습니다.', en: 'Only administrators can see this page.' },
  cross_site: {
    ko: '이 사이트의 화면에서 버튼을 다시 눌러 주세요.',
    en: 'Please use the buttons on our own pages.',
  },
  headers_too_large: {
    ko: '쿠키가 너무 많이 쌓였을 수 있습니다. 다시 시도해 주세요. 계속되면 브라우저에서 이 사이트의 쿠키를 삭제해 주세요.',
    en: 'Too many cookies may be the cause. Please try again. If this continues, delete the cookies of this site.',
  },
  pass_required: {
    ko: '대기열에 입장하면 순서대로 예매 화면으로 안내합니다.',
    en: 'Join the queue and we will let you in when your turn comes.',
  },
  pass_invalid: {
    ko: '아직 예매된 좌석은 없습니다. 대기열에 다시 입장하면 이어서 예매할 수 있습니다.',
    en: 'Nothing has been booked. Join the queue again to continue.',
  },
  pass_in_use: {
    ko: '입장권은 한 사람만 쓸 수 있습니다. 내 계정으로 대기열에 다시 입장해 주세요.',
    en: 'A pass is for one person only. Join the queue with your own account.',
  },
  no_tickets: {
    ko: '취소된 입장권으로는 입장할 수 없습니다. 예매 내역은 마이페이지에서 확인해 주세요.',
    en: 'Cancelled tickets admit nobody. You can find the reservation on My page.',
  },
  event_has_reservations: {
    ko: '공연을 취소하면 모든 예매가 취소되고, 구매자에게 안내가 표시됩니다.',
    en: 'Cancelling the event cancels all its reservations and tells the buyers.',
  },
  event_cancelled: { ko: '취소된 공연은 더 이상 바꿀 수 없습니다.', en: 'A cancelled event can no longer be changed.' },
  event_over: {
    ko: '공연이 끝나고 7일이 지나면 취소할 수 없습니다.',
    en: 'An event can be cancelled until seven days after its start.',
  },
  extension_used: {
    ko: '남은 시간 안에 예매를 마쳐 주세요.',
    en: 'Please finish your booking in the time that is left.',
  },
  extension_early: {
    ko: '예매 시간이 절반 이상 지나면 한 번 연장할 수 있습니다.',
    en: 'You can extend it once when half of it has passed.',
  },
  not_found: {
    ko: '주소가 바뀌었거나 끝난 공연일 수 있습니다. 공연명이나 공연장으로 찾아보세요.',
    en: 'The page may have moved, or the event is over. Try searching by title or venue.',
  },
  email_taken: {
    ko: '이 이메일로 로그인하거나 다른 이메일로 가입해 주세요.',
    en: 'Log in with this address, or sign up with another one.',
  },
  nickname_taken: { ko: '다른 닉네임을 골라 주세요.', en: 'Please choose another nickname.' },
  account_has_reservations: {
    ko: '마이페이지에서 예매를 취소하거나, 공연이 끝난 뒤 다시 시도해 주세요.',
    en: 'Cancel them under My page, or try again after the events.',
  },
  already_operator: { ko: '역할은 운영자 화면에서 바꿀 수 있습니다.', en: 'Change their role on their own page.' },
  last_owner: {
    ko: '다른 운영자를 소유자로 지정한 뒤 다시 시도해 주세요.',
    en: 'Make someone else an owner first.',
  },
  link_expired: {
    ko: '새 링크를 요청해 주세요. 초대 링크라면 초대한 사람에게 요청할 수 있습니다.',
    en: 'Request a new one. If it was an invitation, ask the person who sent it.',
  },
  ticket_used: {
    ko: '이 대기표로는 이미 입장했습니다. 예매 화면으로 돌아가거나 대기열에 다시 입장해 주세요.',
    en: 'You have already been let in with it. Go back to the booking page, or join the queue again.',
  },
  sale_not_open: {
    ko: '예매가 시작되면 공연 화면의 버튼이 자동으로 바뀝니다.',
    en: 'Keep the event page open: it updates automatically when the sale opens.',
  },
  sale_closed: { ko: '예매 중인 다른 공연을 살펴보세요.', en: 'Browse the other events that are on sale.' },
  sale_stopped: {
    ko: '예매가 다시 시작되면 공연 화면에서 바로 예매할 수 있습니다.',
    en: 'When the sale resumes, you can book from the event page right away.',
  },
  not_undoable: { ko: '되돌리기는 초기화 후 5분 동안만 할 수 있습니다.', en: 'A reset can be undone for five minutes.' },
  stale_version: { ko: '화면을 새로 열면 최신 내용이 보입니다.', en: 'Reload to see the latest version.' },
  rehearsal_refused: {
    ko: '실제 예매가 한산할 때 다시 시도해 주세요.',
    en: 'Try again when no real sale needs the shop.',
  },
  seats_below_sold: { ko: '남은 좌석까지만 줄일 수 있습니다.', en: 'You can withdraw only the seats that are left.' },
  sold_out: {
    ko: '취소된 좌석은 바로 다시 판매됩니다. 공연 화면에서 확인할 수 있습니다.',
    en: 'Cancelled seats go back on sale right away. Keep an eye on the event page.',
  },
  limit_exceeded: { ko: '매수를 줄여 다시 시도해 주세요.', en: 'Try again with fewer tickets.' },
  dead_letter_refused: {
    ko: '원인을 해결한 뒤 다시 시도하거나, 항목을 무효로 처리해 주세요.',
    en: 'Remove the cause and try again, or dismiss the entry.',
  },
  cancel_closed: {
    ko: '공연 전날까지만 취소할 수 있습니다.',
    en: 'Reservations can be cancelled until the day before the event.',
  },
  turn_missed: {
    ko: '정해진 시간 안에 입장하지 않아 차례가 다음 분께 넘어갔습니다. 대기열에 다시 입장해 주세요.',
    en: 'You did not enter in time, so we let the next person in. Please join the queue again.',
  },
  body_too_slow: {
    ko: '아직 아무것도 처리되지 않았습니다. 인터넷 연결을 확인하고 다시 시도해 주세요.',
    en: 'Nothing has been processed yet. Check your connection and try again.',
  },
  body_too_large: { ko: '보내는 내용을 줄여 다시 시도해 주세요.', en: 'Please shorten what you send and try again.' },
  validation_failed: { ko: '앞 화면으로 돌아가 표시된 항목을 고쳐 주세요.', en: 'Go back and correct the highlighted fields.' },
  idempotency_mismatch: {
    ko: '예매 화면을 새로 열고 다시 시도해 주세요.',
    en: 'Reload the booking page and try again.',
  },
  not_your_turn: {
    ko: '순서는 그대로입니다. 대기 화면에서 차례를 기다려 주세요.',
    en: 'You keep your position. Please wait on the waiting page.',
  },
  rate_limited: {
    ko: '잠시 기다렸다가 다시 시도해 주세요. 대기 순서는 바뀌지 않습니다.',
    en: 'Wait a moment and try again. You keep your position in the queue.',
  },
  internal: {
    ko: '예매했다면 마이페이지에서 결과를 확인할 수 있습니다.',
    en: 'If you were booking, check under My page whether it went through.',
  },
  busy: {
    ko: '잠시 뒤에 다시 시도해 주세요. 대기 순서는 바뀌지 않습니다.',
    en: 'Please try again in a moment. You keep your position in the queue.',
  },
  store_unavailable: {
    ko: '순서와 예매 내역은 그대로 있습니다. 잠시 뒤에 다시 시도해 주세요.',
    en: 'Your position and your reservations are safe. Please try again in a moment.',
  },
}
