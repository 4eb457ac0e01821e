import type { Redis } from 'ioredis'
import * as z from 'zod'
import { liveKeys } from '../keys.ts'

/** Seconds kept of each event. */
export const KEPT_SECONDS = 1_800
const TTL_MS = 2 * 3_600_000

const count = z.number()
const counts = z.record(z.string(), count)
const recordedSecond = z.object({
  /** Seconds since the epoch. */
  at: count,
  bookings: count,
  seats: count,
  cancellations: count,
  errors: count,
  joins: count,
  passes: count,
  /** Refused requests by problem code. */
  refused: counts,
  /** Durations of booking requests at the edges and in the origins, by bucket of `runtime/latency-histogram.ts`. */
  edge: counts,
  origin: counts,
  queue: z.object({
    phase: z.enum(['idle', 'lobby', 'open', 'paused', 'sold_out', 'closed']),
    waiting: count,
    lobby: count,
    active: count,
    perMinute: count,
    heldBy: z.enum(['rate', 'health', 'capacity', 'seats', 'store']),
  }).nullable(),
  status: z.enum(['upcoming', 'on_sale', 'stopped', 'paused', 'sold_out', 'closed', 'not_loaded']),
  /** Empty while the sale is not in Redis. */
  ticketTypes: z.array(z.object({ id: count, left: count, total: count })),
  /** Null when no origin has reported it. */
  lagMs: count.nullable(),
  /** Whether the inventory has been audited within half a minute. */
  isAudited: z.boolean(),
})

/** What all edges and origins counted of an event in one second, and its state at the end of it. */
export type RecordedSecond = z.infer<typeof recordedSecond>

/** Appends a second, and drops those of more than half an hour ago. Throws StoreUnavailable. */
export async function appendSecond(redis: Redis, eventId: number, second: RecordedSecond): Promise<void> {
  const key = liveKeys(eventId).seconds
  await Promise.all([
    redis.rpush(key, JSON.stringify(second)),
    redis.ltrim(key, -KEPT_SECONDS, -1),
    redis.pexpire(key, TTL_MS),
  ])
}

/**
 * The last seconds of an event, oldest first, each once: two origins may have recorded the same one. Seconds in which nothing was recorded are
 * missing. Throws StoreUnavailable.
 */
export async function readSeconds(redis: Redis, eventId: number, max: number): Promise<RecordedSecond[]> {
  const texts = await redis.lrange(liveKeys(eventId).seconds, -max, -1)
  const byTime = new Map(texts.map((text) => recordedSecond.parse(JSON.parse(text))).map((second) => [second.at, second]))
  return [...byTime.values()].sort((a, b) => a.at - b.at)
}
