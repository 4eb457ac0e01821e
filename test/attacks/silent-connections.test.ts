import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Edges, openEdges } from '../edge-alone/edges.ts'
import { type Front, startFront } from '../front.ts'
import { type RecordingServer, startRecordingServer } from '../recording-server.ts'
import { until } from '../until.ts'

/** More than one HTTP/2 connection of a balancer carries. */
const MANY = 300

let upstream: RecordingServer
let front: Front
let edges: Edges
let edgeUrl: string
/** The requests below /gathering that the upstream holds back until there are `MANY`. */
const gathering = { count: 0, complete: Promise.withResolvers<void>() }
beforeAll(async () => {
  upstream = startRecordingServer(async ({ pathname }) => {
    if (pathname === '/gathering') {
      if (++gathering.count === MANY) gathering.complete.resolve()
      await gathering.complete.promise
    }
    return new Response(`the page ${pathname}`)
  })
  front = await startFront(Number(new URL(upstream.url).port))
  edges = await openEdges(upstream.url)
  edgeUrl = await edges.start([{ name: 'unused', paths: ['/unused'] }], front.settings())
})
afterAll(async () => {
  await edges.close()
  await front.close()
  await upstream.close()
})

const path = () => `/page?${randomUUID()}`
const statusOf = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(edgeUrl + path, init)
  await response.body?.cancel()
  return response.status
}
const statusesOf = (count: number, path: () => string, init: RequestInit = {}) =>
  Promise.all(Array.from({ length: count }, () => statusOf(path(), init)))
const all = (count: number, status: number) => Array.from({ length: count }, () => status)

test('A64: more requests are in flight at once than one HTTP/2 connection of a balancer carries', async () => {
  const addressOf = (visitor: number) => `10.9.0.${visitor % 10}`
  const statuses = await Promise.all(
    Array.from(
      { length: MANY },
      (_, i) => statusOf(`/gathering?${randomUUID()}`, { headers: { 'x-forwarded-for': addressOf(i) } }),
    ),
  )
  expect(statuses).toEqual(all(MANY, 200))
})

test.each([
  ['GET', {}],
  ['PUT', {}],
  ['POST', { 'idempotency-key': randomUUID() }],
])('A63: connections to the origin that have gone silent fail no %s request that may be repeated', async (method, headers) => {
  expect(await statusesOf(30, path, { method, headers })).toEqual(all(30, 200))
  front.relays[0]!.silence()
  expect(await statusesOf(30, path, { method, headers })).toEqual(all(30, 200))
}, 900_000)

test(
  'A63: a request that must not be repeated is sent once when its response does not arrive, and the next one succeeds',
  async () => {
    const [lost, repeated, next] = [path(), path(), path()]
    expect(await statusesOf(10, path, { method: 'POST' })).toEqual(all(10, 200))
    front.relays[0]!.dropResponses()
    const [lostStatus, repeatedStatus] = await Promise.all([
      statusOf(lost, { method: 'POST' }),
      statusOf(repeated, { method: 'POST', headers: { 'idempotency-key': randomUUID() } }),
    ])
    expect([lostStatus, upstream.requestsFor(lost).length]).toEqual([503, 1])
    expect([repeatedStatus, upstream.requestsFor(repeated).length]).toEqual([200, 2])
    expect(await statusOf(next, { method: 'POST' })).toBe(200)
  },
  120_000,
)

test('A63: an edge without visitors replaces silent connections before the next visitor comes', async () => {
  expect(await statusesOf(10, path, { method: 'POST' })).toEqual(all(10, 200))
  const { silence, accepted } = front.relays[0]!
  const before = accepted()
  silence()
  await until(() => accepted() > before)
  expect(await statusesOf(10, path, { method: 'POST' })).toEqual(all(10, 200))
}, 900_000)
