import {
  type BatchedRequest,
  type BatchedResponse,
  batchedResponses,
  MAX_BATCH_SIZE,
  REQUEST_BATCH_PATH,
} from '../contract/request-batch.ts'
import { createMicroBatcher } from '../../runtime/micro-batcher.ts'

/**
 * Sends the requests that arrive within five milliseconds to the origin as one HTTP request. `post` sends the batch. When the batch cannot
 * be sent or its response cannot be read, every request of it rejects; the origin may have handled them.
 */
export const createRequestBatcher = (post: (path: string, body: string) => Promise<Response>) =>
  createMicroBatcher<BatchedRequest, BatchedResponse>(async (requests) => {
    const response = await post(REQUEST_BATCH_PATH, JSON.stringify(requests))
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`The origin returned ${response.status} for a request batch`)
    }
    return batchedResponses.length(requests.length).parse(await response.json())
  }, { maxSize: MAX_BATCH_SIZE, maxWaitMs: 5, concurrency: 32 })
