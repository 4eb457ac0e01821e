import { Hono } from 'hono'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { wantsFragment } from '../../edge/contract/fragments.ts'
import { END_PASS, QUEUE_COMMAND_HEADER } from '../../edge/contract/headers.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import type { Pass } from '../../edge/contract/tokens.ts'
import { describeError } from '../../runtime/log.ts'
import { BookingPanel } from '../../web/components/booking-panel.tsx'
import { BookingPage } from '../../web/pages/booking.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findBuyer, findOutcome, visitKey } from '../booking-outcome.ts'
import { findEvent } from '../catalogue.ts'
import { setBookedCookie } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { checkInput, type Ctx, type Env, eventIdOf, fieldErrors, personal, problem, requirePerson, statusOf } from '../http.tsx'
import { readForm, readQuery, textInteger } from '../input.ts'
import { requirePass } from '../passes.ts'
import { bookingForm, idempotencyKey, outcomeQuery } from '../reservation-input.ts'
import { BOOKING_UNAVAILABLE, bookingProblem } from '../reservation-problems.ts'
import { type BookingResult, reserve } from '../reservations.ts'

/** The booking page: it shows the form, books, and finds out what became of a booking whose response was lost. */
export const bookingPages = (deps: Deps) =>
  new Hono<Env>()
    .get('/events/:id/booking', async (c) => {
      const visit = await enter(c, deps)
      return visit instanceof Response ? visit : await showBooking(c, deps, visit)
    })
    .post('/events/:id/booking', async (c) => {
      const visit = await enter(c, deps)
      return visit instanceof Response ? visit : await book(c, deps, visit)
    })
    // Without a pass: the visit may have ended meanwhile.
    .get('/events/:id/booking/outcome', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const event = await findRequestedEvent(c, deps)
      if (!event) return problem(c, 'not_found')
      const query = checkInput(c, outcomeQuery, readQuery(c))
      if (query instanceof Response) return query
      personal(c)
      // No booking is under way. Anyone may ask, and an answer from Redis would load the sale.
      const nowMs = deps.now().getTime()
      const isAsked = nowMs >= Date.parse(event.opensAt) && nowMs <= Date.parse(event.closesAt) + OUTCOME_MS
      if (!isAsked) return c.json({ reservation: null })
      const outcome = await findOutcome(deps, event.id, person.id, query.key)
      if (outcome.kind === 'busy') return problem(c, 'busy', { retryAfterSeconds: 1 })
      return c.json({ reservation: outcome.reservation })
    })

/** For how long after the end of a sale a page may still ask for the outcome of a booking. */
const OUTCOME_MS = 3_600_000

/** A buyer on the booking page: who they are, and the pass that lets them book. */
type Visit = { event: EventDetail; person: { id: number }; pass: Pass }

async function enter(c: Ctx, deps: Deps): Promise<Visit | Response> {
  const event = await findRequestedEvent(c, deps)
  if (!event) return problem(c, 'not_found')
  const person = c.get('person')
  if (!person) return c.redirect(paths.login(paths.booking(event.id)), 303)
  const pass = await requirePass(c, deps, event.id)
  return pass instanceof Response ? pass : { event, person, pass }
}

async function showBooking(c: Ctx, deps: Deps, { event, person, pass }: Visit): Promise<Response> {
  const key = visitKey(pass)
  const buyer = await findBuyer(deps, event.id, person.id, key)
  if (buyer?.reservation) return showBooked(c, event.id, buyer.reservation)
  personal(c)
  return c.html(renderPage(
    <BookingPage
      language={c.get('language')}
      event={event}
      idempotencyKey={key}
      passExpiresAt={new Date(pass.untilMs).toISOString()}
      canExtend={!pass.isExtended}
      held={buyer?.held ?? null}
      {...readChoice(readQuery(c))}
    />,
  ))
}

/** The visit has booked already: the response was lost, or this is another tab. */
function showBooked(c: Ctx, eventId: number, reservation: string): Response {
  c.header(QUEUE_COMMAND_HEADER, END_PASS)
  setBookedCookie(c, eventId, reservation)
  return goTo(c, paths.reservation(reservation))
}

