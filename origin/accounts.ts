import { and, eq, isNull, or } from 'drizzle-orm'
import * as z from 'zod'
import type { Database, Queryable } from '../db/mysql.ts'
import { users } from '../db/schema.ts'
import type { Language } from '../edge/contract/language.ts'
import { isOperator, type Role } from '../edge/contract/roles.ts'
import { TERMS_VERSION } from '../edge/contract/terms.ts'
import { queueVerification } from './account/account-mail.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import type { Mailer } from './mail/mailer.ts'
import type { Device } from './known-devices.ts'
import { checkAttempt, type LoginGuard } from './login-guard.ts'
import type { MysqlHealth } from './mysql-health.ts'
import { accountKey, type HashClient, passwordKey, type Passwords } from './passwords.ts'

/** `verified`: they have verified their e-mail address. */
export type Person = { id: number; nickname: string; role: Role; verified: boolean }
export type User = Person & { email: string }

/**
 * ASCII only, checked before letters are folded: `toLowerCase()` turns U+212A (the kelvin sign) into `k`. The domain has labels of letters,
 * digits and inner hyphens (RFC 1123 §2.1), and its last one is not a number.
 */
const LOCAL_PART = '[a-z0-9_.+-]{1,64}'
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const EMAIL = new RegExp(`^${LOCAL_PART}@(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`, 'i')
const email = z.string().trim().max(254).regex(EMAIL).toLowerCase()

/**
 * Length alone, in code points of the text in NFC, which is what is hashed (OWASP ASVS 5 §6.2, NIST SP 800-63B §3.1.1.2). A password is never
 * cut. `passwords.isCommon` refuses those that are easy to guess.
 */
const MIN_PASSWORD = 8
const MAX_PASSWORD = 128
const password = z.string().normalize('NFC').refine((text) => {
  const { length } = Array.from(text)
  return length >= MIN_PASSWORD && length <= MAX_PASSWORD
})
const nickname = z.string().trim().normalize('NFC').regex(/^[가-힣a-zA-Z0-9]{2,10}$/)

/** `terms`: the version of the terms that the person accepts. Programs may leave it out; the page of sign-up demands it. */
export const signupInput = z.object({ email, password, nickname, terms: z.literal(TERMS_VERSION).optional() })
/** Does not apply the rules of signup, so that a login reveals nothing about them. */
export const loginInput = z.object({
  email: z.string().trim().min(1).max(254).transform(foldAscii),
  password: z.string().min(1).max(500),
  /** A code of the operator's second factor, or a recovery code. */
  code: z.string().trim().max(40).optional(),
})

/** Lower case for ASCII letters alone, so that no other letter becomes one of an account's address. */
function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

type Parts = {
  db: Database
  passwords: Passwords
  loginGuard: LoginGuard
  mysqlHealth: Pick<MysqlHealth, 'orUnavailable'>
  now(): Date
}
type SignupParts = Omit<Parts, 'loginGuard'> & {
  tokenKeys: TokenKeys
  mailer: Pick<Mailer, 'nudge'>
  newId(): string
}

/** Who sends a request: the address as the edge reads it, and the browser if it has logged in before. */
export type Sender = { address: string; device: Device | null }

export type SignupResult =
  /** `passwordHash`: that of the new account, as with `logged_in`. */
  | { kind: 'signed_up'; user: User; passwordHash: string }
  | { kind: 'email_taken' }
  | { kind: 'nickname_taken' }
  | { kind: 'common_password' }
  | { kind: 'busy' }

/**
 * Creates an account, and sends a link that verifies its address. Unique indexes reject a concurrent signup with the same e-mail or nickname.
 * Throws StoreUnavailable.
 */
export async function signUp(
  parts: SignupParts,
  input: z.infer<typeof signupInput>,
  { address, language = 'ko' }: { address: string; language?: Language },
): Promise<SignupResult> {
  const { db, passwords, mysqlHealth, mailer } = parts
  if (await passwords.isCommon(input.password, [input.email, input.nickname])) return { kind: 'common_password' }
  const taken = await mysqlHealth.orUnavailable(() => findTaken(db, input))
  if (taken) return taken
  const passwordHash = await passwords.hash(input.password, { address, isKnown: false })
  if (typeof passwordHash !== 'string') return passwordHash
  try {
    const add = () => db.transaction((tx) => addUser(tx, parts, input, { passwordHash, address, language }))
    const user = await mysqlHealth.orUnavailable(add)
    mailer.nudge()
    return { kind: 'signed_up', user, passwordHash }
  } catch (error) {
    const takenMeanwhile = await mysqlHealth.orUnavailable(() => findTaken(db, input))
    if (takenMeanwhile) return takenMeanwhile
    throw error
  }
}

