import { Hono } from 'hono'
import * as z from 'zod'
import { hasInternalToken } from '../../edge/contract/internal-access.ts'
import { EventPage } from '../../web/pages/event.tsx'
import { SeatsPanel } from '../../web/components/seats-panel.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findEvent, listEvents } from '../catalogue.ts'
import { searchEvents } from '../catalogue-search.ts'
import type { Deps } from '../deps.ts'
import { calendarOf } from '../event-calendar.ts'
import { checkInput, type Ctx, type Env, eventIdOf, personal, problem, shared } from '../http.tsx'
import { listQuery, readQuery } from '../input.ts'
import { findRehearsalEvent } from '../rehearsal/rehearsal-event.ts'
import { readHeldSeats } from '../../db/redis/sale/held-seats.ts'
import { MAX_SEARCH_LENGTH } from './listings.tsx'

const searchInput = listQuery.extend({ q: z.string().max(MAX_SEARCH_LENGTH).default('') })
const calendarQuery = z.object({ of: z.enum(['event', 'opening']).default('event') })

/** Events: list and search as JSON; one event as JSON, as a page, and as a calendar file. */
export const events = (deps: Deps) =>
  new Hono<Env>()
    .get('/api/events', async (c) => {
      const query = checkInput(c, listQuery, readQuery(c))
      if (query instanceof Response) return query
      const list = await listEvents(deps, c.get('language'), query)
      shared(c)
      return c.json(list)
    })
    .get('/api/events/search', async (c) => {
      const query = checkInput(c, searchInput, readQuery(c))
      if (query instanceof Response) return query
      const { events: list } = await searchEvents(deps, c.get('language'), query)
      shared(c)
      return c.json(list)
    })
    .get('/api/events/:id', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return await respondRehearsal(c, deps)
      shared(c)
      return c.json(event)
    })
    .get('/events/:id', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.html(renderPage(<EventPage language={c.get('language')} event={event} publicUrl={deps.publicUrl} />))
    })
    .get('/events/:id/seats', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.html(renderFragment(<SeatsPanel language={c.get('language')} event={event} />))
    })
    .get('/events/:id/calendar', async (c) => {
      const query = checkInput(c, calendarQuery, readQuery(c))
      if (query instanceof Response) return query
      const event = await findRequested(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      c.header('content-disposition', `attachment; filename="neticket-${event.id}.ics"`)
      const text = calendarOf(event, query.of, c.get('language'), deps.publicUrl)
      return c.body(text, 200, { 'content-type': 'text/calendar; charset=utf-8' })
    })
    .get('/events/:id/allowance', (c) => respondAllowance(c, deps))

/** The tickets that a signed-in person can still book; null for a guest, and while the sale is not in Redis. */
async function respondAllowance(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const [eventId, person] = [eventIdOf(c), c.get('person')]
  const facts = eventId === undefined ? null : await deps.catalogue.findEvent(eventId)
  if (eventId === undefined || !facts) return problem(c, 'not_found')
  const held = person && await readHeldSeats(deps.redis, eventId, person.id)
  return c.json({ more: held === null ? null : Math.max(0, facts.event.limitPerPerson - held) })
}

function findRequested(c: Ctx, deps: Deps) {
  const eventId = eventIdOf(c)
  return eventId === undefined ? null : findEvent(deps, c.get('language'), eventId)
}

/** Edges open the room of a rehearsal; other clients cannot read its event. */
async function respondRehearsal(c: Ctx, deps: Deps): Promise<Response> {
  const eventId = eventIdOf(c)
  if (eventId === undefined || !hasInternalToken(c.req.raw.headers, deps.tokenKeys)) return problem(c, 'not_found')
  const event = await deps.mysqlHealth.orUnavailable(() => findRehearsalEvent(deps, c.get('language'), eventId))
  personal(c)
  return event ? c.json(event) : problem(c, 'not_found')
}
