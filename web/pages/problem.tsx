import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem, ProblemCode } from '../../edge/contract/problems.ts'
import { Document } from '../render.tsx'
import { words } from '../text.ts'

type ProblemProps = { language: Language; problem: Problem; path: string }

/** The one page for everything that cannot be done: what it is, what to do now, and the way out. */
export function ProblemPage({ language, problem, path }: ProblemProps) {
  const word = words(language)
  const wait = problem.retryAfterSeconds !== undefined && problem.retryAfterSeconds <= LONGEST_WAIT_SECONDS
    ? problem.retryAfterSeconds
    : null
  const [beforeSeconds, afterSeconds] = word('tryAgainIn').split('%')
  return (
    <Document language={language} title={problem.title} path={pageOf(path)}>
      <div class='narrow problem-page'>
        <svg class='problem-mark' aria-hidden='true' viewBox='0 0 96 64' width='96' height='64'>
          <path d='M12 4h30l-4 9 6 9-6 9 6 9-6 9 4 9H12a8 8 0 0 1-8-8V42a10 10 0 0 0 0-20V12a8 8 0 0 1 8-8Z' />
          <path d='M54 4h30a8 8 0 0 1 8 8v10a10 10 0 0 0 0 20v10a8 8 0 0 1-8 8H54l-4-9 6-9-6-9 6-9-6-9Z' />
        </svg>
        <h1>{problem.title}</h1>
        <p class='lead'>{problem.detail === problem.title ? ADVICE[problem.code][language] : problem.detail}</p>
        {wait !== null && (
          <p class='muted'>
            {beforeSeconds}
            <strong data-retry-seconds={wait}>{wait}</strong>
            {afterSeconds}
          </p>
        )}
        <p class='actions'>
          <WayOut language={language} problem={problem} path={pageOf(path)} />
          <a class='button secondary' href={paths.home}>{word('home')}</a>
        </p>
        <p class='muted small'>{word('problemCode')} {problem.status} · {problem.code}</p>
      </div>
    </Document>
  )
}

/** A longer wait is no matter of seconds: a sale that opens tomorrow is not counted down here. */
const LONGEST_WAIT_SECONDS = 600

/** The page that a form was sent from: paths that only take forms cannot be opened again. */
const pageOf = (path: string) =>
  path.replace(/(?:\/tickets(?:\/leave)?|\/pass|\/cancellation)$/, '').replace(/^\/logout$/, paths.home)