async function addUser(
  tx: Queryable,
  parts: SignupParts,
  { email, nickname, terms }: z.infer<typeof signupInput>,
  { passwordHash, address, language }: { passwordHash: string; address: string; language: Language },
): Promise<User> {
  const createdAt = parts.now()
  const [{ insertId }] = await tx.insert(users).values({
    email,
    passwordHash,
    nickname,
    createdAt,
    termsVersion: terms ?? null,
    termsAcceptedAt: terms ? createdAt : null,
  })
  // Without an allowance the account has no mail yet, and can request one later.
  await queueVerification(tx, parts, { id: insertId, nickname, email, emailVerifiedAt: null }, { address, language })
  return { id: insertId, email, nickname, role: 'user', verified: false }
}

/** Whether an account has the e-mail address or the nickname; null if neither is taken. */
export async function findTaken(db: Database, { email, nickname }: { email: string; nickname: string }) {
  const [other] = await db.select({ email: users.email }).from(users)
    .where(or(eq(users.email, email), eq(users.nickname, nickname)))
    .orderBy(eq(users.email, email)).limit(2).then((rows) => rows.reverse())
  if (!other) return null
  return other.email === email ? { kind: 'email_taken' as const } : { kind: 'nickname_taken' as const }
}

export type LoginResult =
  /** `passwordHash`: the one that the password matches. */
  | { kind: 'logged_in'; user: User; passwordHash: string }
  /** `operatorId`: the account, if it is an operator's. No response may reveal it. */
  | { kind: 'wrong_credentials'; operatorId?: number }
  | { kind: 'busy' }
  | { kind: 'delayed'; retryAfterSeconds: number }

/**
 * Checks an e-mail and a password. An unknown e-mail takes as long as a wrong password and has the same result. Guesses of one account are
 * slowed down (login-guard.ts); a browser that has logged in with the present password before has its own allowance, and goes first. Throws
 * StoreUnavailable while MySQL is away, which counts as no guess.
 */
export async function logIn(
  parts: Omit<Parts, 'now'>,
  input: Pick<z.infer<typeof loginInput>, 'email' | 'password'>,
  sender: Sender,
): Promise<LoginResult> {
  const found = await parts.mysqlHealth.orUnavailable(() => findByEmail(parts.db, input.email))
  const checked = await checkPassword(parts, input.email, input.password, sender, found)
  if (checked.kind !== 'checked') return checked
  if (!found) return { kind: 'wrong_credentials' }
  if (!checked.isRight) return { kind: 'wrong_credentials', ...(isOperator(found.role) && { operatorId: found.id }) }
  return { kind: 'logged_in', user: userOf(found), passwordHash: found.passwordHash }
}

export type PasswordCheck =
  | { kind: 'checked'; isRight: boolean }
  | { kind: 'busy' }
  | { kind: 'delayed'; retryAfterSeconds: number }

/** Checks a password of an account within the limits of guesses, for logins and for acts that ask for it again. `found`: the account. */
export async function checkPassword(
  { passwords, loginGuard }: Pick<Parts, 'passwords' | 'loginGuard'>,
  email: string,
  password: string,
  { address, device }: Sender,
  found: Pick<typeof users.$inferSelect, 'passwordHash'> | undefined,
): Promise<PasswordCheck> {
  const account = accountKey(email)
  const known = found && device?.accounts.includes(passwordKey(found.passwordHash)) ? device : null
  const client = known ? `device:${known.id}` : address
  const permission = await loginGuard.attempt({ account, client, isKnown: known !== null })
  if (permission.kind === 'delayed') return permission
  // Shares are of addresses: one account may have any number of devices.
  const who: HashClient = { address, isKnown: known !== null }
  const matches = await checkAttempt(permission, () => passwords.check(password, found?.passwordHash, who))
  if (typeof matches !== 'boolean') {
    await permission.onUnchecked()
    return matches
  }
  const isRight = matches && found !== undefined
  if (isRight) await permission.onSuccess()
  return { kind: 'checked', isRight }
}

/** The account with exactly this address. The collation of the column also finds addresses with accents or other forms of a letter. */
export async function findByEmail(db: Database, email: string) {
  const [found] = await db.select().from(users).where(and(eq(users.email, email), isNull(users.deletedAt)))
  return found && foldAscii(found.email) === email ? found : undefined
}

type UserRow = Pick<typeof users.$inferSelect, 'id' | 'email' | 'nickname' | 'role' | 'emailVerifiedAt'>

export const userOf = ({ id, email, nickname, role, emailVerifiedAt }: UserRow): User => ({
  id,
  email,
  nickname,
  role,
  verified: emailVerifiedAt !== null,
})

/** A person's account; null if it no longer exists. Throws StoreUnavailable. */
export async function findUser({ db, mysqlHealth }: Pick<Parts, 'db' | 'mysqlHealth'>, id: number): Promise<User | null> {
  const isTheirs = and(eq(users.id, id), isNull(users.deletedAt))
  const [found] = await mysqlHealth.orUnavailable(async () => await db.select().from(users).where(isTheirs))
  return found ? userOf(found) : null
}
