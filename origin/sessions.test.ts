import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { refreshTokens, users } from '../db/schema.ts'
import { readAccess } from '../edge/contract/credentials.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { until } from '../test/until.ts'
import { signUp } from './accounts.ts'
import { listSessions } from './session-list.ts'
import { purgeSessions } from './session-purge.ts'
import {
  ACCESS_SECONDS,
  endSession,
  LoginOutdated,
  MAX_SESSIONS,
  openSession,
  REFRESH_SECONDS,
  renewSession,
  type Session,
  SESSION_SECONDS,
} from './sessions.ts'

let shop: Shop
let nowMs = Date.now()
/** The ids of sessions contain the time at which they began. */
const CLOCK = { now: () => new Date(nowMs), newId: () => Bun.randomUUIDv7('hex', nowMs) }
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 }, CLOCK)))
afterAll(() => shop.close())

async function opened() {
  const nickname = randomBytes(5).toString('hex')
  const input = { email: `${nickname}@test.example`, password: 'correct horse', nickname }
  const result = await signUp(shop, input, { address: '192.0.2.1' })
  if (result.kind !== 'signed_up') throw new Error(result.kind)
  return { user: result.user, session: await openSession(shop, result.user) }
}
const renew = (session: Session | null) => renewSession(shop, session!.refreshToken)
const personOf = (accessToken: string, at = shop) =>
  readAccess({ headers: new Headers({ authorization: `Bearer ${accessToken}` }), protocol: 'http' }, at, nowMs)
const logOut = ({ refreshToken, accessToken }: { refreshToken?: string; accessToken?: string }) =>
  endSession(shop, {
    refreshTokens: refreshToken === undefined ? [] : [refreshToken],
    session: accessToken === undefined ? null : personOf(accessToken)?.session ?? null,
  })

describe('a session', () => {
  test('identifies the person until its access token expires', async () => {
    const { user, session } = await opened()
    expect(personOf(session.accessToken)).toMatchObject({ id: user.id, nickname: user.nickname, role: 'user', verified: false })
    nowMs += (ACCESS_SECONDS + 60) * 1000
    expect(personOf(session.accessToken)).toBeNull()
  })

  test('A108: has the rights that the account has when it opens, not those of before the password was checked', async () => {
    const { user } = await opened()
    const session = await openSession(shop, Object.assign({}, user, { role: 'owner', verified: true }))
    expect([session.user, personOf(session.accessToken)]).toMatchObject([user, { role: 'user', verified: false }])
  })

  test('A108: does not open with a password that was changed while it was checked', async () => {
    const { user } = await opened()
    const login = { address: null, userAgent: '', requestId: null, hasSecondFactor: false }
    const [row] = await shop.db.select().from(users).where(eq(users.id, user.id))
    const { passwordHash } = row!
    expect((await openSession(shop, user, Object.assign({ passwordHash }, login))).user).toEqual(user)
    await shop.db.update(users).set({ passwordHash: 'another' }).where(eq(users.id, user.id))
    await expect(openSession(shop, user, Object.assign({ passwordHash }, login))).rejects.toThrow(LoginOutdated)
  })

  test('A108: does not open for an account that was deleted meanwhile, also without a password', async () => {
    const { user } = await opened()
    await shop.db.update(users).set({ deletedAt: new Date() }).where(eq(users.id, user.id))
    await expect(openSession(shop, user)).rejects.toThrow(LoginOutdated)
  })

  test('A144: ends when its account opens more sessions than it may have, and was not used for longest', async () => {
    const { user, session } = await opened()
    const second = await openSession(shop, user)
    nowMs += 1_000
    expect(await renew(session)).not.toBeNull()
    nowMs += 1_000
    for (let i = 2; i < MAX_SESSIONS; i++) await openSession(shop, user)
    expect(personOf(second.accessToken)).not.toBeNull()
    await openSession(shop, user)
    expect([personOf(second.accessToken), await renew(second)]).toEqual([null, null])
    expect(personOf(session.accessToken)).not.toBeNull()
    expect(await listSessions(Object.assign({}, shop, { now: () => new Date(nowMs) }), user.id)).toHaveLength(MAX_SESSIONS)
  })

  test('gets a new refresh token at each renewal', async () => {
    const { session } = await opened()
    const second = await renewSession(shop, session.refreshToken)
    const third = await renewSession(shop, second!.refreshToken)
    expect(new Set([session, second!, third!].map(({ refreshToken }) => refreshToken)).size).toBe(3)
  })

  test('survives a renewal by two tabs at the same time: the browser keeps one of the two new tokens', async () => {
    for (const kept of [0, 1]) {
      const { session } = await opened()
      const both = await Promise.all([renew(session), renew(session)])
      expect(await renew(both[kept]!)).not.toBeNull()
    }
  })

  test('survives a renewal whose response was lost, however late the next one is', async () => {
    const { session } = await opened()
    await renew(session)
    nowMs += 3_600_000
    const second = await renew(session)
    expect(await renew(second)).not.toBeNull()
  })

  test('ends with its whole family if a token is sent after one that was issued for it was used', async () => {
    const { session } = await opened()
    const thief = await renew(session)
    const thiefLater = await renew(thief)
    expect(await renew(session)).toBeNull()
    expect(await renew(thiefLater)).toBeNull()
    expect(personOf(thiefLater!.accessToken)).toBeNull()
  })

  test('does not fork: of two tokens issued for one token, the second to be used ends the session', async () => {
    const { session } = await opened()
    const [owner, thief] = [await renew(session), await renew(session)]
    const ownerLater = await renew(owner)
    expect(ownerLater).not.toBeNull()
    expect(await renew(thief)).toBeNull()
    expect(await renew(ownerLater)).toBeNull()
  })

  test('does not fork when both tokens are used at the same instant', async () => {
    for (let round = 0; round < 5; round++) {
      const { session } = await opened()
      const [owner, thief] = [await renew(session), await renew(session)]
      const both = await Promise.all([renew(owner), renew(thief)])
      expect(both.filter((renewed) => renewed !== null).length).toBeLessThanOrEqual(1)
    }
  })

  test('keeps a bounded number of tokens, however often one is sent', async () => {
    const { user, session } = await opened()
    for (let i = 0; i < 30; i++) expect(await renew(session)).not.toBeNull()
    const rows = await shop.db.select({ id: refreshTokens.id }).from(refreshTokens).where(eq(refreshTokens.userId, user.id))
    expect(rows).toHaveLength(21)
  })

  test('ends by logout and by time; invalid tokens are rejected', async () => {
    const { session } = await opened()
    await logOut({ refreshToken: session.refreshToken })
    expect(await renew(session)).toBeNull()
    const { session: old } = await opened()
    nowMs += (REFRESH_SECONDS + 1) * 1000
    expect(await renew(old)).toBeNull()
    for (const invalid of [undefined, '', 'x', 'x'.repeat(10_000)]) expect(await renewSession(shop, invalid)).toBeNull()
  })

  test('ends after its longest life, however often it is renewed', async () => {
    const startMs = nowMs
    const { session } = await opened()
    let latest: Session | null = session
    while (nowMs + REFRESH_SECONDS * 1000 < startMs + SESSION_SECONDS * 1000) {
      nowMs += (REFRESH_SECONDS - 60) * 1000
      latest = await renew(latest)
      expect(latest).not.toBeNull()
    }
    nowMs = startMs + (SESSION_SECONDS - 60) * 1000
    latest = await renew(latest)
    expect(latest).not.toBeNull()
    nowMs += 61_000
    expect(await renew(latest)).toBeNull()
  })

  test('says whether the e-mail address is verified, from the next renewal on', async () => {
    const { user, session } = await opened()
    expect(personOf(session.accessToken)).toMatchObject({ verified: false })
    await shop.db.update(users).set({ emailVerifiedAt: new Date(nowMs) }).where(eq(users.id, user.id))
    const renewed = await renew(session)
    expect(personOf(renewed!.accessToken)).toMatchObject({ id: user.id, verified: true })
  })
})

