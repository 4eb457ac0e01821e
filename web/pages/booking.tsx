import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { count, dateTime } from '../format.ts'
import { Countdown } from '../components/countdown.tsx'
import { Document } from '../components/document.tsx'
import { FieldProblem } from '../components/fields.tsx'
import { NoResponseNotice, ProblemNotice } from '../components/notices.tsx'
import { Poster } from '../components/poster.tsx'
import { Price } from '../components/price.tsx'
import { Steps } from '../components/steps.tsx'
import { sentences, words } from '../text.ts'

type TicketType = EventDetail['ticketTypes'][number]

type BookingProps = {
  language: Language
  event: EventDetail
  /** Identifies this booking, so that sending the form twice books once. */
  idempotencyKey: string
  /** The latest end of the pass, even if it is in use; null for a booking that needs no pass. */
  passExpiresAt: string | null
  problem?: Problem
  ticketTypeId?: number
  /** The quantity as the buyer sent it, which may be invalid. */
  quantity?: string
}

export function BookingPage(props: BookingProps) {
  const { language, event, passExpiresAt } = props
  const word = words(language)
  return (
    <Document
      language={language}
      title={`${event.title} ${word('book')}`}
      path={paths.booking(event.id)}
      serverTime={event.serverTime}
    >
      <Steps language={language} current={1} />
      <div class='booking'>
        <aside class='booking-event'>
          <Poster event={event} eager />
          <div>
            <h1>{event.title}</h1>
            <p class='muted'>
              {dateTime(event.startsAt, language)}
              <br />
              {event.venue}
            </p>
            {passExpiresAt && (
              <>
                <Countdown
                  language={language}
                  label={word('timeLeft')}
                  endsAt={passExpiresAt}
                  passUrl={paths.pass(event.room)}
                />
                <p class='visually-hidden' role='status'>
                  <span data-when-ending hidden>{word('timeEnding')}</span>
                </p>
              </>
            )}
          </div>
        </aside>
        <BookingPanel {...props} />
      </div>
    </Document>
  )
}

/** The booking form. htmx replaces it with a new version that shows the problem. */
export function BookingPanel({ language, event, idempotencyKey, problem, ticketTypeId, quantity = '1' }: BookingProps) {
  const word = words(language)
  const isAvailable = ({ left }: TicketType) => left > 0
  const chosen = event.ticketTypes.find((type) => type.id === ticketTypeId && isAvailable(type)) ??
    event.ticketTypes.find(isAvailable)
  return (
    <section id='booking' class='panel' tabindex={-1}>
      <ProblemNotice problem={problem} />
      <TimeOverNotice language={language} room={event.room} />
      <form
        method='post'
        action={paths.booking(event.id)}
        hx-post={paths.booking(event.id)}
        hx-target='#booking'
        hx-swap='outerHTML'
        hx-sync='this:drop'
      >
        <input type='hidden' name='idempotencyKey' value={idempotencyKey} />
        <fieldset>
          <legend>{word('chooseTicketType')}</legend>
          {event.ticketTypes.map((type) => (
            <TicketTypeChoice key={type.id} language={language} type={type} isChosen={type === chosen} />
          ))}
          <FieldProblem problem={problem} field='ticketTypeId' />
        </fieldset>
        <fieldset>
          <legend>{word('quantity')}</legend>
          <QuantityField language={language} limit={event.limitPerPerson} quantity={quantity} problem={problem} />
          <FieldProblem problem={problem} field='quantity' />
        </fieldset>
        <p class='total' hidden data-total>
          <span>{word('total')}</span> <output data-currency={language}></output>
        </p>
        <NoResponseNotice language={language} hint='bookAgainHint' />
        <button class='button wide' type='submit' disabled={!chosen}>{word(chosen ? 'confirmBooking' : 'soldOut')}</button>
        <p class='muted small'>{word(chosen ? 'bookHint' : 'soldOutHint')}</p>
      </form>
    </section>
  )
}

/** Shown by the page's script when the pass has ended. */
function TimeOverNotice({ language, room }: { language: Language; room: string }) {
  const word = words(language)
  return (
    <div class='notice problem' role='alert' data-when-ended hidden>
      <p>
        <strong>{word('timeOver')}</strong>
      </p>
      <p>{word('timeOverHint')}</p>
      <p>
        <a class='button' href={paths.room(room)}>{word('joinAgain')}</a>
      </p>
    </div>
  )
}

function TicketTypeChoice({ language, type, isChosen }: { language: Language; type: TicketType; isChosen: boolean }) {
  return (
    <label class='choice'>
      <input
        type='radio'
        name='ticketTypeId'
        value={type.id}
        required
        checked={isChosen}
        disabled={type.left === 0}
        data-price={type.price}
      />
      <span class='choice-name'>{type.name}</span>
      <span class='choice-price'>
        <Price language={language} won={type.price} />
      </span>
      <span class='choice-left muted small'>
        {type.left === 0 ? words(language)('soldOut') : sentences.seatsLeft(count(type.left, language))[language]}
      </span>
    </label>
  )
}

type QuantityProps = { language: Language; limit: number; quantity: string; problem: Problem | undefined }

function QuantityField({ language, limit, quantity, problem }: QuantityProps) {
  const word = words(language)
  const isWrong = problem?.errors?.some(({ field }) => field === 'quantity')
  return (
    <div class='stepper'>
      <button type='button' data-step='-1' aria-label={word('oneFewer')} hidden>−</button>
      <input
        name='quantity'
        type='number'
        inputMode='numeric'
        min={1}
        max={limit}
        value={quantity}
        required
        aria-label={word('quantity')}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? 'quantity-problem' : undefined}
      />
      <button type='button' data-step='1' aria-label={word('oneMore')} hidden>+</button>
      <span class='muted small'>{sentences.perPerson(limit)[language]}</span>
    </div>
  )
}
