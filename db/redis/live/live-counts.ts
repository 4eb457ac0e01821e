import type { Redis } from 'ioredis'
import type { QueueFigures } from '../../../edge/contract/live.ts'
import type { ProblemCode } from '../../../edge/contract/problems.ts'
import { LIVE_KEYS, liveKeys } from '../keys.ts'

/** What is counted of an event in a second. The last two count durations by the buckets of `runtime/latency-histogram.ts`. */
export type CounterName =
  | 'bookings'
  | 'seats'
  | 'cancellations'
  | 'errors'
  | 'joins'
  | 'passes'
  | `refused:${ProblemCode}`
  | `edge:${number}`
  | `origin:${number}`

const COUNTS_TTL_MS = 60_000
/** An event that is silent for longer is forgotten. */
const EVENT_SECONDS = 3_600

/** Adds what one process has counted of an event in a second. `room` replaces what another edge has written. Throws StoreUnavailable. */
export async function addCounts(
  redis: Redis,
  eventId: number,
  second: number,
  { counts, room }: { counts: ReadonlyMap<CounterName, number>; room: QueueFigures | null },
): Promise<void> {
  const key = liveKeys(eventId).counts(second)
  // Issued in one turn of the event loop, so they are one pipeline.
  const replies: Promise<unknown>[] = [...counts].map(([name, count]) => redis.hincrby(key, name, count))
  if (room) replies.push(redis.hset(key, 'room', JSON.stringify(room)))
  replies.push(redis.pexpire(key, COUNTS_TTL_MS), markLive(redis, eventId, second))
  await Promise.all(replies)
}

/** Keeps an event among those that are recorded. */
export const markLive = (redis: Redis, eventId: number, second: number): Promise<unknown> =>
  redis.zadd(LIVE_KEYS.events, 'GT', second, String(eventId))

/** The counters of all processes for a second; `{}` if nothing was counted. */
export const readCounts = (redis: Redis, eventId: number, second: number): Promise<Record<string, string>> =>
  redis.hgetall(liveKeys(eventId).counts(second))

/** The events with activity since a second, the latest first. */
export async function readLiveEvents(redis: Redis, sinceSecond: number, max: number): Promise<number[]> {
  const [ids] = await Promise.all([
    redis.zrange(LIVE_KEYS.events, '+inf', String(sinceSecond), 'BYSCORE', 'REV', 'LIMIT', 0, max),
    redis.zremrangebyscore(LIVE_KEYS.events, '-inf', sinceSecond - EVENT_SECONDS),
  ])
  return ids.map(Number)
}
