import { LRUCache } from 'lru-cache'
import { roomKeys } from '../db/redis/keys.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** The epoch of an event's room; null when it is unknown. Never rejects. */
export type FindRoomEpoch = (eventId: number) => Promise<number | null>

/** The part of a Redis connection that is used here. */
type Store = { hget(key: string, field: string): Promise<string | null> }

/** An operator's reset takes effect within two seconds, at the edges as here. */
const FRESH_MS = 1_000
const MAX_EVENTS = 10_000
const TIMEOUT_MS = 500

/**
 * Reads the epochs of rooms at most once a second per event. A pass of an earlier epoch is void: edges refuse it, and the origin does not rely
 * on them. While Redis is away the epoch is unknown; the booking itself then fails.
 */
export function createRoomEpochs(redis: Store): FindRoomEpoch {
  // The values are objects, because the cache cannot hold null.
  const epochs = new LRUCache<number, { epoch: number | null }>({ max: MAX_EVENTS, ttl: FRESH_MS })
  const read = createSingleFlight(async (eventId: number): Promise<number | null> => {
    const stored = redis.hget(roomKeys(eventRoom(eventId)).room, 'epoch')
    const value = await withTimeout(stored.catch(() => null), TIMEOUT_MS, () => null)
    const epoch = value === null ? null : Number(value)
    epochs.set(eventId, { epoch })
    return epoch
  })
  return async (eventId) => {
    const known = epochs.get(eventId)
    return known ? known.epoch : await read(eventId)
  }
}
