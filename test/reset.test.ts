import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { createApp } from '../edge/app.tsx'
import { readConfig } from '../edge/config.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { openDeps } from '../edge/deps.ts'
import { createRooms } from '../edge/rooms/rooms.ts'
import { verifyDraw } from '../edge/commands/verify-draw.ts'
import { freshStores, TOKEN_SECRET } from './shop.ts'
import { until } from './until.ts'

const IN_AN_HOUR = Date.now() + 3_600_000
const ROOMS = [
  { name: 'drawn', paths: ['/drawn'], mode: 'draw', lobbySeconds: 7_200, opensAt: new Date(IN_AN_HOUR).toISOString() },
  { name: 'shop', paths: ['/shop'], walkIn: false },
]

/** The opening of every room that has one. Tests move it. */
let opensAtMs = IN_AN_HOUR
let stores: Awaited<ReturnType<typeof freshStores>>
let origin: ReturnType<typeof Bun.serve>
type Edge = { request(path: string, init?: RequestInit): Promise<Response>; close(): void }
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
      directory: { findRoom, isRoomName: () => true },
      tokenKeys,
      responseCounts: deps.upstream.responseCounts,
      now,
      log,
    })
    const app = createApp({ ...deps, rooms })
    return {
      request: async (path, init) =>
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

const snapshotOf = async (edge: Edge, room: string) => await (await edge.request(`/queue/${room}`)).json() as Snapshot
const join = async (edge: Edge, room: string, token = '') =>
  await (await edge.request(`/queue/${room}/tickets`, { method: 'POST', ...bearer(token) })).json() as
    & Position
    & { index: number; ticket: string }
const claim = (edge: Edge, room: string, ticket: string) =>
  edge.request(`/queue/${room}/pass`, { method: 'POST', ...bearer(ticket) })
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

/** Runs the operator's command and returns its exit status. */
async function reset(room: string): Promise<number> {
  const [bun, script] = ['../node_modules/.bin/bun', '../edge/commands/reset-room.ts'].map((path) =>
    resolve(import.meta.dirname, path)
  )
  const child = spawn(bun!, [script!, room], { env: { ...process.env, REDIS_URL: stores.redisUrl }, stdio: 'ignore' })
  return (await once(child, 'exit'))[0] as number
}
/** Waits until both edges have seen the reset. */
const untilBothFollow = (room: string, epoch: number) =>
  until(async () => (await Promise.all(edges.map((edge) => snapshotOf(edge, room)))).every((snapshot) => snapshot.epoch > epoch))

test('a room that is reset before its opening makes a new verifiable draw among the visitors who joined after the reset', async () => {
  const [first, second] = [edges[0]!, edges[1]!]
  const tickets = [await join(first, 'drawn'), await join(second, 'drawn'), await join(first, 'drawn')]
  const before = await snapshotOf(first, 'drawn')
  expect(before).toMatchObject({ phase: 'lobby', commitment: expect.any(String) })
  expect(await reset('drawn')).toBe(0)
  await untilBothFollow('drawn', before.epoch)
  await until(async () => (await snapshotOf(second, 'drawn')).commitment !== null)
  const committed = await snapshotOf(second, 'drawn')
  expect(committed).toMatchObject({ phase: 'lobby', issued: 0, drawn: null, seed: null })
  expect(committed.commitment).not.toBe(before.commitment)

  const rejoined = [await join(second, 'drawn', tickets[0]!.ticket), await join(first, 'drawn'), await join(second, 'drawn')]
  expect(rejoined.map(({ index }) => index)).toEqual([0, 1, 2])
  opensAtMs = Date.now() - 1_000
  await until(async () => (await snapshotOf(first, 'drawn')).drawn !== null && (await snapshotOf(second, 'drawn')).drawn !== null)
  for (const edge of edges) {
    const drawn = await snapshotOf(edge, 'drawn')
    expect(drawn).toMatchObject({ epoch: committed.epoch, drawn: 3, commitment: committed.commitment })
    expect((await verifyDraw(drawn, { room: 'drawn', commitment: committed.commitment! })).ok).toBe(true)
  }
})

test('a reset revokes tickets and passes at every edge, and the next visitor gets index 0', async () => {
  const [first, second] = [edges[0]!, edges[1]!]
  const [visitor, waiting] = [await join(first, 'shop'), await join(second, 'shop')]
  const { pass } = await (await claim(first, 'shop', visitor.ticket)).json() as { pass: string }
  const enter = async (edge: Edge) => (await edge.request('/shop', { headers: { 'x-queue-pass': pass } })).status
  expect([await enter(first), await enter(second)]).toEqual([200, 200])
  const { epoch } = await snapshotOf(first, 'shop')
  expect(await reset('shop')).toBe(0)
  await untilBothFollow('shop', epoch)
  expect([await enter(first), await enter(second)]).toEqual([403, 403])
  for (const edge of edges) expect((await claim(edge, 'shop', waiting.ticket)).status).toBe(401)
  expect((await join(second, 'shop', waiting.ticket)).index).toBe(0)
  const epochs = await Promise.all(edges.map(async (edge) => (await snapshotOf(edge, 'shop')).epoch))
  expect(epochs[1]).toBe(epochs[0])
})

test('the command fails for an unknown room', async () => {
  expect(await reset('nowhere')).toBe(1)
})
