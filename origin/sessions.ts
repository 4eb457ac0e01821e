import { and, asc, desc, eq, inArray, isNotNull, isNull, ne } from 'drizzle-orm'
import { SignJWT } from 'jose'
import { createHash, randomBytes } from 'node:crypto'
import type { Database, Queryable } from '../db/mysql.ts'
import type { RevokedSessions } from '../db/redis/revoked-sessions.ts'
import { refreshTokens, sessions, users } from '../db/schema.ts'
import { isOperator } from '../edge/contract/roles.ts'
import type { Access, TokenKeys } from '../edge/contract/tokens.ts'
import { type Person, type User, userOf } from './accounts.ts'
import { recordAct } from './audit-log.ts'
import type { MysqlHealth } from './mysql-health.ts'

export const ACCESS_SECONDS = 15 * 60
export const REFRESH_SECONDS = 14 * 86_400
/** The longest session, however often it is renewed (NIST SP 800-63B §2.1.3). */
export const SESSION_SECONDS = 30 * 86_400
/** Unused tokens that were issued for one token. Tabs that renew at the same time get one each. */
const MAX_SIBLINGS = 20

/** The access token identifies the person until it expires. The refresh token renews the session, once. `access`: what the access token says. */
export type Session = { user: User; access: Access; accessToken: string; refreshToken: string }

/**
 * How and from where a person logs in. `hasSecondFactor`: they have entered a code of their second factor. `passwordHash`: the one that their
 * password was checked against.
 */
export type LoginFacts = {
  address: string | null
  userAgent: string
  requestId: string | null
  hasSecondFactor: boolean
  passwordHash?: string | undefined
}
const UNKNOWN_LOGIN: LoginFacts = { address: null, userAgent: '', requestId: null, hasSecondFactor: false }
/** Sessions of one account; a login beyond them ends the one that was not used for longest. */
export const MAX_SESSIONS = 50
const DELETED_AT_ONCE = 500
/** Longer names of browsers are cut. */
const MAX_USER_AGENT = 200

/** The authentication methods of RFC 8176. */
const PASSWORD_ONLY = ['pwd']
const WITH_SECOND_FACTOR = ['pwd', 'otp', 'mfa']

/** Tokens of one session that are kept, so that a stolen one is recognised: a browser that renews every fifteen minutes takes two days for them. */
const MAX_TOKENS = 200

/** A browser has one refresh cookie; without TLS another path or domain may have set more. */
const MAX_SENT_TOKENS = 4

type Parts = { db: Database; tokenKeys: TokenKeys; revokedSessions: RevokedSessions; now(): Date; newId(): string }
type Token = typeof refreshTokens.$inferSelect

/** While somebody logged in, their account was deleted or got another password. */
export class LoginOutdated extends Error {
  override name = 'LoginOutdated'
}

/**
 * Opens a session for a user who has just authenticated, with the rights that the account has now: a check of a password takes long, and
 * meanwhile an owner may have taken them away. The login of an operator is an act in the audit log. Throws LoginOutdated.
 */
export async function openSession(
  parts: Parts,
  { id }: Pick<User, 'id'>,
  login: LoginFacts = UNKNOWN_LOGIN,
): Promise<Session> {
  const session = parts.newId()
  const { address, requestId, hasSecondFactor } = login
  const at = parts.now()
  const { user, refreshToken, ended } = await parts.db.transaction(async (tx) => {
    const [row] = await tx.select().from(users).where(eq(users.id, id)).for('update')
    const isSame = login.passwordHash === undefined || login.passwordHash === row?.passwordHash
    if (!row || row.deletedAt !== null || !isSame) throw new LoginOutdated()
    const user = userOf(row)
    await tx.insert(sessions).values({
      id: session,
      userId: user.id,
      createdAt: at,
      lastUsedAt: at,
      address,
      userAgent: Array.from(login.userAgent).slice(0, MAX_USER_AGENT).join(''),
      secondFactorAt: hasSecondFactor ? at : null,
    })
    const token = await addRefreshToken(parts, tx, { userId: user.id, family: session, parentId: null })
    if (isOperator(user.role)) {
      const [actor, detail] = [{ id: user.id, address, requestId }, { secondFactor: hasSecondFactor }]
      await recordAct(tx, { at, actor, action: 'operator.login', subject: `user:${user.id}`, detail })
    }
    return { user, refreshToken: token, ended: await dropOldestSessions(tx, user.id, session) }
  })
  for (const each of ended) await parts.revokedSessions.revoke(each)
  return await sessionOf(parts, { user, session, hasSecondFactor, refreshToken })
}

