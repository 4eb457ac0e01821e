import { asc, inArray, lte } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { refreshTokens, sessions } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { REFRESH_SECONDS } from './sessions.ts'

/** Rows of one statement, so that none holds locks for long, and statements of one run. */
const BATCH = 500
const MAX_BATCHES = 40

type Parts = { db: Database; log: Log; now(): Date }

/** Deletes expired refresh tokens and sessions, up to 20,000 of each. Returns how many. Several origins may do so at the same time. */
export async function purgeSessions({ db, now }: Pick<Parts, 'db' | 'now'>): Promise<number> {
  const unusedSince = new Date(now().getTime() - REFRESH_SECONDS * 1000)
  const tokens = await deleteInBatches(async () => {
    const expired = await db.select({ id: refreshTokens.id }).from(refreshTokens)
      .where(lte(refreshTokens.expiresAt, now())).orderBy(asc(refreshTokens.expiresAt)).limit(BATCH)
    if (expired.length > 0) await db.delete(refreshTokens).where(inArray(refreshTokens.id, expired.map(({ id }) => id)))
    return expired.length
  })
  const rows = await deleteInBatches(async () => {
    const unused = await db.select({ id: sessions.id }).from(sessions)
      .where(lte(sessions.lastUsedAt, unusedSince)).orderBy(asc(sessions.lastUsedAt)).limit(BATCH)
    if (unused.length > 0) await db.delete(sessions).where(inArray(sessions.id, unused.map(({ id }) => id)))
    return unused.length
  })
  return tokens + rows
}

/** Runs a statement that deletes at most `BATCH` rows until it finds fewer. Returns the sum. */
async function deleteInBatches(deleteBatch: () => Promise<number>): Promise<number> {
  let deleted = 0
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const count = await deleteBatch()
    deleted += count
    if (count < BATCH) break
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