describe('a logout', () => {
  test('ends the sessions of all refresh cookies that a browser sends', async () => {
    const [one, two] = [await opened(), await opened()]
    await endSession(shop, { refreshTokens: ['x', one.session.refreshToken, two.session.refreshToken], session: null })
    expect([await renew(one.session), await renew(two.session)]).toEqual([null, null])
    expect([personOf(one.session.accessToken), personOf(two.session.accessToken)]).toEqual([null, null])
  })

  test('ends the access token even while MySQL is away', async () => {
    const { session } = await opened()
    const { session: id } = personOf(session.accessToken)!
    const away = () => {
      throw new Error('MySQL is away')
    }
    const parts = Object.assign({}, shop, { db: { select: away, delete: away } as unknown as Shop['db'] })
    await expect(endSession(parts, { refreshTokens: [session.refreshToken], session: id })).rejects.toThrow('away')
    expect(personOf(session.accessToken)).toBeNull()
  })

  test('ends the access token at once, by the refresh token or by the access token alone', async () => {
    for (const held of ['refreshToken', 'accessToken'] as const) {
      const { session } = await opened()
      const second = await renew(session)
      await logOut({ [held]: second![held] })
      expect(personOf(second!.accessToken)).toBeNull()
      expect(personOf(session.accessToken)).toBeNull()
      expect(await renew(second)).toBeNull()
    }
  })

  test('leaves the other sessions of the account alone', async () => {
    const { user, session } = await opened()
    const other = await openSession(shop, user)
    await logOut(session)
    expect(personOf(other.accessToken)).toMatchObject({ id: user.id })
    expect(await renew(other)).not.toBeNull()
  })

  test('takes effect at the other origins, without a store call for each request there', async () => {
    const other = await openShop({ stores: shop }, { now: () => new Date(nowMs) })
    try {
      const { session } = await opened()
      expect(personOf(session.accessToken, other)).not.toBeNull()
      await logOut(session)
      expect(await until(() => personOf(session.accessToken, other) === null)).toBe(true)
    } finally {
      await other.close()
    }
  })
})

describe('purgeSessions()', () => {
  test('deletes expired refresh tokens in several batches, and no others', async () => {
    const { user, session } = await opened()
    const expired = Array.from({ length: 1_200 }, () => ({
      userId: user.id,
      family: shop.newId(),
      tokenHash: randomBytes(32),
      createdAt: new Date(nowMs - 2_000),
      expiresAt: new Date(nowMs - 1_000),
    }))
    await shop.db.insert(refreshTokens).values(expired)
    expect(await purgeSessions(shop)).toBeGreaterThanOrEqual(1_200)
    expect(await purgeSessions(shop)).toBe(0)
    expect(await renew(session)).not.toBeNull()
  })
})
