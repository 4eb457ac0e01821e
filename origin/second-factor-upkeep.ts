import { and, eq, notLike } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { secondFactors } from '../db/schema.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { currentPrefix, decryptSecret, encryptSecret } from './second-factor-secret.ts'

type Parts = { db: Database; tokenKeys: TokenKeys; log: Log }

/** Rows of one run. A shop has fewer operators. */
const BATCH = 1_000

/**
 * Encrypts with the first secret what another secret of TOKEN_SECRET has encrypted. Returns how many rows it changed, and of how many no
 * secret is left: their operators need a new second factor. Several origins may do so at the same time.
 */
export async function renewEncryption({ db, tokenKeys }: Omit<Parts, 'log'>): Promise<{ renewed: number; lost: number }> {
  const rows = await db.select({ userId: secondFactors.userId, secret: secondFactors.secret }).from(secondFactors)
    .where(notLike(secondFactors.secret, `${currentPrefix(tokenKeys)}%`)).limit(BATCH)
  const counts = { renewed: 0, lost: 0 }
  for (const { userId, secret } of rows) {
    const decrypted = decryptSecret(tokenKeys, userId, secret)
    if (!decrypted) {
      counts.lost++
      continue
    }
    await db.update(secondFactors).set({ secret: encryptSecret(tokenKeys, userId, decrypted) })
      .where(and(eq(secondFactors.userId, userId), eq(secondFactors.secret, secret)))
    counts.renewed++
  }
  return counts
}

/** Runs at once, since a changed TOKEN_SECRET comes with a restart, and then every `everyMs`, for origins that still had the older one. */
export function openSecondFactorUpkeep(parts: Parts, everyMs: number): { close(): Promise<void> } {
  const stopped = new AbortController()
  async function runSchedule() {
    while (!stopped.signal.aborted) {
      try {
        const counts = await renewEncryption(parts)
        if (counts.renewed + counts.lost > 0) parts.log('second_factors_encrypted', counts)
      } catch (error) {
        parts.log('second_factor_encryption_failed', describeError(error))
      }
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
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
