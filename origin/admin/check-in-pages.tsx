import { CheckInPage } from '../../web/admin/pages/check-in.tsx'
import { CheckInEventsPage } from '../../web/admin/pages/check-in-events.tsx'
import { renderPage } from '../../web/render.tsx'
import { eventIdOf, problem } from '../http.tsx'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { findCheckInEvent, listCheckInEvents } from './check-in-list.ts'

/** The pages at the door. */
export const checkInPages: readonly AdminRoute[] = [
  { method: 'GET', path: '/check-in', permission: 'tickets.check', handle: showEvents },
  { method: 'GET', path: '/check-in/:id', permission: 'tickets.check', handle: showCheckIn },
]

async function showEvents({ c, deps, operator }: AdminRequest): Promise<Response> {
  const language = c.get('language')
  const list = await listCheckInEvents(deps, language)
  return c.html(renderPage(<CheckInEventsPage language={language} viewer={operator} events={list} />))
}

async function showCheckIn({ c, deps, operator }: AdminRequest): Promise<Response> {
  const [language, id] = [c.get('language'), eventIdOf(c)]
  const event = id === undefined ? null : await findCheckInEvent(deps, language, id)
  if (!event) return problem(c, 'not_found')
  return c.html(renderPage(<CheckInPage language={language} viewer={operator} event={event} />))
}
