import {
  type BatchedRequest,
  type BatchedResponse,
  batchedResponses,
  MAX_BATCH_SIZE,
  REQUEST_BATCH_PATH,
} from './contract/request-batch.ts'
import { createMicroBatcher } from '../runtime/micro-batcher.ts'

/**
 * Carries requests to the origin, those that come within five milliseconds in one. `post` sends a body and gives the answer. A request is
 * rejected when the whole could not be sent or read; it may then have happened.
 */
export const createRequestBatcher = (post: (path: string, body: string) => Promise<Response>) =>
  createMicroBatcher<BatchedRequest, BatchedResponse>(async (requests) => {
    const response = await post(REQUEST_BATCH_PATH, JSON.stringify(requests))
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`The origin carries nothing: ${response.status}`)
    }
    return batchedResponses.length(requests.length).parse(await response.json())
  }, { maxSize: MAX_BATCH_SIZE, maxWaitMs: 5, concurrency: 32 })
