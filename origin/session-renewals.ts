import { StoreUnavailable } from '../db/store-unavailable.ts'
import { shareOwnerOf } from '../edge/contract/share-owner.ts'
import { createFairQueue } from '../runtime/fair-queue.ts'
import type { MysqlHealth } from './mysql-health.ts'
import { renewSession, type Session } from './sessions.ts'

/**
 * Renewals at once: each holds a connection to MySQL, and those of one session wait for each other's row lock. So a client that renews without
 * end keeps others waiting for a turn at most.
 */
const LIMITS = { concurrency: 3, perClient: 10, total: 200, maxWaitMs: 3_000 }

/** Renews a session for a client at an address; null as in `renewSession`. Throws StoreUnavailable while MySQL is away and when too many wait. */
export type RenewSession = (token: string | undefined, address: string) => Promise<Session | null>

type Parts = Parameters<typeof renewSession>[0] & { mysqlHealth: Pick<MysqlHealth, 'orUnavailable'> }

/** Renews sessions in fair shares of addresses. Requests that present the same token at the same time share its renewal. */
export function createSessionRenewals(parts: Parts): RenewSession {
  const queue = createFairQueue(LIMITS)
  const running = new Map<string, Promise<Session | null>>()

  async function renew(token: string, address: string): Promise<Session | null> {
    const renewed = await queue.run(
      shareOwnerOf(address),
      'ordinary',
      async () => ({ session: await parts.mysqlHealth.orUnavailable(() => renewSession(parts, token)) }),
    )
    if ('kind' in renewed) throw new StoreUnavailable('mysql', 'Too many sessions are being renewed')
    return renewed.session
  }

  return (token, address) => {
    if (!token) return Promise.resolve(null)
    const shared = running.get(token)
    if (shared) return shared
    const renewal = renew(token, address).finally(() => running.delete(token))
    running.set(token, renewal)
    return renewal
  }
}