/** Deletes the sessions of a person beyond the greatest number, those that were not used for longest, and returns their ids. */
async function dropOldestSessions(tx: Queryable, userId: number, opened: string): Promise<string[]> {
  const older = await tx.select({ id: sessions.id }).from(sessions).where(
    and(eq(sessions.userId, userId), ne(sessions.id, opened)),
  )
    .orderBy(desc(sessions.lastUsedAt), desc(sessions.id)).limit(DELETED_AT_ONCE).offset(MAX_SESSIONS - 1)
  const ids = older.map((row) => row.id)
  await deleteSessions(tx, ids)
  return ids
}

async function sessionOf(
  parts: Pick<Parts, 'tokenKeys' | 'now'>,
  { user, session, hasSecondFactor, refreshToken }: {
    user: User
    session: string
    hasSecondFactor: boolean
    refreshToken: string
  },
): Promise<Session> {
  const { id, nickname, role, verified } = user
  const access = { id, nickname, role, verified, session, methods: methodsOf(hasSecondFactor) }
  return { user, access, refreshToken, accessToken: await signAccess(parts, access, session, access.methods) }
}

const methodsOf = (hasSecondFactor: boolean): readonly string[] => hasSecondFactor ? WITH_SECOND_FACTOR : PASSWORD_ONLY

/**
 * Renews a session; null if the token is unknown, expired or revoked.
 *
 * A token may be sent again until a token that was issued for it is used: the first response may have been lost, or another tab was faster.
 * Of the tokens that were issued for one token only the first to be used continues the session. A token that is sent after that is in two
 * hands, and ends the session.
 */
export async function renewSession(parts: Parts, token: string | undefined): Promise<Session | null> {
  const sent = await findToken(parts.db, token)
  if (!sent) return null
  const result = await parts.db.transaction(async (tx) => {
    const old = await lockWithParent(tx, sent)
    if (!old || old.expiresAt.getTime() <= parts.now().getTime()) return { kind: 'rejected' as const }
    if (await isSuperseded(tx, old)) {
      await deleteSessions(tx, [old.family])
      return { kind: 'stolen' as const }
    }
    if (old.replacedAt === null) {
      await tx.update(refreshTokens).set({ replacedAt: parts.now() }).where(eq(refreshTokens.id, old.id))
    } else await dropOldestSiblings(tx, old.id)
    const [found] = await tx.select({ user: users, session: sessions }).from(users)
      .leftJoin(sessions, eq(sessions.id, old.family)).where(eq(users.id, old.userId))
    if (!found) return { kind: 'rejected' as const }
    await dropOldest(tx, old.family)
    await noteUse(tx, old, parts.now())
    const refreshToken = await addRefreshToken(parts, tx, { userId: old.userId, family: old.family, parentId: old.id })
    const hasSecondFactor = found.session !== null && found.session.secondFactorAt !== null
    return { kind: 'renewed' as const, user: userOf(found.user), hasSecondFactor, refreshToken }
  })
  if (result.kind === 'stolen') await parts.revokedSessions.revoke(sent.family)
  if (result.kind !== 'renewed') return null
  const { user, hasSecondFactor, refreshToken } = result
  return await sessionOf(parts, { user, session: sent.family, hasSecondFactor, refreshToken })
}

/** Keeps the time of a session's last use. Adds the row that sessions of earlier releases lack. */
async function noteUse(tx: Queryable, { family, userId }: Token, at: Date): Promise<void> {
  await tx.insert(sessions).values({ id: family, userId, createdAt: new Date(startOf(family)), lastUsedAt: at })
    .onDuplicateKeyUpdate({ set: { lastUsedAt: at } })
}

/**
 * Locks a token and the one that it was issued for, the older first. Uses of tokens that were issued for the same token thus exclude each
 * other. Returns the token as it is then; undefined if it was deleted.
 */
async function lockWithParent(tx: Queryable, { id, parentId }: Token): Promise<Token | undefined> {
  const rows = await tx.select().from(refreshTokens).where(inArray(refreshTokens.id, parentId === null ? [id] : [parentId, id]))
    .orderBy(asc(refreshTokens.id)).for('update')
  return rows.find((row) => row.id === id)
}

/** Whether the session went on without this token: one that was issued for it was used, or another one that was issued with it. */
async function isSuperseded(tx: Queryable, { id, parentId, replacedAt }: Token): Promise<boolean> {
  const rival = replacedAt === null ? parentId : id
  if (rival === null) return false
  const [used] = await tx.select({ id: refreshTokens.id }).from(refreshTokens)
    .where(and(eq(refreshTokens.parentId, rival), isNotNull(refreshTokens.replacedAt))).limit(1)
  return used !== undefined
}

/** Deletes the oldest tokens of a session that has been renewed very often. If one of them is sent again, it is unknown. */
async function dropOldest(tx: Queryable, family: string): Promise<void> {
  const older = await tx.select({ id: refreshTokens.id }).from(refreshTokens).where(eq(refreshTokens.family, family))
    .orderBy(desc(refreshTokens.id)).limit(MAX_SIBLINGS).offset(MAX_TOKENS - 1)
  if (older.length > 0) await tx.delete(refreshTokens).where(inArray(refreshTokens.id, older.map(({ id }) => id)))
}

