import { Hono } from 'hono'
import { afterEach, expect, test } from 'vitest'
import { createRequestReader } from '../../edge/client-request.ts'
import { internalToken } from '../../edge/contract/internal-access.ts'
import { MAX_BATCH_BYTES, MAX_BATCH_SIZE, REQUEST_BATCH_PATH } from '../../edge/contract/request-batch.ts'
import { readTokenKeys } from '../../edge/contract/tokens.ts'
import { createUpstream } from '../../edge/upstream/upstream.ts'
import type { Env } from '../../origin/http.tsx'
import { requestBatches } from '../../origin/routes/request-batches.ts'
import { type ReceivedRequest, type RecordingServer, startRecordingServer } from '../recording-server.ts'

const tokenKeys = readTokenKeys('a secret for tests that has enough bytes')
const readRequest = createRequestReader({
  tokenKeys,
  revokedSessions: { has: () => false },
  trustedProxies: 0,
  trustForwardedHost: false,
  now: Date.now,
})

let origin: RecordingServer | undefined
afterEach(() => origin?.close())

/** The batches of an origin, behind what `intercept` responds instead, and an edge's upstream in front of it. */
function openUpstream(intercept: (request: ReceivedRequest) => Response | null = () => null) {
  const handle = ({ url }: Request) => new Response(new URL(url).pathname, { status: 201 })
  const app = new Hono<Env>().route('/', requestBatches(handle, { tokenKeys })).all('*', (c) => handle(c.req.raw))
  origin = startRecordingServer((received) => {
    const { method, path, headers, body } = received
    return intercept(received) ?? app.request(path, { method, headers, ...(body.length > 0 && { body }) })
  })
  const { url, requests } = origin
  const upstream = createUpstream({
    originUrl: url,
    internalToken: internalToken(tokenKeys),
    inFlight: 300,
    slowMs: 600_000,
    now: Date.now,
    onForwarded() {},
  })
  const book = async (body: string, header = 'none') => {
    const request = new Request(`${url}/events/1/booking`, { method: 'POST', headers: { 'x-any': header }, body })
    const facts = { language: null, room: null, pass: null, isShared: false }
    const options = Object.assign(facts, {
      isVisit: true,
      isMeasured: true,
      isBatchable: true,
      honoursKey: false,
      isUpload: false,
      operator: null,
    })
    return (await upstream.forward(readRequest(request, '192.0.2.1'), body, options)).status
  }
  return { upstream, book, batches: () => requests.filter(({ path }) => path === REQUEST_BATCH_PATH) }
}

const HONEST = 'ticketTypeId=1&quantity=1&idempotencyKey=a'
/** What makes a request's JSON text much larger than the request. */
const GROWING: [string, string, string][] = [
  ['control characters in the body', '\x01'.repeat(4_096), 'none'],
  ['quotation marks in a header', HONEST, '"'.repeat(12_500)],
  ['both', '\x01'.repeat(4_096), '"'.repeat(12_500)],
  // Just small enough for a batch.
  ['control characters up to the limit', '\x01'.repeat(2_550), 'none'],
]

test.each(GROWING)('A96: %s spoil no batch with requests of others', async (_, body, header) => {
  const { book, batches, upstream } = openUpstream()
  const sent = Array.from({ length: 2 * MAX_BATCH_SIZE }, (_, i) => i % 16 === 1 ? book(HONEST) : book(body, header))
  expect(new Set(await Promise.all(sent))).toEqual(new Set([201]))
  expect(upstream.responseCounts()).toEqual({ answered: sent.length, slow: 0 })
  // The honest requests did share batches, and no batch was refused.
  expect(Math.max(...batches().map((batch) => JSON.parse(batch.body.toString()).length))).toBeGreaterThan(1)
  expect(batches().filter(({ status, body }) => status !== 200 || body.length > MAX_BATCH_BYTES)).toEqual([])
})

test.each([400, 413])('A96: a batch that gets %d is sent as single requests, which count as such', async (status) => {
  const { book, batches, upstream } = openUpstream(({ path }) =>
    path === REQUEST_BATCH_PATH ? new Response(null, { status }) : null
  )
  expect(await Promise.all(Array.from({ length: 10 }, () => book(HONEST)))).toEqual(Array(10).fill(201))
  expect(batches().length).toBeGreaterThan(0)
  expect(upstream.responseCounts()).toEqual({ answered: 10, slow: 0 })
})

test('A96: a batch that the origin may have handled is not repeated, and counts as slow', async () => {
  const { book, upstream } = openUpstream(({ path }) => path === REQUEST_BATCH_PATH ? new Response(null, { status: 503 }) : null)
  const settled = await Promise.allSettled(Array.from({ length: 10 }, () => book(HONEST)))
  expect(settled.map(({ status }) => status)).toEqual(Array(10).fill('rejected'))
  expect(upstream.responseCounts()).toEqual({ answered: 10, slow: 10 })
  expect(origin!.requests.filter(({ path }) => path !== REQUEST_BATCH_PATH)).toEqual([])
})
