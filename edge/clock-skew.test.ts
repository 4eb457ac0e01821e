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

type Edge = { request(path: string, init?: RequestInit): Promise<Response>; close(): void }
let stores: Awaited<ReturnType<typeof freshStores>>
let origin: ReturnType<typeof Bun.serve>
let edges: Edge[]
beforeAll(async () => {
  stores = await freshStores()
  origin = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('inside') })
  edges = await Promise.all([SKEW_MS, -SKEW_MS].map(async (skewMs): Promise<Edge> => {
    const config = readConfig({ ORIGIN_URL: origin.url.href, REDIS_URL: stores.redisUrl, TOKEN_SECRET })
    const deps = openDeps(config, ROOMS, () => {})
    await untilReady(deps.redis)
    const app = createApp({ ...deps, now: () => Date.now() + skewMs })
    return {
      request: async (path, init) =>
        await app.fetch(
          new Request(`http://edge.example${path}`, { ...init, headers: { host: 'edge.example', ...init?.headers } }),
          { remoteAddress: '10.0.0.1' },
        ),
      close: deps.close,
    }
  }))
})
afterAll(async () => {
  for (const edge of edges) edge.close()
  await origin.stop(true)
  await stores.drop()
})

const join = async (edge: Edge) =>
  await (await edge.request('/queue/shop/tickets', { method: 'POST' })).json() as Position & { index: number; ticket: string }
const claim = (edge: Edge, { ticket }: { ticket: string }) =>
  edge.request('/queue/shop/pass', { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })

test('edges whose clocks are a minute apart share one queue, by the clock of the store', async () => {
  const [ahead, behind] = [edges[0]!, edges[1]!]
  const tickets = [await join(ahead), await join(behind), await join(ahead), await join(behind)]
  expect(tickets.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  for (const [i, ticket] of tickets.entries()) {
    const [claiming, other] = i % 2 ? [ahead, behind] : [behind, ahead]
    const claimed = await claim(claiming, ticket)
    expect(claimed.status).toBe(201)
    expect(claimed.headers.getSetCookie().find((cookie) => cookie.startsWith('pass-'))).toMatch(/Max-Age=(9|10);/)
    const { pass } = await claimed.json() as { pass: string }
    for (const edge of [claiming, other]) {
      const page = await edge.request('/shop/cart', { headers: { 'x-queue-pass': pass } })
      expect([page.status, await page.text()]).toEqual([200, 'inside'])
    }
  }
  const snapshots = await Promise.all(
    edges.map(async (edge) => await (await edge.request('/queue/shop')).json() as { serverTime: string }),
  )
  for (const { serverTime } of snapshots) expect(Math.abs(Date.parse(serverTime) - Date.now())).toBeLessThan(5_000)
})

test.each([['ahead', 0], ['behind', 1]])('an edge whose clock is %s renews a pass in use in time', async (_, which) => {
  const edge = edges[which]!
  const { pass } = await (await claim(edge, await join(edge))).json() as { pass: string }
  // The store does not renew a pass whose idle time has passed by the store's clock.
  await until(async () => (await edge.request('/shop/cart', { headers: { 'x-queue-pass': pass } })).headers.has('x-queue-pass'))
})
