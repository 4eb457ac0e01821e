import { and, desc, eq, gt } from 'drizzle-orm'
import type { Database, Queryable } from '../db/mysql.ts'
import { refreshTokens, sessions } from '../db/schema.ts'
import type { RevokedSessions } from '../db/redis/revoked-sessions.ts'
import { deleteSessions, MAX_SESSIONS, REFRESH_SECONDS, SESSION_SECONDS } from './sessions.ts'

/** A session that can still be renewed. `address` and `userAgent` are those of the login. */
export type OpenSession = {
  id: string
  createdAt: Date
  lastUsedAt: Date
  address: string | null
  userAgent: string
  secondFactorAt: Date | null
}

/** A person's sessions, the last used first. */
export async function listSessions({ db, now }: { db: Database; now(): Date }, userId: number): Promise<OpenSession[]> {
  const since = (seconds: number) => new Date(now().getTime() - seconds * 1000)
  const { id, createdAt, lastUsedAt, address, userAgent, secondFactorAt } = sessions
  return await db.select({ id, createdAt, lastUsedAt, address, userAgent, secondFactorAt }).from(sessions).where(and(
    eq(sessions.userId, userId),
    gt(sessions.lastUsedAt, since(REFRESH_SECONDS)),
    gt(sessions.createdAt, since(SESSION_SECONDS)),
  )).orderBy(desc(sessions.lastUsedAt)).limit(MAX_SESSIONS)
}

/** When a code of the second factor was entered in a session; null without one. */
export async function readSecondFactorTime(db: Database, session: string): Promise<Date | null> {
  const [row] = await db.select({ at: sessions.secondFactorAt }).from(sessions).where(eq(sessions.id, session))
  return row?.at ?? null
}

/**
 * Deletes a person's sessions, by default all of them, in a transaction. Returns their ids, to be revoked once the transaction has committed; an
 * empty list if the person has no such session.
 */
export async function deleteSessionsOf(
  tx: Queryable,
  userId: number,
  isEnded: (id: string) => boolean = () => true,
): Promise<string[]> {
  // Sessions of earlier releases have refresh tokens and no row.
  const [rows, tokens] = [
    await tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId)),
    await tx.selectDistinct({ id: refreshTokens.family }).from(refreshTokens).where(eq(refreshTokens.userId, userId)),
  ]
  const ids = [...new Set(rows.concat(tokens).map(({ id }) => id))].filter(isEnded)
  await deleteSessions(tx, ids)
  return ids
}

/** Ends the access tokens of sessions at every edge and origin, within a second. */
export async function revokeAll(revokedSessions: Pick<RevokedSessions, 'revoke'>, ids: readonly string[]): Promise<void> {
  for (const id of ids) await revokedSessions.revoke(id)
}
