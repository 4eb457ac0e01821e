import { wantsCsv } from '../csv.ts'
import { checkInput, problem } from '../http.tsx'
import { jsonInteger, readJson, readQuery } from '../input.ts'
import { cancelProblem } from '../reservation-problems.ts'
import { cancelForBuyer } from '../operator-cancellation.ts'
import { reasonInput } from './act-input.ts'
import type { AdminRoute } from './admin-route.ts'
import { exportReservations, listFound, numberOf, readFound } from './reservation-request.ts'
import { type FoundReservation, reservationQuery } from './reservation-search.ts'

/** Required: without the seats to keep, a request would cancel more than one that has them. */
const cancelInput = reasonInput.extend({ keep: jsonInteger(0, 99) })

/** Reservations as JSON, or as CSV for clients that accept it. */
export const reservationApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/reservations',
    permission: 'reservations.read',
    async handle(request) {
      const { c } = request
      const query = checkInput(c, reservationQuery, readQuery(c))
      if (query instanceof Response) return query
      if (wantsCsv(c)) return await exportReservations(request, query)
      const { items, next } = await listFound(request, query)
      return c.json({ items: items.map(withoutKeyset), next })
    },
  },
  {
    method: 'GET',
    path: '/api/admin/reservations/:id',
    permission: 'reservations.read',
    async handle(request) {
      const { c } = request
      const found = await readFound(request)
      if (found.kind === 'found') return c.json(found.reservation)
      return problem(c, found.kind, found.kind === 'busy' ? { retryAfterSeconds: 1 } : {})
    },
  },
  {
    method: 'POST',
    path: '/api/admin/reservations/:id/cancel',
    permission: 'reservations.cancel',
    async handle({ c, deps, actor }) {
      const id = numberOf(c)
      if (id === undefined) return problem(c, 'not_found')
      const input = await readJson(c, cancelInput)
      if (input instanceof Response) return input
      const result = await cancelForBuyer(deps, c.get('language'), Object.assign({ id, actor }, input))
      return result.kind === 'cancelled' ? c.json(result.reservation) : problem(c, ...cancelProblem(result))
    },
  },
]

const withoutKeyset = ({ id: _, ...reservation }: FoundReservation) => reservation
