import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { freshStores, TOKEN_SECRET } from '../test/shop.ts'
import { until } from '../test/until.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import type { Position } from './contract/rooms.ts'
import { openDeps } from './deps.ts'

const ROOMS = JSON.stringify({ rooms: [{ name: 'shop', paths: ['/shop/*'], capacity: 10, idleSeconds: 10, walkIn: false }] })
const SKEW_MS = 30_000

let stores: Awaited<ReturnType<typeof freshStores>>
let origin: ReturnType<typeof Bun.serve>
let edges: { ask(path: string, init?: RequestInit): Promise<Response>; close(): void }[]
beforeAll(async () => {
  stores = await freshStores()
  origin = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('inside') })
  edges = await Promise.all([SKEW_MS, -SKEW_MS].map(async (skewMs) => {
    const config = readConfig({ ORIGIN_URL: origin.url.href, REDIS_URL: stores.redisUrl, TOKEN_SECRET })
    const deps = openDeps(config, ROOMS, () => {})
    await untilReady(deps.redis)
    const app = createApp({ ...deps, now: () => Date.now() + skewMs })
    const ask = async (path: string, init?: RequestInit) =>
      await app.fetch(new Request(`http://edge.example${path}`, init), { remoteAddress: '10.0.0.1' })
    return { ask, close: deps.close }
  }))
})
afterAll(async () => {
  for (const edge of edges) edge.close()
  await origin.stop(true)
  await stores.drop()
})

const join = async (edge: typeof edges[number]) =>
  await (await edge.ask('/queue/shop/tickets', { method: 'POST' })).json() as Position & { index: number; ticket: string }
const claim = (edge: typeof edges[number], { ticket }: { ticket: string }) =>
  edge.ask('/queue/shop/pass', { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })

test('edges whose clocks are a minute apart keep one line: its time is the store’s', async () => {
  const [ahead, behind] = [edges[0]!, edges[1]!]
  const tickets = [await join(ahead), await join(behind), await join(ahead), await join(behind)]
  expect(tickets.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  for (const [i, ticket] of tickets.entries()) {
    const [here, there] = i % 2 ? [ahead, behind] : [behind, ahead]
    const claimed = await claim(here, ticket)
    expect(claimed.status).toBe(201)
    expect(claimed.headers.getSetCookie().find((cookie) => cookie.startsWith('pass-'))).toMatch(/Max-Age=(9|10);/)
    const { pass } = await claimed.json() as { pass: string }
    for (const edge of [here, there]) {
      const page = await edge.ask('/shop/cart', { headers: { 'x-queue-pass': pass } })
      expect([page.status, await page.text()]).toEqual([200, 'inside'])
    }
  }
  const snapshots = await Promise.all(
    edges.map(async (edge) => await (await edge.ask('/queue/shop')).json() as { serverTime: string }),
  )
  for (const { serverTime } of snapshots) expect(Math.abs(Date.parse(serverTime) - Date.now())).toBeLessThan(5_000)
})

test.each([['ahead', 0], ['behind', 1]])('a pass in use is renewed in time at an edge whose clock is %s', async (_, which) => {
  const edge = edges[which]!
  const { pass } = await (await claim(edge, await join(edge))).json() as { pass: string }
  // The store renews none whose idle time is over by its own clock.
  await until(async () => (await edge.ask('/shop/cart', { headers: { 'x-queue-pass': pass } })).headers.has('x-queue-pass'))
})
