import { and, count, eq, isNotNull, isNull, lt } from 'drizzle-orm'
import type { Database, Queryable } from '../db/mysql.ts'
import { recoveryCodes, secondFactors } from '../db/schema.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import { type Operator, recordAct } from './audit-log.ts'
import type { Device } from './known-devices.ts'
import { checkAttempt, LOGIN_RULES, type LoginGuard } from './login-guard.ts'
import {
  describeSecret,
  hashRecoveryCode,
  newRecoveryCode,
  newSecret,
  normaliseCode,
  RECOVERY_CODES,
  stepOfCode,
} from './one-time-codes.ts'
import { accountKey } from './passwords.ts'
import { decryptSecret, encryptSecret } from './second-factor-secret.ts'

export type SecondFactorParts = { db: Database; tokenKeys: TokenKeys; codeGuard: LoginGuard; now(): Date }
type Parts = SecondFactorParts

/**
 * How guesses of codes are slowed down: as those of passwords (login-guard.ts), with a smaller allowance of the account. Three of a million
 * codes are valid at a time, and at most 136 are tried on the first day, 96 on each further one.
 */
export const CODE_RULES = { ...LOGIN_RULES, burst: 20, tokenMs: 1_800_000 }

export type SecondFactorState =
  | { kind: 'none' }
  /** Set up, but no code was entered yet. */
  | { kind: 'pending'; secret: Buffer; encrypted: string }
  | { kind: 'confirmed'; since: Date; recoveryCodesLeft: number }

/** An operator's second factor. A secret that cannot be decrypted any more counts as none if it is pending. Throws StoreUnavailable. */
export async function readSecondFactor(
  { db, tokenKeys }: Pick<Parts, 'db' | 'tokenKeys'>,
  userId: number,
): Promise<SecondFactorState> {
  const [row] = await db.select().from(secondFactors).where(eq(secondFactors.userId, userId))
  if (!row) return { kind: 'none' }
  if (row.confirmedAt === null) {
    const secret = decryptSecret(tokenKeys, userId, row.secret)
    return secret ? { kind: 'pending', secret, encrypted: row.secret } : { kind: 'none' }
  }
  const [codes] = await db.select({ left: count() }).from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)))
  return { kind: 'confirmed', since: row.confirmedAt, recoveryCodesLeft: codes?.left ?? 0 }
}

/** Whether a login of the operator needs a code. */
export async function hasSecondFactor({ db }: Pick<Parts, 'db'>, userId: number): Promise<boolean> {
  const [row] = await db.select({ userId: secondFactors.userId }).from(secondFactors)
    .where(and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt)))
  return row !== undefined
}

/** Makes a new secret for an operator who has no confirmed second factor; `confirmed` if they have one, which stays. */
export async function startSetup(
  { db, tokenKeys, now }: Omit<Parts, 'codeGuard'>,
  userId: number,
): Promise<'started' | 'confirmed'> {
  return await db.transaction(async (tx) => {
    await tx.delete(secondFactors).where(and(eq(secondFactors.userId, userId), isNull(secondFactors.confirmedAt)))
    const [other] = await tx.select({ id: secondFactors.userId }).from(secondFactors).where(eq(secondFactors.userId, userId))
    if (other) return 'confirmed'
    await tx.insert(secondFactors).values({ userId, secret: encryptSecret(tokenKeys, userId, newSecret()), createdAt: now() })
    return 'started'
  })
}

/** The text and the address of a pending secret, for the operator's app. */
export const secretFor = (account: string, secret: Buffer): { text: string; uri: string } => describeSecret(secret, account)

export type ConfirmResult =
  | { kind: 'confirmed'; recoveryCodes: string[] }
  | { kind: 'wrong_code' }
  | { kind: 'delayed'; retryAfterSeconds: number }

/** Turns the second factor on with its first code. Returns the recovery codes, which are kept as hashes alone. */
export async function confirmSetup(parts: Parts, actor: Operator, code: string): Promise<ConfirmResult> {
  const permission = await attempt(parts, actor, null)
  if (permission.kind === 'delayed') return permission
  const codes = await checkAttempt(permission, () => confirmSecret(parts, actor, code))
  if (!codes) return { kind: 'wrong_code' }
  await permission.onSuccess()
  return { kind: 'confirmed', recoveryCodes: codes }
}

