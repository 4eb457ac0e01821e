import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { isStoreUnavailable } from '../store-unavailable.ts'
import { REVOKED_SESSIONS_KEY } from './keys.ts'

/** The life of an access token (15 minutes) with the leeway of `verifyAccess` (30 s) and as much again for clocks that differ. */
const REVOKED_MS = 16 * 60_000
/** A logout takes effect at every edge and origin within this time and the time of one read. */
const READ_EVERY_MS = 500
/** Each read repeats this much of the previous one: writers' clocks may differ, and a write may be late. */
const OVERLAP_MS = 30_000
/** Sessions that are kept, here and in Redis. The oldest ones are forgotten first; their tokens then end by themselves. */
const MAX_SESSIONS = 100_000
const PAGE = 5_000

type Parts = { redis: Redis; now(): number; log(event: string, facts?: object): void }

export type RevokedSessions = {
  /** Whether a session was ended while its access tokens are still valid. Makes no store call. */
  has(session: string | null): boolean
  /** Ends a session: here at once, elsewhere within a second. Without Redis only here, which is logged. */
  revoke(session: string): Promise<void>
  close(): Promise<void>
}

/**
 * The sessions that ended within the life of their access tokens. Every edge and origin keeps them in memory and reads the new ones from Redis
 * twice a second, so that neither a booking nor a poll makes a store call for it. Without Redis the known ones stay revoked.
 */
export function openRevokedSessions({ redis, now, log }: Parts): RevokedSessions {
  // In order of addition. A Map, to forget the oldest first.
  const endsAtMs = new Map<string, number>()
  const stopped = new AbortController()
  let readUpToMs = 0

  function add(session: string, endMs: number): void {
    endsAtMs.delete(session)
    endsAtMs.set(session, endMs)
    for (const [oldest, oldestEndMs] of endsAtMs) {
      if (endsAtMs.size <= MAX_SESSIONS && oldestEndMs > now()) break
      endsAtMs.delete(oldest)
    }
  }

  async function readNew(): Promise<void> {
    const fromMs = Math.max(now(), readUpToMs - OVERLAP_MS)
    for (let offset = 0; offset < MAX_SESSIONS; offset += PAGE) {
      const page = await redis.zrangebyscore(REVOKED_SESSIONS_KEY, fromMs, '+inf', 'WITHSCORES', 'LIMIT', offset, PAGE)
      for (let i = 0; i < page.length; i += 2) {
        const endMs = Number(page[i + 1])
        if (!endsAtMs.has(page[i]!)) add(page[i]!, endMs)
        readUpToMs = Math.max(readUpToMs, endMs)
      }
      if (page.length < 2 * PAGE) return
    }
  }

  async function readOnSchedule(): Promise<void> {
    while (!stopped.signal.aborted) {
      // The client reports that Redis is lost and found again.
      await readNew().catch((error) => isStoreUnavailable(error) || log('revoked_sessions_failed', { error: String(error) }))
      await sleep(READ_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const schedule = readOnSchedule()

  return {
    has: (session) => session !== null && (endsAtMs.get(session) ?? 0) > now(),
    async revoke(session) {
      const endMs = now() + REVOKED_MS
      add(session, endMs)
      try {
        await Promise.all([
          redis.zadd(REVOKED_SESSIONS_KEY, endMs, session),
          redis.zremrangebyscore(REVOKED_SESSIONS_KEY, '-inf', now()),
          redis.zremrangebyrank(REVOKED_SESSIONS_KEY, 0, -MAX_SESSIONS - 1),
          redis.pexpire(REVOKED_SESSIONS_KEY, REVOKED_MS),
        ])
      } catch (error) {
        if (!isStoreUnavailable(error)) throw error
        log('session_revoked_locally', { error: String(error) })
      }
    },
    async close() {
      stopped.abort()
      await schedule
    },
  }
}
