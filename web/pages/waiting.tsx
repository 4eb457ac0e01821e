import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { type Position, type Snapshot } from '../../edge/contract/rooms.ts'
import { awaitsDraw } from '../../edge/contract/polling.ts'
import { clock, count, dateTime, timeOfDay } from '../format.ts'
import { waitingScript } from '../browser/waiting-script.ts'
import { waitingStyle } from '../waiting-style.ts'

type WaitingProps = {
  language: Language
  room: string
  snapshot: Snapshot
  /** Null for a visitor who has no ticket yet. */
  position: (Position & { index: number }) | null
  /** What one waits for; null when nobody knows its name. */
  title: string | null
  /** How long one may stay inside, and how long before the opening one may come in. */
  passMinutes: number
  lobbyMinutes: number
  /** Why the visitor's former place is no more. */
  ended?: 'missed' | 'used' | null
  insideUrl: string
  outsideUrl: string
}

const t = (ko: string, en: string): Text => ({ ko, en })

/** Every sentence of the page, by name: the server shows one, the script the next. */
const SENTENCES = {
  joining: t('대기열에 들어갑니다', 'Joining the line'),
  joiningHint: t('줄을 서면 차례대로 입장합니다.', 'You are let in when your turn comes.'),
  work: t('입장을 준비하고 있습니다', 'Getting you into the line'),
  workHint: t(
    '자동 접속을 막기 위해 기기에서 확인 중입니다. 2초쯤 걸립니다.',
    'A short check by your device keeps robots out. It takes about two seconds.',
  ),
  login: t('로그인이 필요합니다', 'Please log in first'),
  loginHint: t(
    '이 예매는 한 사람이 한 자리씩 줄을 섭니다. 로그인하면 바로 줄에 들어갑니다.',
    'In this line every account has one place. Log in and you join at once.',
  ),
  lobby: t('예매가 곧 시작됩니다', 'The sale opens soon'),
  lobbyHint: t(
    '지금 들어온 모든 분의 순서를 시작할 때 추첨합니다. 먼저 왔거나 새로고침해도 확률은 같습니다. 이 화면을 열어 두세요.',
    'Everyone here takes part in a draw when it opens, with the same chance: coming first or refreshing changes nothing. Keep this page open.',
  ),
  line: t('예매가 곧 시작됩니다', 'The sale opens soon'),
  lineHint: t(
    '이 화면을 열어 두세요. 시작하면 온 순서대로 안내합니다. 새로고침해도 순서는 그대로입니다.',
    'Keep this page open: people are let in as they came. Refreshing never costs you your place.',
  ),
  open: t('차례를 기다리고 있습니다', 'You are in line'),
  openHint: t(
    '새로고침하거나 창을 닫았다 열어도 순서는 그대로입니다. 차례가 되면 저절로 넘어갑니다.',
    'Your place is kept if you refresh or come back. You will be taken in when your turn comes.',
  ),
  turn: t('입장 차례입니다', 'It is your turn'),
  turnHint: t(
    '예매 화면으로 이동합니다. 입장하면 %분 동안 예매할 수 있습니다.',
    'Taking you in. You will have % minutes to book.',
  ),
  door: t('차례가 왔습니다', 'Your turn has come'),
  doorHint: t(
    '안이 가득 찼습니다. 자리가 나는 대로 바로 입장합니다. 이 화면을 열어 두세요.',
    'It is full inside this moment. You are next: keep this page open.',
  ),
  paused: t('잠시 멈췄습니다', 'The line is paused'),
  pausedHint: t('순서는 그대로 유지됩니다. 다시 시작하면 이어서 안내합니다.', 'Your place is kept. The line goes on from here.'),
  silent: t('잠시 연결을 확인하고 있습니다', 'One moment: we are reconnecting'),
  silentHint: t(
    '순서는 안전하게 유지됩니다. 복구되는 대로 저절로 이어집니다.',
    'Your place is safe. The line goes on by itself as soon as we are back.',
  ),
  sold_out: t('지금은 모두 매진되었습니다', 'Sold out for now'),
  sold_outHint: t(
    '취소된 좌석이 나오면 순서대로 다시 안내합니다. 기다리지 않으려면 줄에서 나가도 됩니다.',
    'If seats come back, the line moves on and your place is kept. You may also leave.',
  ),
  full: t('대기열이 가득 찼습니다', 'The line is full'),
  fullHint: t(
    '잠시 후 저절로 다시 시도합니다. 이 화면을 열어 두세요.',
    'We try again by ourselves in a moment. Keep this page open.',
  ),
  early: t('아직 대기실이 열리지 않았습니다', 'The waiting room is not open yet'),
  earlyHint: t(
    '예매는 %에 시작되고 대기실은 #분 전에 열립니다. 이 화면을 열어 두면 저절로 들어갑니다.',
    'The sale opens on %, the waiting room # minutes before. Keep this page open and you join by yourself.',
  ),
  closed: t('지금은 입장할 수 없습니다', 'The line is closed'),
  closedHint: t(
    '예매가 끝났거나 잠시 닫혀 있습니다. 공연 정보에서 확인해 주세요.',
    'The sale has ended or is closed for now. See the event’s page.',
  ),
  missed: t('입장 시간이 지났습니다', 'Your turn has passed'),
  missedHint: t(
    '다시 드린 기회까지 지나 순서가 다음 분께 넘어갔습니다. 다시 줄을 설 수 있습니다.',
    'Nor was the second chance used, so it went to the next in line. You can join again.',
  ),
  used: t('이미 사용한 대기표입니다', 'This place has been used'),
  usedHint: t('입장이 끝난 대기표입니다. 다시 입장하려면 줄을 서 주세요.', 'Its visit has ended. Join again to come back in.'),
  cookies: t('쿠키를 허용해 주세요', 'Please allow cookies'),
  cookiesHint: t(
    '순서는 이 브라우저의 쿠키에 보관됩니다. 쿠키를 허용한 뒤 이 화면을 새로고침해 주세요.',
    'Your place is kept in a cookie of this browser. Allow cookies and load this page again.',
  ),
  lost: t(
    '이전 순서를 더 이상 쓸 수 없어 줄에 새로 섰습니다.',
    'Your former place is no longer valid, so you have joined the line anew.',
  ),
  trouble: t('연결을 다시 시도합니다. 이 화면을 열어 두세요.', 'Trying to connect again. Keep this page open.'),
  place: t('내 앞에', 'Ahead of you'),
  people: t('명', ''),
  aheadOfYou: t('내 앞에 %명', '% ahead of you'),
  crowd: t('추첨에 함께하는 분', 'People in the draw'),
  inLobby: t('%명이 함께 추첨을 기다립니다', '% people wait for the draw'),
  drawn: t(
    '추첨 결과: %명 중 %번째. 이 기기에서 계산해 확인했습니다.',
    'The draw: of % people you are number %, computed and checked on this device.',
  ),
  drawWrong: t(
    '추첨 공개값이 처음 약속한 값과 다릅니다. 이 화면을 저장해 문의해 주세요. (%명 중 %번째)',
    'The draw does not fit what was promised before the opening. Please save this page and tell us. (of %: number %)',
  ),
  eta: t('예상 대기 시간', 'Estimated wait'),
  why_rate: t('입장 속도가 바뀌어 예상 시간이 늘었습니다.', 'Longer than first said: people are let in more slowly.'),
  why_health: t(
    '매장이 붐벼 입장 속도를 잠시 늦췄습니다.',
    'Longer than first said: the shop is busy, so fewer are let in for now.',
  ),
  why_capacity: t(
    '안에 계신 분들의 예매가 길어져 예상 시간이 늘었습니다.',
    'Longer than first said: people inside take longer than expected.',
  ),
  why_seats: t(
    '남은 좌석이 적어 한 분씩 안내하고 있습니다.',
    'Longer than first said: few seats are left, so few are called at once.',
  ),
  until: t('시작까지', 'Opens in'),
  updated: t('마지막 확인', 'Updated'),
  join: t('줄 서기', 'Join the line'),
  logIn: t('로그인', 'Log in'),
  again: t('다시 줄 서기', 'Join again'),
  progress: t('입장까지 진행률', 'Progress of the line'),
  leave: t('줄에서 나가기', 'Leave the line'),
  back: t('돌아가기', 'Go back'),
  under: t('1분 이내', 'under a minute'),
  minutes: t('약 %분', 'about % min'),
} satisfies Record<string, Text>

