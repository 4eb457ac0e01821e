import { wantsFragment } from '../../edge/contract/fragments.ts'
import { Hono } from 'hono'
import * as z from 'zod'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import type { Language } from '../../edge/contract/language.ts'
import { lastPageOf, type PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { MyPage } from '../../web/pages/me.tsx'
import { ReservationPage, ReservationPanel } from '../../web/pages/reservation.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import type { Person } from '../accounts.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, fieldErrors, personal, problem, statusOf, viewerOf } from '../http.tsx'
import { pageNumber, readForm, readQuery } from '../input.ts'
import { cancelRequested, findRequested } from '../requested-reservation.ts'
import { findRecent } from '../recent-reservations.ts'
import { listReservations } from '../reservation-list.ts'
import { cancelProblem, findProblem } from '../reservation-problems.ts'
import { keepForm } from '../reservation-input.ts'
import type { CancelResult } from '../reservations.ts'

const RESERVATIONS_PER_PAGE = 20
const myPageQuery = z.object({ page: pageNumber })

/** The pages of one's own reservations, and for cancelling. The API is in reservations.ts, the booking page in booking-pages.tsx. */
export const reservationPages = (deps: Deps) =>
  new Hono<Env>()
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
          isNew={c.req.query('new') === '1' && isNew(found.reservation, deps.now())}
          now={deps.now().toISOString()}
        />,
      ))
    })
    .post('/reservations/:id/cancellation', (c) => cancelFromPage(c, deps))

/** The page says "booked" for so long: its address may be opened again later. */
const NEW_MS = 600_000

export const isNew = ({ status, createdAt }: Pick<Reservation, 'status' | 'createdAt'>, now: Date): boolean =>
  status === 'confirmed' && now.getTime() - Date.parse(createdAt) < NEW_MS

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
  const { reservation } = result
  const props = { language: c.get('language'), now: deps.now().toISOString(), reservation }
  return c.html(renderFragment(<ReservationPanel {...props} isReduced={reservation.status === 'confirmed'} />))
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
