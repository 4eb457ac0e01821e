import type { Redis } from 'ioredis'
import { saleKeys } from '../keys.ts'

/** The seats that a person holds in a sale; null if the sale is not in Redis. Throws StoreUnavailable. */
export async function readHeldSeats(redis: Redis, eventId: number, personId: number): Promise<number | null> {
  // `#` marks a hash that is loaded: its absence is not the same as no seats.
  const [mark, held] = await redis.hmget(saleKeys(eventId).held, '#', String(personId))
  return mark ? Number(held ?? 0) : null
}