/** The waiting page: one request, its style and script inside. It works without the script by reloading itself. */
export function WaitingPage(props: WaitingProps) {
  const { language, room, snapshot, position, title, ended = null, passMinutes, lobbyMinutes, insideUrl, outsideUrl } = props
  const opensText = snapshot.opensAt ? dateTime(snapshot.opensAt, language) : ''
  const texts = Object.fromEntries(Object.entries(SENTENCES).map(([name, text]) => [name, text[language]])) as Record<
    keyof typeof SENTENCES,
    string
  >
  texts.earlyHint = texts.earlyHint.replace('%', opensText).replace('#', String(lobbyMinutes))
  texts.turnHint = texts.turnHint.replace('%', String(passMinutes))
  const untilOpen = snapshot.opensAt ? (Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime)) / 1000 : 0
  const face = faceOf(props, untilOpen)
  const isCounting = face === 'lobby' || face === 'line' || face === 'early'
  const isStanding = position !== null && face !== 'turn' && !ended && snapshot.phase !== 'closed'
  const isUndrawn = awaitsDraw(snapshot)
  const wish = `?${new URLSearchParams({ to: insideUrl })}`
  const loginUrl = paths.login(paths.room(room) + wish)
  const state = { room, snapshot, position, insideUrl, language, texts, ended }
  const refreshSeconds = Math.max(2, Math.ceil((position?.pollAfterMs ?? snapshot.pollAfterMs) / 1000))
  return (
    <html lang={language}>
      <head>
        <meta charset='utf-8' />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <meta name='robots' content='noindex' />
        <link rel='icon' href='data:,' />
        <title>{`${texts[face]} · NETicket`}</title>
        <style dangerouslySetInnerHTML={{ __html: waitingStyle }} />
        {!ended && (
          <noscript>
            <meta http-equiv='refresh' content={face === 'turn' ? `1;url=${insideUrl}` : String(refreshSeconds)} />
          </noscript>
        )}
      </head>
      <body data-face={face}>
        <main>
          <p class='logo'>
            <svg aria-hidden='true' viewBox='0 0 32 24' width='28' height='21'>
              <path d='M4 0h24a4 4 0 0 1 4 4v4a4 4 0 0 0 0 8v4a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4v-4a4 4 0 0 0 0-8V4a4 4 0 0 1 4-4Z' />
              <path d='M21 4v16' />
            </svg>
            NETicket
          </p>
          <div class='card'>
            {title && <p class='title'>{title}</p>}
            <h1 id='head'>{texts[face]}</h1>
            <p id='hint' class='muted'>{texts[`${face}Hint`]}</p>
            <div id='slip' class='slip' hidden={!isStanding && !isCounting}>
              <div id='figures' hidden={!isStanding}>
                <div id='place' hidden={isUndrawn}>
                  <p class='figure'>
                    <span>{texts.place}</span>
                    <strong>
                      <span id='ahead'>{position ? count(position.ahead, language) : '–'}</span>
                      {texts.people && <small>{texts.people}</small>}
                    </strong>
                  </p>
                  <progress
                    id='progress'
                    max={Math.max(1, (position?.position ?? 0) + 1)}
                    value={position ? position.position + 1 - position.ahead : 0}
                    aria-label={texts.progress}
                  />
                </div>
                <p id='crowd' class='row' hidden={!isUndrawn}>
                  <span>{texts.crowd}</span>
                  <span>
                    <span id='issued'>{count(snapshot.issued, language)}</span>
                    {texts.people}
                  </span>
                </p>
                <p class='row'>
                  <span>{texts.eta}</span>
                  <span id='eta'>
                    {position && position.etaSeconds !== null ? minutes(position.etaSeconds, language) : '–'}
                  </span>
                </p>
                <p id='why' class='muted small' role='status' hidden></p>
              </div>
              <p id='countdown' class='figure' hidden={!isCounting}>
                <span>{texts.until}</span>
                <strong id='clock'>{clock(untilOpen, language)}</strong>
                {opensText && <span>{opensText}</span>}
              </p>
            </div>
            <p id='draw' role='status' hidden></p>
            <p id='lost' class='trouble' role='status' hidden>{texts.lost}</p>
            <p id='trouble' class='trouble' role='status' hidden>{texts.trouble}</p>
            <p id='live' class='visually-hidden' aria-live='polite'></p>
            <div class='actions'>
              {!position && !ended && snapshot.phase !== 'closed' && (
                <noscript>
                  <form method='post' action={paths.tickets(room) + wish}>
                    <button type='submit'>{texts.join}</button>
                  </form>
                </noscript>
              )}
              <form id='again' method='post' action={paths.tickets(room) + wish} hidden={!ended}>
                <button type='submit'>{texts.again}</button>
              </form>
              <a id='login' class='button' href={loginUrl} hidden>{texts.logIn}</a>
              <form id='leave' method='post' action={paths.leaving(room)} hidden={!isStanding}>
                <button class='quiet' type='submit'>{texts.leave}</button>
              </form>
              <a class='quiet' href={outsideUrl}>{texts.back}</a>
            </div>
            <p class='muted small'>
              {texts.updated} <time id='updated'>{timeOfDay(snapshot.serverTime)}</time>
            </p>
          </div>
        </main>
        <script
          type='application/json'
          id='state'
          dangerouslySetInnerHTML={{ __html: JSON.stringify(state).replaceAll('<', '\\u003c') }}
        />
        <script dangerouslySetInnerHTML={{ __html: waitingScript }} />
      </body>
    </html>
  )
}

/** What the page shows, of all that it can; the script decides the same from each new snapshot. */
function faceOf({ snapshot, position, ended }: WaitingProps, untilOpen: number) {
  const { phase, serving, heldBy } = snapshot
  if (ended) return ended
  if (phase === 'closed') return untilOpen > 0 ? 'early' : 'closed'
  if (phase === 'paused' && heldBy === 'store') return 'silent'
  if (!position && phase !== 'sold_out') return 'joining'
  if (position && position.position < serving && (phase === 'open' || phase === 'idle')) return 'turn'
  if (phase === 'lobby') return awaitsDraw(snapshot) ? 'lobby' : 'line'
  return phase === 'idle' ? 'open' : phase
}

/** Whole minutes, rounded up: a wait is rather shorter than said. */
const minutes = (seconds: number, language: Language) =>
  seconds < 60 ? SENTENCES.under[language] : SENTENCES.minutes[language].replace('%', count(Math.ceil(seconds / 60), language))

export { waitingScript, waitingStyle }
