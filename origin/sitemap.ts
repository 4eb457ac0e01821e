import { paths } from '../edge/contract/paths.ts'

/** Pages for one person or for operators, the queue, and the interface for programs. */
const UNLISTED = [
  '/admin',
  '/api/',
  '/check-in',
  '/queue/',
  '/events/*/allowance',
  '/events/*/booking',
  '/events/*/reminder',
  '/forgot',
  '/invitation',
  '/language/',
  '/login',
  '/me',
  '/reminders/',
  '/reservations/',
  '/reset',
  '/search',
  '/signup',
  '/tickets/',
  '/verify',
]

/** robots.txt (RFC 9309). `site`: the shop's address without a path; null if it is not configured. */
export const robotsText = (site: string | null): string =>
  ['User-agent: *', ...UNLISTED.map((path) => `Disallow: ${path}`), ...(site ? ['', `Sitemap: ${site}${paths.sitemap}`] : []), '']
    .join('\n')

/** The pages for search engines (sitemaps.org). Paths of this shop need no escaping in XML. */
export function sitemapXml(site: string, eventIds: number[]): string {
  const pages = [paths.home, paths.openings(), ...eventIds.map(paths.event)]
  const urls = pages.map((path) => `<url><loc>${site}${path}</loc></url>`).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${urls}\n</urlset>\n`
}