/** Makes room for one more token that is issued for a token, by deleting the oldest unused ones. */
async function dropOldestSiblings(tx: Queryable, parentId: number): Promise<void> {
  const unused = await tx.select({ id: refreshTokens.id }).from(refreshTokens)
    .where(and(eq(refreshTokens.parentId, parentId), isNull(refreshTokens.replacedAt))).orderBy(asc(refreshTokens.id))
  const excess = unused.slice(0, Math.max(0, unused.length - MAX_SIBLINGS + 1)).map(({ id }) => id)
  if (excess.length > 0) await tx.delete(refreshTokens).where(inArray(refreshTokens.id, excess))
}

/**
 * Ends the sessions of the refresh tokens that a client sends, and `session`, that of its access token: access tokens are revoked, and refresh
 * tokens deleted. A process that dies between the two leaves the refresh tokens; the client gets no response then. Returns the ids of the
 * users whose refresh tokens were sent.
 */
export async function endSession(
  parts: Pick<Parts, 'db' | 'revokedSessions'> & { mysqlHealth: Pick<MysqlHealth, 'orUnavailable'> },
  { refreshTokens: sent, session }: { refreshTokens: readonly string[]; session: string | null },
): Promise<number[]> {
  // First what needs no MySQL: while it is away, a logout ends at least the access tokens.
  if (session) await parts.revokedSessions.revoke(session)
  return await parts.mysqlHealth.orUnavailable(() => deleteSent(parts, sent, session))
}

async function deleteSent(
  { db, revokedSessions }: Pick<Parts, 'db' | 'revokedSessions'>,
  sent: readonly string[],
  session: string | null,
): Promise<number[]> {
  const hashes = sent.slice(0, MAX_SENT_TOKENS).filter(isReadable).map(hashOf)
  const tokens = hashes.length === 0 ? [] : await db.select().from(refreshTokens).where(inArray(refreshTokens.tokenHash, hashes))
  const families = new Set(tokens.map(({ family }) => family))
  families.delete(session ?? '')
  for (const family of families) await revokedSessions.revoke(family)
  await deleteSessions(db, [...families].concat(session ?? []))
  return [...new Set(tokens.map(({ userId }) => userId))]
}

/** Deletes the refresh tokens and the rows of sessions. Their access tokens stay valid: revoke them too. */
export async function deleteSessions(db: Pick<Database, 'delete'>, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += DELETED_AT_ONCE) {
    const some = ids.slice(start, start + DELETED_AT_ONCE)
    await db.delete(refreshTokens).where(inArray(refreshTokens.family, some))
    await db.delete(sessions).where(inArray(sessions.id, some))
  }
}

const isReadable = (token: string): boolean => token !== '' && token.length <= 100

async function findToken(db: Database, token: string | undefined): Promise<Token | undefined> {
  if (token === undefined || !isReadable(token)) return undefined
  const [row] = await db.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, hashOf(token)))
  return row
}

/** Signs an access token for fifteen minutes. `session`: its family of refresh tokens; without one it cannot be revoked. */
export const signAccess = (
  { tokenKeys, now }: Pick<Parts, 'tokenKeys' | 'now'>,
  person: Omit<Person, 'verified'> & { verified?: boolean },
  session?: string,
  methods: readonly string[] = PASSWORD_ONLY,
): Promise<string> =>
  new SignJWT({
    sub: String(person.id),
    nickname: person.nickname,
    role: person.role,
    verified: person.verified ?? false,
    sid: session,
    amr: methods,
    exp: Math.floor(now().getTime() / 1000) + ACCESS_SECONDS,
  }).setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(tokenKeys.secrets[0])

async function addRefreshToken(
  parts: Pick<Parts, 'now'>,
  db: Pick<Database, 'insert'>,
  owner: Pick<Token, 'userId' | 'family' | 'parentId'>,
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const createdAt = parts.now()
  await db.insert(refreshTokens).values({
    userId: owner.userId,
    family: owner.family,
    parentId: owner.parentId,
    tokenHash: hashOf(token),
    createdAt,
    expiresAt: new Date(Math.min(createdAt.getTime() + REFRESH_SECONDS * 1000, startOf(owner.family) + SESSION_SECONDS * 1000)),
  })
  return token
}

/** When a session began, in epoch milliseconds: the time in its id, a UUID of version 7 (RFC 9562 §5.7). */
const startOf = (session: string): number => Number.parseInt(session.replace('-', '').slice(0, 12), 16)

const hashOf = (token: string) => createHash('sha256').update(token).digest()
