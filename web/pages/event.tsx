import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Countdown } from '../components/countdown.tsx'
import { Document } from '../components/document.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Poster } from '../components/poster.tsx'
import { Price } from '../components/price.tsx'
import { StaleNotice } from '../components/stale-notice.tsx'
import { EventStatusChip } from '../components/status-chip.tsx'
import { count, dateTime } from '../format.ts'
import { sentences, words } from '../text.ts'

type EventProps = { language: Language; event: EventDetail }
/** `preview`: a banner for operators, above a page whose buttons do nothing. */
type EventPageProps = EventProps & { preview?: ComponentChildren }

export function EventPage({ language, event, preview }: EventPageProps) {
  const word = words(language)
  return (
    <Document
      language={language}
      title={event.title}
      description={`${dateTime(event.startsAt, language)} · ${event.venue}`}
      image={event.imageUrl}
      themeColor={event.image?.color}
      path={paths.event(event.id)}
      serverTime={event.serverTime}
      isStatic={preview !== undefined}
    >
      {preview}
      <article class='detail'>
        <div class='detail-poster'>
          <Poster event={event} eager sizes='(min-width: 48rem) 20rem, 34vw' />
        </div>
        <div class='detail-facts'>
          <h1>{event.title}</h1>
          <Facts>
            <Fact name={word('date')}>{dateTime(event.startsAt, language)}</Fact>
            <Fact name={word('venue')}>{event.venue}</Fact>
            <Fact name={word('opensAt')}>{dateTime(event.opensAt, language)}</Fact>
            <Fact name={word('closesAt')}>{dateTime(event.closesAt, language)}</Fact>
            <Fact name={word('limit')}>{sentences.perPerson(event.limitPerPerson)[language]}</Fact>
          </Facts>
          <SeatsPanel language={language} event={event} isPreview={preview !== undefined} />
          <p class='visually-hidden' role='status' data-announcement></p>
          {event.status !== 'cancelled' && <Hints language={language} />}
          <Notice language={language} event={event} />
        </div>
      </article>
    </Document>
  )
}

function Hints({ language }: { language: Language }) {
  const word = words(language)
  return (
    <>
      <h2>{word('howItWorks')}</h2>
      <ul class='hints'>
        <li>{word('lobbyHint')}</li>
        <li>{word('howQueue')}</li>
        <li>{word('howCancel')}</li>
      </ul>
    </>
  )
}

