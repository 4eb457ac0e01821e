import {
  batchedLine,
  type BatchedRequest,
  type BatchedResponse,
  MAX_BATCH_SIZE,
  MAX_BATCHED_REQUEST_BYTES,
  REQUEST_BATCH_PATH,
} from '../contract/request-batch.ts'
import { createMicroBatcher } from '../../runtime/micro-batcher.ts'

/** The origin, or a proxy in front of it, has refused a batch as a whole, before it handled any of its requests. */
export class BatchRefused extends Error {
  override name = 'BatchRefused'
}

/** Bad Request and Content Too Large. */
const REFUSALS = new Set([400, 413])

/** The JSON text of a request; null if it is too large for a batch. */
export function serialiseForBatch(request: BatchedRequest): string | null {
  const json = JSON.stringify(request)
  // UTF-8 has at most three bytes for each unit of UTF-16, so most texts need no encoding.
  const isShort = json.length * 3 <= MAX_BATCHED_REQUEST_BYTES
  return isShort || new TextEncoder().encode(json).length <= MAX_BATCHED_REQUEST_BYTES ? json : null
}

/**
 * Sends the requests that arrive within five milliseconds to the origin as one HTTP request. `post` sends the batch. Each request is a text of
 * `serialiseForBatch`, and resolves as soon as its own response has arrived. When the batch cannot be sent or its response ends early, the
 * others reject; the origin may have handled them, except when they reject with BatchRefused.
 */
export const createRequestBatcher = (post: (path: string, body: string) => Promise<Response>) =>
  createMicroBatcher<string, BatchedResponse>(async (requests) => {
    const { ok, status, body } = await post(REQUEST_BATCH_PATH, `[${requests.join(',')}]`)
    if (ok && body) return readReplies(body, requests.length)
    await body?.cancel()
    const message = `The origin returned ${status} for a request batch`
    throw REFUSALS.has(status) ? new BatchRefused(message) : new Error(message)
  }, { maxSize: MAX_BATCH_SIZE, maxWaitMs: 5, concurrency: 32 })

/** The responses of a batch, which resolve as their lines arrive. */
function readReplies(body: ReadableStream<Uint8Array>, count: number): Promise<BatchedResponse>[] {
  const replies = Array.from({ length: count }, () => Promise.withResolvers<BatchedResponse>())
  const failed = readLines(body, (line) => {
    const [i, reply] = batchedLine.parse(JSON.parse(line))
    replies[i]?.resolve(reply)
  }).then(() => new Error('The response to a request batch is incomplete'), (error: unknown) => error)
  void failed.then((error) => replies.forEach(({ reject }) => reject(error)))
  return replies.map(({ promise }) => promise)
}

async function readLines(body: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let unread = ''
  for await (const chunk of body) {
    const lines = (unread + decoder.decode(chunk, { stream: true })).split('\n')
    unread = lines.pop()!
    lines.forEach(onLine)
  }
}
