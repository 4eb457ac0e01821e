import { eq, inArray, lte } from 'drizzle-orm'
import { createHash } from 'node:crypto'
import type { Database, Queryable } from '../../db/mysql.ts'
import { mailAllowances, type users } from '../../db/schema.ts'
import { shareOwnerOf } from '../../edge/contract/share-owner.ts'

/** A token bucket for mails: `burst` at once, and one more after each interval. */
export type MailBucket = { name: string; burst: number; intervalMs: number }

/** Mails of one kind for one address, and mails of one account: 17 in the first day. */
export const MAIL_BURST = 5
/** Mails of one kind for one mailbox, from all clients and accounts. */
export const MAILBOX_BURST = 20
/** Mails to unverified addresses from one client. The edge allows as many sign-ups, so an honest crowd behind one address gets its mails. */
export const CLIENT_BURST = 100
const HOUR_MS = 3_600_000

export const mailBucket = (name: string): MailBucket => ({ name, burst: MAIL_BURST, intervalMs: 2 * HOUR_MS })

/** The bucket of a client that causes mails to addresses which nobody has verified, such as all those of a domain. */
export const clientBucket = (client: string): MailBucket => ({
  name: `client:${shareOwnerOf(client)}`,
  burst: CLIENT_BURST,
  intervalMs: HOUR_MS / 180,
})

/** The buckets of mails that anyone can request for an address: one client that uses up its own leaves some to the owner of the mailbox. */
export function mailboxBuckets(kind: string, email: string, client?: string): MailBucket[] {
  const name = `${kind}:${mailboxOf(email)}`
  const all = { name, burst: MAILBOX_BURST, intervalMs: HOUR_MS / 2 }
  return client === undefined ? [all] : [all, mailBucket(`${name} ${shareOwnerOf(client)}`)]
}

/**
 * The buckets of mails to the address of an account. Only one account has the address, so strangers cannot use up its bucket. Other spellings
 * of an unverified address share those of the mailbox; with one for each spelling alone, the mailbox would get any number of mails.
 */
export function accountBuckets(
  kind: string,
  { email, emailVerifiedAt }: Pick<typeof users.$inferSelect, 'email' | 'emailVerifiedAt'>,
  client?: string,
): MailBucket[] {
  const own = mailBucket(`${kind} of account:${email}`)
  return emailVerifiedAt || email === mailboxOf(email)
    ? [own]
    : [own].concat(mailboxBuckets(`${kind} of spellings`, email, client))
}

export type Allowance = { kind: 'allowed' } | { kind: 'limited'; retryAfterSeconds: number }

/**
 * Takes one mail from each bucket; from none if one of them is empty. The rows stay locked until the transaction ends, so that requests at
 * the same time cannot exceed an allowance. An act calls this once, so that two do not lock each other out.
 */
export async function takeAllowance(tx: Queryable, buckets: readonly MailBucket[], now: Date): Promise<Allowance> {
  // In one order everywhere, for the same reason.
  const asked = buckets.map((bucket) => ({ id: hashOf(bucket.name), bucket })).sort((a, b) => Buffer.compare(a.id, b.id))
  let waitMs = 0
  const taken: { id: Buffer; fullAt: Date }[] = []
  for (const { id, bucket: { burst, intervalMs } } of asked) {
    await tx.insert(mailAllowances).values({ id, fullAt: now }).onDuplicateKeyUpdate({ set: { id } })
    const [row] = await tx.select().from(mailAllowances).where(eq(mailAllowances.id, id)).for('update')
    const next = Math.max(row!.fullAt.getTime(), now.getTime()) + intervalMs
    waitMs = Math.max(waitMs, next - now.getTime() - burst * intervalMs)
    taken.push({ id, fullAt: new Date(next) })
  }
  if (waitMs > 0) return { kind: 'limited', retryAfterSeconds: Math.ceil(waitMs / 1000) }
  for (const { id, fullAt } of taken) await tx.update(mailAllowances).set({ fullAt }).where(eq(mailAllowances.id, id))
  return { kind: 'allowed' }
}

/** Deletes up to `limit` full allowances: a missing one is full. Returns how many. */
export async function purgeAllowances(db: Database, now: Date, limit: number): Promise<number> {
  const full = await db.select({ id: mailAllowances.id }).from(mailAllowances).where(lte(mailAllowances.fullAt, now)).limit(limit)
  if (full.length > 0) await db.delete(mailAllowances).where(inArray(mailAllowances.id, full.map(({ id }) => id)))
  return full.length
}

/**
 * The mailbox behind an address in lower case, for the name of a bucket: what follows a plus sign leads to the same mailbox at most providers,
 * and Gmail ignores dots (https://support.google.com/mail/answer/7436150).
 */
export function mailboxOf(email: string): string {
  const [local = '', domain = ''] = email.split('@')
  const name = local.replace(/\+.*/, '')
  return domain === 'gmail.com' || domain === 'googlemail.com' ? `${name.replaceAll('.', '')}@gmail.com` : `${name}@${domain}`
}

const hashOf = (name: string): Buffer => createHash('sha256').update(name).digest()
