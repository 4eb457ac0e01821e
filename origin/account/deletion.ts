/**
 * Deleting an account. Its row stays, without personal data, for the reservations that refer to it. The steps:
 *
 *   1. the password is checked, and the write-back catches up
 *   2. one transaction: refused while the person holds seats of a coming event; otherwise sessions, links, codes, mails and reminders are deleted, and
 *      the row is made anonymous
 *   3. the access tokens are revoked, everywhere within a second
 *
 * A process that dies after 2 leaves access tokens for 15 minutes, which can book nothing that their owner could find again. The same holds
 * for a booking of another device that is made between 1 and 3: it stays valid, and belongs to the anonymous row.
 */
import { and, count, eq, gt, isNull } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { events, mails, openingReminders, reservations, users } from '../../db/schema.ts'
import { isOperator } from '../../edge/contract/roles.ts'
import { checkPassword } from '../accounts.ts'
import type { Deps } from '../deps.ts'
import { NO_PASSWORD } from '../passwords.ts'
import { catchUp } from '../reservation-list.ts'
import { deleteSessionsOf, revokeAll } from '../session-list.ts'
import { mayNotify, queueNotice } from './account-mail.ts'
import { endLinks } from './mail-links.ts'
import { type AccountParts, lockChecked, type OwnRequest } from './own-act.ts'

export type DeletionResult =
  | { kind: 'deleted' }
  | { kind: 'wrong_password' }
  /** Confirmed reservations of events that have not begun. */
  | { kind: 'has_reservations'; reservations: number }
  /** An owner removes an operator's role first, so that the admin pages never lose their last owner. */
  | { kind: 'operator' }
  | { kind: 'not_found' }
  | { kind: 'busy' }
  | { kind: 'delayed'; retryAfterSeconds: number }

export async function deleteAccount(
  parts: AccountParts & Pick<Deps, 'writeBack'>,
  userId: number,
  password: string,
  request: OwnRequest,
): Promise<DeletionResult> {
  const { db, mailer, revokedSessions } = parts
  const [user] = await db.select().from(users).where(eq(users.id, userId))
  if (!user || user.deletedAt) return { kind: 'not_found' }
  const checked = await checkPassword(parts, user.email, password, request, user)
  if (checked.kind !== 'checked') return checked
  if (!checked.isRight) return { kind: 'wrong_password' }
  if (!await catchUp(parts)) return { kind: 'busy' }
  const result = await db.transaction((tx) => erase(tx, parts, user, request))
  if (result.kind !== 'deleted') return result
  mailer.nudge()
  await revokeAll(revokedSessions, result.sessions)
  return { kind: 'deleted' }
}

type Erased = Exclude<DeletionResult, { kind: 'deleted' }> | { kind: 'deleted'; sessions: string[] }

async function erase(
  tx: Queryable,
  parts: AccountParts,
  checked: typeof users.$inferSelect,
  request: OwnRequest,
): Promise<Erased> {
  const at = parts.now()
  const userId = checked.id
  const user = await lockChecked(tx, checked)
  if (!user) return { kind: 'wrong_password' }
  if (isOperator(user.role)) return { kind: 'operator' }
  const [coming] = await tx.select({ reservations: count() }).from(reservations)
    .innerJoin(events, eq(events.id, reservations.eventId))
    .where(and(
      eq(reservations.userId, userId),
      eq(reservations.status, 'confirmed'),
      gt(events.startsAt, at),
      isNull(events.cancelledAt),
    ))
  if (coming && coming.reservations > 0) return { kind: 'has_reservations', reservations: coming.reservations }
  const sessions = await deleteSessionsOf(tx, userId)
  await endLinks(tx, userId)
  await tx.delete(mails).where(eq(mails.userId, userId))
  await tx.delete(openingReminders).where(eq(openingReminders.userId, userId))
  await tx.update(users).set(anonymous(userId, at)).where(eq(users.id, userId))
  if (await mayNotify(tx, parts, user, request)) {
    const message = { kind: 'account_deleted' as const, nickname: user.nickname }
    // Belongs to no account, so that nothing refers to the address once the mail is sent and purged.
    await queueNotice(tx, parts, { userId: null, to: user.email, language: request.language, message })
  }
  return { kind: 'deleted', sessions }
}

/** What the row of a deleted account has. No one can sign up with such a nickname or address, or receive mail there (RFC 6761 §6.4). */
const anonymous = (userId: number, at: Date) => ({
  email: `~${userId}@deleted.invalid`,
  nickname: `~${userId.toString(36)}`,
  passwordHash: NO_PASSWORD,
  emailVerifiedAt: null,
  termsVersion: null,
  termsAcceptedAt: null,
  deletedAt: at,
})
