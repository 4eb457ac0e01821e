import { and, eq, gt, inArray } from 'drizzle-orm'
import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Database, Queryable } from '../../db/mysql.ts'
import { mailLinks, users } from '../../db/schema.ts'
import { LINK_LIFE } from '../../web/mail/messages.ts'

export type MailLink = typeof mailLinks.$inferSelect
export type LinkPurpose = MailLink['purpose']
type UserRow = typeof users.$inferSelect

const LIFE_MS: Record<LinkPurpose, number> = {
  verify_email: LINK_LIFE.verifyHours * 3_600_000,
  reset_password: LINK_LIFE.resetMinutes * 60_000,
  change_email: LINK_LIFE.verifyHours * 3_600_000,
}

/** The token of a link as clients send it: 32 random bytes in base64url. */
export const linkToken = z.string().regex(/^[\w-]{43}$/)

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Creates a one-time link. Its token is in no table. */
export async function createLink(
  tx: Queryable,
  { userId, purpose, email, at }: { userId: number; purpose: LinkPurpose; email: string; at: Date },
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(at.getTime() + LIFE_MS[purpose])
  await tx.insert(mailLinks).values({ userId, purpose, email, tokenHash: hashOf(token), createdAt: at, expiresAt })
  return { token, expiresAt }
}

/** A link for one of the purposes that has not expired and was not used; undefined for any other token. */
export async function findLink(
  db: Pick<Database, 'select'>,
  token: string,
  purposes: readonly LinkPurpose[],
  now: Date,
): Promise<MailLink | undefined> {
  const [link] = await db.select().from(mailLinks).where(
    and(eq(mailLinks.tokenHash, hashOf(token)), inArray(mailLinks.purpose, [...purposes]), gt(mailLinks.expiresAt, now)),
  )
  return link
}

/** A link with its account, both locked: of several requests with one token, one gets it. The caller ends it with `endLinks`. */
export async function lockLink(
  tx: Queryable,
  token: string,
  purposes: readonly LinkPurpose[],
  now: Date,
): Promise<{ link: MailLink; user: UserRow } | undefined> {
  const early = await findLink(tx, token, purposes, now)
  if (!early) return undefined
  // The account first, as everywhere, so that two transactions do not lock each other out.
  const [user] = await tx.select().from(users).where(eq(users.id, early.userId)).for('update')
  const link = await findLink(tx, token, purposes, now)
  return link && user ? { link, user } : undefined
}

/** Ends an account's links: all of them, or those for one purpose. */
export async function endLinks(tx: Pick<Queryable, 'delete'>, userId: number, purpose?: LinkPurpose): Promise<void> {
  await tx.delete(mailLinks).where(and(eq(mailLinks.userId, userId), purpose && eq(mailLinks.purpose, purpose)))
}
