import type { Redis } from 'ioredis'

/** Takes or extends a lease on a job that one origin does at a time. Two may hold it for a moment, so the job must bear being done twice. */
export async function holdLease(redis: Redis, key: string, ownId: string, forMs: number): Promise<boolean> {
  if (await redis.set(key, ownId, 'PX', forMs, 'NX') === 'OK') return true
  if (await redis.get(key) !== ownId) return false
  return await redis.pexpire(key, forMs) === 1
}
