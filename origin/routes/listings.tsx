import { Hono } from 'hono'
import * as z from 'zod'
import { type EventFilter, GENRES, LISTED_STATUSES, REGIONS } from '../../edge/contract/event-filters.ts'
import type { EventCard } from '../../edge/contract/events.ts'
import { wantsFragment } from '../../edge/contract/fragments.ts'
import { lastPageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { EventList, HomePage } from '../../web/pages/home.tsx'
import { OpeningsPage } from '../../web/pages/openings.tsx'
import { SearchPage, SearchResults } from '../../web/pages/search.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { listEvents, listJustOpened, listOpenings, listOpeningSoon } from '../catalogue.ts'
import { searchEvents } from '../catalogue-search.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, shared } from '../http.tsx'
import { pageNumber, readQuery } from '../input.ts'
import { monthOf, monthsAround } from '../opening-months.ts'
import { robotsText, sitemapXml } from '../sitemap.ts'

export const MAX_SEARCH_LENGTH = 100
/** Cards per page: full rows of two, three, four and six. */
const CARDS = 24
const LEADING = 8
const MAX_OPENINGS = 300
const MAX_SITEMAP_EVENTS = 5_000

/** A value that is not in the list, as in an old link, filters nothing. */
const option = <Option extends string>(options: readonly [Option, ...Option[]]) => z.enum(options).optional().catch(undefined)
const day = z.iso.date().optional().catch(undefined)
const filterQuery = {
  genre: option(GENRES),
  region: option(REGIONS),
  status: option(LISTED_STATUSES),
  from: day,
  to: day,
} satisfies Record<keyof EventFilter, z.ZodType>
const homeQuery = z.object(filterQuery).extend({ page: pageNumber })
const searchQuery = homeQuery.extend({ q: z.string().default('').transform((text) => text.slice(0, MAX_SEARCH_LENGTH)) })
const openingsQuery = z.object({ month: z.string().optional() })

/** The lists of events as pages, and what search engines read. */
export const listings = (deps: Deps) =>
  new Hono<Env>()
    .get('/', (c) => home(c, deps))
    .get('/search', (c) => search(c, deps))
    .get('/openings', (c) => openings(c, deps))
    .get('/robots.txt', (c) => {
      shared(c)
      return c.text(robotsText(deps.publicUrl))
    })
    .get('/sitemap.xml', async (c) => {
      const { items } = await listEvents(deps, c.get('language'), { page: 1, size: MAX_SITEMAP_EVENTS })
      shared(c)
      return c.body(sitemapXml(deps.publicUrl ?? '', items.map(({ id }) => id)), 200, {
        'content-type': 'application/xml; charset=utf-8',
      })
    })

async function home(c: Ctx, deps: Deps) {
  const language = c.get('language')
  const query = homeQuery.safeParse(readQuery(c))
  if (!query.success) return c.redirect(paths.home, 303)
  const { page, ...filter } = query.data
  const events = await listEvents(deps, language, { page, size: CARDS, filter })
  if (page > lastPageOf(events)) return c.redirect(paths.events(lastPageOf(events), filter), 303)
  const list = { language, filter, events, serverTime: deps.now().toISOString() }
  shared(c)
  if (wantsFragment(c.req.raw.headers)) return c.html(renderFragment(<EventList {...list} />))
  const [justOpened, openingSoon] = page > 1 ? [[], []] : await leadingEvents(c, deps)
  return c.html(
    renderPage(<HomePage {...list} justOpened={justOpened} openingSoon={openingSoon} publicUrl={deps.publicUrl} />),
  )
}

const leadingEvents = (c: Ctx, deps: Deps): Promise<[justOpened: EventCard[], openingSoon: EventCard[]]> =>
  Promise.all([
    listJustOpened(deps, c.get('language'), LEADING),
    listOpeningSoon(deps, c.get('language'), LEADING),
  ])

async function search(c: Ctx, deps: Deps) {
  const language = c.get('language')
  const input = searchQuery.safeParse(readQuery(c))
  if (!input.success) return c.redirect(paths.search(), 303)
  const { q: query, page, ...filter } = input.data
  const found = await searchEvents(deps, language, { page, size: CARDS, filter, q: query })
  const last = lastPageOf(found.events)
  if (page > last) return c.redirect(paths.search(query, last, filter), 303)
  const [justOpened, openingSoon] = found.events.total === 0 ? await leadingEvents(c, deps) : [[], []]
  const suggestions = [...justOpened, ...openingSoon].slice(0, LEADING)
  const props = { language, query, filter, suggestions, ...found, serverTime: deps.now().toISOString() }
  shared(c)
  return c.html(
    wantsFragment(c.req.raw.headers)
      ? renderFragment(<SearchResults {...props} />)
      : renderPage(<SearchPage {...props} publicUrl={deps.publicUrl} />),
  )
}

async function openings(c: Ctx, deps: Deps) {
  const now = deps.now()
  const query = openingsQuery.safeParse(readQuery(c))
  const month = query.success ? monthOf(query.data.month, now) : null
  // Caches do not keep the redirect, and this month's page only once.
  if (month === null) return c.redirect(paths.openings(), 303)
  const { from, until, previous, next } = monthsAround(month, now)
  const language = c.get('language')
  const events = await listOpenings(deps, language, { from, until, count: MAX_OPENINGS })
  shared(c)
  const props = { language, month, previous, next, events, serverTime: now.toISOString(), publicUrl: deps.publicUrl }
  return c.html(renderPage(<OpeningsPage {...props} />))
}
