import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { type RecordingServer, startRecordingServer } from '../test/recording-server.ts'
import { buyerHeaders, ownRedis, TOKEN_SECRET } from '../test/shop.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import type { Snapshot } from './contract/rooms.ts'
import { openDeps } from './deps.ts'
import { createLimits, type Limits } from './limits.ts'

const KEY = { 'idempotency-key': 'a-key' }
const SEARCH = '/api/events/search'
const HOUR_MS = 3_600_000
const EVENT = {
  title: 'A concert',
  opensAt: new Date(Date.now() - HOUR_MS).toISOString(),
  closesAt: new Date(Date.now() + HOUR_MS).toISOString(),
  status: 'on_sale',
  ticketTypes: [{ left: 10 }],
}

let redis: Awaited<ReturnType<typeof ownRedis>>
/** Responds to a change with 502, as a balancer does when a site dies during the request. */
let upstream: RecordingServer
const closing: (() => void)[] = []
beforeAll(async () => {
  redis = await ownRedis()
  upstream = startRecordingServer(({ method, pathname }) => {
    if (pathname === SEARCH) return Response.json({ items: [] }, { headers: { 'cache-control': 'public, max-age=60' } })
    return method === 'GET' ? Response.json(EVENT) : new Response(null, { status: 502 })
  })
})
beforeEach(() => void upstream.requests.splice(0))
afterAll(async () => {
  for (const close of closing) close()
  await upstream.close()
  await redis.close()
})

/** An edge. `post` sends a POST through it, and returns how often the site behind it gets the request. */
async function openEdge(roomsFile: string | null, limits?: Limits) {
  const config = readConfig({ ORIGIN_URL: upstream.url, REDIS_URL: redis.url, TOKEN_SECRET })
  const deps = openDeps(config, roomsFile, () => {})
  closing.push(() => deps.close())
  await untilReady(deps.redis)
  const app = createApp(limits ? Object.assign({}, deps, { limits }) : deps)
  const send = async (
    path: string,
    { headers, ...init }: { method?: string; headers?: Record<string, string>; body?: string },
    remoteAddress = '10.0.0.1',
  ) => {
    const all = Object.assign({ host: 'edge.example' }, headers)
    return await app.fetch(new Request(`http://edge.example${path}`, { ...init, headers: all }), { remoteAddress })
  }
  return {
    send,
    responseCounts: deps.upstream.responseCounts,
    epochOf: async (room: string) => (await (await send(`/queue/${room}`, {})).json() as Snapshot).epoch,
    async post(path: string, headers: Record<string, string>): Promise<number> {
      await send(path, { method: 'POST', headers, body: '{}' })
      return upstream.requestsFor(path).length
    },
  }
}

test('a shop gets a failed booking with an Idempotency-Key again, and no other POST', async () => {
  const { post, epochOf } = await openEdge(null)
  const buyer = await buyerHeaders({ id: 1, nickname: 'a', role: 'user', verified: true }, 7, { epoch: await epochOf('event-7') })
  expect(await post('/api/events/7/reservations', buyer)).toBe(4)
  // It would cost the origin a second password hash.
  for (const path of ['/login', '/signup', '/api/auth/login', '/api/auth/signup']) expect(await post(path, KEY)).toBe(1)
  // A form has its key in its body, and the shop does not read the header.
  expect(await post('/events/7/booking', Object.assign(buyer, KEY))).toBe(1)
})

test('another site gets any failed POST with an Idempotency-Key again', async () => {
  const { post } = await openEdge('{"rooms":[{"name":"small","paths":["/small/*"],"capacity":1}]}')
  expect([await post('/login', KEY), await post('/orders', {})]).toEqual([4, 1])
})

