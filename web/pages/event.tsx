import type { Language } from '../../edge/contract/language.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { paths } from '../../edge/contract/paths.ts'
import { count, dateTime, money } from '../format.ts'
import { Document } from '../render.tsx'
import { sentences, words } from '../text.ts'
import { Poster, StatusChip } from './home.tsx'

type EventProps = { language: Language; event: EventDetail }

export function EventPage({ language, event }: EventProps) {
  const word = words(language)
  return (
    <Document
      language={language}
      title={event.title}
      description={`${dateTime(event.startsAt, language)} · ${event.venue}`}
      image={event.imageUrl}
      path={paths.event(event.id)}
      serverTime={event.serverTime}
    >
      <article class='detail'>
        <div class='detail-poster'>
          <Poster event={event} eager />
        </div>
        <div class='detail-facts'>
          <h1>{event.title}</h1>
          <dl class='facts'>
            <dt>{word('date')}</dt>
            <dd>{dateTime(event.startsAt, language)}</dd>
            <dt>{word('place')}</dt>
            <dd>{event.venue}</dd>
            <dt>{word('opensAt')}</dt>
            <dd>{dateTime(event.opensAt, language)}</dd>
            <dt>{word('closesAt')}</dt>
            <dd>{dateTime(event.closesAt, language)}</dd>
            <dt>{word('limit')}</dt>
            <dd>{sentences.perPerson(event.limitPerPerson)[language]}</dd>
          </dl>
          <SeatsPanel language={language} event={event} />
          <p class='visually-hidden' role='status' data-announcement></p>
          <h2>{word('howItWorks')}</h2>
          <ul class='hints'>
            <li>{word('lobbyHint')}</li>
            <li>{word('howLine')}</li>
            <li>{word('howCancel')}</li>
          </ul>
        </div>
      </article>
    </Document>
  )
}

/** The page of a sale that opens within this renews itself. */
const SOON_MS = 3_600_000

/**
 * Seats left and the button; it renews itself while they can change, and at once when a countdown in it ends. It is morphed, so that
 * whoever has reached the button by keyboard stays on it.
 */
export function SeatsPanel({ language, event }: EventProps) {
  const word = words(language)
  const untilOpenMs = Date.parse(event.opensAt) - Date.parse(event.serverTime)
  const changing = event.status === 'on_sale' || event.status === 'sold_out' ||
    (event.status === 'upcoming' && untilOpenMs < SOON_MS)
  const seconds = event.status === 'upcoming' && untilOpenMs > 60_000 ? 15 : 3
  const triggers = changing ? `every ${seconds}s, refresh` : 'refresh'
  const total = event.ticketTypes.reduce((sum, type) => sum + type.total, 0)
  const left = event.ticketTypes.reduce((sum, type) => sum + type.left, 0)
  return (
    <section
      id='seats'
      class='panel'
      aria-labelledby='seats-title'
      hx-get={event.status === 'closed' ? undefined : paths.eventSeats(event.id)}
      hx-trigger={triggers}
      hx-swap='outerMorph'
    >
      <div class='panel-head'>
        <h2 id='seats-title'>{word('prices')}</h2>
        <span data-status>
          <StatusChip language={language} event={{ ...event, total, left }} />
        </span>
      </div>
      <table class='grades'>
        <thead>
          <tr>
            <th scope='col'>{word('grade')}</th>
            <th scope='col' class='number'>{word('price')}</th>
            <th scope='col' class='number'>{word('left')}</th>
          </tr>
        </thead>
        <tbody>
          {event.ticketTypes.map((type) => (
            <tr key={type.id} class={type.left === 0 ? 'gone' : undefined}>
              <th scope='row'>{type.name}</th>
              <td class='number'>{type.price === 0 ? word('free') : money(type.price, language)}</td>
              <td class='number'>{type.left === 0 ? word('soldOut') : sentences.seats(count(type.left, language))[language]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <BookingButton language={language} event={event} />
    </section>
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
          <p class='countdown-line'>
            <span>{word('untilOpening')}</span>
            <strong class='countdown' data-opens-at={event.opensAt}>{dateTime(event.opensAt, language)}</strong>
          </p>
          {join(word('enterLobby'))}
          <LoginHint language={language} event={event} />
        </>
      )
    case 'on_sale':
      return (
        <>
          {join(word('book'))}
          <p class='muted small'>{word('lineHint')}</p>
          <LoginHint language={language} event={event} />
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
  }
}

function LoginHint({ language, event }: EventProps) {
  const word = words(language)
  return (
    <p class='muted small' data-guest>
      {word('loginHint')} <a href={paths.login(paths.event(event.id))}>{word('login')}</a>
    </p>
  )
}
