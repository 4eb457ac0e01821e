import { eq, or } from 'drizzle-orm'
import * as z from 'zod'
import type { Database } from '../db/mysql.ts'
import { audit, users } from '../db/schema.ts'
import type { Passwords } from './passwords.ts'

export type Person = { id: number; nickname: string; role: 'user' | 'admin' }
export type User = { id: number; email: string; nickname: string; role: 'user' | 'admin' }

const email = z.string().trim().toLowerCase().max(254).regex(/^[a-z0-9_.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/)
const password = z.string().regex(/^(?=.*[a-z])(?=.*\d)(?=.*[!@#$%^&*()_+])[a-zA-Z\d!@#$%^&*()_+]{8,20}$/)
const nickname = z.string().trim().regex(/^[가-힣a-zA-Z0-9]{2,10}$/)

export const signupInput = z.object({ email, password, nickname })
/** Does not apply the rules of signup, so that a login reveals nothing about them. */
export const loginInput = z.object({
  email: z.string().trim().toLowerCase().min(1).max(254),
  password: z.string().min(1).max(200),
})

type Parts = { db: Database; passwords: Passwords; now(): Date }

export type SignupResult =
  | { kind: 'signed_up'; user: User }
  | { kind: 'email_taken' }
  | { kind: 'nickname_taken' }
  | { kind: 'busy' }

/** Creates an account. Unique indexes reject a concurrent signup with the same e-mail or nickname. */
export async function signUp({ db, passwords, now }: Parts, input: z.infer<typeof signupInput>): Promise<SignupResult> {
  const taken = await findTaken(db, input)
  if (taken) return taken
  const passwordHash = await passwords.hash(input.password)
  if (typeof passwordHash !== 'string') return passwordHash
  try {
    const [{ insertId }] = await db.insert(users).values({
      email: input.email,
      passwordHash,
      nickname: input.nickname,
      createdAt: now(),
    })
    await db.insert(audit).values({ at: now(), actorId: insertId, action: 'account.signup', subject: `user:${insertId}` })
    return { kind: 'signed_up', user: { id: insertId, email: input.email, nickname: input.nickname, role: 'user' } }
  } catch (error) {
    const takenMeanwhile = await findTaken(db, input)
    if (takenMeanwhile) return takenMeanwhile
    throw error
  }
}

async function findTaken(db: Database, { email, nickname }: { email: string; nickname: string }) {
  const [other] = await db.select({ email: users.email }).from(users)
    .where(or(eq(users.email, email), eq(users.nickname, nickname)))
    .orderBy(eq(users.email, email)).limit(2).then((rows) => rows.reverse())
  if (!other) return null
  return other.email === email ? { kind: 'email_taken' as const } : { kind: 'nickname_taken' as const }
}

export type LoginResult = { kind: 'logged_in'; user: User } | { kind: 'wrong_credentials' } | { kind: 'busy' }

/** Checks an e-mail and a password. An unknown e-mail takes as long as a wrong password and has the same result. */
export async function logIn(
  { db, passwords }: Pick<Parts, 'db' | 'passwords'>,
  input: z.infer<typeof loginInput>,
): Promise<LoginResult> {
  const [user] = await db.select().from(users).where(eq(users.email, input.email))
  const matches = await passwords.check(input.password, user?.passwordHash)
  if (typeof matches !== 'boolean') return matches
  if (!matches || !user) return { kind: 'wrong_credentials' }
  return { kind: 'logged_in', user: { id: user.id, email: user.email, nickname: user.nickname, role: user.role } }
}

/** A person's account; null if it no longer exists. */
export async function findUser({ db }: Pick<Parts, 'db'>, id: number): Promise<User | null> {
  const [user] = await db.select({ id: users.id, email: users.email, nickname: users.nickname, role: users.role })
    .from(users).where(eq(users.id, id))
  return user ?? null
}
