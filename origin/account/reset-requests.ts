import type { Language } from '../../edge/contract/language.ts'
import { type Busy, createFairQueue } from '../../runtime/fair-queue.ts'
import { findByEmail } from '../accounts.ts'
import type { Database } from '../../db/mysql.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import type { Mailer } from '../mail/mailer.ts'
import { mailboxBuckets, takeAllowance } from '../mail/mail-allowance.ts'
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
   * that it takes. `busy`: too many requests wait. Throws StoreUnavailable.
   */
  request(email: string, who: { address: string; language: Language }): Promise<{ kind: 'accepted' } | Busy>
  close(): Promise<void>
}

/** Requests for one mailbox wait for each other's row lock, so few may hold a connection. */
const ALLOWANCES = { concurrency: 3, perClient: 20, total: 200, maxWaitMs: 5_000 }
/** What follows the response. */
const LINKS = { concurrency: 1, perClient: 50, total: 500, maxWaitMs: 60_000 }

export function openResetRequests(parts: Parts): ResetRequests {
  const { db, log, mailer, now } = parts
  const allowances = createFairQueue(ALLOWANCES)
  const links = createFairQueue(LINKS)
  const running = new Set<Promise<void>>()

  /** Looks for the account and queues the mail. */
  async function sendLink(email: string, language: Language): Promise<void> {
    const user = await findByEmail(db, email)
    if (!user) return
    await db.transaction((tx) => queueLink(tx, parts, { user, purpose: 'reset_password', email: user.email, language }))
    mailer.nudge()
  }

  return {
    async request(email, { address, language }) {
      const take = () => db.transaction((tx) => takeAllowance(tx, mailboxBuckets('reset_password', email, address), now()))
      const allowance = await allowances.run(address, 'ordinary', take)
      if (allowance.kind === 'busy') return allowance
      if (allowance.kind === 'limited') {
        log('reset_limited', { address })
        return { kind: 'accepted' }
      }
      const work = links.run(address, 'ordinary', async () => ({ done: await sendLink(email, language) })).then(
        (result) => 'kind' in result ? log('reset_dropped', { address }) : undefined,
        (error: unknown) => log('reset_failed', describeError(error)),
      )
      running.add(work)
      void work.finally(() => running.delete(work))
      return { kind: 'accepted' }
    },
    async close() {
      await Promise.all(running)
    },
  }
}
