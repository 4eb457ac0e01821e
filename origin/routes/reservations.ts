import { Hono } from 'hono'
import * as z from 'zod'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import { END_PASS, IDEMPOTENCY_HEADER, QUEUE_COMMAND_HEADER } from '../../edge/contract/headers.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Deps } from '../deps.ts'
import { checkInput, type Ctx, type Env, eventIdOf, personal, problem, requirePerson } from '../http.tsx'
import { listQuery, readJson, readQuery } from '../input.ts'
import { requirePass } from '../passes.ts'
import { isSynthetic } from '../rehearsal/synthetic-buyers.ts'
import { listReservations } from '../reservation-list.ts'
import { bookingProblem, cancelProblem, findProblem, RECORD_UNAVAILABLE } from '../reservation-problems.ts'
import { bookingInput, idempotencyKey, keepInput } from '../reservation-input.ts'
import { reserve } from '../reservations.ts'
import { cancelRequested, findRequested } from '../requested-reservation.ts'

const bookingKey = z.object({ idempotencyKey })

/** The API for booking, for one's own reservations, and for cancelling. The pages are in reservation-pages.tsx. */
export const reservations = (deps: Deps) =>
  new Hono<Env>()
    .post('/api/events/:id/reservations', (c) => book(c, deps))
    .get('/api/me/reservations', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const query = checkInput(c, listQuery, readQuery(c))
      if (query instanceof Response) return query
      personal(c)
      try {
        return c.json(await listReservations(deps, c.get('language'), person.id, query))
      } catch (error) {
        if (isStoreUnavailable(error)) return problem(c, ...RECORD_UNAVAILABLE)
        throw error
      }
    })
    .get('/api/reservations/:id', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const result = await findRequested(c, deps, person)
      personal(c)
      return result.kind === 'found' ? c.json(result.reservation) : problem(c, ...findProblem(result))
    })
    .delete('/api/reservations/:id', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const result = await cancelRequested(c, deps, person, 0)
      personal(c)
      return result.kind === 'cancelled' ? c.json(result.reservation) : problem(c, ...cancelProblem(result))
    })
    .patch('/api/reservations/:id', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const input = await readJson(c, keepInput)
      if (input instanceof Response) return input
      const result = await cancelRequested(c, deps, person, input.quantity)
      personal(c)
      return result.kind === 'cancelled' ? c.json(result.reservation) : problem(c, ...cancelProblem(result))
    })

async function book(c: Ctx, deps: Deps): Promise<Response> {
  const eventId = eventIdOf(c)
  if (eventId === undefined) return problem(c, 'not_found')
  const person = requirePerson(c)
  if (person instanceof Response) return person
  const pass = await requirePass(c, deps, eventId)
  if (pass instanceof Response) return pass
  const key = checkInput(c, bookingKey, { idempotencyKey: c.req.header(IDEMPOTENCY_HEADER) })
  if (key instanceof Response) return key
  const input = await readJson(c, bookingInput)
  if (input instanceof Response) return input
  const booking = { ...input, ...key, eventId, person: person.id, pass, isSynthetic: isSynthetic(person.nickname) }
  const result = await reserve(deps, c.get('language'), booking)
  personal(c)
  if (result.kind !== 'reserved') {
    return problem(c, ...bookingProblem(result, { language: c.get('language'), now: deps.now(), quantity: input.quantity }))
  }
  c.set('outcome', 'reserved')
  if (result.endsVisit) c.header(QUEUE_COMMAND_HEADER, END_PASS)
  c.header('location', paths.api.reservation(result.reservation.id))
  return c.json({ reservation: result.reservation, left: result.left }, 201)
}
