import type { Redis } from 'ioredis'
import { liveKeys } from '../keys.ts'

/** Notes that the inventory of a sale was audited, for `forMs`. Throws StoreUnavailable. */
export const markAudited = (redis: Redis, eventId: number, forMs: number): Promise<unknown> =>
  redis.set(liveKeys(eventId).audited, '1', 'PX', forMs)

/** Whether the inventory of a sale was audited lately. Throws StoreUnavailable. */
export const isAudited = async (redis: Redis, eventId: number): Promise<boolean> =>
  await redis.exists(liveKeys(eventId).audited) === 1
