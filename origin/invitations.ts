import { and, desc, eq, gt, isNull } from 'drizzle-orm'
import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from '../db/mysql.ts'
import { invitations, users } from '../db/schema.ts'
import { isOperator, may, type OperatorRole } from '../edge/contract/roles.ts'
import { findByEmail, findTaken, type User, userOf } from './accounts.ts'
import { type Actor, type Operator, recordAct } from './audit-log.ts'
import type { Deps } from './deps.ts'
import { deleteSessionsOf, revokeAll } from './session-list.ts'

type Parts = Pick<Deps, 'db' | 'revokedSessions' | 'passwords' | 'now'>

/** How long the link of an invitation works. */
export const INVITATION_HOURS = 72
const MAX_LISTED = 200

export type Invitation = { id: number; email: string; role: OperatorRole; createdAt: Date; expiresAt: Date }

const hashOf = (token: string) => createHash('sha256').update(token).digest()

/** An invitation that was neither accepted nor revoked, and has not expired. */
const isOpen = (now: Date) => and(isNull(invitations.acceptedAt), isNull(invitations.revokedAt), gt(invitations.expiresAt, now))

/** `forbidden`: the person may not invite any more. */
export type InviteResult =
  | { kind: 'invited'; invitation: Invitation; token: string }
  | { kind: 'already_operator' }
  | { kind: 'forbidden' }

/** Invites a person to become an operator. The token is in no store; an earlier invitation of the same address ends. */
export async function invite(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  { email, role, actor }: { email: string; role: OperatorRole; actor: Operator },
): Promise<InviteResult> {
  const account = await findByEmail(db, email)
  if (account && isOperator(account.role)) return { kind: 'already_operator' }
  const token = randomBytes(32).toString('base64url')
  const createdAt = now()
  const expiresAt = new Date(createdAt.getTime() + INVITATION_HOURS * 3_600_000)
  return await db.transaction(async (tx): Promise<InviteResult> => {
    if (!await mayInvite(tx, actor.id)) return { kind: 'forbidden' }
    await tx.update(invitations).set({ revokedAt: createdAt }).where(and(eq(invitations.email, email), isOpen(createdAt)))
    const [{ insertId }] = await tx.insert(invitations).values({
      email,
      role,
      tokenHash: hashOf(token),
      invitedBy: actor.id,
      createdAt,
      expiresAt,
    })
    const detail = { email, role, expiresAt }
    await recordAct(tx, { at: createdAt, actor, action: 'operator.invite', subject: `invitation:${insertId}`, detail })
    return { kind: 'invited', invitation: { id: insertId, email, role, createdAt, expiresAt }, token }
  })
}

/** Locks an account, and tells whether it may invite operators now. An access token may be older than the loss of the role. */
async function mayInvite(tx: Queryable, userId: number): Promise<boolean> {
  const [inviter] = await tx.select({ role: users.role }).from(users).where(eq(users.id, userId)).for('update')
  return inviter !== undefined && may(inviter.role, 'people.manage')
}

/** Ends a person's open invitations, in a transaction: they have lost the right to invite, or somebody else may have used their account. */
export async function revokeInvitationsOf(tx: Queryable, userId: number, at: Date): Promise<void> {
  await tx.update(invitations).set({ revokedAt: at }).where(and(eq(invitations.invitedBy, userId), isOpen(at)))
}

/** The open invitations, the latest first, at most 200. */
export async function listInvitations({ db, now }: Pick<Parts, 'db' | 'now'>): Promise<Invitation[]> {
  const { id, email, role, createdAt, expiresAt } = invitations
  return await db.select({ id, email, role, createdAt, expiresAt }).from(invitations).where(isOpen(now()))
    .orderBy(desc(invitations.id)).limit(MAX_LISTED)
}

/** Ends an open invitation. Its link no longer works. */
export async function revokeInvitation(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  { id, actor }: { id: number; actor: Operator },
): Promise<'revoked' | 'not_found'> {
  return await db.transaction(async (tx) => {
    const [{ affectedRows }] = await tx.update(invitations).set({ revokedAt: now() }).where(
      and(eq(invitations.id, id), isOpen(now())),
    )
    if (affectedRows !== 1) return 'not_found'
    await recordAct(tx, { at: now(), actor, action: 'operator.revoke_invitation', subject: `invitation:${id}` })
    return 'revoked'
  })
}

export type OpenInvitation = { email: string; role: OperatorRole; hasAccount: boolean }

