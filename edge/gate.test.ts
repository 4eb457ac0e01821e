import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { freshStores, TOKEN_SECRET } from '../test/shop.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import type { Position, Snapshot } from './contract/room.ts'
import { openDeps } from './deps.ts'

const AT_MOST = 3
const ROOMS = JSON.stringify({ rooms: [{ name: 'small', paths: ['/small/*'], capacity: 1, waitingAtMost: AT_MOST }] })

let stores: Awaited<ReturnType<typeof freshStores>>
let origin: ReturnType<typeof Bun.serve>
let deps: ReturnType<typeof openDeps>
let ask: (path: string, init?: RequestInit) => Promise<Response>
beforeAll(async () => {
  stores = await freshStores()
  origin = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('inside') })
  deps = openDeps(readConfig({ ORIGIN_URL: origin.url.href, REDIS_URL: stores.redisUrl, TOKEN_SECRET }), ROOMS, () => {})
  await untilReady(deps.redis)
  const app = createApp(deps)
  ask = async (path, init) => await app.fetch(new Request(`http://edge.example${path}`, init), { remoteAddress: '10.0.0.1' })
})
afterAll(async () => {
  deps.close()
  await origin.stop(true)
  await stores.drop()
})

test('no more people wait than may, also when all ask in one instant, by the line or by the page itself', async () => {
  const { serving } = await (await ask('/queue/small')).json() as Snapshot
  const [joined, asked] = await Promise.all([
    Promise.all(Array.from({ length: 50 }, () => ask('/queue/small/tickets', { method: 'POST' }))),
    Promise.all(Array.from({ length: 50 }, () => ask('/small/cart', { headers: { accept: 'application/json' } }))),
  ])
  type Told = Partial<Position> & { code?: string; cfWaitingRoom?: { queueIsFull: boolean } }
  const read = async (answer: Response) =>
    [answer, answer.headers.get('content-type')?.includes('json') ? await answer.json() as Told : {}] as const
  const answers = await Promise.all([...joined, ...asked].map(read))
  const given = answers.filter(([answer]) => answer.headers.getSetCookie().some((cookie) => cookie.startsWith('ticket-small=')))
  expect(given.length).toBeGreaterThanOrEqual(AT_MOST)
  expect(given.length).toBeLessThanOrEqual(serving + AT_MOST)
  for (const [answer, told] of answers.filter((answer) => !given.includes(answer))) {
    expect(told.cfWaitingRoom ? [200, told.cfWaitingRoom.queueIsFull] : [answer.status, told.code])
      .toEqual(told.cfWaitingRoom ? [200, true] : [503, 'queue_full'])
  }
  expect(await deps.redis.hget(roomKeys('small').room, 'issued')).toBe(String(given.length))
})
