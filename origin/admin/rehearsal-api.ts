import { eventIdOf, problem } from '../http.tsx'
import { readJson } from '../input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { refusalOf, rehearsalInput } from './rehearsal-request.ts'

/** Rehearsals of a sale: their results, start, stop. */
export const rehearsalApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/events/:id/rehearsal',
    permission: 'rooms.control',
    handle: withEvent(async ({ c, deps }, eventId) => {
      const [items, obstacle] = await Promise.all([deps.rehearsals.list(eventId), deps.rehearsals.findObstacle(eventId)])
      return obstacle?.kind === 'not_found' ? problem(c, 'not_found') : c.json({ items, obstacle: obstacle?.kind ?? null })
    }),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/rehearsal',
    permission: 'rooms.control',
    handle: withEvent(async ({ c, deps, actor }, eventId) => {
      const input = await readJson(c, rehearsalInput)
      if (input instanceof Response) return input
      const { buyers, seconds, expected } = input
      const result = await deps.rehearsals.start({ eventId, buyers, seconds, expected, actor })
      if (result.kind === 'started') return c.json({ id: result.id }, 202)
      const { obstacle } = result
      return obstacle.kind === 'not_found' ? problem(c, 'not_found') : problem(c, 'rehearsal_refused', refusalOf(obstacle))
    }),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/rehearsal/stop',
    permission: 'rooms.control',
    handle: withEvent(async ({ c, deps, actor }, eventId) =>
      await deps.rehearsals.stop(eventId, actor) === 'stopping' ? c.body(null, 202) : problem(c, 'not_found')
    ),
  },
]

/** Runs a handler with the event id of the path. */
function withEvent(handle: (request: AdminRequest, eventId: number) => Promise<Response>): AdminRoute['handle'] {
  return (request) => {
    const eventId = eventIdOf(request.c)
    return eventId === undefined ? problem(request.c, 'not_found') : handle(request, eventId)
  }
}
