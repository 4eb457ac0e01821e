import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe('A63: a connection goes silent in the middle of a response', () => {
  const SHORT = 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\ncomplete'
  const LONG = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n'
  const sockets = new Set<Socket>()
  /** Sends half of the first short response and all of the next ones, and long responses that never end. */
  let received = 0
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.on('data', (bytes) => {
      if (bytes.includes('/long')) socket.write(LONG)
      else if (bytes.includes('/short')) socket.write(received++ === 0 ? SHORT.slice(0, -4) : SHORT)
      else socket.write(SHORT)
    })
  })
  let own: Edges
  let url: string
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    own = await openEdges(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    url = await own.start([{ name: 'unused', paths: ['/unused'] }])
  })
  afterAll(async () => {
    await own.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  test('a short response is requested again, and arrives whole', async () => {
    const response = await fetch(`${url}/short`, { method: 'PUT' })
    expect([response.status, await response.text(), received]).toEqual([200, 'complete', 2])
  })

  test('a long response fails, and does not keep its client waiting forever', async () => {
    const response = await fetch(`${url}/long`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  }, 60_000)
})
