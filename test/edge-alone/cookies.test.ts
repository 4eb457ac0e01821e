import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCEPT_PAGE } from './browser.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

/** More rooms than the cookies that a browser keeps. */
const MANY = Array.from({ length: 40 }, (_, i) => `many-${i}`)
const ROOMS = MANY.concat('large', 'forms', 'none', 'prefetched', 'streams')

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone(ROOMS.map((name) => ({ name, paths: [`/${name}`], capacity: 5, work: 'never' })))
})
afterAll(() => alone.close())

const cookiesAt = (path: string) => alone.upstream.requestsFor(path).at(-1)?.headers.cookie

test('a fan in many rooms keeps a bounded number of cookies, and the site gets only the pass of the room', async () => {
  const browser = alone.openBrowser()
  browser.cookies.session = 'of-the-site'
  for (const room of MANY) {
    await browser.join(room)
    expect((await browser.claim(room)).status).toBe(201)
  }
  const kept = (kind: string) => Object.keys(browser.cookies).filter((name) => name.startsWith(kind))
  expect([kept('ticket-'), kept('pass-')]).toEqual([
    MANY.slice(-12).map((room) => `ticket-${room}`),
    MANY.slice(-6).map((room) => `pass-${room}`),
  ])
  expect((await browser.get('/many-39')).text).toBe('the page /many-39')
  expect(cookiesAt('/many-39')).toBe(`session=of-the-site; pass-many-39=${browser.cookies['pass-many-39']}`)
  await browser.get('/open')
  expect(cookiesAt('/open')).toBe('session=of-the-site')
})

test('a head that the site would refuse gets an explanation in both forms, and the cookies of all rooms are cleared', async () => {
  for (const [accept, text] of [['application/json', '"code":"headers_too_large"'], [ACCEPT_PAGE, 'headers_too_large']]) {
    const browser = alone.openBrowser()
    browser.cookies.session = 'of-the-site'
    await browser.join('large')
    const refused = await browser.get('/open', { accept: accept!, 'x-large': 'x'.repeat(14_000) })
    expect(refused.status).toBe(431)
    expect(refused.text).toContain(text)
    expect(browser.cookies).toEqual({ session: 'of-the-site' })
  }
  expect((await alone.openBrowser().get('/open', { 'x-large': 'x'.repeat(12_000) })).status).toBe(200)
})

test('of two cookies of one name, the valid one counts', async () => {
  const ticket = (await alone.openBrowser().join('many-0')).ticket
  const send = (method: string, path: string, cookie: string) => alone.openBrowser().request(method, path, { cookie })
  const claimed = await send('POST', '/queue/many-0/pass', `ticket-many-0=broken; ticket-many-0=${ticket}`)
  expect(claimed.status).toBe(201)
  const inside = await send('GET', '/many-0', `pass-many-0=broken; pass-many-0=${claimed.body.pass}`)
  expect([inside.status, inside.text]).toEqual([200, 'the page /many-0'])
})

test.each(['tickets', 'tickets/leave', 'pass'])('a form of another site changes nothing: POST %s', async (path) => {
  for (
    const header of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]
  ) {
    for (const accept of ['application/json', ACCEPT_PAGE]) {
      const headers = { accept, ...header } as Record<string, string>
      const response = await alone.openBrowser().request('POST', `/queue/forms/${path}`, headers)
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
      expect(response.text).toContain('cross_site')
    }
  }
  expect((await alone.openBrowser().snapshot('forms')).issued).toBe(0)
})

test.each([['tickets/leave', 'POST'], ['tickets', 'DELETE'], ['pass', 'POST']])(
  'a request without credentials clears no cookies: %s',
  async (path, method) => {
    for (const accept of ['application/json', ACCEPT_PAGE]) {
      const response = await alone.openBrowser().request(method, `/queue/none/${path}`, { accept })
      expect(response.headers.getSetCookie()).toEqual([])
    }
    const stale = alone.openBrowser()
    stale.cookies['ticket-none'] = 'of.an.old-epoch'
    await stale.request(method, `/queue/none/${path}`, { accept: 'application/json' })
    expect(stale.cookies).toEqual({})
  },
)

test.each([['sec-purpose', 'prefetch'], ['sec-purpose', 'prefetch;prerender'], ['purpose', 'prefetch'], ['x-moz', 'prefetch']])(
  'a prefetch of a protected page claims nothing and joins nothing: %s: %s',
  async (name, value) => {
    const browser = alone.openBrowser()
    const { issued } = await browser.snapshot('prefetched')
    const prefetched = await browser.get('/prefetched', { [name]: value })
    expect([prefetched.status, browser.cookies]).toEqual([403, {}])
    expect((await browser.snapshot('prefetched')).issued).toBe(issued)
    expect((await browser.get('/prefetched')).text).toBe('the page /prefetched')
  },
)

test('HEAD of the event stream opens none', async () => {
  const browser = alone.openBrowser()
  await browser.join('streams')
  // More than the streams that one ticket may open at once.
  for (let i = 0; i < 8; i++) expect((await browser.request('HEAD', '/queue/streams/events')).status).toBe(200)
})
