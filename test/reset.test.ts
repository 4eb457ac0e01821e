import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { createApp } from '../edge/app.tsx'
import { readConfig } from '../edge/config.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { openDeps } from '../edge/deps.ts'
import { createRooms } from '../edge/rooms.ts'
import { verifyDraw } from '../edge/commands/verify-draw.ts'
import { freshStores, TOKEN_SECRET } from './shop.ts'
import { until } from './until.ts'

const IN_AN_HOUR = Date.now() + 3_600_000
const ROOMS = [
  { name: 'drawn', paths: ['/drawn'], mode: 'draw', lobbySeconds: 7_200, opensAt: new Date(IN_AN_HOUR).toISOString() },
  { name: 'shop', paths: ['/shop'], walkIn: false },
]

/** Edges whose rooms open when the test says so. */
let opensAtMs = IN_AN_HOUR
let stores: Awaited<ReturnType<typeof freshStores>>
let origin: ReturnType<typeof Bun.serve>
type Edge = { ask(path: string, init?: RequestInit): Promise<Response>; close(): void }
let edges: Edge[]
beforeAll(async () => {
  stores = await freshStores()
  origin = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('inside') })
  edges = await Promise.all([1, 2].map(async (): Promise<Edge> => {
    const config = readConfig({ ORIGIN_URL: origin.url.href, REDIS_URL: stores.redisUrl, TOKEN_SECRET })
    const deps = openDeps(config, JSON.stringify({ rooms: ROOMS }), () => {})
    await untilReady(deps.redis)
    const { redis, tokenKeys, now, log } = deps
    const findRoom = async (name: string) => {
      const plan = await deps.directory.findRoom(name)
      return plan && (plan.opening.opensAtMs === null ? plan : { ...plan, opening: { ...plan.opening, opensAtMs } })
    }
    const rooms = createRooms({
      redis,
      directory: { findRoom },
      tokenKeys,
      responseCounts: deps.upstream.responseCounts,
      now,
      log,
    })
    const app = createApp({ ...deps, rooms })
    return {
      ask: async (path, init) =>
        await app.fetch(
          new Request(`http://edge.example${path}`, { ...init, headers: { host: 'edge.example', ...init?.headers } }),
          { remoteAddress: '10.0.0.1' },
        ),
      close() {
        rooms.close()
        deps.close()
      },
    }
  }))
})
afterAll(async () => {
  for (const edge of edges) edge.close()
  await origin.stop(true)
  await stores.drop()
})

const look = async (edge: Edge, room: string) => await (await edge.ask(`/queue/${room}`)).json() as Snapshot
const join = async (edge: Edge, room: string, token = '') =>
  await (await edge.ask(`/queue/${room}/tickets`, { method: 'POST', ...bearer(token) })).json() as
    & Position
    & { index: number; ticket: string }
const claim = (edge: Edge, room: string, ticket: string) => edge.ask(`/queue/${room}/pass`, { method: 'POST', ...bearer(ticket) })
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

/** The operator's command. */
async function reset(room: string): Promise<number> {
  const [bun, script] = ['../node_modules/.bin/bun', '../edge/commands/reset-room.ts'].map((path) =>
    resolve(import.meta.dirname, path)
  )
  const child = spawn(bun!, [script!, room], { env: { ...process.env, REDIS_URL: stores.redisUrl }, stdio: 'ignore' })
  return (await once(child, 'exit'))[0] as number
}
const untilBothFollow = (room: string, epoch: number) =>
  until(async () => (await Promise.all(edges.map((edge) => look(edge, room)))).every((snapshot) => snapshot.epoch > epoch))

test('a room that is reset before its opening holds another draw, which can be checked, of those who joined since', async () => {
  const [one, other] = [edges[0]!, edges[1]!]
  const tickets = [await join(one, 'drawn'), await join(other, 'drawn'), await join(one, 'drawn')]
  const before = await look(one, 'drawn')
  expect(before).toMatchObject({ phase: 'lobby', commitment: expect.any(String) })
  expect(await reset('drawn')).toBe(0)
  await untilBothFollow('drawn', before.epoch)
  await until(async () => (await look(other, 'drawn')).commitment !== null)
  const noted = await look(other, 'drawn')
  expect(noted).toMatchObject({ phase: 'lobby', issued: 0, drawn: null, seed: null })
  expect(noted.commitment).not.toBe(before.commitment)

  const again = [await join(other, 'drawn', tickets[0]!.ticket), await join(one, 'drawn'), await join(other, 'drawn')]
  expect(again.map(({ index }) => index)).toEqual([0, 1, 2])
  opensAtMs = Date.now() - 1_000
  await until(async () => (await look(one, 'drawn')).drawn !== null && (await look(other, 'drawn')).drawn !== null)
  for (const edge of edges) {
    const told = await look(edge, 'drawn')
    expect(told).toMatchObject({ epoch: noted.epoch, drawn: 3, commitment: noted.commitment })
    expect((await verifyDraw(told, { room: 'drawn', commitment: noted.commitment! })).ok).toBe(true)
  }
})

test('tickets and passes of a room that was reset are worth nothing at any edge, and who comes next is the first', async () => {
  const [one, other] = [edges[0]!, edges[1]!]
  const [visitor, waiting] = [await join(one, 'shop'), await join(other, 'shop')]
  const { pass } = await (await claim(one, 'shop', visitor.ticket)).json() as { pass: string }
  const enter = async (edge: Edge) => (await edge.ask('/shop', { headers: { 'x-queue-pass': pass } })).status
  expect([await enter(one), await enter(other)]).toEqual([200, 200])
  const { epoch } = await look(one, 'shop')
  expect(await reset('shop')).toBe(0)
  await untilBothFollow('shop', epoch)
  expect([await enter(one), await enter(other)]).toEqual([403, 403])
  for (const edge of edges) expect((await claim(edge, 'shop', waiting.ticket)).status).toBe(401)
  expect((await join(other, 'shop', waiting.ticket)).index).toBe(0)
  const [seen, alike] = await Promise.all(edges.map((edge) => look(edge, 'shop')))
  expect(alike!.epoch).toBe(seen!.epoch)
})

test('a name that is no room is told from a reset', async () => {
  expect(await reset('nowhere')).toBe(1)
})
