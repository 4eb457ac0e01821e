import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import * as z from 'zod'
import { passCookie } from '../../edge/contract/cookies.ts'
import { END_PASS, IDEMPOTENCY_HEADER, PASS_HEADER, QUEUE_COMMAND_HEADER } from '../../edge/contract/headers.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts, PROBLEMS } from '../../edge/contract/problems.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { accountOf, type Pass, verifyPass } from '../../edge/contract/tokens.ts'
import { BookingPage, BookingPanel } from '../../web/pages/booking.tsx'
import { MyPage } from '../../web/pages/me.tsx'
import { ReservationPage, ReservationPanel } from '../../web/pages/reservation.tsx'
import { renderFragment, renderPage, wantsFragment } from '../../web/render.tsx'
import type { Person } from '../accounts.ts'
import { findEvent } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import {
  checkInput,
  type Ctx,
  type Env,
  eventIdInput,
  fieldErrors,
  pageInput,
  personal,
  problem,
  readInput,
  requirePerson,
} from '../http.tsx'
import {
  bookingInput,
  type BookingResult,
  cancel,
  type CancelResult,
  findReservation,
  type FindResult,
  idempotencyKey,
  keepInput,
  listReservations,
  reserve,
} from '../reservations.ts'

/** Booking, my reservations, cancelling; as data and as pages. */
export const reservations = (deps: Deps) =>
  new Hono<Env>()
    .post('/api/events/:id/reservations', async (c) => {
      const eventId = eventIdInput.safeParse(c.req.param('id'))
      if (!eventId.success) return problem(c, 'not_found')
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const pass = requirePass(c, deps, eventId.data)
      if (pass instanceof Response) return pass
      const key = checkInput(c, bookingKey, { idempotencyKey: c.req.header(IDEMPOTENCY_HEADER) })
      if (key instanceof Response) return key
      const input = await readInput(c, bookingInput)
      if (input instanceof Response) return input
      const result = await reserve(deps, c.get('language'), { ...input, ...key, eventId: eventId.data, person: person.id, pass })
      personal(c)
      if (result.kind !== 'reserved') return problem(c, ...refusal(result, c))
      c.set('outcome', 'reserved')
      c.header(QUEUE_COMMAND_HEADER, END_PASS)
      c.header('location', paths.api.reservation(result.reservation.id))
      return c.json({ reservation: result.reservation, left: result.left }, 201)
    })
    .get('/api/me/reservations', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const wish = checkInput(c, pageInput, c.req.query())
      if (wish instanceof Response) return wish
      personal(c)
      return c.json(await listReservations(deps, c.get('language'), person.id, wish))
    })
    .get('/api/reservations/:id', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const result = await findOwn(c, deps, person)
      personal(c)
      return result.kind === 'found' ? c.json(result.reservation) : problem(c, ...absence(result))
    })
    .delete('/api/reservations/:id', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const result = await cancelOwn(c, deps, person)
      personal(c)
      return result.kind === 'cancelled' ? c.json(result.reservation) : problem(c, ...cancelRefusal(result))
    })
    .patch('/api/reservations/:id', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const input = await readInput(c, keepInput)
      if (input instanceof Response) return input
      const result = await cancelOwn(c, deps, person, input.quantity)
      personal(c)
      return result.kind === 'cancelled' ? c.json(result.reservation) : problem(c, ...cancelRefusal(result))
    })
    .get('/events/:id/booking', async (c) => {
      const event = await findEventOf(c, deps)
      if (!event) return problem(c, 'not_found')
      if (!c.get('person')) return c.redirect(paths.login(paths.booking(event.id)), 303)
      const pass = requirePass(c, deps, event.id)
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
    })
    .post('/events/:id/booking', async (c) => {
      const event = await findEventOf(c, deps)
      if (!event) return problem(c, 'not_found')
      const person = c.get('person')
      if (!person) return c.redirect(paths.login(paths.booking(event.id)), 303)
      const pass = requirePass(c, deps, event.id)
      if (pass instanceof Response) return pass
      const form = await c.req.parseBody().catch(() => ({}))
      const input = bookingForm.safeParse(form)
      const result = input.success
        ? await reserve(deps, c.get('language'), { ...input.data, eventId: event.id, person: person.id, pass })
        : null
      personal(c)
      if (result?.kind === 'reserved') {
        c.set('outcome', 'reserved')
        c.header(QUEUE_COMMAND_HEADER, END_PASS)
        return goTo(c, `${paths.reservation(result.reservation.id)}?new=1`)
      }
      const [code, facts] = result
        ? refusal(result, c)
        : ['validation_failed', { errors: fieldErrors(input.error!, c.get('language')) }] as const
      c.set('outcome', code)
      const chosen = bookingChoice.parse(form)
      const props = {
        language: c.get('language'),
        person: viewer(c),
        // The seats left may have changed since the form was made.
        event: await findEventOf(c, deps) ?? event,
        // A refused booking took nothing, so the next try is a new intention.
        idempotencyKey: deps.newId(),
        passExpiresAt: new Date(pass.untilMs).toISOString(),
        problem: describeProblem(code, c.get('language'), facts),
        ...(chosen.ticketTypeId && { ticketTypeId: chosen.ticketTypeId }),
        ...(chosen.quantity && { quantity: chosen.quantity }),
      }
      return c.html(
        wantsFragment(c.req.raw.headers) ? renderFragment(<BookingPanel {...props} />) : renderPage(<BookingPage {...props} />),
        PROBLEMS[code].status as 400,
      )
    })
    .get('/me', async (c) => {
      const person = c.get('person')
      if (!person) return c.redirect(paths.login(paths.me()), 303)
      const wish = pageInput.safeParse({ page: c.req.query('page'), size: 20 })
      if (!wish.success) return c.redirect(paths.me(), 303)
      personal(c)
      return c.html(renderPage(
        <MyPage
          language={c.get('language')}
          person={viewer(c)}
          reservations={await listReservations(deps, c.get('language'), person.id, wish.data)}
          now={deps.now().toISOString()}
        />,
      ))
    })
    .get('/reservations/:id', async (c) => {
      const person = c.get('person')
      if (!person) return c.redirect(paths.login(c.req.path), 303)
      const found = await findOwn(c, deps, person)
      if (found.kind !== 'found') return problem(c, ...absence(found))
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
    .post('/reservations/:id/cancellation', async (c) => {
      const person = c.get('person')
      if (!person) return c.redirect(paths.login(paths.me()), 303)
      const keep = keepInput.safeParse(await c.req.parseBody().catch(() => ({})))
      const result = await cancelOwn(c, deps, person, keep.success ? keep.data.quantity : 0)
      personal(c)
      if (result.kind === 'not_found') return problem(c, 'not_found')
      if (result.kind === 'cancelled' && !wantsFragment(c.req.raw.headers)) {
        return c.redirect(paths.reservation(result.reservation.id), 303)
      }
      const found = result.kind === 'cancelled'
        ? { kind: 'found' as const, reservation: result.reservation }
        : await findOwn(c, deps, person)
      if (found.kind !== 'found') return problem(c, ...absence(found))
      const failure = result.kind === 'cancelled' ? null : cancelRefusal(result)
      const props = {
        language: c.get('language'),
        person: viewer(c),
        reservation: found.reservation,
        isNew: false,
        now: deps.now().toISOString(),
        ...(failure && { problem: describeProblem(failure[0], c.get('language'), failure[1]) }),
      }
      return c.html(
        wantsFragment(c.req.raw.headers)
          ? renderFragment(<ReservationPanel {...props} />)
          : renderPage(<ReservationPage {...props} />),
        failure ? PROBLEMS[failure[0]].status as 409 : 200,
      )
    })

const bookingKey = z.object({ idempotencyKey })
const bookingForm = bookingInput.extend({ idempotencyKey })
const bookingChoice = z.object({
  ticketTypeId: z.coerce.number().int().positive().optional().catch(undefined),
  quantity: z.coerce.number().int().positive().optional().catch(undefined),
})

const viewer = (c: Ctx) => ({ nickname: c.get('person')!.nickname, isAdmin: c.get('person')!.role === 'admin' })

/** Goes on to another page after a form: htmx follows its own header, a browser the 303. */
function goTo(c: Ctx, path: string): Response {
  if (!wantsFragment(c.req.raw.headers)) return c.redirect(path, 303)
  c.header('hx-redirect', path)
  return c.body(null, 200)
}

function findEventOf(c: Ctx, deps: Deps) {
  const id = eventIdInput.safeParse(c.req.param('id'))
  return id.success ? findEvent(deps, c.get('language'), id.data) : null
}

function findOwn(c: Ctx, deps: Deps, person: Person): Promise<FindResult> {
  const id = z.uuid().safeParse(c.req.param('id'))
  return id.success
    ? findReservation(deps, c.get('language'), person.id, id.data.toLowerCase())
    : Promise.resolve({ kind: 'not_found' })
}

async function cancelOwn(c: Ctx, deps: Deps, person: Person, keep = 0): Promise<CancelResult> {
  const id = z.uuid().safeParse(c.req.param('id'))
  const result: CancelResult = id.success
    ? await cancel(deps, c.get('language'), person.id, id.data.toLowerCase(), keep)
    : { kind: 'not_found' }
  c.set('outcome', result.kind)
  return result
}

const absence = ({ kind }: Exclude<FindResult, { kind: 'found' }>): [ProblemCode, ProblemFacts] =>
  kind === 'busy' ? ['busy', { retryAfterSeconds: 1 }] : ['not_found', {}]

/** The pass that lets a request book this event; checked here again, since the origin trusts no edge. */
function requirePass(c: Ctx, deps: Deps, eventId: number): Pass | Response {
  const room = eventRoom(eventId)
  const pass = verifyPass(c.req.header(PASS_HEADER) ?? getCookie(c, passCookie(room)), deps.tokenKeys, deps.now().getTime())
  if (pass.kind === 'missing') return problem(c, 'pass_required')
  if (pass.kind !== 'pass' || pass.room !== room) return problem(c, 'pass_invalid')
  // Where each account has one place, a place that was handed on is worth nothing.
  const account = accountOf(pass.id)
  if (account !== null && account !== c.get('person')?.id) return problem(c, 'pass_in_use')
  return pass
}

function refusal(result: Exclude<BookingResult, { kind: 'reserved' }>, c: Ctx): [ProblemCode, ProblemFacts] {
  switch (result.kind) {
    case 'unknown_ticket_type': {
      const message = c.get('language') === 'ko' ? '이 공연에 없는 좌석 등급입니다.' : 'This event has no such ticket type.'
      return ['validation_failed', { errors: [{ field: 'ticketTypeId', message }] }]
    }
    case 'sold_out':
      return ['sold_out', {
        figures: { left: result.left },
        detail: result.left > 0
          ? {
            ko: `지금 남은 좌석은 ${result.left}석입니다. 매수를 줄여 다시 시도해 주세요.`,
            en: `Only ${result.left} left now. Try a smaller number.`,
          }
          : {
            ko: '이 등급은 매진되었습니다. 취소된 좌석은 바로 다시 판매됩니다.',
            en: 'This grade is sold out. Cancelled seats go back on sale at once.',
          },
      }]
    case 'limit_exceeded':
      return ['limit_exceeded', {
        figures: { limit: result.limit, held: result.held },
        detail: {
          ko: `이 공연은 1인당 ${result.limit}매까지 예매할 수 있고, 이미 ${result.held}매를 예매하셨습니다.`,
          en: `One person may hold ${result.limit} tickets for this event; you hold ${result.held}.`,
        },
      }]
    case 'sale_not_open': {
      const seconds = Math.max(1, Math.ceil((result.opensAtMs - Date.now()) / 1000))
      return ['sale_not_open', { retryAfterSeconds: seconds, figures: { opensAt: new Date(result.opensAtMs).toISOString() } }]
    }
    case 'busy':
      return ['busy', { retryAfterSeconds: 1 }]
    default:
      return [result.kind, {}]
  }
}

function cancelRefusal(result: Exclude<CancelResult, { kind: 'cancelled' }>): [ProblemCode, ProblemFacts] {
  switch (result.kind) {
    case 'cancel_closed':
      return ['cancel_closed', {
        figures: { cancelUntil: result.cancelUntil },
        detail: {
          ko: '공연 당일부터는 취소할 수 없습니다.',
          en: 'Reservations can be cancelled until the day of the event begins.',
        },
      }]
    case 'busy':
      return ['busy', { retryAfterSeconds: 1 }]
    default:
      return ['not_found', {}]
  }
}
