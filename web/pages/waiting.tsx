import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problem.ts'
import type { Position, Snapshot } from '../../edge/contract/room.ts'
import { clock, count, dateTime, timeOfDay } from '../format.ts'
import { waitingScript } from '../waiting-script.ts'
import { waitingStyle } from '../waiting-style.ts'

type WaitingProps = {
  language: Language
  room: string
  snapshot: Snapshot
  /** Null for a visitor who has no ticket yet. */
  position: Position | null
  /** What one waits for; null when nobody knows its name. */
  title: string | null
  startsAt?: string
  /** Why the visitor's last wish was refused; a turn that was missed has a face of its own. */
  problem?: Problem
  bookingUrl: string
  eventUrl: string
}

const t = (ko: string, en: string): Text => ({ ko, en })

/** Every sentence of the page, by name: the server shows one, the script the next. */
const SENTENCES = {
  joining: t('대기열에 들어갑니다', 'Joining the line'),
  joiningHint: t('줄을 서면 차례대로 입장합니다.', 'You are let in when your turn comes.'),
  lobby: t('예매가 곧 시작됩니다', 'The sale opens soon'),
  lobbyHint: t(
    '이 화면을 열어 두세요. 시작하면 차례대로 안내합니다. 새로고침해도 순서는 그대로입니다.',
    'Keep this page open: people are let in, in turn, when it opens. Refreshing never costs you your place.',
  ),
  open: t('차례를 기다리고 있습니다', 'You are in line'),
  openHint: t(
    '새로고침하거나 창을 닫았다 열어도 순서는 그대로입니다. 차례가 되면 저절로 넘어갑니다.',
    'Your place is kept if you refresh or come back. You will be taken in when your turn comes.',
  ),
  turn: t('입장 차례입니다', 'It is your turn'),
  turnHint: t('예매 화면으로 이동합니다.', 'Taking you in.'),
  paused: t('잠시 멈췄습니다', 'The line is paused'),
  pausedHint: t('순서는 그대로 유지됩니다. 다시 시작하면 이어서 안내합니다.', 'Your place is kept. The line goes on from here.'),
  sold_out: t('지금은 모두 매진되었습니다', 'Sold out for now'),
  sold_outHint: t(
    '취소된 좌석이 나오면 순서대로 다시 안내합니다.',
    'If seats come back, the line moves on and your place is kept.',
  ),
  early: t('아직 대기실이 열리지 않았습니다', 'The waiting room is not open yet'),
  earlyHint: t(
    '예매는 %에 시작됩니다. 이 화면을 열어 두면 대기실이 열릴 때 저절로 들어갑니다.',
    'The sale opens on %. Keep this page open and you join as soon as the waiting room opens.',
  ),
  closed: t('지금은 입장할 수 없습니다', 'The line is closed'),
  closedHint: t(
    '예매가 끝났거나 잠시 닫혀 있습니다. 공연 정보에서 확인해 주세요.',
    'The sale has ended or is closed for now. See the event’s page.',
  ),
  missed: t('입장 시간이 지났습니다', 'Your turn has passed'),
  missedHint: t(
    '정해진 시간 안에 입장하지 않아 순서가 다음 분께 넘어갔습니다.',
    'It was not used in time and went to the next in line.',
  ),
  trouble: t('연결을 다시 시도합니다. 이 화면을 열어 두세요.', 'Trying to connect again. Keep this page open.'),
  place: t('내 앞에', 'Ahead of you'),
  people: t('명', ''),
  aheadOfYou: t('내 앞에 %명', '% ahead of you'),
  eta: t('예상 대기 시간', 'Estimated wait'),
  until: t('시작까지', 'Opens in'),
  updated: t('마지막 확인', 'Updated'),
  join: t('줄 서기', 'Join the line'),
  enter: t('입장하기', 'Go in'),
  again: t('다시 줄 서기', 'Join again'),
  progress: t('입장까지 진행률', 'Progress of the line'),
  leave: t('줄에서 나가기', 'Leave the line'),
  back: t('공연 정보로', 'Back to the event'),
  under: t('1분 이내', 'under a minute'),
  minutes: t('약 %분', 'about % min'),
} satisfies Record<string, Text>

