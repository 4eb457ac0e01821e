import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { awaitsDraw } from '../../edge/contract/wait-estimate.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { Mark } from '../components/mark.tsx'
import { count, countdownText, dateTime, timeOfDay } from '../format.ts'
import { waitingExtrasHash, waitingScript } from '../waiting-page/script.ts'
import { type EndedReason, type HeldPosition, STATE_ELEMENT_ID, type WaitingPageState } from '../waiting-page/state.ts'
import { waitingStyle } from '../waiting-page/style.ts'
import { waitingLabels, type WaitingTexts, waitingTexts } from '../waiting-page/texts.ts'
import { chooseView, countsDown, untilOpenMs, type View } from '../waiting-page/view.ts'
import { waitText } from '../waiting-page/wait-text.ts'

type WaitingProps = {
  language: Language
  room: string
  snapshot: Snapshot
  /** Null for a visitor who has no queue ticket yet. */
  position: HeldPosition | null
  /** What the queue is for; null when its title is unknown. */
  title: string | null
  /** How long a pass is valid, and how long before the opening the lobby opens. */
  passMinutes: number
  lobbyMinutes: number
  /** Why the visitor's earlier queue ticket is no longer valid. */
  ended?: EndedReason | null
  /** The page that a pass opens. */
  insideUrl: string
  /** The page to go back to. */
  outsideUrl: string
  /** The event of the room in a NETicket shop, with a poster and pages in two languages; null in front of another site. */
  eventId?: number | null
}

/**
 * The waiting page: one request, with its style and script inlined. Without the script it reloads periodically, unless it waits for the visitor
 * to join.
 */
export function WaitingPage(props: WaitingProps) {
  const { language, room, snapshot, position, title, ended = null, insideUrl, eventId = null } = props
  const opensText = snapshot.opensAt ? dateTime(snapshot.opensAt, language) : ''
  const texts = waitingTexts(language, { ...props, opensAt: opensText })
  const labels = waitingLabels(language)
  const leftMs = untilOpenMs(snapshot, Date.parse(snapshot.serverTime))
  const view = ended ?? chooseView(snapshot, position, leftMs)
  const canJoin = !position && !ended && snapshot.phase !== 'closed'
  const hasFigures = (position !== null || view === 'joining') && view !== 'turn' && !ended && snapshot.phase !== 'closed'
  // The script joins at once: what it then shows has its place already.
  const nextView = view === 'joining' ? chooseView(snapshot, { position: Infinity }, leftMs) : view
  const urls = { room: paths.room(room), target: insideUrl }
  const message = snapshot.message?.[language] ?? ''
  // One language is enough, and twice the same text compresses well.
  const shown = Object.assign({}, snapshot, { message: message ? { ko: message, en: message } : null })
  const state: WaitingPageState = { room, snapshot: shown, position, urls, language, texts, ended }
  return (
    <html lang={language}>
      <Head view={view} texts={texts} refresh={ended || canJoin ? null : refreshOf(props, view)} />
      <body data-view={nextView}>
        <main>
          <p class='logo'>
            <Mark />
            NETicket
          </p>
          <div class='card'>
            {eventId !== null && <p id='poster' data-event={paths.api.event(eventId)}></p>}
            {title && <p class='title'>{title}</p>}
            <h1 id='head'>{texts[view]}</h1>
            <p id='hint' class='muted'>{texts[`${nextView}Hint`]}</p>
            <p id='message' class='trouble' role='status' hidden={!message}>{message}</p>
            <div id='slip' class='slip' hidden={!hasFigures && !countsDown(nextView)}>
              <Figures language={language} snapshot={snapshot} position={position} texts={texts} hidden={!hasFigures} />
              <p id='countdown' class='figure' hidden={!countsDown(nextView)}>
                <span>{labels.until}</span>
                <strong id='clock'>{countdownText(leftMs / 1000, language)}</strong>
                {opensText && <span>{opensText}</span>}
              </p>
            </div>
            <p id='draw' role='status' hidden></p>
            <p id='lost' class='trouble' role='status' hidden>{labels.lost}</p>
            <p id='trouble' class='trouble' role='status' hidden>{labels.trouble}</p>
            <p id='live' class='visually-hidden' aria-live='polite'></p>
            <p class='muted small'>
              {labels.updated} <time id='updated'>{timeOfDay(snapshot.serverTime)}</time>
            </p>
            <Actions {...props} canJoin={canJoin} canLeave={hasFigures && position !== null} />
          </div>
        </main>
        <script
          type='application/json'
          id={STATE_ELEMENT_ID}
          dangerouslySetInnerHTML={{ __html: JSON.stringify(state).replaceAll('<', '\\u003c') }}
        />
        <script dangerouslySetInnerHTML={{ __html: waitingScript }} />
        <script type='module' src={paths.waitingExtras(room, waitingExtrasHash)}></script>
      </body>
    </html>
  )
}

