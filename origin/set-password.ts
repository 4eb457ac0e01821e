import { eq } from 'drizzle-orm'
import type { Database } from '../db/mysql.ts'
import type { RevokedSessions } from '../db/redis/revoked-sessions.ts'
import { users } from '../db/schema.ts'
import { actorOf, recordAct } from './audit-log.ts'
import { hashPassword } from '../runtime/password-hash.ts'
import { revokeInvitationsOf } from './invitations.ts'
import { deleteSessionsOf, revokeAll } from './session-list.ts'

type Parts = { db: Database; revokedSessions: RevokedSessions; now(): Date }

export type SetPasswordResult = { kind: 'changed'; userId: number; endedSessions: number } | { kind: 'unknown_account' }

/**
 * Sets an account's password for an operator, and ends all of its sessions. MySQL changes first, in one transaction with the audit trail: a
 * process that dies after it leaves access tokens that are valid until they expire.
 */
export async function setPassword(
  { db, revokedSessions, now }: Parts,
  { email, password, operator }: { email: string; password: string; operator: string },
): Promise<SetPasswordResult> {
  const passwordHash = await hashPassword(password)
  const result = await db.transaction(async (tx) => {
    const [user] = await tx.select({ id: users.id, email: users.email }).from(users).where(eq(users.email, email)).for('update')
    // The collation of the column also finds addresses with other forms of a letter.
    if (user?.email !== email) return null
    await tx.update(users).set({ passwordHash }).where(eq(users.id, user.id))
    const sessions = await deleteSessionsOf(tx, user.id)
    await revokeInvitationsOf(tx, user.id, now())
    const detail = { operator, endedSessions: sessions.length }
    await recordAct(tx, { at: now(), actor: actorOf(null), action: 'account.set_password', subject: `user:${user.id}`, detail })
    return { userId: user.id, sessions }
  })
  if (!result) return { kind: 'unknown_account' }
  await revokeAll(revokedSessions, result.sessions)
  return { kind: 'changed', userId: result.userId, endedSessions: result.sessions.length }
}
