import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HELD, holdConnections, openFiles, residentBytes } from '../held-connections.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { openSite, type Site } from '../site.ts'
import { until } from '../until.ts'

const MAX_FILES = 256
const REQUEST = 'GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n'
const CLOSING_REQUEST = 'GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n'

let site: Site
beforeAll(async () => void (site = await openSite()))
afterAll(() => site.close())

test(
  'A83: the origin serves others while requests that are never complete use up its descriptors',
  { timeout: 120_000 },
  async () => {
    const { url, ready } = await site.addOrigin(MAX_FILES)
    const origin = await ready
    const idle = openConnection(url)
    await idle.request()
    const bytes = residentBytes(origin.pid!)
    const { 'half-sent heads': head, 'bodies that never end': body, 'connections on which nothing is sent': silent } = HELD
    const held = await holdConnections(url, 280, (i) => [head, body, silent][i % 3]!(i))
    // Bun accepts a connection on which nothing is sent after a second.
    await until(() => openFiles(origin.pid!) >= MAX_FILES)
    // Without a free descriptor new connections wait; those that are held are closed at the origin's deadline.
    const responses = await Promise.all([1, 2, 3].map(() => sendRaw(url, CLOSING_REQUEST)))
    expect(responses.map(statusOf)).toEqual([200, 200, 200])
    expect(residentBytes(origin.pid!) - bytes).toBeLessThan(100_000_000)
    expect(origin.exitCode).toBe(null)
    // A balancer's connection has been idle for as long, and is still open.
    await idle.request()
    held.release()
  },
)

/** A connection on which requests are sent one after the other. */
function openConnection(url: string) {
  const { hostname, port } = new URL(url)
  let received = ''
  let isClosed = false
  const socket = connect(Number(port), hostname)
  socket.on('data', (bytes) => (received += bytes))
  socket.on('close', () => (isClosed = true))
  return {
    async request() {
      received = ''
      socket.write(REQUEST)
      await until(() => isClosed || received.includes('{"status":"ok"}'))
      expect([statusOf(received), isClosed]).toEqual([200, false])
    },
  }
}
