import {
  batchedLine,
  type BatchedRequest,
  type BatchedResponse,
  MAX_BATCH_SIZE,
  REQUEST_BATCH_PATH,
} from '../contract/request-batch.ts'
import { createMicroBatcher } from '../../runtime/micro-batcher.ts'

/**
 * Sends the requests that arrive within five milliseconds to the origin as one HTTP request. `post` sends the batch. Each request resolves as
 * soon as its own response has arrived. When the batch cannot be sent or its response ends early, the others reject; the origin may have
 * handled them.
 */
export const createRequestBatcher = (post: (path: string, body: string) => Promise<Response>) =>
  createMicroBatcher<BatchedRequest, BatchedResponse>(async (requests) => {
    const { ok, status, body } = await post(REQUEST_BATCH_PATH, JSON.stringify(requests))
    if (ok && body) return readReplies(body, requests.length)
    await body?.cancel()
    throw new Error(`The origin returned ${status} for a request batch`)
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