/** The invitation of a link; null for one that was used, was revoked, has expired or never existed. */
export async function findInvitation({ db, now }: Pick<Parts, 'db' | 'now'>, token: string): Promise<OpenInvitation | null> {
  const [found] = await db.select({ email: invitations.email, role: invitations.role }).from(invitations)
    .where(and(eq(invitations.tokenHash, hashOf(token)), isOpen(now())))
  return found ? { ...found, hasAccount: await findByEmail(db, found.email) !== undefined } : null
}

/** Where the person who accepts an invitation sends from. */
type Origin = Pick<Actor, 'address' | 'requestId'>

export type AcceptResult =
  | { kind: 'joined'; user: User }
  | { kind: 'link_expired' }
  /** The address has an account: it must log in and accept with it. */
  | { kind: 'email_taken' }
  | { kind: 'nickname_taken' }
  /** The person who is logged in has another address, or is an operator already. */
  | { kind: 'other_account' }
  | { kind: 'common_password' }
  | { kind: 'busy' }

/** Accepts an invitation with a new account. The address is not verified: the link came from an owner, not by e-mail. */
export async function acceptAsNewAccount(
  parts: Parts,
  token: string,
  { nickname, password }: { nickname: string; password: string },
  origin: Origin,
): Promise<AcceptResult> {
  const { db, now } = parts
  const invitation = await findInvitation(parts, token)
  if (!invitation) return { kind: 'link_expired' }
  const { email } = invitation
  if (await parts.passwords.isCommon(password, [email, nickname])) return { kind: 'common_password' }
  const taken = await findTaken(db, { email, nickname })
  if (taken) return taken
  const passwordHash = await parts.passwords.hash(password, { address: origin.address ?? 'unknown', isKnown: false })
  if (typeof passwordHash !== 'string') return passwordHash
  try {
    return await db.transaction(async (tx) => {
      const open = await lockInvitation(tx, token, now())
      if (!open) return { kind: 'link_expired' }
      const { role } = open
      const [{ insertId }] = await tx.insert(users).values({ email, passwordHash, nickname, role, createdAt: now() })
      await finish(tx, open, { userId: insertId, isNew: true, origin, at: now() })
      return { kind: 'joined', user: { id: insertId, email, nickname, role, verified: false } }
    })
  } catch (error) {
    const takenMeanwhile = await findTaken(db, { email, nickname })
    if (takenMeanwhile) return takenMeanwhile
    throw error
  }
}

/** Accepts an invitation with the account of its address, whose sessions end: their access tokens name the old role. */
export async function acceptAsUser(parts: Parts, token: string, userId: number, origin: Origin): Promise<AcceptResult> {
  const { db, revokedSessions, now } = parts
  const result = await db.transaction(async (tx): Promise<AcceptResult & { sessions?: string[] }> => {
    const open = await lockInvitation(tx, token, now())
    if (!open) return { kind: 'link_expired' }
    const [account] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
    if (!account || account.email.toLowerCase() !== open.email || account.role !== 'user') return { kind: 'other_account' }
    await tx.update(users).set({ role: open.role }).where(eq(users.id, userId))
    const sessions = await deleteSessionsOf(tx, userId)
    await finish(tx, open, { userId, isNew: false, origin, at: now() })
    return { kind: 'joined', user: { ...userOf(account), role: open.role }, sessions }
  })
  if (result.kind !== 'joined') return result
  await revokeAll(revokedSessions, result.sessions ?? [])
  return { kind: 'joined', user: result.user }
}

type LockedInvitation = { id: number; email: string; role: OperatorRole; invitedBy: number }

async function lockInvitation(tx: Queryable, token: string, now: Date): Promise<LockedInvitation | undefined> {
  const { id, email, role, invitedBy } = invitations
  const find = () =>
    tx.select({ id, email, role, invitedBy }).from(invitations)
      .where(and(eq(invitations.tokenHash, hashOf(token)), isOpen(now)))
  const [found] = await find()
  // The account of the inviter is locked first, as by whatever takes the right away.
  if (!found || !await mayInvite(tx, found.invitedBy)) return undefined
  const [row] = await find().for('update')
  return row
}

async function finish(
  tx: Queryable,
  { id, role, invitedBy }: LockedInvitation,
  { userId, isNew, origin, at }: { userId: number; isNew: boolean; origin: Origin; at: Date },
): Promise<void> {
  await tx.update(invitations).set({ acceptedAt: at, acceptedBy: userId }).where(eq(invitations.id, id))
  const detail = { before: { role: isNew ? null : 'user' }, after: { role }, invitation: id, invitedBy }
  await recordAct(tx, { at, actor: { id: userId, ...origin }, action: 'operator.join', subject: `user:${userId}`, detail })
}