test('A97: of the requests of visits only those of people who are logged in count for the health of a shop', async () => {
  const { send, epochOf, responseCounts } = await openEdge(null)
  const headers = await buyerHeaders({ id: 1, nickname: 'a', role: 'user', verified: true }, 7, {
    epoch: await epochOf('event-7'),
  })
  const { authorization, 'x-queue-pass': pass } = headers
  const visit = async (own: Record<string, string>) => {
    const before = responseCounts().answered
    await send('/events/7/booking', { headers: Object.assign({ 'x-queue-pass': pass, accept: 'text/html' }, own) })
    expect(upstream.requestsFor('/events/7/booking').length, 'forwarded').toBeGreaterThan(0)
    return responseCounts().answered - before
  }
  expect(await visit({ authorization })).toBe(1)
  // Their session would be renewed first, which waits for MySQL.
  expect(await visit({ cookie: `refresh=${'a'.repeat(43)}` })).toBe(0)
  expect(await visit({})).toBe(0)
})

test('A146: months of openings count as searches', async () => {
  const { send } = await openEdge(null, createLimits(() => 0, { search: { burst: 2, perSecond: 0.5 } }))
  const statuses = []
  for (const month of [1, 2, 3]) statuses.push((await send(`/openings?month=2027-0${month}`, {}, '192.0.2.9')).status)
  expect(statuses).toEqual([200, 200, 429])
})

test('A103: pages that are not in the cache have a limit per address; those that are have none', async () => {
  const { send } = await openEdge(null, createLimits(() => 0, { fetch: { burst: 20, perSecond: 0.5 } }))
  const search = (i: number, address: string) => send(`${SEARCH}?q=${i}`, {}, address)
  const statuses = []
  for (let i = 0; i < 20; i++) statuses.push((await search(i, '2001:db8:1:2::1')).status)
  const refused = await search(20, '2001:db8:1:2::2')
  expect(statuses).toEqual(Array(20).fill(200))
  expect([refused.status, (await refused.json()).code, refused.headers.get('retry-after')]).toEqual([429, 'rate_limited', '2'])
  for (let i = 0; i < 20; i++) expect((await search(i, '2001:db8:1:2::3')).status).toBe(200)
  expect((await search(20, '192.0.2.1')).status, 'another address').toBe(200)
  expect((await search(20, '2001:db8:1:2::1')).status, 'what another address has fetched').toBe(200)
  expect(upstream.requestsFor(SEARCH)).toHaveLength(21)
})

test('A134: what only the shop can answer has a limit per address, and neither visits nor operators count for it', async () => {
  const { send, epochOf } = await openEdge(null, createLimits(() => 0, { forward: { burst: 3, perSecond: 0.5 } }))
  const sendAll = async (paths: string[], options: Parameters<typeof send>[1] = {}) =>
    await Promise.all(paths.map(async (path) => (await send(path, options, '2001:db8:1:2::1')).status))
  const paths = ['/login?next=%2F1', '/unknown/2', '/me/account']
  expect(await sendAll(paths)).toEqual([200, 200, 200])
  const refused = await send('/login?next=%2F3', { headers: { accept: 'text/html' } }, '2001:db8:1:3::1')
  expect([refused.status, refused.headers.get('retry-after')], 'another network of the /48').toEqual([429, '2'])
  expect(refused.headers.get('content-type')).toMatch(/^text\/html/)
  expect((await (await send('/api/unknown', { method: 'PUT' }, '2001:db8:1:4::1')).json()).code).toBe('rate_limited')
  expect((await send('/login', {}, '192.0.2.1')).status, 'another address').toBe(200)

  const person = { id: 1, nickname: 'a', role: 'user', verified: true } as const
  const visit = await buyerHeaders(person, 7, { epoch: await epochOf('event-7') })
  expect(await sendAll(['/events/7/booking'], { headers: visit }), 'with a pass').toEqual([200])
  const operator = await buyerHeaders({ ...person, id: 2, role: 'owner' }, 7)
  expect(await sendAll(['/admin'], { headers: operator }), 'an operator').toEqual([200])
  expect(await sendAll(['/api/events/8', '/reset?token=x']), 'from the cache, and counted as `account`').toEqual([200, 200])
  expect(await sendAll(['/api/auth/login'], { method: 'POST', body: '{}' })).toEqual([502])
})
