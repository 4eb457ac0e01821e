import type { Language, Text } from '../../edge/contract/language.ts'
import type { View } from './view.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The headline and hint of each view. `%` and `#` stand for figures. */
const VIEWS = {
  joining: t('대기열 입장 중', 'Joining the queue'),
  joiningHint: t('차례가 되면 자동으로 입장합니다.', 'You will be let in when your turn comes.'),
  work: t('접속을 확인하고 있습니다', 'Checking your browser'),
  workHint: t(
    '매크로를 막기 위한 확인입니다. 2초쯤 걸립니다.',
    'A short check keeps bots out. It takes about two seconds.',
  ),
  login: t('로그인이 필요합니다', 'Please log in first'),
  loginHint: t(
    '순서는 계정당 하나입니다. 로그인하면 바로 대기열에 입장합니다.',
    'Each account gets one position in this queue. Log in and you join right away.',
  ),
  verify: t('이메일 인증이 필요합니다', 'Please verify your e-mail'),
  verifyHint: t(
    '가입할 때 받은 메일에서 인증 링크를 눌러 주세요.',
    'Open the link in the e-mail we sent you when you signed up.',
  ),
  full: t('대기열이 가득 찼습니다', 'The queue is full'),
  fullHint: t(
    '잠시 후 자동으로 다시 시도합니다. 이 화면을 열어 두세요.',
    'We will try again for you in a moment. Keep this page open.',
  ),
  early: t('대기실 오픈 전입니다', 'The waiting room is not open yet'),
  earlyHint: t(
    '예매 오픈은 %, 대기실은 #분 전에 열립니다. 이 화면을 열어 두면 자동으로 입장합니다.',
    'The sale opens on %, and the waiting room # minutes before that. Keep this page open and you will join automatically.',
  ),
  lobby: t('예매가 곧 시작됩니다', 'The sale opens soon'),
  lobbyHint: t(
    '오픈과 동시에 모든 분의 순서를 추첨합니다. 먼저 와도, 새로고침해도 확률은 같습니다. 이 화면을 열어 두세요.',
    'When the sale opens, we draw everyone’s position at random. Arriving early or refreshing changes nothing. Keep this page open.',
  ),
  ordered: t('예매가 곧 시작됩니다', 'The sale opens soon'),
  orderedHint: t(
    '오픈하면 도착한 순서대로 입장합니다. 새로고침해도 순서는 그대로입니다. 이 화면을 열어 두세요.',
    'When the sale opens, people are let in in the order they arrived. Refreshing never costs you your position. Keep this page open.',
  ),
  open: t('대기 중입니다', 'You are in the queue'),
  openHint: t(
    '새로고침하거나 창을 닫았다 열어도 순서는 그대로입니다. 차례가 되면 자동으로 입장합니다.',
    'You keep your position if you refresh or come back later. You will be let in when your turn comes.',
  ),
  turn: t('입장 차례입니다', 'It is your turn'),
  turnHint: t('예매 화면으로 이동합니다. %분 안에 예매해 주세요.', 'Taking you in. You will have % minutes to book.'),
  deferred: t('차례가 왔습니다', 'Your turn has come'),
  deferredHint: t(
    '예매 인원이 가득 찼습니다. 자리가 나는 대로 입장합니다. 이 화면을 열어 두세요.',
    'The people ahead of you are still booking. You are next as soon as somebody finishes. Keep this page open.',
  ),
  paused: t('대기열을 잠시 멈췄습니다', 'The queue is paused'),
  pausedHint: t(
    '순서는 그대로입니다. 재개되면 이어서 입장합니다.',
    'Your position is safe. The queue will continue from here.',
  ),
  storeDown: t('연결을 확인하고 있습니다', 'One moment: we are reconnecting'),
  storeDownHint: t(
    '순서는 그대로입니다. 복구되면 이어서 입장합니다.',
    'Your position is safe. The queue continues automatically as soon as we are back.',
  ),
  soldOut: t('전석 매진', 'Sold out for now'),
  soldOutHint: t(
    '취소표가 나오면 순서대로 입장합니다.',
    'If tickets are returned, the queue moves on. You keep your position.',
  ),
  closed: t('지금은 입장할 수 없습니다', 'The queue is closed'),
  closedHint: t(
    '예매가 종료됐거나 잠시 중단됐습니다.',
    'The sale has ended or is closed for now. The event page has the details.',
  ),
  missed: t('입장 시간이 지났습니다', 'You missed your turn'),
  missedHint: t(
    '두 번 차례가 왔지만 입장하지 않아 다음 분이 입장했습니다.',
    'Your turn came twice, then we let the next person in.',
  ),
  used: t('이미 입장한 순서입니다', 'You have already been let in'),
  usedHint: t(
    '더 예매하려면 대기열에 다시 입장해 주세요.',
    'That visit has ended. To book again, join the queue once more.',
  ),
  cookies: t('쿠키를 허용해 주세요', 'Please allow cookies'),
  cookiesHint: t(
    '쿠키에 순서를 보관합니다. 허용한 뒤 새로고침해 주세요.',
    'Your position is kept in a cookie. Allow cookies in this browser, then reload the page.',
  ),
} as const satisfies Record<View | `${View}Hint`, Text>

