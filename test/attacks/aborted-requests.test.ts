import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../dev/processes.ts'
import { createApp } from '../../origin/app.tsx'
import { startRecordingServer } from '../recording-server.ts'
import { openShop, ownRedis, type Shop, TOKEN_SECRET } from '../shop.ts'
import { end, startProgram } from '../site.ts'
import { until } from '../until.ts'

/** Sends bytes and closes the connection without waiting: at once, or when the first bytes of a response have arrived. */
const sendAndLeave = (at: string, bytes: string, when: 'sent' | 'answered' = 'sent'): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(at)
    const socket = connect(Number(port), hostname, () => socket.write(bytes, () => when === 'sent' && socket.destroy()))
    socket.on('data', () => socket.destroy())
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })

/** Sends bytes, ends its half of the connection, and returns what arrives. */
const sendAndHalfClose = (at: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(at)
    let response = ''
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    socket.on('data', (chunk) => (response += chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(response))
  })

const halfPost = (path: string, framing: string, type = 'application/json') =>
  `POST ${path} HTTP/1.1\r\nHost: shop\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`
const HALF_BODIES: [framing: string, body: string][] = [
  ['Content-Length: 1000', '{"quantity":'],
  ['Transfer-Encoding: chunked', '5\r\n{"qua\r\n'],
]

describe('A71: a client that leaves in the middle of a request is no fault of the edge', () => {
  let stop: () => Promise<void>
  let edgeUrl: string
  let metricsUrl: string
  let output = ''
  let upstream: ReturnType<typeof startRecordingServer>
  /** Ends the response that never ends by itself. */
  let streamEnded = false

  beforeAll(async () => {
    upstream = startRecordingServer(({ pathname }) =>
      pathname.startsWith('/xxx') ? new Response(null, { status: 500 }) : new Response(
        pathname !== '/endless' ? 'hello' : new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('begin'.repeat(1_000))),
          cancel: () => void (streamEnded = true),
        }),
      )
    )
    const redis = await ownRedis()
    const folder = mkdtempSync(join(tmpdir(), 'neticket-aborts-'))
    const rooms = join(folder, 'rooms.json')
    writeFileSync(rooms, JSON.stringify({ rooms: [{ name: 'checkout', paths: ['/checkout/*'] }] }))
    edgeUrl = `http://127.0.0.1:${await freePort()}`
    const metricsPort = String(await freePort())
    metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
    const edge = await startProgram('edge', edgeUrl, {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DENO_DIR: process.env.DENO_DIR,
      ORIGIN_URL: upstream.url,
      REDIS_URL: redis.url,
      TOKEN_SECRET,
      EDGE_ROOMS: rooms,
      EDGE_METRICS_PORT: metricsPort,
    })
    edge.stdout!.on('data', (chunk) => (output += chunk))
    stop = async () => {
      await end(edge, 'SIGKILL')
      await redis.close()
      await upstream.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
  afterAll(() => stop())

  const events = () => output.split('\n').filter((line) => line.endsWith('}')).map((line) => JSON.parse(line).event as string)
  /** The samples of responses with 5xx and of problems of the edge. */
  const countFailures = async () =>
    (await (await fetch(metricsUrl)).text()).split('\n').filter((line) => /status="5xx"|problems_total\{/.test(line))
  const isAlarm = (event: string) => ['failed', 'origin_unavailable', 'store_unavailable'].includes(event)

  test.each(HALF_BODIES)('while its body is read (%s, %s)', async (framing, body) => {
    const [before, failures] = [events().length, await countFailures()]
    // A client that leaves at once may be gone before the edge has begun its request.
    await until(async () => {
      await sendAndLeave(edgeUrl, halfPost('/forms', framing) + body)
      return events().length > before
    })
    expect(new Set(events().slice(before))).toEqual(new Set(['aborted']))
    expect(await countFailures(), 'no metric counts a failure').toEqual(failures)
    expect(upstream.requestsFor('/forms'), 'nothing incomplete is forwarded').toEqual([])
  })

  test.each(HALF_BODIES)('A86: a client that still reads gets a problem, no bare status (%s, %s)', async (framing, body) => {
    const [before, failures] = [events().length, await countFailures()]
    const response = await sendAndHalfClose(edgeUrl, halfPost('/forms', framing) + body)
    expect(response).toMatch(/^HTTP\/1\.1 400 /)
    expect(response).toContain('"code":"malformed_request"')
    expect(response).toMatch(/\r\nx-request-id: /i)
    expect(new Set(events().slice(before))).toEqual(new Set(['aborted']))
    expect(await countFailures(), 'no metric counts a failure').toEqual(failures)
  })

  test('while the response streams: the stream behind it ends too', async () => {
    const before = events().length
    await sendAndLeave(edgeUrl, 'GET /endless HTTP/1.1\r\nHost: shop\r\n\r\n', 'answered')
    await until(() => Promise.resolve(streamEnded))
    expect(events().slice(before).filter(isAlarm)).toEqual([])
  })

  test('A72: no client makes a line of the log longer than 4 kB', async () => {
    const path = `/${'x'.repeat(12_000)}`
    expect((await fetch(edgeUrl + path)).status).toBe(500)
    await until(() => Promise.resolve(output.includes('xxxx')))
    const lines = output.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(4_096)
    expect(lines.find((line) => line.includes('xxxx'))).toMatch(/"route":"\/x{199}…"/)
  })
})

describe('A71: a client that leaves in the middle of a request is no fault of the origin', () => {
  let shop: Shop
  let server: ReturnType<typeof Bun.serve>
  const events: { event: string; status: unknown }[] = []

  beforeAll(async () => {
    const log = (event: string, facts: Record<string, unknown> = {}) => void events.push({ event, status: facts.status })
    shop = await openShop({}, { log })
    server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: createApp(shop).fetch })
  })
  afterAll(async () => {
    await server.stop(true)
    await shop.close()
  })

  const FORM = 'application/x-www-form-urlencoded'
  const HALVES = HALF_BODIES.flatMap(([framing, body]) => [
    [framing, body, '/api/auth/login', 'application/json'] as const,
    [framing, body, '/login', FORM] as const,
    [framing, body, '/login', 'multipart/form-data; boundary=x'] as const,
  ])

  test.each(HALVES)('%s, %s, to %s as %s', async (framing, body, path, type) => {
    const before = events.length
    await until(async () => {
      await sendAndLeave(server.url.href, halfPost(path, framing, type) + body)
      return events.slice(before).some(({ event }) => ['aborted', 'failed'].includes(event))
    })
    const seen = events.slice(before)
    expect(seen.filter(({ event }) => event === 'failed')).toEqual([])
    expect(seen.filter(({ status }) => Number(status) >= 500)).toEqual([])
  })
})
