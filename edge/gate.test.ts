import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { ownRedis, TOKEN_SECRET, tokenKeys } from '../test/shop.ts'
import { until } from '../test/until.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import type { Position, Snapshot } from './contract/rooms.ts'
import { verifyPass } from './contract/tokens.ts'
import { openDeps } from './deps.ts'

const AT_MOST = 3
const ROOMS = [
  { name: 'small', paths: ['/small/*'], capacity: 1, maxWaiting: AT_MOST },
  { name: 'shop', paths: ['/shop/*'], idleSeconds: 10, passSeconds: 600 },
]

/** Of this file's own, as it is stopped. */
let redis: Awaited<ReturnType<typeof ownRedis>>
let origin: ReturnType<typeof Bun.serve>
let deps: ReturnType<typeof openDeps>
let ask: (path: string, init?: RequestInit) => Promise<Response>
beforeAll(async () => {
  redis = await ownRedis()
  origin = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('inside') })
  const config = readConfig({ ORIGIN_URL: origin.url.href, REDIS_URL: redis.url, TOKEN_SECRET })
  deps = openDeps(config, JSON.stringify({ rooms: ROOMS }), () => {})
  await untilReady(deps.redis)
  const app = createApp(deps)
  ask = async (path, init) => await app.fetch(new Request(`http://edge.example${path}`, init), { remoteAddress: '10.0.0.1' })
})
afterAll(async () => {
  deps.close()
  await origin.stop(true)
  await redis.close()
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

test('those inside go on while the store is away, longer than a pass lives unused, and when it is back', async () => {
  const isSilent = async () => (await (await ask('/queue/shop')).json() as Snapshot).heldBy === 'store'
  const read = (token: string) => {
    const pass = verifyPass(token, tokenKeys, Date.now())
    if (pass.kind !== 'pass') throw new Error(pass.kind)
    return pass
  }
  let token = (await ask('/shop/cart', { headers: { accept: 'text/html' } })).headers.get('x-queue-pass')!
  const first = read(token)
  /** The visitor goes on, and keeps the pass that comes with an answer. */
  const use = async () => {
    const answer = await ask('/shop/cart', { headers: { 'x-queue-pass': token } })
    expect([answer.status, await answer.text()]).toEqual([200, 'inside'])
    token = answer.headers.get('x-queue-pass') ?? token
    return read(token)
  }
  await redis.server.running.stop()
  await until(isSilent)
  const claim = (headers: Record<string, string>) => ask('/queue/shop/pass', { method: 'POST', headers })
  expect([(await claim({ 'x-queue-pass': token })).status, (await claim({})).status]).toEqual([201, 503])
  await until(async () => (await use()).expiresAtMs > first.expiresAtMs + 10_000)
  expect(read(token)).toMatchObject({ id: first.id, untilMs: first.untilMs })
  redis.server.running = await redis.server.start()
  await until(async () => !await isSilent())
  const alone = read(token)
  await until(async () => (await use()).expiresAtMs > alone.expiresAtMs)
}, 60_000)
