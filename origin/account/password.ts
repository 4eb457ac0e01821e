/** Change of a password by its owner, who enters the present one, and reset of a forgotten one by a link. */
import { eq } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { users } from '../../db/schema.ts'
import { checkPassword } from '../accounts.ts'
import { revokeInvitationsOf } from '../invitations.ts'
import { deleteSessionsOf, revokeAll } from '../session-list.ts'
import { mayNotify, queueNotice } from './account-mail.ts'
import { endLinks, findLink, lockLink } from './mail-links.ts'
import { type AccountParts, lockChecked, type OwnRequest, recordOwnAct } from './own-act.ts'

type UserRow = typeof users.$inferSelect

export type PasswordChangeResult =
  | { kind: 'changed'; passwordHash: string }
  | { kind: 'wrong_password' }
  | { kind: 'common_password' }
  | { kind: 'not_found' }
  | { kind: 'busy' }
  | { kind: 'delayed'; retryAfterSeconds: number }

/** Changes a password. The other sessions of the account and its links end, and its address gets a notice. */
export async function changePassword(
  parts: AccountParts,
  userId: number,
  { current, password }: { current: string; password: string },
  request: OwnRequest,
): Promise<PasswordChangeResult> {
  const { db, passwords } = parts
  const [user] = await db.select().from(users).where(eq(users.id, userId))
  if (!user || user.deletedAt) return { kind: 'not_found' }
  const checked = await checkPassword(parts, user.email, current, request, user)
  if (checked.kind !== 'checked') return checked
  if (!checked.isRight) return { kind: 'wrong_password' }
  if (await passwords.isCommon(password, [user.email, user.nickname])) return { kind: 'common_password' }
  const passwordHash = await passwords.hash(password, { address: request.address, isKnown: false })
  if (typeof passwordHash !== 'string') return passwordHash
  const sessions = await db.transaction(async (tx) => {
    const locked = await lockChecked(tx, user)
    if (!locked) return null
    const action = 'account.change_password'
    return await storePassword(tx, parts, locked, { passwordHash, action, isKept: keeps(request), request })
  })
  if (!sessions) return { kind: 'wrong_password' }
  await finish(parts, sessions)
  return { kind: 'changed', passwordHash }
}

export type PasswordResetResult =
  | { kind: 'changed'; passwordHash: string }
  | { kind: 'link_expired' }
  | { kind: 'common_password' }
  | { kind: 'busy' }

/** Whether a link may still reset a password. */
export const isResetOpen = async ({ db, now }: Pick<AccountParts, 'db' | 'now'>, token: string): Promise<boolean> =>
  await findLink(db, token, ['reset_password'], now()) !== undefined

/**
 * Sets a new password with the link of a reset. All sessions end. The address counts as verified, because the link was sent to it. A second
 * factor stays.
 */
export async function resetPassword(
  parts: AccountParts,
  token: string,
  password: string,
  request: OwnRequest,
): Promise<PasswordResetResult> {
  const { db, passwords, now } = parts
  const early = await findLink(db, token, ['reset_password'], now())
  if (!early) return { kind: 'link_expired' }
  const [owner] = await db.select().from(users).where(eq(users.id, early.userId))
  if (!owner) return { kind: 'link_expired' }
  if (await passwords.isCommon(password, [owner.email, owner.nickname])) return { kind: 'common_password' }
  const passwordHash = await passwords.hash(password, { address: request.address, isKnown: false })
  if (typeof passwordHash !== 'string') return passwordHash
  const sessions = await db.transaction(async (tx) => {
    const locked = await lockLink(tx, token, ['reset_password'], now())
    if (!locked || locked.user.email !== locked.link.email) return null
    const { user } = locked
    if (!user.emailVerifiedAt) await tx.update(users).set({ emailVerifiedAt: now() }).where(eq(users.id, user.id))
    return await storePassword(tx, parts, user, { passwordHash, action: 'account.reset_password', isKept: () => false, request })
  })
  if (!sessions) return { kind: 'link_expired' }
  await finish(parts, sessions)
  return { kind: 'changed', passwordHash }
}

const keeps = ({ session }: OwnRequest) => (id: string) => id === session

async function storePassword(
  tx: Queryable,
  parts: AccountParts,
  user: UserRow,
  { passwordHash, action, isKept, request }: {
    passwordHash: string
    action: string
    isKept(session: string): boolean
    request: OwnRequest
  },
): Promise<string[]> {
  const at = parts.now()
  await tx.update(users).set({ passwordHash }).where(eq(users.id, user.id))
  await endLinks(tx, user.id)
  await revokeInvitationsOf(tx, user.id, at)
  const sessions = await deleteSessionsOf(tx, user.id, (id) => !isKept(id))
  if (await mayNotify(tx, parts, user, request)) {
    const message = { kind: 'password_changed' as const, nickname: user.nickname, at: at.toISOString() }
    await queueNotice(tx, parts, { userId: user.id, to: user.email, language: request.language, message })
  }
  await recordOwnAct(tx, user, Object.assign({ action, at }, request))
  return sessions
}

async function finish({ mailer, revokedSessions }: AccountParts, sessions: readonly string[]): Promise<void> {
  mailer.nudge()
  await revokeAll(revokedSessions, sessions)
}
