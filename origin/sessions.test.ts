import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { verifyAccess } from '../edge/contract/tokens.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { logIn, signUp } from './accounts.ts'
import { ACCESS_SECONDS, endSession, openSession, REFRESH_SECONDS, renewSession } from './sessions.ts'

let shop: Shop
let nowMs = Date.now()
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 }, { now: () => new Date(nowMs) })))
afterAll(() => shop.close())

const input = () => {
  const nickname = randomBytes(5).toString('hex')
  return { email: `${nickname}@test.example`, password: 'passw0rd!', nickname }
}
async function opened() {
  const result = await signUp(shop, input())
  if (result.kind !== 'signed_up') throw new Error(result.kind)
  return { user: result.user, session: await openSession(shop, result.user) }
}

describe('signUp()', () => {
  test('creates one account for several concurrent signups, and reports the taken field to the others', async () => {
    const account = input()
    const same = await Promise.all(Array.from({ length: 5 }, () => signUp(shop, account)))
    expect(same.map(({ kind }) => kind).sort()).toEqual(['email_taken', 'email_taken', 'email_taken', 'email_taken', 'signed_up'])
    expect(await signUp(shop, { ...input(), nickname: account.nickname.toUpperCase() })).toEqual({ kind: 'nickname_taken' })
  })

  test('stores passwords as Argon2id hashes', async () => {
    const account = input()
    await signUp(shop, account)
    const row = await shop.db.query.users.findFirst({ where: (user, { eq }) => eq(user.email, account.email) })
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })
})

describe('logIn()', () => {
  test('accepts the right password and rejects a wrong one and an unknown e-mail alike', async () => {
    const account = input()
    await signUp(shop, account)
    expect(await logIn(shop, account)).toMatchObject({ kind: 'logged_in', user: { email: account.email } })
    expect(await logIn(shop, { ...account, password: 'passw0rd?' })).toEqual({ kind: 'wrong_credentials' })
    expect(await logIn(shop, { ...account, email: 'unknown@test.example' })).toEqual({ kind: 'wrong_credentials' })
  })

  test('returns busy if too many calls wait for a hash', async () => {
    const account = input()
    const results = await Promise.all(Array.from({ length: 100 }, () => logIn(shop, account)))
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['wrong_credentials', 'busy']))
    expect(await logIn(shop, account)).toEqual({ kind: 'wrong_credentials' })
  })
})

describe('a session', () => {
  test('identifies the person until its access token expires', async () => {
    const { user, session } = await opened()
    const personOf = (token: string) => verifyAccess(token, shop.tokenKeys, nowMs)
    expect(personOf(session.accessToken)).toEqual({ id: user.id, nickname: user.nickname, role: 'user' })
    nowMs += (ACCESS_SECONDS + 60) * 1000
    expect(personOf(session.accessToken)).toBeNull()
  })

  test('gets a new refresh token at each renewal', async () => {
    const { session } = await opened()
    const second = await renewSession(shop, session.refreshToken)
    const third = await renewSession(shop, second!.refreshToken)
    expect(new Set([session, second!, third!].map(({ refreshToken }) => refreshToken)).size).toBe(3)
  })

  test('survives a concurrent renewal by two tabs', async () => {
    const { session } = await opened()
    const both = await Promise.all([renewSession(shop, session.refreshToken), renewSession(shop, session.refreshToken)])
    const after = await Promise.all(both.map((renewed) => renewSession(shop, renewed!.refreshToken)))
    expect(after.every(Boolean)).toBe(true)
  })

  test('is revoked with its whole family if an old token is used again', async () => {
    const { session } = await opened()
    const mine = await renewSession(shop, session.refreshToken)
    nowMs += 60_000
    expect(await renewSession(shop, session.refreshToken)).toBeNull()
    expect(await renewSession(shop, mine!.refreshToken)).toBeNull()
  })

  test('ends by logout and by time; invalid tokens are rejected', async () => {
    const { session } = await opened()
    await endSession(shop, session.refreshToken)
    expect(await renewSession(shop, session.refreshToken)).toBeNull()
    const { session: old } = await opened()
    nowMs += (REFRESH_SECONDS + 1) * 1000
    expect(await renewSession(shop, old.refreshToken)).toBeNull()
    for (const invalid of [undefined, '', 'x', 'x'.repeat(10_000)]) expect(await renewSession(shop, invalid)).toBeNull()
  })
})