/** Confirms the pending secret with its first code. Returns the recovery codes; null for a wrong code. */
async function confirmSecret(parts: Parts, actor: Operator, code: string): Promise<string[] | null> {
  const { db, now } = parts
  const state = await readSecondFactor(parts, actor.id)
  const step = state.kind === 'pending' ? stepOfCode(state.secret, normaliseCode(code), now().getTime()) : null
  if (state.kind !== 'pending' || step === null) return null
  return await db.transaction(async (tx) => {
    const [{ affectedRows }] = await tx.update(secondFactors).set({ confirmedAt: now(), lastStep: step })
      .where(and(
        eq(secondFactors.userId, actor.id),
        eq(secondFactors.secret, state.encrypted),
        isNull(secondFactors.confirmedAt),
      ))
    if (affectedRows !== 1) return null
    const issued = await issueRecoveryCodes(tx, actor.id)
    await recordAct(tx, { at: now(), actor, action: 'second_factor.set_up', subject: `user:${actor.id}` })
    return issued
  })
}

async function issueRecoveryCodes(tx: Queryable, userId: number): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode)
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
  await tx.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeHash: hashRecoveryCode(code)! })))
  return codes
}

/** Replaces an operator's recovery codes; null if they have no second factor. */
export async function replaceRecoveryCodes({ db, now }: Pick<Parts, 'db' | 'now'>, actor: Operator): Promise<string[] | null> {
  return await db.transaction(async (tx) => {
    const [factor] = await tx.select({ id: secondFactors.userId }).from(secondFactors)
      .where(and(eq(secondFactors.userId, actor.id), isNotNull(secondFactors.confirmedAt))).for('update')
    if (!factor) return null
    const codes = await issueRecoveryCodes(tx, actor.id)
    await recordAct(tx, { at: now(), actor, action: 'second_factor.recovery_codes', subject: `user:${actor.id}` })
    return codes
  })
}

export type CodeResult =
  /** `isRecovery`: a recovery code, which is used up now. */
  | { kind: 'accepted'; isRecovery: boolean }
  | { kind: 'wrong_code' }
  | { kind: 'delayed'; retryAfterSeconds: number }

/**
 * Checks a code of an operator's app, or a recovery code. Each is accepted once. A browser in which a code was accepted before has its own
 * allowance: others who know the password cannot use up that of the operator.
 */
export async function checkCode(parts: Parts, actor: Operator, code: string, device: Device | null): Promise<CodeResult> {
  const permission = await attempt(parts, actor, device)
  if (permission.kind === 'delayed') return permission
  const used = await checkAttempt(permission, async () => {
    if (await useCode(parts, actor.id, normaliseCode(code))) return 'code'
    return await useRecoveryCode(parts, actor, code) ? 'recovery_code' : null
  })
  if (used === null) return { kind: 'wrong_code' }
  await permission.onSuccess()
  return { kind: 'accepted', isRecovery: used === 'recovery_code' }
}

/** What stands for the second factor of an operator among the accounts of a browser. */
export const codeAccountOf = (userId: number): string => accountKey(`second factor of ${userId}`)

function attempt({ codeGuard }: Parts, { id, address }: Operator, device: Device | null) {
  const account = codeAccountOf(id)
  const known = device?.accounts.includes(account) ? device : null
  return codeGuard.attempt({ account, client: known ? `device:${known.id}` : address ?? 'unknown', isKnown: known !== null })
}

async function useCode({ db, tokenKeys, now }: Parts, userId: number, code: string): Promise<boolean> {
  const [row] = await db.select().from(secondFactors).where(
    and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt)),
  )
  const secret = row && decryptSecret(tokenKeys, userId, row.secret)
  const step = secret ? stepOfCode(secret, code, now().getTime()) : null
  if (step === null) return false
  // Of two requests with the same code, one changes the row.
  const [{ affectedRows }] = await db.update(secondFactors).set({ lastStep: step })
    .where(and(eq(secondFactors.userId, userId), lt(secondFactors.lastStep, step)))
  return affectedRows === 1
}

async function useRecoveryCode({ db, now }: Parts, actor: Operator, code: string): Promise<boolean> {
  const codeHash = hashRecoveryCode(code)
  if (!codeHash) return false
  return await db.transaction(async (tx) => {
    const [{ affectedRows }] = await tx.update(recoveryCodes).set({ usedAt: now() }).where(and(
      eq(recoveryCodes.userId, actor.id),
      eq(recoveryCodes.codeHash, codeHash),
      isNull(recoveryCodes.usedAt),
    ))
    if (affectedRows !== 1) return false
    await recordAct(tx, { at: now(), actor, action: 'second_factor.use_recovery_code', subject: `user:${actor.id}` })
    return true
  })
}

/** Removes an operator's second factor and recovery codes, in a transaction. Returns whether they had one. */
export async function deleteSecondFactor(tx: Queryable, userId: number): Promise<boolean> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
  const [{ affectedRows }] = await tx.delete(secondFactors).where(eq(secondFactors.userId, userId))
  return affectedRows > 0
}
