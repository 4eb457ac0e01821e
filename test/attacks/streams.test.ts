import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../dev/processes.ts'
import { LIMITS } from '../../edge/limits.ts'
import { STREAM_SHARES } from '../../edge/rooms/rooms.ts'
import { type Edges, openEdges } from '../edge-alone/edges.ts'
import { send } from '../http.ts'
import { type RecordingServer, startRecordingServer } from '../recording-server.ts'
import { until } from '../until.ts'

let upstream: RecordingServer
let edges: Edges
let [at, metricsAt] = ['', '']
beforeAll(async () => {
  upstream = startRecordingServer(() => new Response('page'))
  edges = await openEdges(upstream.url)
  const port = await freePort()
  metricsAt = `http://127.0.0.1:${port}/metrics`
  // In the lobby of a room that opens soon, every ticket may open a stream.
  const room = { name: 'gate', paths: ['/inside'], opensAt: new Date(Date.now() + 20_000).toISOString(), work: 'never' }
  at = await edges.start([room, Object.assign({}, room, { name: 'other', paths: ['/other'] })], {
    EDGE_METRICS_PORT: String(port),
  })
})
afterAll(async () => {
  await edges.close()
  await upstream.close()
})

async function join(room: string, address: string): Promise<string> {
  const { status, body } = await send(`${at}/queue/${room}/tickets`, {
    method: 'POST',
    headers: { 'x-forwarded-for': address, accept: 'application/json' },
  })
  expect(status).toBe(201)
  return body.ticket
}

const open = (room: string, address: string, ticket: string, signal?: AbortSignal) =>
  fetch(`${at}/queue/${room}/events`, {
    headers: { 'x-forwarded-for': address, authorization: `Bearer ${ticket}` },
    ...(signal && { signal }),
  })

/** The metrics that count the edge's own errors. */
const serverErrors = async () => (await send(metricsAt, {})).text.match(/^.*(status="5xx"|code="(busy|internal)").*$/gm)

test('A84, A102: the networks of an IPv6 /48 open no more than the share of one address; the rest poll, and others are unaffected', async () => {
  const before = await serverErrors()
  const attacker = (i: number) => `2001:db8:1:${i}::9`
  const { per: { address: share } } = STREAM_SHARES
  const tickets = await Promise.all(
    Array.from({ length: Math.ceil(2 * share / LIMITS.stream.burst) }, (_, i) => join('gate', attacker(i))),
  )
  const end = new AbortController()
  const attempts = tickets.flatMap((ticket) => Array.from({ length: LIMITS.stream.burst }, () => ticket))
  const responses = await Promise.all(attempts.map((ticket, i) => open('gate', attacker(i), ticket, end.signal)))
  const statuses = responses.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(share)
  expect(new Set(statuses)).toEqual(new Set([200, 204]))
  expect((await open('other', attacker(1_000), await join('other', attacker(1_000)))).status, 'a share for all rooms').toBe(204)

  const visitor = '203.0.113.4'
  const stream = await open('gate', visitor, await join('gate', visitor))
  expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  await stream.body!.cancel()

  expect(await serverErrors()).toEqual(before)

  // A share is free again as soon as its stream has ended.
  end.abort()
  const last = await join('gate', attacker(1_001))
  await until(async () => {
    const response = await open('gate', attacker(1_001), last)
    await response.body?.cancel()
    return response.status === 200
  })
})
