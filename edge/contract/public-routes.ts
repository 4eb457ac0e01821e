import { FILTER_NAMES } from './event-filters.ts'
import { FRAGMENT_HEADERS } from './fragments.ts'

/**
 * What a public route of the shop reads. Its response is the same for every client with equal values of these, so the edge builds its cache
 * key and the shared request from them and from nothing else. Every route may read the language and, for problems, whether the client wants
 * a page; no route may read the person, the host or any other header.
 */
export type PublicRoute = {
  /** The path as the origin's router writes it. */
  path: string
  /** The query parameters that the route reads, each with the value that a missing one means (null: none). */
  parameters: Readonly<Record<string, string | null>>
  /** Whether htmx gets a part of the page instead of the whole. */
  hasFragment: boolean
}

const route = (path: string, parameters: PublicRoute['parameters'] = {}, hasFragment = false): PublicRoute => ({
  path,
  parameters,
  hasFragment,
})

/** The filter of a list; an empty parameter, which forms send, filters nothing. */
const FILTERS = Object.fromEntries(FILTER_NAMES.map((name) => [name, '']))

/** Every route of the shop whose response caches may share. The edge forwards all others without its cache. */
export const PUBLIC_ROUTES: readonly PublicRoute[] = [
  route('/', { ...FILTERS, page: '1' }, true),
  route('/search', { q: '', ...FILTERS, page: '1' }, true),
  route('/openings', { month: null }),
  route('/sitemap.xml'),
  route('/robots.txt'),
  route('/events/:id'),
  route('/events/:id/seats'),
  route('/events/:id/calendar', { of: 'event' }),
  route('/api/events', { page: '1', size: '20' }),
  route('/api/events/search', { q: '', page: '1', size: '20' }),
  route('/api/events/:id'),
  route('/terms'),
  route('/privacy'),
  route('/static/:name', { v: null }),
  route('/images/:folder/:name'),
]

/** What stands for a path parameter. Anything else is not found, or is forwarded without the cache. */
const SEGMENTS: Record<string, string> = { id: '[1-9]\\d{0,14}', name: '[\\w.-]{1,100}', folder: '[\\w-]{1,100}' }

const patternOf = ({ path }: PublicRoute) => new RegExp(`^${path.replace(/:(\w+)/g, (_, name: string) => SEGMENTS[name]!)}$`)
const PATTERNS = PUBLIC_ROUTES.map((declared) => ({ declared, pattern: patternOf(declared) }))

/** The public route of a path; null for any other path. */
export const findPublicRoute = (pathname: string): PublicRoute | null =>
  PATTERNS.find(({ pattern }) => pattern.test(pathname))?.declared ?? null

/**
 * The query of a request in normal form: the parameters that the route reads, in the order of their declaration, without those that have their
 * default value. A repeated parameter keeps all its values, so that the origin refuses it. Begins with `?`, or is empty.
 */
export function normalQuery({ parameters }: PublicRoute, query: URLSearchParams): string {
  const normal = new URLSearchParams()
  for (const [name, byDefault] of Object.entries(parameters)) {
    const values = query.getAll(name)
    if (values.length > 1 || values[0] !== byDefault) { for (const value of values) normal.append(name, value) }
  }
  return normal.size > 0 ? `?${normal}` : ''
}

/** The value of `Vary`: the request headers that the responses of a route depend on. The language may come from a cookie. */
export const varyOf = ({ hasFragment }: PublicRoute): string =>
  ['accept-language', 'cookie'].concat(hasFragment ? FRAGMENT_HEADERS : []).join(', ')
