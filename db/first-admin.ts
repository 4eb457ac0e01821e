import { eq } from 'drizzle-orm'
import { hashPassword } from '../runtime/password-hash.ts'
import type { Database } from './mysql.ts'
import { users } from './schema.ts'

/** Adds an admin account if no admin exists; returns whether it did. An existing admin keeps their password. */
export async function addFirstAdmin(db: Database, admin: { email: string; password: string }, now: Date): Promise<boolean> {
  const [found] = await db.select({ id: users.id }).from(users).where(eq(users.role, 'owner')).limit(1)
  if (!found) await addAdmin(db, admin, now)
  return !found
}

export async function addAdmin(
  db: Database,
  { email, password }: { email: string; password: string },
  createdAt: Date,
): Promise<void> {
  const passwordHash = await hashPassword(password)
  await db.insert(users).values({ email, passwordHash, nickname: '관리자', role: 'owner', createdAt })
}
