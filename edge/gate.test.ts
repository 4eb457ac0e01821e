import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { monitorRedis } from '../test/attacks/redis-monitor.ts'
import { ownRedis, TOKEN_SECRET, tokenKeys } from '../test/shop.ts'
import { until } from '../test/until.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import type { Snapshot } from './contract/rooms.ts'
import { verifyPass } from './contract/tokens.ts'
import { openDeps } from './deps.ts'
import { createLimits } from './limits.ts'
import { createWaitingPageCache, type WaitingPageCache } from './waiting-page-cache.ts'

const MAX_WAITING = 3
const ROOMS = [
  { name: 'small', paths: ['/small/*'], capacity: 1, maxWaiting: MAX_WAITING, work: 'never' },
  { name: 'shop', paths: ['/shop/*'], idleSeconds: 10, passSeconds: 600, work: 'never' },
]

/** A Redis for this file alone, because a test stops it. */
let redis: Awaited<ReturnType<typeof ownRedis>>
let origin: ReturnType<typeof Bun.serve>
let deps: ReturnType<typeof openDeps>
let request: (path: string, init?: RequestInit) => Promise<Response>
beforeAll(async () => {
  redis = await ownRedis()
  origin = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('inside') })
  const config = readConfig({ ORIGIN_URL: origin.url.href, REDIS_URL: redis.url, TOKEN_SECRET })
  deps = openDeps(config, JSON.stringify({ rooms: ROOMS }), () => {})
  await untilReady(deps.redis)
  const app = createApp(deps)
  request = async (path, init) =>
    await app.fetch(new Request(`http://edge.example${path}`, { ...init, headers: { host: 'edge.example', ...init?.headers } }), {
      remoteAddress: '10.0.0.1',
    })
})
afterAll(async () => {
  deps.close()
  await origin.stop(true)
  await redis.close()
})

test('no more than maxWaiting visitors wait, even if all join at once, by the queue and by the protected page', async () => {
  const { serving } = await (await request('/queue/small')).json() as Snapshot
  const repeat = (send: () => Promise<Response>) => Array.from({ length: 50 }, send)
  const responses = await Promise.all([
    ...repeat(() => request('/queue/small/tickets', { method: 'POST' })),
    ...repeat(() => request('/small/cart', { headers: { accept: 'application/json' } })),
  ])
  const hasTicket = (response: Response) => response.headers.getSetCookie().some((cookie) => cookie.startsWith('ticket-small='))
  const joined = responses.filter(hasTicket)
  expect(joined.length).toBeGreaterThanOrEqual(MAX_WAITING)
  expect(joined.length).toBeLessThanOrEqual(serving + MAX_WAITING)
  for (const response of responses.filter((response) => !hasTicket(response))) {
    const { code, cfWaitingRoom } = await response.json() as { code?: string; cfWaitingRoom?: { queueIsFull: boolean } }
    if (cfWaitingRoom) expect([response.status, cfWaitingRoom.queueIsFull]).toEqual([200, true])
    else expect([response.status, code]).toEqual([503, 'queue_full'])
  }
  expect(await deps.redis.hget(roomKeys('small').room, 'issued')).toBe(String(joined.length))
})

test('a program that ignores renewed passes and keeps sending its first one causes no Redis command per request', async () => {
  const first = (await request('/shop/cart', { headers: { accept: 'text/html' } })).headers.get('x-queue-pass')!
  const send = () => request('/shop/cart', { headers: { 'x-queue-pass': first } })
  const { commands, close } = await monitorRedis(`${redis.url.replace(/\/$/, '')}/0`)
  await until(async () => (await send()).headers.has('x-queue-pass'))
  const startedAt = performance.now()
  const responses = await Promise.all(Array.from({ length: 200 }, send))
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
  const isRenewed = responses.map(({ headers }) => headers.has('x-queue-pass'))
  expect(isRenewed, 'the client still gets the renewed pass').toEqual(responses.map(() => true))
  const isRenewal = (command: string[]) => command[7] === roomKeys('shop').deferred
  await deps.redis.ping()
  await until(() => commands.some(([name]) => name?.toLowerCase() === 'ping'))
  close()
  const renewals = commands.filter(isRenewal).length
  expect(renewals).toBeGreaterThanOrEqual(1)
  // The idle time is 10 s. The first renewal came before `startedAt`.
  expect(renewals).toBeLessThanOrEqual(2 + (performance.now() - startedAt) * 6 / 10_000)
}, 900_000)

