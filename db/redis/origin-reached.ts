import type { Redis } from 'ioredis'
import { ORIGIN_REACHED_KEY } from './keys.ts'

/** How long a report counts. Several intervals of the edges, so that one late report does not matter. */
const REPORT_MS = 8_000

/** The reports by which edges learn whether any of them reaches the origin. The methods throw StoreUnavailable. */
export const originReached = (redis: Redis) => ({
  report: () => redis.set(ORIGIN_REACHED_KEY, '1', 'PX', REPORT_MS),
  isReported: async () => await redis.exists(ORIGIN_REACHED_KEY) === 1,
})
