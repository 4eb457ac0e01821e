import type { Language } from '../../edge/contract/language.ts'
import { createFairQueue } from '../../runtime/fair-queue.ts'
import { findByEmail } from '../accounts.ts'
import type { Database } from '../../db/mysql.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import type { Mailer } from '../mail/mailer.ts'
import { takeAllowance } from '../mail/mail-allowance.ts'
import { queueLink } from './account-mail.ts'

type Parts = {
  db: Database
  tokenKeys: TokenKeys
  mailer: Pick<Mailer, 'nudge'>
  log: Log
  now(): Date
  newId(): string
}

export type ResetRequests = {
  /**
   * Requests a link for an address. What it does before it resolves is the same whether or not the address has an account, and so is the time
   * that it takes. Throws StoreUnavailable.
   */
  request(email: string, who: { address: string; language: Language }): Promise<void>
  close(): Promise<void>
}

const LIMITS = { concurrency: 2, perClient: 20, total: 200, maxWaitMs: 10_000 }

export function openResetRequests(parts: Parts): ResetRequests {
  const queue = createFairQueue(LIMITS)
  const running = new Set<Promise<void>>()

  /** Looks for the account and queues the mail, after the response. */
  async function sendLink(email: string, language: Language): Promise<void> {
    const user = await findByEmail(parts.db, email)
    if (!user) return
    await parts.db.transaction((tx) => queueLink(tx, parts, { user, purpose: 'reset_password', email: user.email, language }))
    parts.mailer.nudge()
  }

  return {
    async request(email, { address, language }) {
      const allowance = await parts.db.transaction((tx) => takeAllowance(tx, [`address:${email}`], parts.now()))
      if (allowance.kind === 'limited') return parts.log('reset_limited', { address })
      const work = queue.run(address, 'ordinary', async () => ({ done: await sendLink(email, language) })).then(
        (result) => 'kind' in result ? parts.log('reset_dropped', { address }) : undefined,
        (error: unknown) => parts.log('reset_failed', describeError(error)),
      )
      running.add(work)
      void work.finally(() => running.delete(work))
    },
    async close() {
      await Promise.all(running)
    },
  }
}
