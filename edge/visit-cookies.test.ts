import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { ownRedis, TOKEN_SECRET } from '../test/shop.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { openDeps } from './deps.ts'

const ROOMS = Array.from({ length: 200 }, (_, i) => ({ name: `room-${i}`, paths: [`/show-${i}/*`], capacity: 5 }))

let redis: Awaited<ReturnType<typeof ownRedis>>
let site: ReturnType<typeof Bun.serve>
let deps: ReturnType<typeof openDeps>
let forwardedCookie: string | null = null
let send: (path: string, init?: RequestInit) => Promise<Response>

beforeAll(async () => {
  redis = await ownRedis()
  site = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: ({ headers }) => {
      forwardedCookie = headers.get('cookie')
      return new Response('the site')
    },
  })
  const config = readConfig({ ORIGIN_URL: site.url.href, REDIS_URL: redis.url, TOKEN_SECRET })
  deps = openDeps(config, JSON.stringify({ rooms: ROOMS }), () => {})
  await untilReady(deps.redis)
  const app = createApp(deps)
  send = async (path, init) =>
    await app.fetch(new Request(`http://edge.example${path}`, { ...init, headers: { host: 'edge.example', ...init?.headers } }), {
      remoteAddress: '10.0.0.1',
    })
})
afterAll(async () => {
  deps.close()
  await site.stop(true)
  await redis.close()
})

/** A browser's cookies, in the order of their creation. */
function createJar() {
  const jar = new Map<string, string>()
  const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    header,
    names: () => [...jar.keys()],
    async send(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Response> {
      const response = await send(path, { method, headers: { cookie: header(), ...headers } })
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = cookie.match(/^([^=]+)=([^;]*)/) ?? []
        if (cookie.includes('Max-Age=0')) jar.delete(name)
        else jar.set(name, value)
      }
      return response
    },
  }
}

test(
  'a fan in 200 rooms keeps a bounded number of cookies, and the site behind the edge gets only the pass of the room',
  async () => {
    const browser = createJar()
    for (const { name } of ROOMS) {
      expect((await browser.send(`/queue/${name}/tickets`, 'POST')).status).toBe(201)
      expect((await browser.send(`/queue/${name}/pass`, 'POST')).status).toBe(201)
      expect(browser.header().length).toBeLessThan(8_000)
    }
    expect((await browser.send('/news')).status).toBe(200)
    expect(forwardedCookie).toBeNull()
    expect((await browser.send('/show-199/cart')).status).toBe(200)
    expect(forwardedCookie).toMatch(/^pass-room-199=[^;]+$/)
  },
  60_000,
)

test('a head that the site would refuse gets an explanation, and the cookies of all rooms are cleared', async () => {
  const browser = createJar()
  await browser.send('/queue/room-1/tickets', 'POST')
  const refused = await browser.send('/news', 'GET', { 'x-large': 'x'.repeat(15_000) })
  expect([refused.status, (await refused.json() as { code: string }).code]).toEqual([431, 'headers_too_large'])
  expect(browser.names()).toEqual([])
})

test('of two cookies of one name, the valid one counts', async () => {
  const ticket = (await (await send('/queue/room-2/tickets', { method: 'POST' })).json() as { ticket: string }).ticket
  const claimed = await send('/queue/room-2/pass', {
    method: 'POST',
    headers: { cookie: `ticket-room-2=broken; ticket-room-2=${ticket}` },
  })
  const { pass } = await claimed.json() as { pass: string }
  const inside = await send('/show-2/cart', { headers: { cookie: `pass-room-2=broken; pass-room-2=${pass}` } })
  expect([claimed.status, inside.status]).toEqual([201, 200])
})

test.each([['tickets'], ['tickets/leave'], ['pass']])('a form of another site changes nothing: POST %s', async (path) => {
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    const response = await send(`/queue/room-3/${path}`, { method: 'POST', headers: headers as Record<string, string> })
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
    expect(await response.json()).toMatchObject({ code: 'cross_site' })
  }
})

test.each([['tickets/leave', 'POST'], ['tickets', 'DELETE'], ['pass', 'POST']])(
  'a request without credentials clears no cookies: %s',
  async (path, method) => {
    for (const accept of ['application/json', 'text/html']) {
      const response = await send(`/queue/room-4/${path}`, { method, headers: { accept } })
      expect(response.headers.getSetCookie()).toEqual([])
    }
  },
)

test('a prefetch of a protected page claims nothing and joins nothing', async () => {
  const headers = { accept: 'text/html', 'sec-purpose': 'prefetch' }
  const prefetched = await send('/show-5/cart', { headers })
  expect([prefetched.status, prefetched.headers.getSetCookie()]).toEqual([403, []])
  const shown = await send('/show-5/cart', { headers: { accept: 'text/html' } })
  expect(shown.headers.getSetCookie().some((cookie) => cookie.startsWith('pass-room-5='))).toBe(true)
})

test('HEAD of the event stream takes no place in it', async () => {
  const { ticket } = await (await send('/queue/room-6/tickets', { method: 'POST' })).json() as { ticket: string }
  // More than a ticket may open streams at once.
  for (let i = 0; i < 8; i++) {
    const response = await send('/queue/room-6/events', { method: 'HEAD', headers: { authorization: `Bearer ${ticket}` } })
    expect([response.status, response.body]).toEqual([200, null])
  }
})
