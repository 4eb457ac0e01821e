import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import {
  type BatchedRequest,
  batchedRequests,
  type BatchedResponse,
  MAX_BATCH_BYTES,
  REQUEST_BATCH_PATH,
} from '../../edge/contract/request-batch.ts'
import type { Deps } from '../deps.ts'
import { checkInput, type Ctx, type Env, problem, requireInternalToken } from '../http.tsx'

type Handler = (request: Request) => Response | Promise<Response>

/** Accepts several requests of an edge in one and handles each as if it had been sent alone. */
export const requestBatches = (handle: Handler, parts: Pick<Deps, 'tokenKeys'>) =>
  new Hono<Env>().post(
    REQUEST_BATCH_PATH,
    requireInternalToken(parts),
    bodyLimit({ maxSize: MAX_BATCH_BYTES, onError: (c) => problem(c as Ctx, 'body_too_large') }),
    async (c) => {
      const requests = checkInput(c, batchedRequests, await c.req.json().catch(() => null))
      if (requests instanceof Response) return requests
      const base = new URL(c.req.url).origin
      c.header('content-type', 'application/x-ndjson')
      return c.body(streamLines(requests.map((request) => handleBatched(handle, base, request))))
    },
  )

async function handleBatched(
  handle: Handler,
  base: string,
  { method, path, headers: pairs, body }: BatchedRequest,
): Promise<BatchedResponse> {
  // Batches do not nest.
  if (path.startsWith(REQUEST_BATCH_PATH)) return { status: 404, headers: [], body: '' }
  try {
    const headers = new Headers()
    for (let i = 0; i < pairs.length; i += 2) headers.append(pairs[i]!, pairs[i + 1]!)
    // A body of declared length is not counted while it is read.
    if (body !== null) headers.set('content-length', String(Buffer.byteLength(body)))
    const response = await handle(new Request(base + path, { method, headers, body }))
    return { status: response.status, headers: [...response.headers].flat(), body: await response.text() }
  } catch {
    // An invalid request does not affect the others.
    return { status: 400, headers: [], body: '' }
  }
}

/** A line for each response as soon as it is complete, so that a slow one delays no other. What completes in one turn is one chunk. */
function streamLines(responses: Promise<BatchedResponse>[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let lines = ''
  let isCancelled = false
  return new ReadableStream({
    start(controller) {
      const flush = () => {
        if (lines && !isCancelled) controller.enqueue(encoder.encode(lines))
        lines = ''
      }
      const written = responses.map(async (response, i) => {
        const line = JSON.stringify([i, await response])
        if (!lines) setImmediate(flush)
        lines += `${line}\n`
      })
      void Promise.all(written).then(() => {
        flush()
        if (!isCancelled) controller.close()
      })
    },
    cancel() {
      isCancelled = true
    },
  })
}