/** The waiting page: one request, its style and script inside. It works without the script by reloading itself. */
export function WaitingPage(props: WaitingProps) {
  const { language, room, snapshot, position, title, startsAt, problem, bookingUrl, eventUrl } = props
  const opensText = snapshot.opensAt ? dateTime(snapshot.opensAt, language) : ''
  const texts = Object.fromEntries(
    Object.entries(SENTENCES).map((
      [name, text],
    ) => [name, name === 'earlyHint' ? text[language].replace('%', opensText) : text[language]]),
  ) as Record<keyof typeof SENTENCES, string>
  const untilOpen = snapshot.opensAt ? (Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime)) / 1000 : 0
  const face = faceOf(props, untilOpen)
  const counting = face === 'lobby' || face === 'early'
  const standing = position !== null && face !== 'turn' && face !== 'missed' && snapshot.phase !== 'closed'
  const state = { room, snapshot, position, bookingUrl, language, texts, missed: face === 'missed' }
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
        {position && (
          <noscript>
            <meta http-equiv='refresh' content='10' />
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
            {title && (
              <p class='title'>
                {title}
                {startsAt && <span class='when'>{dateTime(startsAt, language)}</span>}
              </p>
            )}
            <h1 id='head'>{texts[face]}</h1>
            <p id='hint' class='muted'>{texts[`${face}Hint`]}</p>
            {problem && face !== 'missed' && <p class='trouble' role='alert'>{problem.detail}</p>}
            <div id='slip' class='slip' hidden={!standing && !counting}>
              <div id='figures' hidden={!standing}>
                <p class='figure'>
                  <span>{texts.place}</span>
                  <strong>
                    <span id='ahead'>{position ? count(position.ahead, language) : '–'}</span>
                    {texts.people && <small>{texts.people}</small>}
                  </strong>
                </p>
                <progress
                  id='progress'
                  max={Math.max(1, (position?.place ?? 0) + 1)}
                  value={position ? position.place + 1 - position.ahead : 0}
                  aria-label={texts.progress}
                />
                <p class='row'>
                  <span>{texts.eta}</span>
                  <span id='eta'>
                    {position && position.etaSeconds !== null ? minutes(position.etaSeconds, language) : '–'}
                  </span>
                </p>
              </div>
              <p id='countdown' class='figure' hidden={!counting}>
                <span>{texts.until}</span>
                <strong id='clock'>{clock(untilOpen, language)}</strong>
                {opensText && <span>{opensText}</span>}
              </p>
            </div>
            <p id='trouble' class='trouble' role='status' hidden>{texts.trouble}</p>
            <p id='live' class='visually-hidden' aria-live='polite'></p>
            <div class='actions'>
              <noscript>
                {!position && face !== 'missed' && snapshot.phase !== 'closed' && (
                  <form method='post' action={paths.tickets(room)}>
                    <button type='submit'>{texts.join}</button>
                  </form>
                )}
                {face === 'turn' && (
                  <form method='post' action={paths.pass(room)}>
                    <button type='submit'>{texts.enter}</button>
                  </form>
                )}
              </noscript>
              <form id='again' method='post' action={paths.tickets(room)} hidden={face !== 'missed'}>
                <button type='submit'>{texts.again}</button>
              </form>
              <form id='leave' method='post' action={`${paths.tickets(room)}/leave`} hidden={!standing}>
                <button class='quiet' type='submit'>{texts.leave}</button>
              </form>
              <a class='quiet' href={eventUrl}>{texts.back}</a>
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
function faceOf({ snapshot, position, problem }: WaitingProps, untilOpen: number) {
  const { phase, serving } = snapshot
  if (problem?.code === 'turn_missed') return 'missed'
  if (phase === 'closed') return untilOpen > 0 ? 'early' : 'closed'
  if (!position) return 'joining'
  if (position.place < serving && (phase === 'open' || phase === 'idle')) return 'turn'
  return phase === 'idle' ? 'open' : phase
}

/** Whole minutes, rounded up: a wait is rather shorter than said. */
const minutes = (seconds: number, language: Language) =>
  seconds < 60 ? SENTENCES.under[language] : SENTENCES.minutes[language].replace('%', count(Math.ceil(seconds / 60), language))

export { waitingScript, waitingStyle }
