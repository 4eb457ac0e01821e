import { and, asc, count, eq, gt, inArray, max } from 'drizzle-orm'
import { audit, secondFactors, sessions, users } from '../../db/schema.ts'
import { OPERATOR_ROLES, type OperatorRole, type Role } from '../../edge/contract/roles.ts'
import { recordAct } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { revokeInvitationsOf } from '../invitations.ts'
import { deleteSessionsOf, revokeAll } from '../session-list.ts'
import { REFRESH_SECONDS } from '../sessions.ts'
import { type OperatorAct, readRole } from './operator-sessions.ts'

type Parts = Pick<Deps, 'db' | 'revokedSessions' | 'now'>

export type OperatorFacts = {
  id: number
  email: string
  nickname: string
  role: OperatorRole
  hasSecondFactor: boolean
  /** Null before the first login that the audit log knows. */
  lastLoginAt: Date | null
  /** How many sessions can still be used. */
  sessions: number
}

/** More operators than a shop has. */
const MAX_OPERATORS = 500

/** Every operator, or one; owners first, then by nickname. At most 500. */
export async function listOperators({ db, now }: Pick<Parts, 'db' | 'now'>, only?: number): Promise<OperatorFacts[]> {
  const { id, email, nickname, role } = users
  const found = await db.select({ id, email, nickname, role, confirmedAt: secondFactors.confirmedAt }).from(users)
    .leftJoin(secondFactors, eq(secondFactors.userId, users.id))
    .where(and(inArray(role, OPERATOR_ROLES), only === undefined ? undefined : eq(id, only)))
    .orderBy(asc(nickname)).limit(MAX_OPERATORS)
  if (found.length === 0) return []
  const ids = found.map((user) => user.id)
  const usedSince = new Date(now().getTime() - REFRESH_SECONDS * 1000)
  const [logins, open] = await Promise.all([
    db.select({ id: audit.actorId, at: max(audit.at) }).from(audit)
      .where(and(inArray(audit.actorId, ids), eq(audit.action, 'operator.login'))).groupBy(audit.actorId),
    db.select({ id: sessions.userId, count: count() }).from(sessions)
      .where(and(inArray(sessions.userId, ids), gt(sessions.lastUsedAt, usedSince))).groupBy(sessions.userId),
  ])
  const lastLogins = new Map(logins.map((row) => [row.id, row.at]))
  const sessionCounts = new Map(open.map((row) => [row.id, row.count]))
  return found.map((user) => ({
    id: user.id,
    email: user.email,
    nickname: user.nickname,
    role: user.role as OperatorRole,
    hasSecondFactor: user.confirmedAt !== null,
    lastLoginAt: lastLogins.get(user.id) ?? null,
    sessions: sessionCounts.get(user.id) ?? 0,
  })).sort((a, b) => OPERATOR_ROLES.indexOf(b.role) - OPERATOR_ROLES.indexOf(a.role))
}

export type RoleResult = { kind: 'changed' } | { kind: 'not_found' } | { kind: 'last_owner' }

/**
 * Gives an operator another role, or takes the operator's rights away (`user`), and ends their sessions, whose access tokens name the old
 * role. The last owner stays one. A process that dies after the transaction leaves access tokens of the old role for up to 15 minutes.
 */
export async function changeRole(parts: Parts, { userId, reason, actor }: OperatorAct, role: Role): Promise<RoleResult> {
  const { db, revokedSessions, now } = parts
  const result = await db.transaction(async (tx): Promise<RoleResult & { sessions?: string[] }> => {
    // Locked in the order of their ids, so that two owners who demote each other wait for one another.
    const owners = await tx.select({ id: users.id }).from(users).where(eq(users.role, 'owner')).orderBy(asc(users.id)).for(
      'update',
    )
    const before = await readRole(tx, userId)
    if (!before) return { kind: 'not_found' }
    if (before === role) return { kind: 'changed' }
    if (before === 'owner' && owners.length === 1) return { kind: 'last_owner' }
    await tx.update(users).set({ role }).where(eq(users.id, userId))
    const ended = await deleteSessionsOf(tx, userId)
    // An owner's invitations end with the right to invite.
    await revokeInvitationsOf(tx, userId, now())
    const detail = { before: { role: before }, after: { role }, sessions: ended }
    await recordAct(tx, { at: now(), actor, action: 'operator.role', subject: `user:${userId}`, reason, detail })
    return { kind: 'changed', sessions: ended }
  })
  await revokeAll(revokedSessions, result.sessions ?? [])
  return { kind: result.kind }
}