/** What to do now, where a problem's own detail says no more than its title. */
const ADVICE: Record<ProblemCode, Text> = {
  malformed_request: {
    ko: '주소나 입력한 내용을 확인하고 다시 시도해 주세요.',
    en: 'Check the address or what you entered, and try again.',
  },
  unauthenticated: { ko: '로그인하면 보던 화면으로 돌아옵니다.', en: 'Log in, and you come back to where you were.' },
  wrong_credentials: { ko: '이메일과 비밀번호를 다시 확인해 주세요.', en: 'Please check your e-mail and your password.' },
  ticket_invalid: {
    ko: '대기열이 새로 시작되었거나 대기표가 만료되었습니다. 줄을 다시 서 주세요.',
    en: 'The line was started anew, or your ticket has expired. Please join again.',
  },
  work_required: {
    ko: '줄을 서는 화면을 열어 두면 기기가 저절로 확인을 마칩니다.',
    en: 'Open the page of the line: your device does the check by itself.',
  },
  queue_full: {
    ko: '잠시 후 다시 시도해 주세요. 앞 순서가 줄어들면 바로 설 수 있습니다.',
    en: 'Please try again in a moment: there is room as soon as the line gets shorter.',
  },
  forbidden: { ko: '이 화면은 관리자만 볼 수 있습니다.', en: 'Only administrators can see this page.' },
  pass_required: {
    ko: '줄을 서면 차례대로 예매 화면에 들어갑니다.',
    en: 'Join the line, and you are let in when your turn comes.',
  },
  pass_invalid: {
    ko: '좌석은 예매되지 않았습니다. 줄을 다시 서면 이어서 예매할 수 있습니다.',
    en: 'Nothing has been booked. Join the line again to go on.',
  },
  pass_in_use: {
    ko: '입장권은 한 사람만 쓸 수 있습니다. 내 계정으로 줄을 다시 서 주세요.',
    en: 'A pass is for one person only. Join the line with your own account.',
  },
  not_found: {
    ko: '주소가 바뀌었거나 끝난 공연일 수 있습니다. 공연명이나 공연장으로 찾아 보세요.',
    en: 'It may have moved, or the event is over. Try searching by title or venue.',
  },
  method_not_allowed: {
    ko: '이 주소는 직접 열 수 없습니다. 화면의 단추를 이용해 주세요.',
    en: 'This address cannot be opened by itself. Please use the buttons on the pages.',
  },
  email_taken: {
    ko: '이 이메일로 로그인하거나 다른 이메일로 가입해 주세요.',
    en: 'Log in with it, or sign up with another one.',
  },
  nickname_taken: { ko: '다른 닉네임을 골라 주세요.', en: 'Please choose another one.' },
  ticket_used: {
    ko: '이 대기표로는 이미 입장했습니다. 예매 화면으로 돌아가거나 줄을 다시 서 주세요.',
    en: 'You have gone in with it already. Go back to the booking page, or join the line again.',
  },
  sale_not_open: {
    ko: '예매가 시작되면 공연 화면의 단추가 저절로 바뀝니다.',
    en: 'The button on the event’s page changes by itself when the sale opens.',
  },
  sale_closed: { ko: '예매 중인 다른 공연을 살펴보세요.', en: 'Have a look at the events that are on sale.' },
  sold_out: {
    ko: '취소된 좌석은 바로 다시 판매됩니다. 공연 화면에서 확인할 수 있습니다.',
    en: 'Cancelled seats go back on sale at once. Watch the event’s page.',
  },
  limit_exceeded: { ko: '매수를 줄여 다시 시도해 주세요.', en: 'Try again with fewer tickets.' },
  cancel_closed: {
    ko: '공연 전날까지만 취소할 수 있습니다.',
    en: 'Reservations can be cancelled until the day before the event.',
  },
  turn_missed: {
    ko: '정해진 시간 안에 입장하지 않아 순서가 다음 분께 넘어갔습니다. 줄을 다시 서 주세요.',
    en: 'It was not used in time and went to the next in line. Please join again.',
  },
  body_too_large: { ko: '보내는 내용을 줄여 다시 시도해 주세요.', en: 'Please send less, and try again.' },
  validation_failed: { ko: '앞 화면으로 돌아가 표시된 칸을 고쳐 주세요.', en: 'Go back and correct the fields that are marked.' },
  idempotency_mismatch: {
    ko: '예매 화면을 새로 열고 다시 시도해 주세요.',
    en: 'Open the booking page anew and try again.',
  },
  not_your_turn: {
    ko: '순서는 그대로입니다. 대기 화면에서 차례를 기다려 주세요.',
    en: 'Your place is kept. Please wait on the waiting page.',
  },
  rate_limited: {
    ko: '잠시 멈췄다가 다시 시도해 주세요. 줄에서의 순서는 바뀌지 않습니다.',
    en: 'Pause for a moment and try again. Your place in a line is kept.',
  },
  internal: {
    ko: '예매했다면 마이페이지에서 결과를 확인할 수 있습니다.',
    en: 'If you were booking, your page tells whether it went through.',
  },
  busy: {
    ko: '잠시 뒤에 다시 시도해 주세요. 줄에서의 순서는 바뀌지 않습니다.',
    en: 'Please try again in a moment. Your place in a line is kept.',
  },
  store_unavailable: {
    ko: '순서와 예매 내역은 그대로 있습니다. 잠시 뒤에 다시 시도해 주세요.',
    en: 'Your place and your reservations are safe. Please try again in a moment.',
  },
}

function WayOut({ language, problem, path }: ProblemProps) {
  const word = words(language)
  const link = (href: string, label: string) => <a class='button' href={href}>{label}</a>
  const eventId = path.match(/^\/(?:events\/|queue\/event-)(\d+)/)?.[1]
  switch (problem.code) {
    case 'unauthenticated':
    case 'wrong_credentials':
    case 'email_taken':
      return link(paths.login(path), word('login'))
    case 'pass_required':
    case 'pass_invalid':
    case 'pass_in_use':
    case 'turn_missed':
    case 'ticket_used':
    case 'ticket_invalid':
    case 'not_your_turn':
      return eventId
        ? link(paths.queue(eventId), word(problem.code === 'not_your_turn' ? 'toLine' : 'joinAgain'))
        : link(paths.home, word('toEvents'))
    case 'sale_not_open':
    case 'sale_closed':
    case 'sold_out':
      return eventId ? link(paths.event(eventId), word('toEvent')) : link(paths.home, word('toEvents'))
    case 'limit_exceeded':
    case 'cancel_closed':
    case 'internal':
      return link(paths.me(), word('toMyPage'))
    case 'not_found':
    case 'method_not_allowed':
    case 'forbidden':
      return link(paths.search(), word('search'))
    default:
      return link(path, word('tryAgain'))
  }
}
