import { eq } from 'drizzle-orm'
import { users } from '../../db/schema.ts'
import { isOperator, type Role } from '../../edge/contract/roles.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { revokeInvitationsOf } from '../invitations.ts'
import { deleteSecondFactor } from '../second-factor.ts'
import { deleteSessionsOf, revokeAll } from '../session-list.ts'

/**
 * Acts that end an operator's sessions. Each changes MySQL in one transaction with its record, then revokes the access tokens. A process that
 * dies between the two leaves access tokens that are valid for up to 15 minutes; ending the sessions again revokes nothing then, because the
 * rows are gone.
 */
type Parts = Pick<Deps, 'db' | 'revokedSessions' | 'now'>

export type OperatorAct = { userId: number; reason: string; actor: Operator }

export type EndResult = { kind: 'ended'; sessions: number } | { kind: 'not_found' }

/** Ends all sessions of an operator, or one. */
export async function endSessions(parts: Parts, { userId, reason, actor }: OperatorAct, only?: string): Promise<EndResult> {
  const ended = await parts.db.transaction(async (tx) => {
    if (!await readRole(tx, userId)) return []
    const sessions = await deleteSessionsOf(tx, userId, (id) => only === undefined || id === only)
    if (sessions.length === 0) return sessions
    const act = {
      at: parts.now(),
      actor,
      action: 'operator.end_sessions',
      subject: `user:${userId}`,
      reason,
      detail: { sessions },
    }
    await recordAct(tx, act)
    return sessions
  })
  await revokeAll(parts.revokedSessions, ended)
  return ended.length === 0 ? { kind: 'not_found' } : { kind: 'ended', sessions: ended.length }
}

/** Removes an operator's second factor and ends their sessions, so that none of them counts as having one. */
export async function removeSecondFactor(parts: Parts, { userId, reason, actor }: OperatorAct): Promise<EndResult> {
  const ended = await parts.db.transaction(async (tx) => {
    if (!await readRole(tx, userId) || !await deleteSecondFactor(tx, userId)) return null
    await revokeInvitationsOf(tx, userId, parts.now())
    const sessions = await deleteSessionsOf(tx, userId)
    const detail = { sessions }
    await recordAct(tx, { at: parts.now(), actor, action: 'second_factor.remove', subject: `user:${userId}`, reason, detail })
    return sessions
  })
  if (!ended) return { kind: 'not_found' }
  await revokeAll(parts.revokedSessions, ended)
  return { kind: 'ended', sessions: ended.length }
}

/** Locks an operator's account and returns their role; null for buyers and unknown ids. */
export async function readRole(tx: Pick<Deps['db'], 'select'>, userId: number): Promise<Exclude<Role, 'user'> | null> {
  const [user] = await tx.select({ role: users.role }).from(users).where(eq(users.id, userId)).for('update')
  return user && isOperator(user.role) ? user.role : null
}