async function book(c: Ctx, deps: Deps, { event, person, pass }: Visit): Promise<Response> {
  const language = c.get('language')
  const form = await readForm(c)
  const input = bookingForm.safeParse(form)
  personal(c)
  const rejected = { event, form, pass, person }
  if (!input.success) {
    return showRejection(c, deps, rejected, 'validation_failed', { errors: fieldErrors(input.error, language) })
  }
  const { offered, ...chosen } = input.data
  const booking = { ...chosen, quantity: offered ?? chosen.quantity, eventId: event.id, person: person.id, pass }
  const result = await reserve(deps, language, booking).catch((error) => {
    if (!isStoreUnavailable(error)) throw error
    deps.log('store_unavailable', { route: c.req.path, requestId: c.get('requestId'), ...describeError(error) })
    return null
  })
  if (!result) return showRejection(c, deps, rejected, ...BOOKING_UNAVAILABLE)
  if (result.kind === 'reserved') return confirm(c, event.id, result)
  if (result.kind === 'idempotency_mismatch') {
    // Another tab of this visit has booked something else.
    const buyer = await findBuyer(deps, event.id, person.id, booking.idempotencyKey)
    if (buyer?.reservation) return showBooked(c, event.id, buyer.reservation)
  }
  return showRejection(
    c,
    deps,
    rejected,
    ...bookingProblem(result, { language, now: deps.now(), quantity: booking.quantity }),
  )
}

function confirm(c: Ctx, eventId: number, { endsVisit, reservation }: Extract<BookingResult, { kind: 'reserved' }>): Response {
  c.set('outcome', 'reserved')
  if (endsVisit) c.header(QUEUE_COMMAND_HEADER, END_PASS)
  const { id, status } = reservation
  setBookedCookie(c, eventId, id)
  // A form that is sent again may find its reservation cancelled.
  return goTo(c, status === 'confirmed' ? `${paths.reservation(id)}?new=1` : paths.reservation(id))
}

type Rejected = Visit & { form: Record<string, unknown> }

/** Shows the booking form again, with the problem and the buyer's choice. */
async function showRejection(
  c: Ctx,
  deps: Deps,
  { event, form, pass, person }: Rejected,
  code: ProblemCode,
  facts: ProblemFacts,
): Promise<Response> {
  c.set('outcome', code)
  const language = c.get('language')
  const key = nextKey(form, pass, code)
  const [newest, buyer] = await Promise.all([findRequestedEvent(c, deps), findBuyer(deps, event.id, person.id, key)])
  const { figures } = facts
  const props = {
    language,
    // The seats left may have changed since the form was shown.
    event: newest ?? event,
    idempotencyKey: key,
    passExpiresAt: new Date(pass.untilMs).toISOString(),
    canExtend: !pass.isExtended,
    held: buyer?.held ?? null,
    problem: describeProblem(code, language, facts),
    left: code === 'sold_out' && typeof figures?.['left'] === 'number' ? figures['left'] : null,
    ...readChoice(form),
  }
  const html = wantsFragment(c.req.raw.headers)
    ? renderFragment(<BookingPanel {...props} />)
    : renderPage(<BookingPage {...props} />)
  return c.html(html, statusOf(code))
}

/**
 * The key of the next attempt: that of the visit. But a booking that could not be confirmed may have taken the seats, and a retry with its
 * key gets them, whatever key that was.
 */
function nextKey(form: Record<string, unknown>, pass: Pass, code: ProblemCode): string {
  const sent = idempotencyKey.safeParse(form['idempotencyKey'])
  return sent.success && (code === 'busy' || code === 'store_unavailable') ? sent.data : visitKey(pass)
}

/** The buyer's choice as they sent it. A quantity is shown again even if it is invalid. */
function readChoice({ ticketTypeId, quantity }: Record<string, unknown>): { ticketTypeId?: number; quantity?: string } {
  const choice: ReturnType<typeof readChoice> = {}
  const ticketType = choiceOfType.safeParse(ticketTypeId)
  if (ticketType.success) choice.ticketTypeId = ticketType.data
  if (typeof quantity === 'string') choice.quantity = quantity.slice(0, MAX_SHOWN_LENGTH)
  return choice
}

const choiceOfType = textInteger(1, Number.MAX_SAFE_INTEGER)
const MAX_SHOWN_LENGTH = 20

/** Redirects after a form: htmx follows its own header, a browser the 303. */
function goTo(c: Ctx, path: string): Response {
  if (!wantsFragment(c.req.raw.headers)) return c.redirect(path, 303)
  c.header('hx-redirect', path)
  return c.body(null, 200)
}

function findRequestedEvent(c: Ctx, deps: Deps): Promise<EventDetail | null> {
  const eventId = eventIdOf(c)
  return eventId === undefined ? Promise.resolve(null) : findEvent(deps, c.get('language'), eventId)
}
