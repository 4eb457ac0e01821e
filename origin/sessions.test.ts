import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { openShop, type Shop } from '../test/shop.ts'
import { logIn, signUp } from './accounts.ts'
import { ACCESS_SECONDS, endSession, identify, openSession, REFRESH_SECONDS, renewSession } from './sessions.ts'

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
  test('lets one of many have a name, and tells the others which is taken', async () => {
    const wish = input()
    const same = await Promise.all(Array.from({ length: 5 }, () => signUp(shop, wish)))
    expect(same.map(({ kind }) => kind).sort()).toEqual(['email_taken', 'email_taken', 'email_taken', 'email_taken', 'signed_up'])
    expect(await signUp(shop, { ...input(), nickname: wish.nickname.toUpperCase() })).toEqual({ kind: 'nickname_taken' })
  })

  test('keeps no password that could be read', async () => {
    const wish = input()
    await signUp(shop, wish)
    const row = await shop.db.query.users.findFirst({ where: (user, { eq }) => eq(user.email, wish.email) })
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })
})

describe('logIn()', () => {
  test('knows the right password from a wrong one and from an unknown e-mail', async () => {
    const wish = input()
    await signUp(shop, wish)
    expect(await logIn(shop, wish)).toMatchObject({ kind: 'logged_in', user: { email: wish.email } })
    expect(await logIn(shop, { ...wish, password: 'passw0rd?' })).toEqual({ kind: 'wrong_credentials' })
    expect(await logIn(shop, { ...wish, email: 'nobody@test.example' })).toEqual({ kind: 'wrong_credentials' })
  })

  test('says busy instead of letting a crowd wait for minutes', async () => {
    const wish = input()
    const results = await Promise.all(Array.from({ length: 100 }, () => logIn(shop, wish)))
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['wrong_credentials', 'busy']))
    expect(await logIn(shop, wish)).toEqual({ kind: 'wrong_credentials' })
  })
})

describe('a session', () => {
  test('says who somebody is until its access token expires', async () => {
    const { user, session } = await opened()
    expect(await identify(shop, session.accessToken)).toEqual({ id: user.id, nickname: user.nickname, role: 'user' })
    nowMs += (ACCESS_SECONDS + 60) * 1000
    expect(await identify(shop, session.accessToken)).toBeNull()
  })

  test('goes on with a new refresh token each time', async () => {
    const { session } = await opened()
    const second = await renewSession(shop, session.refreshToken)
    const third = await renewSession(shop, second!.refreshToken)
    expect(new Set([session, second!, third!].map(({ refreshToken }) => refreshToken)).size).toBe(3)
  })

  test('survives two tabs that renew at once', async () => {
    const { session } = await opened()
    const both = await Promise.all([renewSession(shop, session.refreshToken), renewSession(shop, session.refreshToken)])
    const after = await Promise.all(both.map((renewed) => renewSession(shop, renewed!.refreshToken)))
    expect(after.every(Boolean)).toBe(true)
  })

  test('ends altogether when an old token comes back: it was stolen', async () => {
    const { session } = await opened()
    const mine = await renewSession(shop, session.refreshToken)
    nowMs += 60_000
    expect(await renewSession(shop, session.refreshToken)).toBeNull()
    expect(await renewSession(shop, mine!.refreshToken)).toBeNull()
  })

  test('ends by logout, by time, and not by nonsense', async () => {
    const { session } = await opened()
    await endSession(shop, session.refreshToken)
    expect(await renewSession(shop, session.refreshToken)).toBeNull()
    const { session: old } = await opened()
    nowMs += (REFRESH_SECONDS + 1) * 1000
    expect(await renewSession(shop, old.refreshToken)).toBeNull()
    for (const nonsense of [undefined, '', 'x', 'x'.repeat(10_000)]) expect(await renewSession(shop, nonsense)).toBeNull()
  })
})
