import { Hono } from 'hono'
import * as z from 'zod'
import { wantsFragment } from '../../edge/contract/fragments.ts'
import { hasInternalToken } from '../../edge/contract/internal-access.ts'
import { lastPageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { EventPage, SeatsPanel } from '../../web/pages/event.tsx'
import { HomePage } from '../../web/pages/home.tsx'
import { SearchPage, SearchResults } from '../../web/pages/search.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findEvent, listEvents, listOpeningSoon, searchWords } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import { checkInput, type Ctx, type Env, eventIdOf, personal, problem, shared } from '../http.tsx'
import { listQuery, pageNumber, readQuery } from '../input.ts'
import { findRehearsalEvent } from '../rehearsal/rehearsal-event.ts'

const MAX_SEARCH_LENGTH = 100
const searchInput = listQuery.extend({ q: z.string().max(MAX_SEARCH_LENGTH).default('') })
const homeQuery = z.object({ page: pageNumber })
const searchPageQuery = homeQuery.extend({ q: z.string().default('').transform((text) => text.slice(0, MAX_SEARCH_LENGTH)) })
/** Cards per page: full rows of two, three and four. */
const CARDS = 24
const OPENING_SOON = 6

/** The catalogue: list, search, one event; as JSON and as pages. */
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
      const list = await listEvents(deps, c.get('language'), { ...query, words: searchWords(query.q) })
      shared(c)
      return c.json(list)
    })
    .get('/api/events/:id', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return await respondRehearsal(c, deps)
      shared(c)
      return c.json(event)
    })
    .get('/', (c) => home(c, deps))
    .get('/search', (c) => search(c, deps))
    .get('/events/:id', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.html(renderPage(<EventPage language={c.get('language')} event={event} />))
    })
    .get('/events/:id/seats', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.html(renderFragment(<SeatsPanel language={c.get('language')} event={event} />))
    })

async function home(c: Ctx, deps: Deps) {
  const language = c.get('language')
  const query = homeQuery.safeParse(readQuery(c))
  if (!query.success) return c.redirect(paths.home, 303)
  const { page } = query.data
  const [list, openingSoon] = await Promise.all([
    listEvents(deps, language, { page, size: CARDS }),
    page === 1 ? listOpeningSoon(deps, language, OPENING_SOON) : [],
  ])
  if (page > lastPageOf(list)) return c.redirect(paths.events(lastPageOf(list)), 303)
  shared(c)
  const serverTime = deps.now().toISOString()
  return c.html(renderPage(<HomePage language={language} events={list} openingSoon={openingSoon} serverTime={serverTime} />))
}

async function search(c: Ctx, deps: Deps) {
  const language = c.get('language')
  const input = searchPageQuery.safeParse(readQuery(c))
  if (!input.success) return c.redirect(paths.search(), 303)
  const { q: query, page } = input.data
  const events = await listEvents(deps, language, { page, size: CARDS, words: searchWords(query) })
  if (page > lastPageOf(events)) return c.redirect(paths.search(query, lastPageOf(events)), 303)
  const props = { language, query, events, serverTime: deps.now().toISOString() }
  shared(c)
  return c.html(
    wantsFragment(c.req.raw.headers) ? renderFragment(<SearchResults {...props} />) : renderPage(<SearchPage {...props} />),
  )
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
