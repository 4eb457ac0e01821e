import type { EventDetail } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { bookingSentences, bookingWords } from '../booking-texts.ts'
import { count } from '../format.ts'
import { sentences, words } from '../text.ts'
import { FieldProblem } from './fields.tsx'
import { HeldNotice, OutcomeNotices, TimeOverNotice } from './booking-notices.tsx'
import { ProblemNotice } from './notices.tsx'
import { Price } from './price.tsx'

type TicketType = EventDetail['ticketTypes'][number]

export type BookingProps = {
  language: Language
  event: EventDetail
  /** Identifies this booking, so that sending the form twice books once. */
  idempotencyKey: string
  /** The latest end of the pass, even if it is in use; null for a booking that needs no pass. */
  passExpiresAt: string | null
  /** Whether the visit may be extended once more. */
  canExtend?: boolean
  /** The seats of this event that the buyer holds already; null if that is unknown. */
  held?: number | null
  problem?: Problem
  /** The seats that are left of the ticket type that the buyer wanted more of. */
  left?: number | null
  ticketTypeId?: number
  /** The quantity as the buyer sent it, which may be invalid. */
  quantity?: string
}

/** The form's id, which its buttons outside of it name. */
const FORM = 'booking-form'

/**
 * The booking form. htmx replaces it with a new version that shows the problem. Nothing is chosen for the buyer. `data-unresolved`: whether the
 * seats were booked is unknown, so the page's script asks.
 */
export function BookingPanel(props: BookingProps) {
  const { language, event, held, problem } = props
  const more = Math.max(0, event.limitPerPerson - (held ?? 0))
  const isUnresolved = problem?.code === 'busy' || problem?.code === 'store_unavailable'
  return (
    <section
      id='booking'
      class='panel'
      tabindex={-1}
      data-event={event.id}
      data-outcome={paths.bookingOutcome(event.id)}
      data-seats={paths.api.event(event.id)}
      data-unresolved={isUnresolved || undefined}
    >
      <ProblemNotice problem={problem}>
        <Offer {...props} />
      </ProblemNotice>
      <TimeOverNotice language={language} room={event.room} />
      <OutcomeNotices language={language} />
      {held !== null && held !== undefined && held > 0 && <HeldNotice language={language} held={held} more={more} />}
      {more > 0 && <BookingForm {...props} more={more} />}
    </section>
  )
}

function BookingForm(
  { language, event, idempotencyKey, problem, left, ticketTypeId, quantity, more }: BookingProps & { more: number },
) {
  const word = words(language)
  const isAnyLeft = event.ticketTypes.some(isAvailable)
  const shownQuantity = left ? Math.min(left, more) : quantity ?? 1
  return (
    <form
      id={FORM}
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
          <TicketTypeChoice
            key={type.id}
            language={language}
            type={type}
            isChosen={type.id === ticketTypeId && isAvailable(type)}
          />
        ))}
        <FieldProblem problem={problem} field='ticketTypeId' />
      </fieldset>
      <fieldset>
        <legend>{word('quantity')}</legend>
        <QuantityField
          language={language}
          limit={event.limitPerPerson}
          more={more}
          quantity={String(shownQuantity)}
          problem={problem}
        />
        <FieldProblem problem={problem} field='quantity' />
      </fieldset>
      <Rules language={language} />
      <div class='booking-bar'>
        <p class='total' hidden data-total>
          <span>{word('total')}</span> <output data-currency={language}></output>
        </p>
        <button class='button wide' type='submit' disabled={!isAnyLeft} data-sold-out={!isAnyLeft || undefined}>
          {word('confirmBooking')}
        </button>
      </div>
      <p class='muted small' data-all-sold-out hidden={isAnyLeft}>
        <strong>{bookingWords(language)('allSoldOut')}</strong> {bookingWords(language)('allSoldOutHint')}
      </p>
    </form>
  )
}

const isAvailable = ({ left }: TicketType) => left > 0

/** One press books the seats that are left of those that the buyer wanted. */
function Offer({ language, event, ticketTypeId, left, held }: BookingProps) {
  const seats = Math.min(left ?? 0, event.limitPerPerson - (held ?? 0))
  if (seats < 1 || !event.ticketTypes.some(({ id }) => id === ticketTypeId)) return null
  return (
    <p>
      <button class='button' type='submit' form={FORM} name='offered' value={seats}>
        {bookingSentences.offer(seats)[language]}
      </button>
    </p>
  )
}

/** What binds the buyer, before they book. */
function Rules({ language }: { language: Language }) {
  const word = bookingWords(language)
  return (
    <section class='booking-rules' aria-labelledby='booking-rules'>
      <h2 id='booking-rules'>{word('rules')}</h2>
      <ul>
        <li>{word('ruleDeadline')}</li>
        <li>{word('ruleConfirm')}</li>
        <li>{word('ruleOnce')}</li>
      </ul>
    </section>
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
      <span
        class='choice-left muted small'
        data-left-of={type.id}
        data-some={sentences.seatsLeft('%')[language]}
        data-none={words(language)('soldOut')}
      >
        {type.left === 0 ? words(language)('soldOut') : sentences.seatsLeft(count(type.left, language))[language]}
      </span>
    </label>
  )
}

type QuantityProps = { language: Language; limit: number; more: number; quantity: string; problem: Problem | undefined }

/** A text field, because the wheel changes a number field that has the focus. */
function QuantityField({ language, limit, more, quantity, problem }: QuantityProps) {
  const word = words(language)
  const isWrong = problem?.errors?.some(({ field }) => field === 'quantity')
  return (
    <div class='stepper'>
      <button type='button' data-step='-1' aria-label={word('oneFewer')} hidden>−</button>
      <input
        name='quantity'
        type='text'
        inputMode='numeric'
        pattern={more < 10 ? `[1-${more}]` : '[1-9][0-9]?'}
        maxLength={3}
        autocomplete='off'
        data-max={more}
        value={quantity}
        required
        title={sentences.perPerson(limit)[language]}
        aria-label={word('quantity')}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? 'quantity-problem' : undefined}
      />
      <button type='button' data-step='1' aria-label={word('oneMore')} hidden>+</button>
      <span class='muted small'>{sentences.perPerson(limit)[language]}</span>
    </div>
  )
}
