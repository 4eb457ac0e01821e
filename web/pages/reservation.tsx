import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { dateTime, lastMinuteBefore, money } from '../format.ts'
import { Document } from '../components/document.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { FieldProblem } from '../components/fields.tsx'
import { NoResponseNotice, ProblemNotice } from '../components/notices.tsx'
import { Poster } from '../components/poster.tsx'
import { ReservationStatusChip } from '../components/status-chip.tsx'
import { Steps } from '../components/steps.tsx'
import { sentences, words } from '../text.ts'

type ReservationProps = {
  language: Language
  reservation: Reservation
  /** Whether the buyer has just booked it. */
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
      {isNew && <Steps language={language} current={2} />}
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
          <TicketsLink {...props} />
          <a class='button secondary' href={paths.me()}>{word('toMyPage')}</a>
          <a class='button quiet' href={paths.home}>{word('toEvents')}</a>
        </p>
      </div>
    </Document>
  )
}

/** A link to the admission tickets, unless the reservation admits nobody. */
function TicketsLink({ language, reservation: { id, status, event } }: ReservationProps) {
  if (status !== 'confirmed' || event.cancelledAt !== null) return null
  return <a class='button' href={paths.admission(id)}>{words(language)('seeTickets')}</a>
}

/** The reservation as a ticket, with the form that cancels it. htmx replaces it with a new version. */
export function ReservationPanel(
  { language, reservation, now, problem, isReduced = false }: Omit<ReservationProps, 'isNew'> & {
    /** Whether some of its seats have just been cancelled. */
    isReduced?: boolean
  },
) {
  const word = words(language)
  const { event, status } = reservation
  const isOff = event.cancelledAt !== null
  const canCancel = status === 'confirmed' && !isOff && Date.parse(now) < Date.parse(reservation.cancelUntil)
  return (
    <section id='reservation' class={`ticket ${status}`} tabindex={-1}>
      <ProblemNotice problem={problem} />
      {isReduced && <p class='notice good' role='status'>{sentences.reduced(reservation.quantity)[language]}</p>}
      <div class='ticket-head'>
        <Poster event={event} eager />
        <div>
          <ReservationStatusChip language={language} status={status} />
          <h2>
            <a href={paths.event(event.id)}>
              <bdi>{event.title}</bdi>
            </a>
          </h2>
          <p class='muted'>
            {dateTime(event.startsAt, language, event.zone)}
            <br />
            <bdi>{event.venue}</bdi>
          </p>
        </div>
      </div>
      <ReservationFacts language={language} reservation={reservation} />
      {canCancel && <Cancellation language={language} reservation={reservation} problem={problem} />}
      {status === 'confirmed' && !canCancel && <p class='ticket-note'>{word(isOff ? 'cancelsWithEvent' : 'cancelOver')}</p>}
      {status === 'cancelled' && <p class='ticket-note'>{word(cancellationNote(reservation))}</p>}
    </section>
  )
}

/** Times of a reservation and of an event are from different clocks. */
const CLOCK_TOLERANCE_MS = 60_000

/** Whether the organiser cancelled the reservation with its event, or somebody cancelled it on its own. */
function cancellationNote({ cancelledAt, event }: Reservation): 'cancelDone' | 'cancelledBeforeEvent' | 'cancelledWithEvent' {
  if (event.cancelledAt === null) return 'cancelDone'
  const isEarlier = cancelledAt !== null && Date.parse(cancelledAt) < Date.parse(event.cancelledAt) - CLOCK_TOLERANCE_MS
  return isEarlier ? 'cancelledBeforeEvent' : 'cancelledWithEvent'
}

type PanelProps = { language: Language; reservation: Reservation; problem?: Problem | undefined }

function ReservationFacts({ language, reservation }: PanelProps) {
  const word = words(language)
  const { event, ticketType, quantity, totalPrice, unitPrice, createdAt, cancelledAt, cancelUntil, status, number } = reservation
  return (
    <Facts>
      <Fact name={word('reservationNumber')}>
        <strong class='reservation-number'>{number}</strong>
      </Fact>
      <Fact name={word('ticketType')}>{ticketType.name} · {sentences.tickets(quantity)[language]}</Fact>
      <Fact name={word('total')}>
        <strong>{money(totalPrice, language)}</strong>{' '}
        <span class='muted small'>({money(unitPrice, language)} × {quantity})</span>
      </Fact>
      <Fact name={word('bookedAt')}>{dateTime(createdAt, language)}</Fact>
      {cancelledAt && <Fact name={word('cancelledAt')}>{dateTime(cancelledAt, language)}</Fact>}
      {status === 'confirmed' && (
        <Fact name={word('cancelUntil')}>{dateTime(lastMinuteBefore(cancelUntil), language, event.zone)}</Fact>
      )}
    </Facts>
  )
}

/** `keep`: the seats to keep. Nothing is chosen at first, and only `none` cancels all of them. */
function Cancellation({ language, reservation: { id, quantity }, problem }: PanelProps) {
  const word = words(language)
  return (
    <details class='cancel' open={problem !== undefined}>
      <summary>{word('cancel')}</summary>
      <p>{word('cancelConfirm')}</p>
      <form
        method='post'
        action={paths.cancellation(id)}
        hx-post={paths.cancellation(id)}
        hx-target='#reservation'
        hx-swap='outerHTML'
        hx-sync='this:drop'
      >
        <NoResponseNotice language={language} hint='cancelAgainHint' />
        {quantity > 1
          ? (
            <>
              <label for='keep'>{word('cancelHowMany')}</label>
              <select id='keep' name='keep' required>
                <option value=''>{word('choose')}</option>
                {Array.from(
                  { length: quantity },
                  (_, kept) => (
                    <option key={kept} value={kept || 'none'}>{sentences.cancelTickets(quantity - kept, kept)[language]}</option>
                  ),
                )}
              </select>
              <FieldProblem problem={problem} field='keep' />
            </>
          )
          : <input type='hidden' name='keep' value='none' />}
        <button class='button danger' type='submit'>{word('cancelYes')}</button>
      </form>
    </details>
  )
}
