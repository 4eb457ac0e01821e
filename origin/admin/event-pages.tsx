import * as z from 'zod'
import { ADMIN_EVENT_STATUSES } from '../../edge/contract/admin-events.ts'
import { lastPageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem } from '../../edge/contract/problems.ts'
import { readLeft } from '../../db/redis/sale/sale.ts'
import { events } from '../../db/schema.ts'
import type { AdminEventProps, EventDone } from '../../web/admin/event-page-props.ts'
import { AdminEventPage } from '../../web/admin/pages/event.tsx'
import { AdminEventsPage } from '../../web/admin/pages/events.tsx'
import { PreviewBanner } from '../../web/admin/components/preview-banner.tsx'
import { EventPage } from '../../web/pages/event.tsx'
import { renderPage } from '../../web/render.tsx'
import { and, eq, isNull } from 'drizzle-orm'
import { checkEvent } from '../admin-event.ts'
import { describeDetail } from '../catalogue.ts'
import { readFacts } from '../catalogue-facts.ts'
import { readProgress } from '../event-cancellation.ts'
import { eventIdOf, problem, statusOf } from '../http.tsx'
import { pageNumber, readQuery } from '../input.ts'
import { instantAt, localMinute } from '../venue-time.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { listAdminEvents, readAdminEvent } from './events.ts'

const EVENTS_PER_PAGE = 20
const DONE = ['created', 'saved', 'published', 'stopped', 'resumed', 'cancelled', 'duplicated'] as const satisfies EventDone[]
const listQuery = z.object({
  q: z.string().default('').transform((text) => text.slice(0, 100)),
  status: z.enum(ADMIN_EVENT_STATUSES).nullable().catch(null).default(null),
  page: pageNumber.catch(1),
  done: z.literal('deleted').optional().catch(undefined),
})
const eventQuery = z.object({ done: z.enum(DONE).nullable().catch(null).default(null) })
const previewQuery = z.object({ at: z.string().default('').catch('') })

/** The pages that show events to operators. */
export const eventPages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/events', permission: 'figures.read', handle: showList },
  {
    method: 'GET',
    path: '/admin/events/:id',
    permission: 'figures.read',
    handle: (request) => showEvent(request, { done: eventQuery.parse(readQuery(request.c)).done }),
  },
  { method: 'GET', path: '/admin/events/:id/preview', permission: 'figures.read', handle: showPreview },
]

async function showList({ c, deps, operator }: AdminRequest): Promise<Response> {
  const query = listQuery.safeParse(readQuery(c))
  if (!query.success) return c.redirect(paths.admin.events, 303)
  const { q, status, page, done } = query.data
  const list = await listAdminEvents(deps, { q, status, page, size: EVENTS_PER_PAGE })
  if (page > lastPageOf(list)) {
    return c.redirect(paths.admin.eventList({ q, status: status ?? '', page: lastPageOf(list) }), 303)
  }
  const props = { language: c.get('language'), viewer: operator, events: list, q, status, isDeleted: done === 'deleted' }
  return c.html(renderPage(<AdminEventsPage {...props} />))
}

/** The page of an event; `refused` with the status of its problem. */
export async function showEvent(
  { c, deps, operator }: AdminRequest,
  { done, refused }: Pick<AdminEventProps, 'done' | 'refused'>,
): Promise<Response> {
  const eventId = eventIdOf(c)
  const event = eventId === undefined ? null : await readAdminEvent(deps, eventId)
  if (!event) return problem(c, 'not_found')
  const [left, reservations] = await Promise.all([readLeft(deps.redis, event.id), readProgress(deps, event.id)])
  const now = deps.now()
  const page = (
    <AdminEventPage
      language={c.get('language')}
      viewer={operator}
      now={now.toISOString()}
      event={event}
      checklist={checkEvent(event, now)}
      left={left}
      reservations={reservations}
      done={done ?? null}
      refused={refused}
    />
  )
  if (refused) c.set('outcome', refused.problem.code)
  return c.html(renderPage(page), refused ? statusOf(refused.problem.code) : 200)
}

/** The event's page as buyers see it, or as they will see it at a time on the venue's clock, with the seats that MySQL knows of. */
async function showPreview({ c, deps }: AdminRequest): Promise<Response> {
  const eventId = eventIdOf(c)
  const [facts] = eventId === undefined
    ? []
    : await readFacts(deps.db, and(eq(events.id, eventId), isNull(events.rehearsalOf))!, 1)
  if (!facts) return problem(c, 'not_found')
  const language = c.get('language')
  const { zone, published } = facts.event
  const { at } = previewQuery.parse(readQuery(c))
  const asked = instantAt(at, zone)
  const instant = asked ?? deps.now()
  const banner = (
    <PreviewBanner
      language={language}
      eventId={facts.event.id}
      zone={zone}
      at={localMinute(instant, zone)}
      isPublished={published}
      problem={at !== '' && !asked ? describeProblem('validation_failed', language) : undefined}
      moments={momentsOf(facts.event)}
    />
  )
  const event = describeDetail(facts, language, instant, null)
  return c.html(
    renderPage(<EventPage language={language} event={event} preview={banner} path={paths.admin.previewEvent(event.id, at)} />),
  )
}

const MINUTE_MS = 60_000

/** Times at which the page changes, on the venue's clock. */
function momentsOf({ zone, opensAt, closesAt }: { zone: string; opensAt: Date; closesAt: Date }) {
  const local = (time: number) => localMinute(new Date(time), zone)
  return {
    before: local(opensAt.getTime() - MINUTE_MS),
    open: local(opensAt.getTime() + MINUTE_MS),
    closed: local(closesAt.getTime() + MINUTE_MS),
  }
}
