import { wantsFragment } from '../../edge/contract/fragments.ts'
import { Hono } from 'hono'
import * as z from 'zod'
import { END_PASS, QUEUE_COMMAND_HEADER } from '../../edge/contract/headers.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import { BookingPage, BookingPanel } from '../../web/pages/booking.tsx'
import { MyPage } from '../../web/pages/me.tsx'
import { ReservationPage, ReservationPanel } from '../../web/pages/reservation.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findEvent } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import {
  type Ctx,
  type Env,
  eventIdOf,
  fieldErrors,
  pageInput,
  personal,
  problem,
  readForm,
  statusOf,
  viewerOf,
} from '../http.tsx'
import { requirePass } from '../passes.ts'
import { cancelRequested, findRequested } from '../requested-reservation.ts'
import { listReservations } from '../reservation-list.ts'
import { bookingProblem, cancelProblem, findProblem } from '../reservation-problems.ts'
import { bookingInput, idempotencyKey, keepInput, reserve } from '../reservations.ts'

const RESERVATIONS_PER_PAGE = 20

/** The pages for booking, for one's own reservations, and for cancelling. The API is in reservations.ts. */
export const reservationPages = (deps: Deps) =>
  new Hono<Env>()
    .get('/events/:id/booking', (c) => showBooking(c, deps))
    .post('/events/:id/booking', (c) => book(c, deps))
    .get('/me', async (c) => {
      const person = c.get('person')
      if (!person) return c.redirect(paths.login(paths.me()), 303)
      const query = pageInput.safeParse({ page: c.req.query('page'), size: RESERVATIONS_PER_PAGE })
      if (!query.success) return c.redirect(paths.me(), 303)
      personal(c)
      const language = c.get('language')
      const reservations = await listReservations(deps, language, person.id, query.data)
      const now = deps.now().toISOString()
      return c.html(
        renderPage(<MyPage language={language} person={viewerOf(person)} reservations={reservations} now={now} />),
      )
    })
    .get('/reservations/:id', async (c) => {
      const person = c.get('person')
      if (!person) return c.redirect(paths.login(c.req.path), 303)
      const found = await findRequested(c, deps, person)
      if (found.kind !== 'found') return problem(c, ...findProblem(found))
      personal(c)
      return c.html(renderPage(
        <ReservationPage
          language={c.get('language')}
          reservation={found.reservation}
          isNew={c.req.query('new') === '1'}
          now={deps.now().toISOString()}
        />,
      ))
    })
    .post('/reservations/:id/cancellation', (c) => cancelFromPage(c, deps))

async function showBooking(c: Ctx, deps: Deps): Promise<Response> {
  const event = await findRequestedEvent(c, deps)
  if (!event) return problem(c, 'not_found')
  const person = c.get('person')
  if (!person) return c.redirect(paths.login(paths.booking(event.id)), 303)
  const pass = await requirePass(c, deps, event.id)
  if (pass instanceof Response) return pass
  personal(c)
  return c.html(renderPage(
    <BookingPage
      language={c.get('language')}
      event={event}
      idempotencyKey={deps.newId()}
      passExpiresAt={new Date(pass.untilMs).toISOString()}
    />,
  ))
}

const bookingForm = bookingInput.extend({ idempotencyKey })

async function book(c: Ctx, deps: Deps): Promise<Response> {
  const event = await findRequestedEvent(c, deps)
  if (!event) return problem(c, 'not_found')
  const person = c.get('person')
  if (!person) return c.redirect(paths.login(paths.booking(event.id)), 303)
  const pass = await requirePass(c, deps, event.id)
  if (pass instanceof Response) return pass
  const language = c.get('language')
  const form = await readForm(c)
  const input = bookingForm.safeParse(form)
  personal(c)
  const rejected = { event, form, passUntilMs: pass.untilMs }
  if (!input.success) {
    return showRejection(c, deps, rejected, 'validation_failed', { errors: fieldErrors(input.error, language) })
  }
  const result = await reserve(deps, language, { ...input.data, eventId: event.id, person: person.id, pass })
  if (result.kind !== 'reserved') return showRejection(c, deps, rejected, ...bookingProblem(result, language, deps.now()))
  c.set('outcome', 'reserved')
  c.header(QUEUE_COMMAND_HEADER, END_PASS)
  return goTo(c, `${paths.reservation(result.reservation.id)}?new=1`)
}

type Rejected = { event: EventDetail; form: Record<string, unknown>; passUntilMs: number }

/** Shows the booking form again, with the problem and the buyer's choice. */
async function showRejection(
  c: Ctx,
  deps: Deps,
  { event, form, passUntilMs }: Rejected,
  code: ProblemCode,
  facts: ProblemFacts,
): Promise<Response> {
  c.set('outcome', code)
  const language = c.get('language')
  const props = {
    language,
    // The seats left may have changed since the form was shown.
    event: await findRequestedEvent(c, deps) ?? event,
    // A rejected booking took no seats, so the next attempt is a new booking.
    idempotencyKey: deps.newId(),
    passExpiresAt: new Date(passUntilMs).toISOString(),
    problem: describeProblem(code, language, facts),
    ...readChoice(form),
  }
  const html = wantsFragment(c.req.raw.headers)
    ? renderFragment(<BookingPanel {...props} />)
    : renderPage(<BookingPage {...props} />)
  return c.html(html, statusOf(code))
}

/** The valid part of the buyer's choice. */
function readChoice(form: Record<string, unknown>): { ticketTypeId?: number; quantity?: number } {
  const choice: ReturnType<typeof readChoice> = {}
  const ticketTypeId = positiveInteger.safeParse(form['ticketTypeId'])
  const quantity = positiveInteger.safeParse(form['quantity'])
  if (ticketTypeId.success) choice.ticketTypeId = ticketTypeId.data
  if (quantity.success) choice.quantity = quantity.data
  return choice
}

const positiveInteger = z.coerce.number().int().positive()

/** Cancels a reservation in whole, or in part if the form names the seats to keep, and shows the result. */
async function cancelFromPage(c: Ctx, deps: Deps): Promise<Response> {
  const person = c.get('person')
  if (!person) return c.redirect(paths.login(paths.me()), 303)
  const keep = keepInput.safeParse(await readForm(c))
  const result = await cancelRequested(c, deps, person, keep.success ? keep.data.quantity : 0)
  personal(c)
  if (result.kind === 'not_found') return problem(c, 'not_found')
  const isFragment = wantsFragment(c.req.raw.headers)
  const props = { language: c.get('language'), isNew: false, now: deps.now().toISOString() }
  if (result.kind === 'cancelled') {
    if (!isFragment) return c.redirect(paths.reservation(result.reservation.id), 303)
    return c.html(renderFragment(<ReservationPanel {...props} reservation={result.reservation} />))
  }
  const found = await findRequested(c, deps, person)
  if (found.kind !== 'found') return problem(c, ...findProblem(found))
  const [code, facts] = cancelProblem(result)
  const rejected = { ...props, reservation: found.reservation, problem: describeProblem(code, props.language, facts) }
  const html = isFragment ? renderFragment(<ReservationPanel {...rejected} />) : renderPage(<ReservationPage {...rejected} />)
  return c.html(html, statusOf(code))
}

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
