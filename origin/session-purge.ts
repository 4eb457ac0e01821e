import { asc, inArray, lte } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { refreshTokens } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'

/** Rows of one statement, so that none holds locks for long, and statements of one run. */
const BATCH = 500
const MAX_BATCHES = 40

type Parts = { db: Database; log: Log; now(): Date }

/** Deletes expired refresh tokens, up to 20,000. Returns how many. Several origins may do so at the same time. */
export async function purgeSessions({ db, now }: Pick<Parts, 'db' | 'now'>): Promise<number> {
  let deleted = 0
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const expired = await db.select({ id: refreshTokens.id }).from(refreshTokens)
      .where(lte(refreshTokens.expiresAt, now())).orderBy(asc(refreshTokens.expiresAt)).limit(BATCH)
    if (expired.length > 0) await db.delete(refreshTokens).where(inArray(refreshTokens.id, expired.map(({ id }) => id)))
    deleted += expired.length
    if (expired.length < BATCH) break
  }
  return deleted
}

/** Purges every `everyMs`, at a random time within the first interval, so that origins that start together take turns. */
export function openSessionPurge(parts: Parts, everyMs: number): { close(): Promise<void> } {
  const stopped = new AbortController()
  const wait = (ms: number) => sleep(ms, undefined, { signal: stopped.signal }).catch(() => {})

  async function runSchedule() {
    await wait(Math.random() * everyMs)
    while (!stopped.signal.aborted) {
      try {
        const deleted = await purgeSessions(parts)
        if (deleted > 0) parts.log('sessions_purged', { deleted })
      } catch (error) {
        parts.log('session_purge_failed', describeError(error))
      }
      await wait(everyMs)
    }
  }
  const schedule = runSchedule()
  return {
    async close() {
      stopped.abort()
      await schedule
    },
  }
}
