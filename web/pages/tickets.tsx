import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { Document } from '../components/document.tsx'
import { dateTime } from '../format.ts'
import { sentences, words } from '../text.ts'

/** A ticket with its QR code as the outline of an SVG path, in a square of `size` units. */
export type TicketItem = { ordinal: number; code: string; qr: { size: number; path: string } }

type TicketsPageProps = {
  language: Language
  reservation: Reservation
  tickets: readonly TicketItem[]
  /** The nickname of the buyer. */
  holder: string
  now: string
}

/** The admission tickets of a reservation: to show at the entrance, to print and to save. */
export function TicketsPage(props: TicketsPageProps) {
  const { language, reservation: { id }, tickets, now } = props
  const word = words(language)
  return (
    <Document language={language} title={word('tickets')} path={paths.admission(id)} serverTime={now}>
      <div class='narrow tickets-page'>
        <h1>{word('tickets')}</h1>
        <p class='lead'>{word('ticketsLead')}</p>
        <p class='actions'>
          <a class='button secondary' href={paths.admissionPdf(id)} download>{word('ticketsPdf')}</a>
          <a class='button secondary' href={paths.admissionCalendar(id)} download>{word('addToCalendar')}</a>
          <button class='button secondary' type='button' data-print hidden>{word('print')}</button>
        </p>
        <ol class='admission-tickets'>
          {tickets.map((ticket) => (
            <li key={ticket.ordinal}>
              <Ticket ticket={ticket} {...props} />
            </li>
          ))}
        </ol>
        <p class='actions'>
          <a class='button quiet' href={paths.reservation(id)}>{word('toReservation')}</a>
        </p>
      </div>
    </Document>
  )
}

/** The light margin around a QR code, in modules (ISO/IEC 18004 §9.1). */
const QUIET = 4

function Ticket({ language, reservation, ticket, holder }: TicketsPageProps & { ticket: TicketItem }) {
  const word = words(language)
  const { event, ticketType, quantity, number } = reservation
  const { qr, ordinal, code } = ticket
  const side = qr.size + 2 * QUIET
  return (
    <article class='admission-ticket' aria-label={`${word('tickets')} ${ordinal} / ${quantity}`}>
      <header>
        <h2>{event.title}</h2>
        <p>
          <strong>{dateTime(event.startsAt, language, event.zone)}</strong>
          <br />
          <bdi>{event.venue}</bdi>
        </p>
      </header>
      <div class='admission-code'>
        <svg viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role='img' aria-label={`${word('ticketQr')} ${ordinal}`}>
          <path d={qr.path} />
        </svg>
        <p class='reservation-number'>{code}</p>
      </div>
      <footer>
        <p>
          <strong>{ticketType.name}</strong>
          <span>{sentences.ticketOf(ordinal, quantity)[language]}</span>
        </p>
        <p>
          <span>{word('ticketHolder')} {holder}</span>
          <span>{word('reservationNumber')} {number}</span>
        </p>
        <p class='small'>{word('ticketUse')}</p>
      </footer>
    </article>
  )
}
