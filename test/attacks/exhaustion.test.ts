import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../dev/processes.ts'
import { type Edges, openEdges } from '../edge-alone/edges.ts'
import { send } from '../http.ts'
import { HELD, holdConnections, residentBytes } from '../held-connections.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { type RecordingServer, startRecordingServer } from '../recording-server.ts'
import { until } from '../until.ts'

const MAX_FILES = 256
/** More than the edge has descriptors for. */
const HELD_CONNECTIONS = 400
const ROOM = { name: 'gate', paths: ['/inside'], opensAt: null, capacity: 10 }

let upstream: RecordingServer
let edges: Edges
let [at, metricsAt] = ['', '']
/** The upstream responds to /slow when this resolves. */
let slow = Promise.withResolvers<void>()
beforeAll(async () => {
  upstream = startRecordingServer(async ({ pathname }) => {
    if (pathname === '/slow') await slow.promise
    return new Response(`page ${pathname}`)
  })
  edges = await openEdges(upstream.url)
  const port = await freePort()
  metricsAt = `http://127.0.0.1:${port}/metrics`
  at = await edges.start([ROOM], { EDGE_METRICS_PORT: String(port) }, undefined, MAX_FILES)
})
afterAll(async () => {
  await edges.close()
  await upstream.close()
})

/** How often the edge has run out of descriptors since its start; null while it cannot answer. */
async function timesExhausted(): Promise<number | null> {
  const metrics = await send(metricsAt, {}).catch(() => null)
  const times = metrics?.text.match(/^neticket_edge_connections_exhausted_total (\d+)$/m)
  return times ? Number(times[1]) : null
}

const get = (path: string) => sendRaw(at, `GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`).catch(() => '')
const join = () => sendRaw(at, 'POST /queue/gate/tickets HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n').catch(() => '')

test.each(Object.entries(HELD))('A81: serves others while a few addresses hold %s', { timeout: 120_000 }, async (_, text) => {
  const { pid, exitCode } = edges.processOf(at)
  await until(async () => statusOf(await get('/')) === 200)
  const before = { times: await timesExhausted() ?? 0, bytes: residentBytes(pid!) }
  const held = await holdConnections(at, HELD_CONNECTIONS, text)
  await until(async () => (await timesExhausted() ?? 0) > before.times)
  // While the connections are held.
  await until(async () => statusOf(await get('/')) === 200 && statusOf(await join()) === 201)
  expect(residentBytes(pid!) - before.bytes).toBeLessThan(100_000_000)
  expect([exitCode, edges.processOf(at).exitCode]).toEqual([null, null])
  held.release()
})

test('A81: a request in flight gets its response when connections are exhausted', { timeout: 60_000 }, async () => {
  await until(async () => statusOf(await get('/')) === 200)
  slow = Promise.withResolvers()
  const response = get('/slow')
  await until(() => upstream.requestsFor('/slow').length > 0)
  const held = await holdConnections(at, HELD_CONNECTIONS, HELD['half-sent heads'])
  slow.resolve()
  expect(await response).toContain('page /slow')
  expect(held.refused).toBeGreaterThan(0)
  await until(async () => statusOf(await get('/')) === 200)
  held.release()
})
