import * as z from 'zod'

/**
 * Many requests carried in one. At the opening of a sale the price of a hop is mostly that of its HTTP request, so the edge sends those that
 * come together as one JSON array to this path of the origin, and gets their answers back in the same order. What is carried is treated
 * as if it had come alone: it proves nothing by its way.
 */
export const REQUEST_BATCH_PATH = '/request-batches'
export const MAX_BATCH_SIZE = 64
/** Longer bodies go alone. */
export const MAX_BATCHED_BODY_BYTES = 4 * 1024

/** Name, value, name, value …; a flat list is read several times faster than pairs. */
const headers = z.array(z.string())
const carriedRequest = z.object({ method: z.string(), path: z.string().startsWith('/'), headers, body: z.string().nullable() })
const carriedAnswer = z.object({ status: z.int().min(200).max(599), headers, body: z.string() })

export const batchedRequests = z.array(carriedRequest).min(1).max(MAX_BATCH_SIZE)
export const batchedResponses = z.array(carriedAnswer).min(1).max(MAX_BATCH_SIZE)

export type BatchedRequest = z.infer<typeof carriedRequest>
export type BatchedResponse = z.infer<typeof carriedAnswer>
