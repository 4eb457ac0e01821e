import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Edges, openEdges } from '../edge-alone/edges.ts'
import { until } from '../until.ts'

/** The slots of the edge; an address has a quarter of them. */
const [IN_FLIGHT, SHARE] = [64, 16]
const ATTACKERS = 60
/** More than all buffers between the upstream and a client that does not read. */
const LARGE = Buffer.alloc(32 * 1024 * 1024)

/** Responses that the upstream has begun, and not been able to send to their end. */
const unfinished = new Set<ServerResponse>()
const upstream = createServer((request, response) => {
  if (!request.url!.startsWith('/large')) return void response.end('small')
  unfinished.add(response)
  response.on('close', () => unfinished.delete(response))
  response.setHeader('content-length', LARGE.length)
  response.end(LARGE)
})

let edges: Edges
let edgeUrl: string
beforeAll(async () => {
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  edges = await openEdges(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`)
  edgeUrl = await edges.start([{ name: 'unused', paths: ['/unused'] }], { ORIGIN_IN_FLIGHT: String(IN_FLIGHT) })
})
afterAll(async () => {
  await edges.close()
  upstream.closeAllConnections()
  upstream.close()
})

/** Requests a large file and reads the status alone. */
async function requestAndStop(attacker: number): Promise<{ socket: Socket; status: number }> {
  const { hostname, port } = new URL(edgeUrl)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(`GET /large?${attacker} HTTP/1.1\r\nHost: site\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n`)
  const [head] = await once(socket, 'data') as [Buffer]
  socket.pause()
  return { socket, status: Number(head.toString('latin1', 9, 12)) }
}

test(
  'A113: an address that reads none of its responses keeps few connections to the upstream, and others read theirs',
  async () => {
    const attackers = await Promise.all(Array.from({ length: ATTACKERS }, (_, i) => requestAndStop(i)))
    await until(() => unfinished.size === SHARE)
    const countOf = (status: number) => attackers.filter((attacker) => attacker.status === status).length
    expect([countOf(200), countOf(429)]).toEqual([SHARE, ATTACKERS - SHARE])
    const headers = { 'x-forwarded-for': '198.51.100.7' }
    expect(await (await fetch(`${edgeUrl}/page`, { headers })).text()).toBe('small')
    expect((await (await fetch(`${edgeUrl}/large`, { headers })).arrayBuffer()).byteLength).toBe(LARGE.length)
    for (const { socket } of attackers) socket.destroy()
    await until(() => unfinished.size === 0)
  },
  120_000,
)
