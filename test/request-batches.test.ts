import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { internalToken } from '../edge/contract/internal-access.ts'
import { MAX_BATCHED_REQUEST_BYTES } from '../edge/contract/request-batch.ts'
import { readTokenKeys } from '../edge/contract/tokens.ts'
import { createRequestBatcher, serialiseForBatch } from '../edge/upstream/request-batcher.ts'
import type { Env } from '../origin/http.tsx'
import { requestBatches } from '../origin/routes/request-batches.ts'
import { type RecordingServer, startRecordingServer } from './recording-server.ts'

const tokenKeys = readTokenKeys('a secret for tests that has enough bytes')
let origin: RecordingServer
/** The origin responds to /slow when this resolves. */
const slow = Promise.withResolvers<void>()
beforeAll(() => {
  const app = new Hono<Env>().route(
    '/',
    requestBatches(async ({ url }) => {
      if (url.endsWith('/slow')) await slow.promise
      return new Response(`표 ${new URL(url).pathname}`, { status: 201, headers: { 'x-kind': 'test' } })
    }, { tokenKeys }),
  )
  origin = startRecordingServer(({ method, path, headers, body }) => app.request(path, { method, headers, body }))
})
afterAll(() => origin.close())

const request = (path: string, body = '{}'): string => serialiseForBatch({ method: 'POST', path, headers: [], body })!
const authorization = `Bearer ${internalToken(tokenKeys)}`
const headers = { 'content-type': 'application/json', authorization }

test('a request of a batch gets its response while another one is not complete', async () => {
  const send = createRequestBatcher((path, body) => fetch(origin.url + path, { method: 'POST', headers, body }))
  // The first is sent alone, because nothing else is in flight; the others follow as one batch.
  const first = send(request('/first'))
  let isSlowComplete = false
  const slowly = send(request('/slow')).finally(() => (isSlowComplete = true))
  const others = ['/a', '/b', '/c'].map((path) => send(request(path)))
  expect((await first).body).toBe('표 /first')
  expect((await Promise.all(others)).map(({ body }) => body)).toEqual(['표 /a', '표 /b', '표 /c'])
  expect([isSlowComplete, origin.requests.length]).toEqual([false, 2])
  slow.resolve()
  expect(await slowly).toMatchObject({ status: 201, body: '표 /slow' })
})

test('a response that ends early or cannot be read rejects what is missing, and nothing else', async () => {
  const line = JSON.stringify([1, { status: 200, headers: [], body: 'b' }])
  for (const text of [`${line}\n`, `${line}\n[0, {"status"`, `${line}\n{}\n`]) {
    const bodies = [new Response(JSON.stringify([0, { status: 200, headers: [], body: 'first' }]) + '\n'), new Response(text)]
    const send = createRequestBatcher(() => Promise.resolve(bodies.shift()!))
    const settled = await Promise.allSettled(['/first', '/a', '/b'].map((path) => send(request(path))))
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  }
  const refused = createRequestBatcher(() => Promise.resolve(new Response(null, { status: 503 })))
  await expect(refused(request('/a'))).rejects.toThrow('503')
})

test.each([['a', 1], ['"', 2], ['\x01', 6], ['표', 3], ['\ud800', 6]])(
  'serialiseForBatch() counts %j with its bytes in JSON, %d',
  (character, bytes) => {
    const most = Math.floor((MAX_BATCHED_REQUEST_BYTES - request('/', '').length) / bytes)
    const text = request('/', character.repeat(most))
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BATCHED_REQUEST_BYTES)
    expect(JSON.parse(text).body).toBe(character.repeat(most))
    expect(serialiseForBatch({ method: 'POST', path: '/', headers: [], body: character.repeat(most + 1) })).toBeNull()
  },
)
