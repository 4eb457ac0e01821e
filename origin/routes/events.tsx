import { Hono } from 'hono'
import * as z from 'zod'
import { wantsFragment } from '../../edge/contract/fragments.ts'
import { EventPage, SeatsPanel } from '../../web/pages/event.tsx'
import { HomePage } from '../../web/pages/home.tsx'
import { SearchPage, SearchResults } from '../../web/pages/search.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findEvent, listEvents, listOpeningSoon, searchWords } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import { checkInput, type Ctx, type Env, eventIdOf, pageInput, problem, shared } from '../http.tsx'

const searchInput = pageInput.extend({ q: z.string().max(100).default('') })
/** Cards per page: full rows of two, three and four. */
const CARDS = 24
const OPENING_SOON = 6

/** The catalogue: list, search, one event; as JSON and as pages. */
export const events = (deps: Deps) =>
  new Hono<Env>()
    .get('/api/events', async (c) => {
      const query = checkInput(c, pageInput, c.req.query())
      if (query instanceof Response) return query
      const list = await listEvents(deps, c.get('language'), query)
      if (!list) return notLoaded(c)
      shared(c)
      return c.json(list)
    })
    .get('/api/events/search', async (c) => {
      const query = checkInput(c, searchInput, c.req.query())
      if (query instanceof Response) return query
      const list = await listEvents(deps, c.get('language'), { ...query, words: searchWords(query.q) })
      if (!list) return notLoaded(c)
      shared(c)
      return c.json(list)
    })
    .get('/api/events/:id', async (c) => {
      const event = await findRequested(c, deps)
      if (!event) return problem(c, 'not_found')
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
  const query = pageInput.safeParse({ page: c.req.query('page'), size: CARDS })
  if (!query.success) return c.redirect('/', 303)
  const [list, openingSoon] = await Promise.all([
    listEvents(deps, language, query.data),
    query.data.page === 1 ? listOpeningSoon(deps, language, OPENING_SOON) : [],
  ])
  if (!list || !openingSoon) return notLoaded(c)
  shared(c)
  const serverTime = deps.now().toISOString()
  return c.html(renderPage(<HomePage language={language} events={list} openingSoon={openingSoon} serverTime={serverTime} />))
}

async function search(c: Ctx, deps: Deps) {
  const language = c.get('language')
  const input = searchInput.safeParse({ q: c.req.query('q')?.slice(0, 100), page: c.req.query('page'), size: CARDS })
  if (!input.success) return c.redirect('/search', 303)
  const { q: query } = input.data
  const events = await listEvents(deps, language, { ...input.data, words: searchWords(query) })
  if (!events) return notLoaded(c)
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

const notLoaded = (c: Ctx) => problem(c, 'store_unavailable', { retryAfterSeconds: 2 })
