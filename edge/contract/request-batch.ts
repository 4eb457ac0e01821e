import * as z from 'zod'

/**
 * Request batches. At the opening of a sale the HTTP request is most of the cost of a hop, so the edge forwards concurrent requests
 * as one JSON array to this path of the origin. It responds with a line of JSON for each request, as soon as its response is complete. The origin
 * treats each request of a batch as if it had arrived alone: a batch grants no trust.
 */
export const REQUEST_BATCH_PATH = '/request-batches'
export const MAX_BATCH_SIZE = 64
/**
 * Requests whose JSON text is larger are forwarded alone. The text counts, not the request: escaping makes a control character six times as
 * large. A booking has about 2 kB.
 */
export const MAX_BATCHED_REQUEST_BYTES = 16_000
/** The largest batch: an array of the largest requests. Below 1 MiB, which is the limit of some proxies, such as nginx. */
export const MAX_BATCH_BYTES = MAX_BATCH_SIZE * (MAX_BATCHED_REQUEST_BYTES + 1) + 1

/** Alternating names and values: a flat list parses several times faster than pairs. */
const headers = z.array(z.string())
const batchedRequest = z.object({ method: z.string(), path: z.string().startsWith('/'), headers, body: z.string().nullable() })
const batchedResponse = z.object({ status: z.int().min(200).max(599), headers, body: z.string() })

export const batchedRequests = z.array(batchedRequest).min(1).max(MAX_BATCH_SIZE)
/** A line: the position of the request in the batch, and its response. */
export const batchedLine = z.tuple([z.int().min(0).max(MAX_BATCH_SIZE - 1), batchedResponse])

export type BatchedRequest = z.infer<typeof batchedRequest>
export type BatchedResponse = z.infer<typeof batchedResponse>
