import { inArray, lte } from 'drizzle-orm'
import { createHash } from 'node:crypto'
import type { Database, Queryable } from '../../db/mysql.ts'
import { mailAllowances } from '../../db/schema.ts'

/** Mails that a person can cause at once, by account and by address, and the time in which one more is allowed: 17 in the first day. */
export const MAIL_BURST = 5
const MAIL_INTERVAL_MS = 2 * 3_600_000

export type Allowance = { kind: 'allowed' } | { kind: 'limited'; retryAfterSeconds: number }

/**
 * Takes one mail from the allowance of each name, such as `address:a@b.example` and `account:7`; from none if one of them has none left. The
 * rows stay locked until the transaction ends, so that requests at the same time cannot exceed an allowance.
 */
export async function takeAllowance(tx: Queryable, names: readonly string[], now: Date): Promise<Allowance> {
  // In one order everywhere, so that two transactions do not lock each other out.
  const ids = names.map(hashOf).sort(Buffer.compare)
  for (const id of ids) {
    await tx.insert(mailAllowances).values({ id, fullAt: now }).onDuplicateKeyUpdate({ set: { id } })
  }
  const rows = await tx.select().from(mailAllowances).where(inArray(mailAllowances.id, ids)).for('update')
  const next = rows.map(({ fullAt }) => Math.max(fullAt.getTime(), now.getTime()) + MAIL_INTERVAL_MS)
  const waitMs = Math.max(...next) - now.getTime() - MAIL_BURST * MAIL_INTERVAL_MS
  if (waitMs > 0) return { kind: 'limited', retryAfterSeconds: Math.ceil(waitMs / 1000) }
  for (const [i, { id }] of rows.entries()) {
    await tx.update(mailAllowances).set({ fullAt: new Date(next[i]!) }).where(inArray(mailAllowances.id, [id]))
  }
  return { kind: 'allowed' }
}

/** Deletes up to `limit` full allowances: a missing one is full. Returns how many. */
export async function purgeAllowances(db: Database, now: Date, limit: number): Promise<number> {
  const full = await db.select({ id: mailAllowances.id }).from(mailAllowances).where(lte(mailAllowances.fullAt, now)).limit(limit)
  if (full.length > 0) await db.delete(mailAllowances).where(inArray(mailAllowances.id, full.map(({ id }) => id)))
  return full.length
}

/** The mailbox behind an address, for the name of an allowance: what follows a plus sign leads to the same mailbox at most providers. */
export const mailboxOf = (email: string): string => email.replace(/\+[^@]*(?=@)/, '')

const hashOf = (name: string): Buffer => createHash('sha256').update(name).digest()