test('admitted visitors continue while the store is down for longer than the idle time, and after it is back', async () => {
  const isStoreDown = async () => (await (await request('/queue/shop')).json() as Snapshot).heldBy === 'store'
  const read = (token: string) => {
    const pass = verifyPass(token, tokenKeys, Date.now())
    if (pass.kind !== 'pass') throw new Error(pass.kind)
    return pass
  }
  let token = (await request('/shop/cart', { headers: { accept: 'text/html' } })).headers.get('x-queue-pass')!
  const first = read(token)
  /** Sends a request with the pass, and keeps a renewed pass of the response. */
  const usePass = async () => {
    const response = await request('/shop/cart', { headers: { 'x-queue-pass': token } })
    expect([response.status, await response.text()]).toEqual([200, 'inside'])
    token = response.headers.get('x-queue-pass') ?? token
    return read(token)
  }
  await redis.server.running.stop()
  await until(isStoreDown)
  const claim = (headers: Record<string, string>) => request('/queue/shop/pass', { method: 'POST', headers })
  expect([(await claim({ 'x-queue-pass': token })).status, (await claim({})).status]).toEqual([201, 503])
  await until(async () => (await usePass()).expiresAtMs > first.expiresAtMs + 10_000)
  expect(read(token)).toMatchObject({ id: first.id, untilMs: first.untilMs })
  redis.server.running = await redis.server.start()
  await until(async () => !await isStoreDown())
  const offline = read(token)
  await until(async () => (await usePass()).expiresAtMs > offline.expiresAtMs)
}, 900_000)

test.each(['missed', 'used', 'x'])(
  'A107: the waiting page for visitors without a ticket is rendered once per snapshot, also after ended=%s',
  async (ended) => {
    const cached = createWaitingPageCache()
    const [snapshots, rendered] = [new Set<unknown>(), { times: 0 }]
    const app = createApp({ ...deps, waitingPages: countRendered(cached, snapshots, rendered) })
    const headers = { host: 'edge.example', accept: 'text/html', 'accept-encoding': 'gzip' }
    const statuses = await Promise.all(Array.from({ length: 50 }, async (_, i) => {
      const url = `http://edge.example/queue/small?ended=${ended}&x=${i}`
      return (await app.fetch(new Request(url, { headers }), { remoteAddress: '10.0.0.1' })).status
    }))
    expect(new Set(statuses).size).toBe(1)
    expect(snapshots.size).toBeGreaterThan(0)
    expect(rendered.times).toBe(snapshots.size)
  },
)

/** The cache of waiting pages, with a count of the renderings and the snapshots that pages were asked for. */
function countRendered(cached: WaitingPageCache, snapshots: Set<unknown>, rendered: { times: number }): WaitingPageCache {
  return {
    get(snapshot, variant, render, mayRender) {
      snapshots.add(snapshot)
      return cached.get(snapshot, variant, () => {
        rendered.times++
        return render()
      }, mayRender)
    },
  }
}

