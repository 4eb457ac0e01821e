import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { count, dateTime, money } from '../format.ts'
import { Document, type Viewer } from '../render.tsx'
import { sentences, words } from '../text.ts'
import { Poster } from './home.tsx'
import { FieldProblem, NoAnswer, ProblemNotice } from './notice.tsx'

type BookingProps = {
  language: Language
  person: Viewer
  event: EventDetail
  /** Names this form's one intention, so that a second press books nothing more. */
  idempotencyKey: string
  /** When the pass ends, however it is used; null for a booking that needs none. */
  passExpiresAt: string | null
  problem?: Problem
  ticketTypeId?: number
  quantity?: number
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
      <Steps language={language} at={1} />
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
                <p class='countdown-line'>
                  <span>{word('timeLeft')}</span>
                  <strong class='countdown' data-ends-at={passExpiresAt} data-pass={paths.pass(event.room)}>
                    {dateTime(passExpiresAt, language)}
                  </strong>
                </p>
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

/** The form; it is swapped for itself with what went wrong. */
export function BookingPanel({ language, event, idempotencyKey, problem, ticketTypeId, quantity = 1 }: BookingProps) {
  const word = words(language)
  const chosen = event.ticketTypes.find((type) => type.id === ticketTypeId && type.left > 0) ??
    event.ticketTypes.find((type) => type.left > 0)
  return (
    <section id='booking' class='panel' tabindex={-1}>
      <ProblemNotice problem={problem} />
      <div class='notice problem' role='alert' data-when-ended hidden>
        <p>
          <strong>{word('timeOver')}</strong>
        </p>
        <p>{word('timeOverHint')}</p>
        <p>
          <a class='button' href={paths.room(event.room)}>{word('joinAgain')}</a>
        </p>
      </div>
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
          <legend>{word('chooseGrade')}</legend>
          {event.ticketTypes.map((type) => (
            <label key={type.id} class='choice'>
              <input
                type='radio'
                name='ticketTypeId'
                value={type.id}
                required
                checked={type.id === chosen?.id}
                disabled={type.left === 0}
                data-price={type.price}
              />
              <span class='choice-name'>{type.name}</span>
              <span class='choice-price'>{type.price === 0 ? word('free') : money(type.price, language)}</span>
              <span class='choice-left muted small'>
                {type.left === 0 ? word('soldOut') : sentences.seatsLeft(count(type.left, language))[language]}
              </span>
            </label>
          ))}
          <FieldProblem problem={problem} field='ticketTypeId' />
        </fieldset>
        <fieldset>
          <legend>{word('quantity')}</legend>
          <div class='stepper'>
            <button type='button' data-step='-1' aria-label={word('oneFewer')} hidden>−</button>
            <input
              name='quantity'
              type='number'
              inputMode='numeric'
              min={1}
              max={event.limitPerPerson}
              value={Math.min(quantity, event.limitPerPerson)}
              required
              aria-label={word('quantity')}
            />
            <button type='button' data-step='1' aria-label={word('oneMore')} hidden>+</button>
            <span class='muted small'>{sentences.perPerson(event.limitPerPerson)[language]}</span>
          </div>
          <FieldProblem problem={problem} field='quantity' />
        </fieldset>
        <p class='total' hidden data-total>
          <span>{word('total')}</span> <output data-currency={language}></output>
        </p>
        <NoAnswer language={language} hint='bookAgainHint' />
        <button class='button wide' type='submit' disabled={!chosen}>{chosen ? word('confirmBooking') : word('soldOut')}</button>
        <p class='muted small'>{word(chosen ? 'bookHint' : 'soldOutHint')}</p>
      </form>
    </section>
  )
}

export function Steps({ language, at }: { language: Language; at: 0 | 1 | 2 }) {
  const word = words(language)
  return (
    <ol class='steps'>
      {[word('stepWait'), word('stepChoose'), word('stepDone')].map((step, i) => (
        <li key={step} class={i < at ? 'done' : undefined} aria-current={i === at ? 'step' : undefined}>{step}</li>
      ))}
    </ol>
  )
}
