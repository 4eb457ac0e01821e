import { and, inArray, ne } from 'drizzle-orm'
import type { Database } from '../db/mysql.ts'
import { users } from '../db/schema.ts'
import { isOperator } from '../edge/contract/roles.ts'
import { describeError, type Log } from '../runtime/log.ts'
import type { User } from './accounts.ts'
import { type Actor, actorOf, recordAct } from './audit-log.ts'
import type { Device } from './known-devices.ts'
import { checkCode, type CodeResult, hasSecondFactor, type SecondFactorParts } from './second-factor.ts'

type Parts = { db: Database; log: Log; now(): Date }
/** Where a request came from. */
type Origin = Pick<Actor, 'address' | 'requestId'>

/**
 * Records that somebody failed to log in to an operator's account. Nobody has authenticated, so the act has no actor. The login does not wait
 * for it: otherwise its time would reveal whose accounts are operators'. The number of failures is bounded by the login guard.
 */
export function recordFailedLogin({ db, log, now }: Parts, userId: number, origin: Origin, reason: 'password' | 'code'): void {
  const act = {
    at: now(),
    actor: { ...actorOf(null), ...origin },
    action: 'operator.login_failed',
    subject: `user:${userId}`,
    detail: { wrong: reason },
  }
  db.transaction((tx) => recordAct(tx, act)).catch((error: unknown) => log('audit_failed', describeError(error)))
}

/** Records the logout of those of the users who are operators. */
export async function recordLogouts({ db, now }: Parts, userIds: readonly number[], origin: Origin): Promise<void> {
  if (userIds.length === 0) return
  const operators = await db.select({ id: users.id }).from(users).where(
    and(inArray(users.id, [...userIds]), ne(users.role, 'user')),
  )
  for (const { id } of operators) {
    const actor = { ...actorOf(id), ...origin }
    await db.transaction((tx) => recordAct(tx, { at: now(), actor, action: 'operator.logout', subject: `user:${id}` }))
  }
}

export type SecondStep =
  /** `hasSecondFactor`: a code was accepted; false if the account needs none. */
  | { kind: 'passed'; hasSecondFactor: boolean }
  | { kind: 'code_required' }
  | Exclude<CodeResult, { kind: 'accepted' }>

/** The second step of a login by API, after the password. Buyers, and operators who have no second factor, pass without a code. */
export async function passSecondFactor(
  parts: Parts & SecondFactorParts,
  user: User,
  code: string | undefined,
  origin: Origin,
  device: Device | null,
): Promise<SecondStep> {
  if (!isOperator(user.role) || !await hasSecondFactor(parts, user.id)) return { kind: 'passed', hasSecondFactor: false }
  if (code === undefined) return { kind: 'code_required' }
  return await enterCode(parts, user.id, code, origin, device)
}

/** Checks a code of an operator's second factor that was entered in `device`, and records a wrong one. */
export async function enterCode(
  parts: Parts & SecondFactorParts,
  userId: number,
  code: string,
  origin: Origin,
  device: Device | null,
): Promise<Exclude<SecondStep, { kind: 'code_required' }>> {
  const result = await checkCode(parts, { id: userId, ...origin }, code, device)
  if (result.kind === 'accepted') return { kind: 'passed', hasSecondFactor: true }
  if (result.kind === 'wrong_code') recordFailedLogin(parts, userId, origin, 'code')
  return result
}