test.each([
  ['that name a page each', (i: number) => ({ path: `/queue/small?to=%2Fsmall%2F${i}`, accepted: 'gzip' }), 5],
  ['that accept no compression', () => ({ path: '/queue/small', accepted: 'identity' }), 0],
])('A118: requests for waiting pages %s are rendered within a limit, and all get one', async (_, requestOf, extra) => {
  const [snapshots, rendered] = [new Set<unknown>(), { times: 0 }]
  const waitingPages = countRendered(createWaitingPageCache(), snapshots, rendered)
  const app = createApp({ ...deps, waitingPages, limits: createLimits(() => 0, { page: { burst: 5, perSecond: 1 } }) })
  const send = async (i: number, remoteAddress: string) => {
    const { path, accepted } = requestOf(i)
    const headers = { host: 'edge.example', accept: 'text/html', 'accept-encoding': accepted }
    return await (await app.fetch(new Request(`http://edge.example${path}`, { headers }), { remoteAddress })).text()
  }
  const pages = await Promise.all(Array.from({ length: 60 }, (_, i) => send(i, '10.0.0.7')))
  expect(new Set(pages.map((page) => page.length > 1_000))).toEqual(new Set([true]))
  expect(rendered.times).toBeLessThanOrEqual(extra + snapshots.size)
  await send(1_000, '10.0.0.8')
  expect(rendered.times, 'another address has a limit of its own').toBeLessThanOrEqual(2 * extra + snapshots.size)
})

test('A118: pages with the position of one ticket have a limit, beyond which the ticket gets the page that all share', async () => {
  const limits = createLimits(() => 0, { ticketPage: { burst: 3, perSecond: 1 } })
  const rendered = { times: 0 }
  const app = createApp({ ...deps, limits, waitingPages: countRendered(createWaitingPageCache(), new Set(), rendered) })
  const send = (path: string, method: string, cookie = '') =>
    app.fetch(
      new Request(`http://edge.example${path}`, { method, headers: { host: 'edge.example', accept: 'text/html', cookie } }),
      { remoteAddress: '10.0.0.9' },
    )
  const cookieOf = (response: Response) => response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
  const cookie = cookieOf(await send('/queue/shop/tickets', 'POST'))
  expect(cookie).toContain('ticket-shop=')
  for (let view = 0; view < 3; view++) await send('/queue/shop', 'GET', cookie)
  expect(rendered.times).toBe(0)
  const page = await send('/queue/shop', 'GET', cookie)
  expect([page.status, rendered.times]).toEqual([200, 1])
})

test('A66: when a room takes accounts alone, anonymous tickets from before end, and passes stay valid', async () => {
  const join = async () => {
    const response = await request('/queue/shop/tickets', { method: 'POST' })
    return { authorization: `Bearer ${(await response.json() as { ticket: string }).ticket}` }
  }
  const claim = (headers: Record<string, string>) => request('/queue/shop/pass', { method: 'POST', headers })
  const [inside, waiting] = [await join(), await join()]
  let claimed: Response
  await until(async () => (claimed = await claim(inside)).status === 201)
  const { pass } = await claimed!.json() as { pass: string }
  const { room } = roomKeys('shop')
  await deps.redis.hset(room, 'settings', JSON.stringify({ identity: 'account' }))
  await until(async () => (await request('/queue/shop/tickets', { method: 'POST' })).status === 401)
  expect((await claim(waiting)).status).toBe(401)
  expect((await request('/shop/cart', { headers: { 'x-queue-pass': pass } })).status).toBe(200)
  await deps.redis.hdel(room, 'settings')
  await until(async () => (await claim(waiting)).status === 201)
})

test('malformed requests count against the limit of their address, and of no other', async () => {
  const limits = createLimits(() => 0, { address: { burst: 2, perSecond: 1 } })
  const app = createApp({ ...deps, limits })
  const send = async (path: string, headers: Record<string, string>, remoteAddress = '10.0.0.1') =>
    (await app.fetch(new Request(`http://edge.example${path}`, { headers: { host: 'edge.example', ...headers } }), {
      remoteAddress,
    }))
      .status
  const malformed: [string, Record<string, string>][] = [['/%41', {}], ['/healthz', { connection: 'cookie' }], ['/', {
    host: 'a b',
  }]]
  const statuses = [400, 400, 429]
  for (const [i, [path, headers]] of malformed.entries()) expect(await send(path, headers)).toBe(statuses[i])
  expect([await send('/any', {}), await send('/%41', {}, '10.0.0.2')]).toEqual([429, 400])
})