/** What the organiser wants buyers to know. Texts keep their line breaks. */
function Notice({ language, event: { notice } }: EventProps) {
  if (notice.length === 0) return null
  return (
    <>
      <h2>{words(language)('noticeTitle')}</h2>
      <dl class='event-notice'>
        {notice.map(({ part, text }) => (
          <div key={part}>
            <dt>{words(language)(part)}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

/** The seats of a sale that opens within this time are refreshed on a schedule. */
const SOON_MS = 3_600_000

/** When htmx refreshes the panel: on a schedule while the seats can change, and always when its countdown ends. */
function refreshTriggers({ status, opensAt, serverTime }: EventDetail): string {
  const untilOpenMs = Date.parse(opensAt) - Date.parse(serverTime)
  const canChange = status === 'on_sale' || status === 'stopped' || status === 'sold_out' ||
    (status === 'upcoming' && untilOpenMs < SOON_MS)
  const seconds = status === 'upcoming' && untilOpenMs > 60_000 ? 15 : 3
  return canChange ? `every ${seconds}s, refresh` : 'refresh'
}

/** The seats that are left and the booking button. htmx morphs it, so that a button that has the keyboard focus keeps it. */
export function SeatsPanel({ language, event, isPreview = false }: EventProps & { isPreview?: boolean }) {
  const word = words(language)
  const total = event.ticketTypes.reduce((sum, type) => sum + type.total, 0)
  const left = event.ticketTypes.reduce((sum, type) => sum + type.left, 0)
  return (
    <section
      id='seats'
      class='panel'
      aria-labelledby='seats-title'
      hx-get={event.status === 'closed' || isPreview ? undefined : paths.eventSeats(event.id)}
      hx-trigger={isPreview ? undefined : refreshTriggers(event)}
      hx-swap='outerMorph'
    >
      <StaleNotice />
      <div class='panel-head'>
        <h2 id='seats-title'>{word('prices')}</h2>
        <span data-status>
          <EventStatusChip language={language} event={{ ...event, total, left }} />
        </span>
      </div>
      <TicketTypes language={language} event={event} />
      {isPreview
        ? (
          <fieldset class='static' disabled>
            <BookingButton language={language} event={event} />
          </fieldset>
        )
        : <BookingButton language={language} event={event} />}
    </section>
  )
}

function TicketTypes({ language, event }: EventProps) {
  const word = words(language)
  return (
    <table class='ticket-types'>
      <thead>
        <tr>
          <th scope='col'>{word('ticketType')}</th>
          <th scope='col' class='number'>{word('price')}</th>
          <th scope='col' class='number'>{word('left')}</th>
        </tr>
      </thead>
      <tbody>
        {event.ticketTypes.map((type) => (
          <tr key={type.id} class={type.left === 0 ? 'gone' : undefined}>
            <th scope='row'>{type.name}</th>
            <td class='number'>
              <Price language={language} won={type.price} />
            </td>
            <td class='number'>{type.left === 0 ? word('soldOut') : sentences.seats(count(type.left, language))[language]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function BookingButton({ language, event }: EventProps) {
  const word = words(language)
  const join = (label: string) => (
    <form method='post' action={paths.tickets(event.room)}>
      <button class='button wide' type='submit'>{label}</button>
    </form>
  )
  switch (event.status) {
    case 'upcoming':
      return (
        <>
          <Countdown language={language} label={word('untilOpening')} opensAt={event.opensAt} />
          <LoginBeforeOpening language={language} event={event} />
          {join(word('enterLobby'))}
        </>
      )
    case 'on_sale':
      return (
        <>
          {join(word('book'))}
          <p class='muted small'>{word('queueHint')}</p>
          <LoginHint language={language} event={event} />
        </>
      )
    case 'stopped':
      return (
        <>
          <button class='button wide' type='button' disabled>{word('saleStopped')}</button>
          {event.stopMessage !== '' && <p class='notice'>{event.stopMessage}</p>}
          <p class='muted small'>{word('stoppedHint')}</p>
        </>
      )
    case 'sold_out':
      return (
        <>
          <button class='button wide' type='button' disabled>{word('soldOut')}</button>
          <p class='muted small'>{word('soldOutHint')}</p>
        </>
      )
    case 'closed':
      return <button class='button wide' type='button' disabled>{word('saleEnded')}</button>
    case 'cancelled':
      return (
        <>
          <p class='notice problem'>
            <strong>{word('eventIsCancelled')}</strong>
          </p>
          {event.stopMessage !== '' && <p class='notice'>{event.stopMessage}</p>}
          <p class='muted small'>
            {word('eventIsCancelledHint')} <a href={paths.me()}>{word('toMyPage')}</a>
          </p>
        </>
      )
    default:
      return event.status satisfies never
  }
}

/** Pages are shared, so the script hides this from a visitor who is logged in. Without the script everybody sees it. */
function LoginBeforeOpening({ language, event }: EventProps) {
  const word = words(language)
  return (
    <div class='notice' data-guest>
      <p>
        <a class='button wide' href={paths.login(paths.event(event.id))}>{word('loginForDraw')}</a>
      </p>
      <p class='muted small'>{word('loginForDrawHint')}</p>
    </div>
  )
}

function LoginHint({ language, event }: EventProps) {
  const word = words(language)
  return (
    <p class='muted small' data-guest>
      {word('loginHint')} <a href={paths.login(paths.event(event.id))}>{word('login')}</a>
    </p>
  )
}
