import * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem } from '../../edge/contract/problems.ts'
import { ReservationDetailPage } from '../../web/admin/pages/reservation.tsx'
import { ReservationsPage } from '../../web/admin/pages/reservations.tsx'
import { renderPage } from '../../web/render.tsx'
import { checkInput, problem, statusOf } from '../http.tsx'
import { readForm, readQuery } from '../input.ts'
import { cancelProblem } from '../reservation-problems.ts'
import { cancelForBuyer } from '../operator-cancellation.ts'
import { actForm, checkAct, type ProblemOf } from './act-input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import type { ReservationDetail } from './reservation-history.ts'
import { exportReservations, listFound, numberOf, readFound } from './reservation-request.ts'
import { findNamedEvent, type FoundReservation, type ReservationQuery, reservationQuery } from './reservation-search.ts'

/** Reservations of all buyers: search, export, one with its history, cancelling for a buyer. The API is in reservation-api.ts. */
export const reservationPages: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/admin/reservations',
    permission: 'reservations.read',
    handle: (request) => withQuery(request, showList),
  },
  {
    method: 'GET',
    path: '/admin/reservations/export',
    permission: 'reservations.read',
    handle: (request) => withQuery(request, exportReservations),
  },
  {
    method: 'GET',
    path: '/admin/reservations/:id',
    permission: 'reservations.read',
    handle: (request) => showReservation(request),
  },
  { method: 'POST', path: '/admin/reservations/:id/cancel', permission: 'reservations.cancel', handle: cancel },
]

async function withQuery(
  request: AdminRequest,
  handle: (request: AdminRequest, query: ReservationQuery) => Promise<Response>,
): Promise<Response> {
  const query = checkInput(request.c, reservationQuery, readQuery(request.c))
  return query instanceof Response ? query : await handle(request, query)
}

async function showList(request: AdminRequest, query: ReservationQuery): Promise<Response> {
  const { c, deps, operator } = request
  const [{ items, next }, named] = await Promise.all([listFound(request, query), findNamedEvent(deps, query.event)])
  const { q = '', event = '', status = '', from = '', to = '' } = query
  return c.html(renderPage(
    <ReservationsPage
      language={c.get('language')}
      viewer={operator}
      filter={{ q, event, status, from, to }}
      event={named}
      items={items.map(describe)}
      next={next}
      isFirst={query.after === undefined}
    />,
  ))
}

/** The seats to keep; `none` cancels all of them, and no other value does. */
const keepForm = z.object({
  keep: z.union([z.literal('none').transform(() => 0), z.string().regex(/^[1-9]\d?$/).transform(Number)]),
})

async function cancel(request: AdminRequest): Promise<Response> {
  const { c, deps, actor } = request
  const id = numberOf(c)
  if (id === undefined) return problem(c, 'not_found')
  const body = await readForm(c)
  const form = actForm.parse(body)
  const choice = keepForm.safeParse(body)
  const language = c.get('language')
  const refusal: ProblemOf | null = checkAct(form, language) ?? (choice.success ? null : [
    'validation_failed',
    { errors: [{ field: 'keep', message: CHOOSE[language] }] },
  ])
  if (refusal || !choice.success) return await refuse(request, refusal ?? ['validation_failed', {}], form.reason)
  const result = await cancelForBuyer(deps, language, { id, keep: choice.data.keep, actor, reason: form.reason })
  if (result.kind !== 'cancelled') return await refuse(request, cancelProblem(result), form.reason)
  return c.redirect(`${paths.admin.reservation(id)}?done=cancel`, 303)
}

const CHOOSE = { ko: '몇 매를 취소할지 선택해 주세요.', en: 'Choose how many tickets to cancel.' } as const

function refuse(request: AdminRequest, [code, facts]: ProblemOf, reason: string): Promise<Response> {
  request.c.set('outcome', code)
  return showReservation(request, { problem: describeProblem(code, request.c.get('language'), facts), reason })
}

async function showReservation(request: AdminRequest, refused?: { problem: Problem; reason: string }): Promise<Response> {
  const { c, deps, operator } = request
  const found = await readFound(request)
  if (found.kind !== 'found') return problem(c, found.kind, found.kind === 'busy' ? { retryAfterSeconds: 1 } : {})
  const page = (
    <ReservationDetailPage
      language={c.get('language')}
      viewer={operator}
      now={deps.now().toISOString()}
      reservation={describeDetail(found.reservation)}
      isDone={!refused && c.req.query('done') === 'cancel'}
      refused={refused}
    />
  )
  return c.html(renderPage(page), refused ? statusOf(refused.problem.code) : 200)
}

const describe = ({ id: _, createdAt, cancelledAt, ...reservation }: FoundReservation) =>
  Object.assign(reservation, { createdAt: createdAt.toISOString(), cancelledAt: cancelledAt?.toISOString() ?? null })

const describeDetail = ({ createdAt, cancelledAt, cancelUntil, history, ...reservation }: ReservationDetail) =>
  Object.assign(reservation, {
    createdAt: createdAt.toISOString(),
    cancelledAt: cancelledAt?.toISOString() ?? null,
    cancelUntil: cancelUntil.toISOString(),
    history: history.map(({ at, writtenAt, ...step }) =>
      Object.assign(step, { at: at.toISOString(), writtenAt: writtenAt.toISOString() })
    ),
  })
