import { expect, test } from 'vitest'
import { renderPage } from '../web/render.tsx'
import { SearchPage } from '../web/pages/search.tsx'
import { readEntry, respondWith } from './cache-entry.ts'
import { completeShopEntry, createStaleMarker, revalidated } from './shop-caching.ts'

const MINUTE_MS = 60_000
const VARY = new Set(['accept-language', 'cookie'])

async function entryOf(body: string, type = 'text/html; charset=utf-8') {
  const headers = {
    'cache-control': 'public, max-age=1, stale-while-revalidate=5, stale-if-error=3600',
    'content-type': type,
    vary: 'accept-language, cookie',
  }
  return await completeShopEntry((await readEntry(new Response(body, { headers }), 0, VARY))!)
}
const searchPage = (language: 'ko' | 'en' = 'ko') =>
  renderPage(
    SearchPage({
      language,
      query: '',
      filter: {},
      events: { items: [], page: 1, size: 24, total: 0 },
      marks: new Map(),
      corrected: null,
      suggestions: [],
      serverTime: '2027-01-01T00:00:00Z',
      publicUrl: null,
    }),
  )

test('a browser revalidates a page at each use, so that a new language shows at the first press', async () => {
  const response = respondWith(await entryOf('a page'), 0, 'hit', false)
  expect(response.headers.get('cache-control')).toBe('no-cache')
  expect(response.headers.get('vary')).toContain('cookie')
  const etag = response.headers.get('etag')!
  const again = revalidated(respondWith(await entryOf('a page'), 0, 'hit', true), `"other", ${etag}`)
  expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, null, etag])
  expect(revalidated(respondWith(await entryOf('another page'), 0, 'hit', false), etag).status).toBe(200)
})

test('a page that is served during an outage gets a notice with its age, in its language, and loses the time of the server', async () => {
  const mark = createStaleMarker()
  const markedText = async (language: 'ko' | 'en', ageMs: number) =>
    new TextDecoder().decode((await mark(language, await entryOf(searchPage(language)), ageMs, language)).body)
  const korean = await markedText('ko', 7 * MINUTE_MS)
  expect(korean).toContain('정보가 최신이 아닐 수 있습니다 (7분 전 기준)')
  expect(korean.match(/class="stale-notice" role="status"/g)).toHaveLength(1)
  expect(korean).not.toContain('data-server-time')
  expect(await markedText('en', MINUTE_MS)).toContain('from a minute ago')
  expect(await markedText('en', 40 * MINUTE_MS)).toContain('from 40 minutes ago')
  expect(await markedText('ko', 5_000), 'a page of a few seconds ago').toBe(searchPage('ko'))
})

test('the notice follows the age and the page, and data stays as it is', async () => {
  const mark = createStaleMarker()
  const entry = await entryOf(searchPage())
  const one = await mark('/', entry, MINUTE_MS, 'ko')
  expect(await mark('/', entry, MINUTE_MS + 5_000, 'ko'), 'rendered once a minute').toBe(one)
  expect(await mark('/', entry, 2 * MINUTE_MS, 'ko')).not.toBe(one)
  expect(await mark('/', { ...entry, storedAtMs: 1 }, MINUTE_MS, 'ko'), 'a newer page').not.toBe(one)
  const data = await entryOf('{"html":"<p class=\\"stale-notice\\" hidden></p>"}', 'application/json')
  expect(await mark('/api', data, MINUTE_MS, 'ko')).toBe(data)
})
