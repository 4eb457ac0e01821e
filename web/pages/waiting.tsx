import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
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
  bookingUrl: string
  eventUrl: string
}

const t = (ko: string, en: string): Text => ({ ko, en })

/** Every sentence of the page, by name: the server shows one, the script the next. */
const SENTENCES = {
  joining: t('줄에 서는 중입니다', 'Joining the line'),
  lobby: t('예매가 곧 시작됩니다', 'The sale opens soon'),
  lobbyHint: t(
    '이 화면을 열어 두세요. 시작하면 차례대로 안내합니다.',
    'Keep this page open. People are let in, in turn, when it opens.',
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
  closed: t('지금은 입장할 수 없습니다', 'The line is closed'),
  closedHint: t('예매 시간에 다시 찾아 주세요.', 'Please come back when the sale is open.'),
  missed: t('입장 시간이 지났습니다', 'Your turn has passed'),
  missedHint: t(
    '정해진 시간 안에 입장하지 않아 순서가 다음 분께 넘어갔습니다.',
    'It was not used in time and went to the next in line.',
  ),
  trouble: t('연결을 다시 시도하고 있습니다', 'Trying to connect again'),
  place: t('내 앞에', 'Ahead of you'),
  people: t('명', ''),
  eta: t('예상 대기 시간', 'Estimated wait'),
  until: t('시작까지', 'Opens in'),
  updated: t('마지막 확인', 'Updated'),
  join: t('줄 서기', 'Join the line'),
  enter: t('입장하기', 'Go in'),
  again: t('다시 줄 서기', 'Join again'),
  leave: t('줄에서 나가기', 'Leave the line'),
  back: t('공연 정보로', 'Back to the event'),
  under: t('1분 이내', 'under a minute'),
  minutes: t('약 %분', 'about % min'),
} satisfies Record<string, Text>

/** The waiting page: one request, its style and script inside. It works without the script by reloading itself. */
export function WaitingPage({ language, room, snapshot, position, title, bookingUrl, eventUrl }: WaitingProps) {
  const word = (name: keyof typeof SENTENCES) => SENTENCES[name][language]
  const called = position !== null && position.place < snapshot.serving &&
    (snapshot.phase === 'open' || snapshot.phase === 'idle')
  const face = called ? 'turn' : snapshot.phase === 'idle' ? 'open' : snapshot.phase
  const untilOpen = snapshot.opensAt ? (Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime)) / 1000 : 0
  const notYet = snapshot.phase === 'closed' && untilOpen > 0
  const state = {
    room,
    snapshot,
    position,
    bookingUrl,
    language,
    opensText: snapshot.opensAt && dateTime(snapshot.opensAt, language),
    texts: Object.fromEntries(Object.entries(SENTENCES).map(([name, text]) => [name, text[language]])),
  }
  return (
    <html lang={language}>
      <head>
        <meta charset='utf-8' />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <meta name='robots' content='noindex' />
        <link rel='icon' href='data:,' />
        <title>{`${word(face)} · NETicket`}</title>
        <style dangerouslySetInnerHTML={{ __html: waitingStyle }} />
        {position && (
          <noscript>
            <meta http-equiv='refresh' content='10' />
          </noscript>
        )}
      </head>
      <body data-face={face}>
        <main>
          <p class='logo'>NETicket</p>
          {title && <p class='title'>{title}</p>}
          <h1 id='head'>{word(face)}</h1>
          <p id='hint' class='muted'>
            {notYet && snapshot.opensAt
              ? `${dateTime(snapshot.opensAt, language)} ${language === 'ko' ? '오픈' : ''}`
              : word(`${face}Hint`)}
          </p>
          <div id='figures' hidden={!position || called}>
            <p class='figure'>
              <span>{word('place')}</span>
              <strong>
                <span id='ahead'>{position ? count(position.ahead, language) : '–'}</span>
                {word('people') && <small>{word('people')}</small>}
              </strong>
            </p>
            <progress
              id='progress'
              max={Math.max(1, (position?.place ?? 0) + 1)}
              value={position ? position.place + 1 - position.ahead : 0}
              aria-label={word('place')}
            />
            <p class='row'>
              <span>{word('eta')}</span>
              <span id='eta'>{position && position.etaSeconds !== null ? minutes(position.etaSeconds, language) : '–'}</span>
            </p>
          </div>
          <p id='countdown' class='figure' hidden={!(snapshot.phase === 'lobby' || notYet)}>
            <span>{word('until')}</span>
            <strong id='clock'>{clock(untilOpen, language)}</strong>
          </p>
          <p id='trouble' class='trouble' role='status' hidden>{word('trouble')}</p>
          <p id='live' class='visually-hidden' aria-live='polite'></p>
          <div class='actions'>
            <noscript>
              {!position && snapshot.phase !== 'closed' && (
                <form method='post' action={paths.tickets(room)}>
                  <button type='submit'>{word('join')}</button>
                </form>
              )}
              {called && (
                <form method='post' action={paths.pass(room)}>
                  <button type='submit'>{word('enter')}</button>
                </form>
              )}
            </noscript>
            <button id='again' type='button' hidden>{word('again')}</button>
            <form id='leave' method='post' action={`${paths.tickets(room)}/leave`} hidden={!position}>
              <button class='quiet' type='submit'>{word('leave')}</button>
            </form>
            <a class='quiet' href={eventUrl}>{word('back')}</a>
          </div>
          <p class='muted small'>
            {word('updated')} <time id='updated'>{timeOfDay(snapshot.serverTime)}</time>
          </p>
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

/** Whole minutes, rounded up: a wait is rather shorter than said. */
const minutes = (seconds: number, language: Language) =>
  seconds < 60 ? SENTENCES.under[language] : SENTENCES.minutes[language].replace('%', count(Math.ceil(seconds / 60), language))

export { waitingScript, waitingStyle }
