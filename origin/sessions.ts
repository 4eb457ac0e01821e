import { eq } from 'drizzle-orm'
import { SignJWT } from 'jose'
import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../db/mysql.ts'
import { refreshTokens, users } from '../db/schema.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import type { Person, User } from './accounts.ts'

export const ACCESS_SECONDS = 15 * 60
export const REFRESH_SECONDS = 14 * 86_400
/** Two tabs may renew with the same token within this time. A later use means that the token was stolen. */
const REUSE_MS = 30_000

/** The access token identifies the person until it expires. The refresh token renews the session, once. */
export type Session = { user: User; accessToken: string; refreshToken: string }

type Parts = { db: Database; tokenKeys: TokenKeys; now(): Date; newId(): string }

/** Opens a session for a user who has just authenticated. */
export async function openSession(parts: Parts, user: User): Promise<Session> {
  return {
    user,
    accessToken: await signAccess(parts, user),
    refreshToken: await addRefreshToken(parts, parts.db, user.id, parts.newId()),
  }
}

/** Renews a session; null if the token is unknown, expired or revoked. Reuse of a token revokes its whole family. */
export async function renewSession(parts: Parts, token: string | undefined): Promise<Session | null> {
  if (!token || token.length > 100) return null
  const renewed = await parts.db.transaction(async (tx) => {
    const [row] = await tx.select().from(refreshTokens).innerJoin(users, eq(users.id, refreshTokens.userId))
      .where(eq(refreshTokens.tokenHash, hashOf(token))).for('update')
    if (!row) return null
    const { refresh_tokens: old, users: user } = row
    const now = parts.now().getTime()
    if (old.expiresAt.getTime() <= now) return null
    if (old.replacedAt && now - old.replacedAt.getTime() > REUSE_MS) {
      await tx.delete(refreshTokens).where(eq(refreshTokens.family, old.family))
      return null
    }
    if (!old.replacedAt) await tx.update(refreshTokens).set({ replacedAt: parts.now() }).where(eq(refreshTokens.id, old.id))
    return { user, refreshToken: await addRefreshToken(parts, tx, user.id, old.family) }
  })
  if (!renewed) return null
  const { id, email, nickname, role } = renewed.user
  const user = { id, email, nickname, role }
  return { user, accessToken: await signAccess(parts, user), refreshToken: renewed.refreshToken }
}

/** Ends a session by revoking its token family. */
export async function endSession({ db }: Pick<Parts, 'db'>, token: string | undefined): Promise<void> {
  if (!token || token.length > 100) return
  const [row] = await db.select({ family: refreshTokens.family }).from(refreshTokens)
    .where(eq(refreshTokens.tokenHash, hashOf(token)))
  if (row) await db.delete(refreshTokens).where(eq(refreshTokens.family, row.family))
}

/** Signs an access token for fifteen minutes. */
export const signAccess = ({ tokenKeys, now }: Pick<Parts, 'tokenKeys' | 'now'>, person: Person): Promise<string> =>
  new SignJWT({
    sub: String(person.id),
    nickname: person.nickname,
    role: person.role,
    exp: Math.floor(now().getTime() / 1000) + ACCESS_SECONDS,
  }).setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(tokenKeys.secrets[0])

async function addRefreshToken(parts: Parts, db: Pick<Database, 'insert'>, userId: number, family: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const createdAt = parts.now()
  await db.insert(refreshTokens).values({
    userId,
    family,
    tokenHash: hashOf(token),
    createdAt,
    expiresAt: new Date(createdAt.getTime() + REFRESH_SECONDS * 1000),
  })
  return token
}

const hashOf = (token: string) => createHash('sha256').update(token).digest()