function Head({ view, texts, refresh }: { view: View; texts: WaitingTexts; refresh: string | null }) {
  return (
    <head>
      <meta charset='utf-8' />
      <meta name='viewport' content='width=device-width, initial-scale=1' />
      <meta name='color-scheme' content='light dark' />
      <meta name='robots' content='noindex' />
      <link rel='icon' href='data:,' />
      <title>{`${texts[view]} · NETicket`}</title>
      <style dangerouslySetInnerHTML={{ __html: waitingStyle }} />
      {refresh !== null && (
        <noscript>
          <meta http-equiv='refresh' content={refresh} />
        </noscript>
      )}
    </head>
  )
}

/** What a browser without scripts loads next: the target page once the turn has come, this page otherwise. */
function refreshOf({ snapshot, position, insideUrl }: WaitingProps, view: View): string {
  if (view === 'turn') return `1;url=${insideUrl}`
  return String(Math.max(2, Math.ceil((position?.pollAfterMs ?? snapshot.pollAfterMs) / 1000)))
}

type FiguresProps = {
  language: Language
  snapshot: Snapshot
  position: HeldPosition | null
  texts: WaitingTexts
  hidden: boolean
}

function Figures({ language, snapshot, position, texts, hidden }: FiguresProps) {
  const labels = waitingLabels(language)
  const hasWait = position !== null && position.etaSeconds !== null
  return (
    <div id='figures' hidden={hidden}>
      <div id='position' hidden={awaitsDraw(snapshot)}>
        <p class='figure'>
          <span>{labels.ahead}</span>
          <strong>
            <span id='ahead'>{position ? count(position.ahead, language) : '–'}</span>
            {labels.people && <small>{labels.people}</small>}
          </strong>
        </p>
        <progress
          id='progress'
          max={Math.max(1, (position?.position ?? 0) + 1)}
          value={position ? position.position + 1 - position.ahead : 0}
          aria-label={labels.progress}
        />
      </div>
      <p id='crowd' class='row' hidden={!awaitsDraw(snapshot)}>
        <span>{labels.crowd}</span>
        <span>
          <span id='issued'>{count(snapshot.issued - snapshot.gone, language)}</span>
          {labels.people}
        </span>
      </p>
      <p class='row'>
        <span>{labels.eta}</span>
        <span id='eta'>{hasWait ? waitText(position.etaSeconds! * 1000, awaitsDraw(snapshot), texts, language) : '–'}</span>
      </p>
      <p id='why' class='muted small' role='status' hidden></p>
    </div>
  )
}

function Actions(
  { language, room, ended, insideUrl, outsideUrl, eventId = null, canJoin, canLeave }: WaitingProps & {
    canJoin: boolean
    canLeave: boolean
  },
) {
  const other = language === 'ko' ? 'en' : 'ko'
  const labels = waitingLabels(language)
  const query = `?${new URLSearchParams({ to: insideUrl })}`
  return (
    <div class='actions'>
      {canJoin && (
        <noscript>
          <form method='post' action={paths.tickets(room) + query}>
            <button type='submit'>{labels.join}</button>
          </form>
        </noscript>
      )}
      <form id='again' method='post' action={paths.tickets(room) + query} hidden={!ended}>
        <button type='submit'>{labels.again}</button>
      </form>
      <a id='login' class='button' href={paths.login(paths.room(room) + query)} hidden>{labels.logIn}</a>
      <a class='quiet' href={outsideUrl}>{labels.back}</a>
      {eventId !== null && <a class='quiet' lang={other} href={paths.language(other, paths.room(room))}>{labels.other}</a>}
      <details id='leave' hidden={!canLeave}>
        <summary>{labels.leave}</summary>
        <form method='post' action={paths.leaving(room)}>
          <button type='submit'>{labels.leaveNow}</button>
        </form>
      </details>
    </div>
  )
}
