import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import {
  type BatchedRequest,
  batchedRequests,
  type BatchedResponse,
  MAX_BATCH_SIZE,
  MAX_BATCHED_BODY_BYTES,
  REQUEST_BATCH_PATH,
} from '../../edge/contract/request-batch.ts'
import { checkInput, type Ctx, type Env, problem } from '../http.tsx'

/** Headers of a browser beside the body. */
const HEADERS_BYTES = 16 * 1024

/** Answers many requests that came in one, each as if it had come alone. */
export const requestBatches = (answer: (request: Request) => Response | Promise<Response>) =>
  new Hono<Env>().post(
    REQUEST_BATCH_PATH,
    bodyLimit({
      maxSize: MAX_BATCH_SIZE * (MAX_BATCHED_BODY_BYTES + HEADERS_BYTES),
      onError: (c) => problem(c as Ctx, 'body_too_large'),
    }),
    async (c) => {
      const requests = checkInput(c, batchedRequests, await c.req.json().catch(() => null))
      if (requests instanceof Response) return requests
      const base = new URL(c.req.url).origin
      return c.json(await Promise.all(requests.map((request) => answerCarried(answer, base, request))))
    },
  )

async function answerCarried(
  answer: (request: Request) => Response | Promise<Response>,
  base: string,
  { method, path, headers, body }: BatchedRequest,
): Promise<BatchedResponse> {
  // Nothing is carried twice.
  if (path.startsWith(REQUEST_BATCH_PATH)) return { status: 404, headers: [], body: '' }
  try {
    const own = new Headers()
    for (let i = 0; i < headers.length; i += 2) own.append(headers[i]!, headers[i + 1]!)
    // What is of known length need not be counted while it is read.
    if (body !== null) own.set('content-length', String(Buffer.byteLength(body)))
    const response = await answer(new Request(base + path, { method, headers: own, body }))
    return { status: response.status, headers: [...response.headers].flat(), body: await response.text() }
  } catch {
    // What makes no request spoils none of the others.
    return { status: 400, headers: [], body: '' }
  }
}
