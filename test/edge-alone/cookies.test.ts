import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCEPT_PAGE } from './browser.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

/** More rooms than the cookies that a browser keeps. */
const MANY = Array.from({ length: 40 }, (_, i) => `many-${i}`)
const ROOMS = MANY.concat('large', 'bare', 'forms', 'none', 'prefetched', 'streams')

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone(ROOMS.map((name) => ({ name, paths: [`/${name}`], capacity: 5, work: 'never' })))
})
afterAll(() => alone.close())

const cookiesAt = (path: string) => alone.upstream.requestsFor(path).at(-1)?.headers.cookie

describe.each([['http', ''], ['https', '__Host-']] as const)('over %s', (protocol, prefix) => {
  test('a fan in many rooms keeps a bounded number of cookies, and the site gets only the pass of the room', async () => {
    const browser = alone.openBrowser({ protocol })
    browser.cookies.session = 'of-the-site'
    for (const room of MANY) {
      await browser.join(room)
      expect((await browser.claim(room)).status).toBe(201)
    }
    const kept = (kind: string) => Object.keys(browser.cookies).filter((name) => name.startsWith(prefix + kind))
    expect([kept('ticket-'), kept('pass-')]).toEqual([
      MANY.slice(-12).map((room) => `${prefix}ticket-${room}`),
      MANY.slice(-6).map((room) => `${prefix}pass-${room}`),
    ])
    expect(Object.keys(browser.cookies)).toHaveLength(1 + 12 + 6)
    expect((await browser.get('/many-39')).text).toBe('the page /many-39')
    const pass = `${prefix}pass-many-39`
    expect(cookiesAt('/many-39')).toBe(`session=of-the-site; ${pass}=${browser.cookies[pass]}`)
    await browser.get('/open')
    expect(cookiesAt('/open')).toBe('session=of-the-site')
    await browser.leave('many-39')
    expect(Object.keys(browser.cookies).filter((name) => name.endsWith('-many-39'))).toEqual([])
  })

  test('a head that the site would refuse gets an explanation in both forms, and the cookies of all rooms are cleared', async () => {
    for (const [accept, text] of [['application/json', '"code":"headers_too_large"'], [ACCEPT_PAGE, 'headers_too_large']]) {
      const browser = alone.openBrowser({ protocol })
      browser.cookies.session = 'of-the-site'
      await browser.join('large')
      expect(Object.keys(browser.cookies)).toEqual(['session', `${prefix}ticket-large`])
      const refused = await browser.get('/open', { accept: accept!, 'x-large': 'x'.repeat(14_000) })
      expect(refused.status).toBe(431)
      expect(refused.text).toContain(text)
      expect(browser.cookies).toEqual({ session: 'of-the-site' })
    }
    expect((await alone.openBrowser({ protocol }).get('/open', { 'x-large': 'x'.repeat(12_000) })).status).toBe(200)
  })
})

test('over TLS neither the edge nor the site gets a ticket or a pass by its bare name', async () => {
  const { ticket } = await alone.openBrowser().join('bare')
  const send = (method: string, path: string, cookie: string) =>
    alone.openBrowser({ protocol: 'https' }).request(method, path, { cookie })
  expect((await send('POST', '/queue/bare/pass', `ticket-bare=${ticket}`)).code).toBe('ticket_invalid')
  const { pass } = (await send('POST', '/queue/bare/pass', `ticket-bare=broken; __Host-ticket-bare=${ticket}`)).body
  expect((await send('GET', '/bare', `pass-bare=${pass}`)).code).toBe('pass_required')
  expect((await send('GET', '/bare', `a=1; pass-bare=${pass}; __Host-pass-bare=${pass}`)).text).toBe('the page /bare')
  expect(cookiesAt('/bare')).toBe(`a=1; __Host-pass-bare=${pass}`)
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
