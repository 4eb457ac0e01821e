import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { dateTime, money } from '../format.ts'
import { Document, type Viewer } from '../render.tsx'
import { sentences, words } from '../text.ts'
import { Steps } from './booking.tsx'
import { Poster } from './home.tsx'
import { NoAnswer, ProblemNotice } from './notice.tsx'

type ReservationProps = {
  language: Language
  person: Viewer
  reservation: Reservation
  /** Just booked: the page celebrates. */
  isNew: boolean
  now: string
  problem?: Problem
}

export function ReservationPage(props: ReservationProps) {
  const { language, reservation, isNew } = props
  const word = words(language)
  return (
    <Document
      language={language}
      title={word(isNew ? 'booked' : 'reservation')}
      path={paths.reservation(reservation.id)}
      serverTime={props.now}
    >
      {isNew && <Steps language={language} at={2} />}
      <div class='narrow'>
        {isNew
          ? (
            <div class='success' role='status'>
              <span class='success-mark' aria-hidden='true'>✓</span>
              <h1>{word('booked')}</h1>
              <p>{word('bookedHint')}</p>
            </div>
          )
          : <h1>{word('reservation')}</h1>}
        <ReservationPanel {...props} />
        <p class='actions'>
          <a class='button secondary' href={paths.me()}>{word('toMyPage')}</a>
          <a class='button quiet' href={paths.home}>{word('toEvents')}</a>
        </p>
      </div>
    </Document>
  )
}

/** The reservation as a ticket, and the way to cancel it. */
export function ReservationPanel({ language, reservation, now, problem }: ReservationProps) {
  const word = words(language)
  const { event } = reservation
  const canCancel = reservation.status === 'confirmed' && Date.parse(now) < Date.parse(reservation.cancelUntil)
  return (
    <section id='reservation' class={`ticket ${reservation.status}`} tabindex={-1}>
      <ProblemNotice problem={problem} />
      <div class='ticket-head'>
        <Poster event={event} eager />
        <div>
          <StatusOf language={language} status={reservation.status} />
          <h2>
            <a href={paths.event(event.id)}>{event.title}</a>
          </h2>
          <p class='muted'>
            {dateTime(event.startsAt, language)}
            <br />
            {event.venue}
          </p>
        </div>
      </div>
      <dl class='facts'>
        <dt>{word('grade')}</dt>
        <dd>{reservation.ticketType.name} · {sentences.tickets(reservation.quantity)[language]}</dd>
        <dt>{word('total')}</dt>
        <dd>
          <strong>{money(reservation.totalPrice, language)}</strong>{' '}
          <span class='muted small'>({money(reservation.unitPrice, language)} × {reservation.quantity})</span>
        </dd>
        <dt>{word('bookedAt')}</dt>
        <dd>{dateTime(reservation.createdAt, language)}</dd>
        {reservation.cancelledAt && (
          <>
            <dt>{word('cancelledAt')}</dt>
            <dd>{dateTime(reservation.cancelledAt, language)}</dd>
          </>
        )}
        {reservation.status === 'confirmed' && (
          <>
            <dt>{word('cancelUntil')}</dt>
            <dd>{dateTime(reservation.cancelUntil, language)}</dd>
          </>
        )}
        <dt>{word('reservationNumber')}</dt>
        <dd class='code'>{reservation.id}</dd>
      </dl>
      {canCancel && (
        <details class='cancel'>
          <summary>{word('cancel')}</summary>
          <p>{word('cancelAsk')}</p>
          <form
            method='post'
            action={paths.cancellation(reservation.id)}
            hx-post={paths.cancellation(reservation.id)}
            hx-target='#reservation'
            hx-swap='outerHTML'
            hx-sync='this:drop'
          >
            <NoAnswer language={language} hint='cancelAgainHint' />
            {reservation.quantity > 1 && (
              <>
                <label for='keep'>{word('cancelHowMany')}</label>
                <select id='keep' name='quantity'>
                  {Array.from(
                    { length: reservation.quantity },
                    (_, kept) => (
                      <option key={kept} value={kept}>
                        {sentences.cancelTickets(reservation.quantity - kept, kept)[language]}
                      </option>
                    ),
                  )}
                </select>
              </>
            )}
            <button class='button danger' type='submit'>{word('cancelYes')}</button>
          </form>
        </details>
      )}
      {reservation.status === 'confirmed' && !canCancel && <p class='ticket-note'>{word('cancelOver')}</p>}
      {reservation.status === 'cancelled' && <p class='ticket-note'>{word('cancelDone')}</p>}
    </section>
  )
}

export function StatusOf({ language, status }: { language: Language; status: 'confirmed' | 'cancelled' }) {
  return <span class={`chip ${status === 'confirmed' ? 'on-sale' : 'over'}`}>{words(language)(status)}</span>
}