/** Sentences that change while the page is open. */
const MESSAGES = {
  aheadOfYou: t('내 앞에 %명', '% ahead of you'),
  inLobby: t('%명이 함께 추첨을 기다립니다', '% people are waiting for the draw'),
  drawn: t(
    '추첨 결과: %명 중 %번째. 이 기기에서 직접 검증했습니다.',
    'The draw: of % people, you are number %. Your device verified the result.',
  ),
  drawWrong: t(
    '추첨 결과가 처음 공개한 값과 다릅니다. 화면을 저장해 문의해 주세요. (%명 중 %번째)',
    'The draw does not match what was promised. Please save this page and contact us. (of %: number %)',
  ),
  why_rate: t('입장 속도가 느려져 대기 시간이 늘었습니다.', 'Longer than expected: people are being let in more slowly.'),
  why_health: t(
    '접속이 많아 대기 시간이 늘었습니다.',
    'Longer than expected: the shop is very busy.',
  ),
  why_capacity: t(
    '앞선 예매가 지연되어 대기 시간이 늘었습니다.',
    'Longer than expected: the people booking now are taking more time.',
  ),
  why_seats: t(
    '남은 좌석이 적어 대기 시간이 늘었습니다.',
    'Longer than expected: only a few seats are left.',
  ),
  under: t('1분 이내', 'under a minute'),
  minutes: t('%분', '% min'),
  hours: t('%시간', '% h'),
  about: t('약 %', 'about %'),
  atMost: t('최대 %', 'at most %'),
} as const satisfies Record<string, Text>

/** Labels that never change; the script does not need them. */
const LABELS = {
  lost: t(
    '이전 순서가 만료되어 새 순서를 받았습니다.',
    'Your earlier position is no longer valid, so you have joined the queue again.',
  ),
  trouble: t('다시 연결하고 있습니다. 이 화면을 열어 두세요.', 'Reconnecting. Keep this page open.'),
  ahead: t('내 앞에', 'Ahead of you'),
  people: t('명', ''),
  crowd: t('추첨 참여 인원', 'People in the draw'),
  eta: t('예상 대기 시간', 'Estimated wait'),
  until: t('오픈까지', 'Opens in'),
  updated: t('업데이트', 'Updated'),
  join: t('대기열 입장', 'Join the queue'),
  logIn: t('로그인', 'Log in'),
  again: t('대기열 다시 입장', 'Join again'),
  progress: t('대기 진행률', 'Progress of the queue'),
  leave: t('대기 취소', 'Leave the queue'),
  leaveNow: t('순서 포기하고 나가기', 'Give up my position'),
  back: t('순서 유지하고 둘러보기', 'Look around, keep my position'),
  other: t('English', '한국어'),
} as const satisfies Record<string, Text>

/** What the page shows and its script changes, in one language. */
export type WaitingTexts = Record<keyof typeof VIEWS | keyof typeof MESSAGES, string>
export type WaitingLabels = Record<keyof typeof LABELS, string>

/** Figures that stay the same while the page is open. */
type Figures = { opensAt: string; lobbyMinutes: number; passMinutes: number }

export function waitingTexts(language: Language, { opensAt, lobbyMinutes, passMinutes }: Figures): WaitingTexts {
  const texts = inLanguage({ ...VIEWS, ...MESSAGES }, language)
  texts.earlyHint = texts.earlyHint.replace('%', opensAt).replace('#', String(lobbyMinutes))
  texts.turnHint = texts.turnHint.replace('%', String(passMinutes))
  return texts
}

export const waitingLabels = (language: Language): WaitingLabels => inLanguage(LABELS, language)

function inLanguage<Name extends string>(texts: Record<Name, Text>, language: Language): Record<Name, string> {
  const entries = Object.entries<Text>(texts).map(([name, text]) => [name, text[language]])
  return Object.fromEntries(entries)
}
