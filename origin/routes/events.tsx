import { Hono } from 'hono'
import * as z from 'zod'
import { EventPage, SeatsPanel } from '../../web/pages/event.tsx'
import { HomePage } from '../../web/pages/home.tsx'
import { SearchPage, SearchResults } from '../../web/pages/search.tsx'
import { renderFragment, renderPage, wantsFragment } from '../../web/render.tsx'
import { findEvent, listEvents, listOpeningSoon, searchWords } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import { checkInput, type Ctx, type Env, eventIdInput, pageInput, problem, shared } from '../http.tsx'

const searchInput = pageInput.extend({ q: z.string().max(100).default('') })
/** Cards on a page: rows of two, three and four are full. */
const CARDS = 24

/** The catalogue: list, search, one event; as data and as pages. */
export const events = (deps: Deps) =>
  new Hono<Env>()
    .get('/api/events', async (c) => {
      const wish = checkInput(c, pageInput, c.req.query())
      if (wish instanceof Response) return wish
      shared(c)
      return c.json(await listEvents(deps, c.get('language'), wish))
    })
    .get('/api/events/search', async (c) => {
      const wish = checkInput(c, searchInput, c.req.query())
      if (wish instanceof Response) return wish
      shared(c)
      return c.json(await listEvents(deps, c.get('language'), { ...wish, words: searchWords(wish.q) }))
    })
    .get('/api/events/:id', async (c) => {
      const event = await findEventOf(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.json(event)
    })
    .get('/', async (c) => {
      const language = c.get('language')
      const wish = pageInput.safeParse({ page: c.req.query('page'), size: CARDS })
      if (!wish.success) return c.redirect('/', 303)
      const [list, openingSoon] = await Promise.all([
        listEvents(deps, language, wish.data),
        wish.data.page === 1 ? listOpeningSoon(deps, language, 6) : [],
      ])
      shared(c)
      return c.html(
        renderPage(
          <HomePage language={language} events={list} openingSoon={openingSoon} serverTime={deps.now().toISOString()} />,
        ),
      )
    })
    .get('/search', async (c) => {
      const language = c.get('language')
      const wish = searchInput.safeParse({ q: c.req.query('q')?.slice(0, 100), page: c.req.query('page'), size: CARDS })
      if (!wish.success) return c.redirect('/search', 303)
      const events = await listEvents(deps, language, { ...wish.data, words: searchWords(wish.data.q) })
      const props = { language, query: wish.data.q, events, serverTime: deps.now().toISOString() }
      shared(c)
      c.header('vary', 'accept-language, hx-request')
      return c.html(
        wantsFragment(c.req.raw.headers) ? renderFragment(<SearchResults {...props} />) : renderPage(<SearchPage {...props} />),
      )
    })
    .get('/events/:id', async (c) => {
      const event = await findEventOf(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.html(renderPage(<EventPage language={c.get('language')} event={event} />))
    })
    .get('/events/:id/seats', async (c) => {
      const event = await findEventOf(c, deps)
      if (!event) return problem(c, 'not_found')
      shared(c)
      return c.html(renderFragment(<SeatsPanel language={c.get('language')} event={event} />))
    })

function findEventOf(c: Ctx, deps: Deps) {
  const id = eventIdInput.safeParse(c.req.param('id'))
  return id.success ? findEvent(deps, c.get('language'), id.data) : null
}
