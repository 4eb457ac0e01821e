import { wantsFragment } from '../../edge/contract/fragments.ts'
import { Hono } from 'hono'
import * as z from 'zod'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import { END_PASS, QUEUE_COMMAND_HEADER } from '../../edge/contract/headers.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { lastPageOf, type PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { describeError } from '../../runtime/log.ts'
import { BookingPage, BookingPanel } from '../../web/pages/booking.tsx'
import { MyPage } from '../../web/pages/me.tsx'
import { ReservationPage, ReservationPanel } from '../../web/pages/reservation.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findEvent } from '../catalogue.ts'
import { setBookedCookie } from '../cookies.ts'
import type { Person } from '../accounts.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, eventIdOf, fieldErrors, personal, problem, statusOf, viewerOf } from '../http.tsx'
import { pageNumber, readForm, readQuery, textInteger } from '../input.ts'
import { requirePass } from '../passes.ts'
import { cancelRequested, findRequested } from '../requested-reservation.ts'
import { findRecent } from '../recent-reservations.ts'
import { listReservations } from '../reservation-list.ts'
import { BOOKING_UNAVAILABLE, bookingProblem, cancelProblem, findProblem } from '../reservation-problems.ts'
import { bookingForm, idempotencyKey, keepForm } from '../reservation-input.ts'
import { type CancelResult, reserve } from '../reservations.ts'

const RESERVATIONS_PER_PAGE = 20
const myPageQuery = z.object({ page: pageNumber })

/** The pages for booking, for one's own reservations, and for cancelling. The API is in reservations.ts. */
export const reservationPages = (deps: Deps) =>
  new Hono<Env>()
    .get('/events/:id/booking', (c) => showBooking(c, deps))
    .post('/events/:id/booking', (c) => book(c, deps))
    .get('/me', (c) => showMine(c, deps))
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

async function showMine(c: Ctx, deps: Deps): Promise<Response> {
  const person = c.get('person')
  if (!person) return c.redirect(paths.login(paths.me()), 303)
  const query = myPageQuery.safeParse(readQuery(c))
  if (!query.success) return c.redirect(paths.me(), 303)
  personal(c)
  const language = c.get('language')
  const { page } = query.data
  const listed = await listReservations(deps, language, person.id, { page, size: RESERVATIONS_PER_PAGE }).catch((error) => {
    if (isStoreUnavailable(error)) return null
    throw error
  })
  if (listed && page > lastPageOf(listed)) return c.redirect(paths.me(lastPageOf(listed)), 303)
  const reservations = listed ?? await listKnown(deps, language, person.id)
  const props = { language, person: viewerOf(person), reservations, isPartial: !listed, now: deps.now().toISOString() }
  return c.html(renderPage(<MyPage {...props} />))
}

/** What is known of a person's reservations while MySQL is unavailable, as one page. */
async function listKnown(deps: Deps, language: Language, person: number): Promise<PageOf<Reservation>> {
  const items = await findRecent(deps, language, person)
  return { items, page: 1, size: Math.max(1, items.length), total: items.length }
}

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
  const booking = { ...input.data, eventId: event.id, person: person.id, pass }
  const result = await reserve(deps, language, booking).catch((error) => {
    if (!isStoreUnavailable(error)) throw error
    deps.log('store_unavailable', { route: c.req.path, requestId: c.get('requestId'), ...describeError(error) })
    return null
  })
  if (!result) return showRejection(c, deps, rejected, ...BOOKING_UNAVAILABLE)
  if (result.kind !== 'reserved') return showRejection(c, deps, rejected, ...bookingProblem(result, language, deps.now()))
  c.set('outcome', 'reserved')
  if (result.endsVisit) c.header(QUEUE_COMMAND_HEADER, END_PASS)
  const { id, status } = result.reservation
  setBookedCookie(c, event.id, id)
  // A form that is sent again may find its reservation cancelled.
  return goTo(c, status === 'confirmed' ? `${paths.reservation(id)}?new=1` : paths.reservation(id))
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
    idempotencyKey: nextKey(deps, form, code),
    passExpiresAt: new Date(passUntilMs).toISOString(),
    problem: describeProblem(code, language, facts),
    ...readChoice(form),
  }
  const html = wantsFragment(c.req.raw.headers)
    ? renderFragment(<BookingPanel {...props} />)
    : renderPage(<BookingPage {...props} />)
  return c.html(html, statusOf(code))
}

/**
 * The key of the next attempt. A rejected booking took no seats, so the next attempt is a new booking. But a booking that could not be
 * confirmed may have taken them, and a retry with its key gets them.
 */
function nextKey({ newId }: Pick<Deps, 'newId'>, form: Record<string, unknown>, code: ProblemCode): string {
  const sent = idempotencyKey.safeParse(form['idempotencyKey'])
  return sent.success && (code === 'busy' || code === 'store_unavailable') ? sent.data : newId()
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

/** Cancels a reservation in whole or in part, as the form says, and shows the result. A form that says neither cancels nothing. */
async function cancelFromPage(c: Ctx, deps: Deps): Promise<Response> {
  const person = c.get('person')
  if (!person) return c.redirect(paths.login(paths.me()), 303)
  const input = keepForm.safeParse(await readForm(c))
  personal(c)
  if (!input.success) {
    c.set('outcome', 'validation_failed')
    const errors = fieldErrors(input.error, c.get('language'))
    return await showReservation(c, deps, person, 'validation_failed', { errors })
  }
  return await showCancellation(c, deps, person, await cancelRequested(c, deps, person, input.data.keep))
}

async function showCancellation(c: Ctx, deps: Deps, person: Person, result: CancelResult): Promise<Response> {
  if (result.kind !== 'cancelled') return await showReservation(c, deps, person, ...cancelProblem(result))
  if (!wantsFragment(c.req.raw.headers)) return c.redirect(paths.reservation(result.reservation.id), 303)
  const now = deps.now().toISOString()
  return c.html(
    renderFragment(<ReservationPanel language={c.get('language')} isNew={false} now={now} reservation={result.reservation} />),
  )
}

/** Shows the reservation that the path names, with a problem. */
async function showReservation(
  c: Ctx,
  deps: Deps,
  person: Person,
  code: ProblemCode,
  facts: ProblemFacts,
): Promise<Response> {
  const found = await findRequested(c, deps, person)
  if (found.kind !== 'found') return problem(c, ...findProblem(found))
  const language = c.get('language')
  const props = {
    language,
    isNew: false,
    now: deps.now().toISOString(),
    reservation: found.reservation,
    problem: describeProblem(code, language, facts),
  }
  const isFragment = wantsFragment(c.req.raw.headers)
  const html = isFragment ? renderFragment(<ReservationPanel {...props} />) : renderPage(<ReservationPage {...props} />)
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
