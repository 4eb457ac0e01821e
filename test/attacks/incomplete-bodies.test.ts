import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BODY_SHARES } from '../../edge/request-body.ts'
import { type Edges, openEdges } from '../edge-alone/edges.ts'
import { send } from '../http.ts'
import { type RecordingServer, startRecordingServer } from '../recording-server.ts'
import { until } from '../until.ts'

let upstream: RecordingServer
let edges: Edges
let at = ''
beforeAll(async () => {
  upstream = startRecordingServer(() => new Response('welcome'))
  edges = await openEdges(upstream.url)
  at = await edges.start([{ name: 'gate', paths: ['/inside'], opensAt: null }])
})
afterAll(async () => {
  await edges.close()
  await upstream.close()
})

const comment = (address: string) =>
  send(`${at}/comments`, {
    method: 'POST',
    headers: { 'x-forwarded-for': address, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'text=a',
  })

/** Begins a body from each address, and returns what the edge sends. */
function beginBodies(addresses: string[]) {
  const { hostname, port } = new URL(at)
  const responses: string[] = addresses.map(() => '')
  const sockets = addresses.map((address, i) => {
    const head = `POST /comments HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: ${address}\r\nContent-Length: ${
      i % 2 ? 900 : 9_000
    }\r\n`
    const socket = connect(Number(port), hostname, () => socket.write(`${head}Content-Type: application/json\r\n\r\n{`))
    socket.on('data', (bytes) => (responses[i] = `${responses[i]}${bytes}`))
    socket.on('error', () => {/* The edge has closed the connection. */})
    return socket
  })
  return {
    codes: () => responses.flatMap((response) => response.match(/"code":"(\w+)"/)?.[1] ?? []),
    release: () => sockets.forEach((socket) => socket.destroy()),
  }
}

test('A91: bodies that never end, from ten addresses and more, do not keep others from being read', async () => {
  const { total, per: { address: share } } = BODY_SHARES
  // The bodies of the last address are within its share, but beyond the total.
  const attackers = Array.from({ length: total / share + 1 }, (_, i) => `2001:db8:${i}::1`)
  const bodies = beginBodies(attackers.flatMap((address) => Array.from({ length: share }, () => address)))
  await until(() => bodies.codes().length > 0)
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => comment(`203.0.113.${i}`)))
  expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [200, 'welcome']))
  expect(new Set(bodies.codes()), 'none is refused').toEqual(new Set(['body_too_slow']))
  bodies.release()
})
