import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { type Edges, openEdges } from './edge-alone/edges.ts'
import { type Front, startFront } from './front.ts'
import { type RecordingServer, startRecordingServer } from './recording-server.ts'
import { until } from './until.ts'

const ROOMS = [{ name: 'unused', paths: ['/unused'] }]

let upstream: RecordingServer
let front: Front
let edges: Edges
beforeAll(async () => {
  upstream = startRecordingServer(() => new Response('the page'))
  front = await startFront(Number(new URL(upstream.url).port), 3)
  edges = await openEdges(upstream.url)
})
afterAll(async () => {
  await edges.close()
  await front.close()
  await upstream.close()
})

async function readinessOf(url: string): Promise<[number, Record<string, boolean>]> {
  const response = await fetch(`${url}/readyz`).catch(() => null)
  return response ? [response.status, await response.json() as Record<string, boolean>] : [0, {}]
}
const untilReadiness = (url: string, status: number, origin: boolean) =>
  until(async () => {
    const [found, body] = await readinessOf(url)
    return found === status && body.origin === origin
  })

test('an edge that cannot reach the origin from its start is not ready until it can', async () => {
  const relay = front.relays[2]!
  relay.block()
  const port = await freePort()
  // Resolves when the edge is ready.
  const started = edges.start(ROOMS, front.settings(relay), port)
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await readinessOf(url))[0] === 503)
  expect(await readinessOf(url)).toEqual([503, { ready: false, redis: true, origin: false }])
  relay.open()
  await started
  await untilReadiness(url, 200, true)
}, 900_000)

test(
  'an edge that alone loses the origin becomes not ready; when all lose it, all stay ready and explain the outage',
  async () => {
    const [first, second] = [front.relays[0]!, front.relays[1]!]
    const metricsPort = await freePort()
    const [cut, other] = await Promise.all([
      edges.start(ROOMS, Object.assign(front.settings(first), { EDGE_METRICS_PORT: String(metricsPort) })),
      edges.start(ROOMS, front.settings(second)),
    ])
    const downSeconds = async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      return Number(text.match(/^neticket_edge_origin_down_seconds (\S+)$/m)![1])
    }
    expect(await Promise.all([cut, other].map(readinessOf))).toEqual(Array(2).fill([200, { ready: true, origin: true }]))
    expect(await downSeconds()).toBe(0)

    first.block()
    await untilReadiness(cut, 503, false)
    expect(await readinessOf(other)).toEqual([200, { ready: true, origin: true }])
    expect(await downSeconds()).toBeGreaterThan(5)

    for (const relay of front.relays) relay.block()
    await untilReadiness(other, 200, false)
    await untilReadiness(cut, 200, false)
    const explained = await fetch(`${cut}/page`, { headers: { accept: 'application/json' } })
    expect([explained.status, await explained.json()]).toMatchObject([503, { code: 'busy', retryAfterSeconds: 2 }])

    for (const relay of front.relays) relay.open()
    await Promise.all([cut, other].map((url) => untilReadiness(url, 200, true)))
    expect(await downSeconds()).toBe(0)
  },
  240_000,
)
