import * as z from 'zod'
import { MAX_ORDINAL } from '../../edge/contract/admission-ticket.ts'
import { type CheckInEvent, MAX_MARKS } from '../../edge/contract/check-in.ts'
import { eventIdOf, problem } from '../http.tsx'
import { jsonInteger, readJson } from '../input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { admitSeats, readFigures, undoAdmission } from './check-in.ts'
import { findCheckInEvent, readCheckInList } from './check-in-list.ts'
import { recordRead } from './reservation-request.ts'

const uuid = z.uuid().transform((id) => id.toLowerCase())
const mark = z.object({
  id: uuid,
  /** Longer than every QR code of ours. */
  text: z.string().min(1).max(500),
  at: z.iso.datetime(),
  device: z.string().trim().min(1).max(40),
})
const marksInput = z.object({ marks: z.array(mark).min(1).max(MAX_MARKS) })
const undoInput = z.object({ id: uuid, reservation: uuid, ordinal: jsonInteger(1, MAX_ORDINAL) })

/** The check-in of an event's tickets, for devices at the door. */
export const checkInApi: readonly AdminRoute[] = [
  { method: 'GET', path: '/api/admin/check-in/:id', permission: 'tickets.check', handle: withEvent(sendList) },
  { method: 'GET', path: '/api/admin/check-in/:id/figures', permission: 'tickets.check', handle: withEvent(sendFigures) },
  { method: 'POST', path: '/api/admin/check-in/:id/marks', permission: 'tickets.check', handle: withEvent(admit) },
  { method: 'POST', path: '/api/admin/check-in/:id/undo', permission: 'tickets.check', handle: withEvent(undo) },
  {
    method: 'GET',
    path: '/api/admin/ticket-keys',
    permission: 'tickets.check',
    handle: ({ c, deps }) => c.json(deps.ticketKeys.publicKeys),
  },
]

type Handle = (request: AdminRequest, event: CheckInEvent) => Promise<Response>

function withEvent(handle: Handle): AdminRoute['handle'] {
  return async (request) => {
    const { c, deps } = request
    const id = eventIdOf(c)
    const event = id === undefined ? null : await findCheckInEvent(deps, c.get('language'), id)
    return event ? await handle(request, event) : problem(c, 'not_found')
  }
}

async function sendList(request: AdminRequest, event: CheckInEvent): Promise<Response> {
  const { c, deps } = request
  const list = await deps.heavyReads.run(() => readCheckInList(deps, c.get('language'), event))
  if (!list) return problem(c, 'busy', { retryAfterSeconds: 2 })
  // The codes that staff type follow from the numbers in the list.
  await recordRead(request, 'ticket.list', `event:${event.id}`, { reservations: list.reservations.length })
  return c.json(list)
}

async function sendFigures({ c, deps }: AdminRequest, { id }: CheckInEvent): Promise<Response> {
  return c.json(await readFigures(deps, c.get('language'), id) ?? { ticketTypes: [] })
}

async function admit({ c, deps, actor }: AdminRequest, { id }: CheckInEvent): Promise<Response> {
  const input = await readJson(c, marksInput)
  if (input instanceof Response) return input
  const results = await admitSeats(deps, { eventId: id, language: c.get('language'), actor }, input.marks)
  return c.json({ results })
}

async function undo({ c, deps, actor }: AdminRequest, { id }: CheckInEvent): Promise<Response> {
  const input = await readJson(c, undoInput)
  if (input instanceof Response) return input
  return await undoAdmission(deps, { eventId: id, actor }, input) ? c.body(null, 204) : problem(c, 'not_found')
}
