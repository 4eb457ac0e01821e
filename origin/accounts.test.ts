import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../db/mysql.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { TERMS_VERSION } from '../edge/contract/terms.ts'
import { hashPassword, verifyPassword } from '../runtime/password-hash.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { until } from '../test/until.ts'
import { logIn, loginInput, signUp, signupInput } from './accounts.ts'
import { createApp } from './app.tsx'
import type { Device } from './known-devices.ts'
import { openMysqlHealth } from './mysql-health.ts'
import { accountKey, createPasswords, passwordKey } from './passwords.ts'
import { signAccess } from './sessions.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 })))
afterAll(() => shop.close())

const from = (address: string, device: Device | null = null) => ({ address, device })
const owner = from('192.0.2.1')
const input = () => {
  const nickname = randomBytes(5).toString('hex')
  return { email: `${nickname}@test.example`, password: 'correct horse', nickname }
}
async function signedUp() {
  const account = input()
  const result = await signUp(shop, account, owner)
  if (result.kind !== 'signed_up') throw new Error(result.kind)
  return { ...account, passwordHash: result.passwordHash }
}
const deviceOf = ({ passwordHash }: { passwordHash: string }, id: string): Device => ({
  id,
  accounts: [passwordKey(passwordHash)],
})

describe('signUp()', () => {
  test('creates one account for several concurrent signups, and reports the taken field to the others', async () => {
    const account = input()
    const same = await Promise.all(Array.from({ length: 5 }, () => signUp(shop, account, owner)))
    expect(same.map(({ kind }) => kind).sort()).toEqual(['email_taken', 'email_taken', 'email_taken', 'email_taken', 'signed_up'])
    expect(await signUp(shop, { ...input(), nickname: account.nickname.toUpperCase() }, owner)).toEqual({
      kind: 'nickname_taken',
    })
  })

  test('stores passwords as Argon2id hashes', async () => {
    const account = await signedUp()
    const row = await shop.db.query.users.findFirst({ where: (user, { eq }) => eq(user.email, account.email) })
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })
})

describe('signupInput', () => {
  const isValid = (change: object) => signupInput.safeParse({ ...input(), ...change }).success

  test.each(['a@b.c', 'A.b+c_d-e@sub.x1.io', 'kim@xn--3e0b707e.xn--3e0b707e', '  spaces@around.example '])(
    'accepts %s',
    (email) => {
      expect(isValid({ email })).toBe(true)
    },
  )

  test.each([
    'x@-.-',
    'a@b',
    'a@b..c',
    'a@-b.c',
    'a@b-.c',
    'a@10.0.0.1',
    `a@${'b'.repeat(64)}.c`,
    '\u212Aim@test.example',
    'kim@\u212Aorea.example',
    'é@test.example',
  ])(
    'refuses %s: no domain, or a letter that folds into an ASCII one',
    (email) => expect(isValid({ email })).toBe(false),
  )

  test('accepts passwords of 8 to 128 characters of any kind, counted in code points', () => {
    for (const length of [8, 128]) {
      for (const character of ['a', ' ', '가', '😀']) expect(isValid({ password: character.repeat(length) })).toBe(true)
    }
    for (const length of [0, 7, 129]) expect(isValid({ password: '😀'.repeat(length) })).toBe(false)
  })
})

describe('logIn()', () => {
  test('accepts the right password and rejects a wrong one and an unknown e-mail alike', async () => {
    const account = await signedUp()
    expect(await logIn(shop, account, owner)).toMatchObject({ kind: 'logged_in', user: { email: account.email } })
    expect(await logIn(shop, { ...account, password: 'wrong horse' }, owner)).toEqual({ kind: 'wrong_credentials' })
    expect(await logIn(shop, { ...account, email: 'unknown@test.example' }, owner)).toEqual({ kind: 'wrong_credentials' })
  })

  test('reads all 128 characters of a password, and takes composed and decomposed Hangul for the same', async () => {
    const account = { ...input(), password: '한글'.repeat(63) + '!1' }
    await signUp(shop, account, owner)
    expect(await logIn(shop, { ...account, password: account.password.normalize('NFD') }, owner)).toMatchObject({
      kind: 'logged_in',
    })
    expect(await logIn(shop, { ...account, password: account.password.slice(0, -1) + '2' }, owner)).toEqual({
      kind: 'wrong_credentials',
    })
  })

  test.each([['\u212A', 'k'], ['é', 'e'], ['\u0001e', 'e']])(
    'does not take %j for %j, which the collation does: it would be a second back-off for the same account',
    async (other, letter) => {
      const account = { ...input(), email: `${letter}${randomBytes(5).toString('hex')}@test.example` }
      await signUp(shop, account, owner)
      const lookalike = loginInput.parse({ email: other + account.email.slice(1), password: account.password })
      expect(await logIn(shop, lookalike, owner)).toEqual({ kind: 'wrong_credentials' })
    },
  )

  test('returns busy if too many calls of one address wait for a hash, and still lets another address in', async () => {
    const mine = await signedUp()
    const flood = Array.from(
      { length: 100 },
      (_, i) => logIn(shop, { email: `x${i}@test.example`, password: 'guess' }, from('198.51.100.9')),
    )
    const other = await logIn(shop, mine, owner)
    const results = await Promise.all(flood)
    expect(other).toMatchObject({ kind: 'logged_in' })
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['wrong_credentials', 'busy']))
  })
})

test('A97: the share of the hashes is that of an address, however many known devices send from there', async () => {
  const account = await signedUp()
  const held = Promise.withResolvers<void>()
  const passwords = createPasswords({
    hash: hashPassword,
    async verify(password, hash) {
      await held.promise
      return await verifyPassword(password, hash)
    },
  })
  const parts = { ...shop, passwords }
  const device = (i: number) => deviceOf(account, `device${i}`)
  let busy = 0
  const flood = Array.from({ length: 60 }, async (_, i) => {
    const { kind } = await logIn(parts, { email: account.email, password: 'guess' }, from('198.51.100.30', device(i)))
    if (kind === 'busy') busy++
  })
  const others = [from('198.51.100.31', device(60)), from('198.51.100.32')].map((sender) => logIn(parts, account, sender))
  // Two run and twenty wait.
  await until(() => busy === 60 - 22)
  held.resolve()
  await Promise.all(flood)
  for (const { kind } of await Promise.all(others)) expect(kind).toBe('logged_in')
})

describe('A105: while MySQL is away', () => {
  /** The shop with a MySQL server that cannot be reached. */
  async function withoutMysql() {
    const { db, close } = openDatabase('mysql://nobody@127.0.0.1:1/none')
    const mysqlHealth = openMysqlHealth({ db, log() {}, elapsedMs: () => performance.now() }, 5_000)
    await until(() => !mysqlHealth.isAvailable())
    const end = async () => {
      await mysqlHealth.close()
      await close()
    }
    return { parts: { ...shop, db, mysqlHealth }, end }
  }
  const failureOf = (work: Promise<unknown>) => work.then(() => null, (error: unknown) => error)

  test('a login counts as no guess, whether MySQL fails during it or is known to be away', async () => {
    const account = await signedUp()
    const { parts, end } = await withoutMysql()
    const device = deviceOf(account, 'tablet')
    for (const sender of [from('192.0.2.50'), from('192.0.2.51', device)]) {
      for (const away of [parts, { ...parts, mysqlHealth: shop.mysqlHealth }]) {
        for (let i = 0; i < 12; i++) expect(await failureOf(logIn(away, account, sender))).toSatisfy(isStoreUnavailable)
      }
      expect(await logIn(shop, account, sender)).toMatchObject({ kind: 'logged_in' })
    }
    await end()
  })

  test('more logins than an account has tokens leave the tokens to its owner at a new address', async () => {
    const account = await signedUp()
    const { parts, end } = await withoutMysql()
    for (let i = 0; i < 120; i++) await failureOf(logIn(parts, account, from(`203.0.113.${i}`)))
    expect(await logIn(shop, account, from('192.0.2.60'))).toMatchObject({ kind: 'logged_in' })
    await end()
  })

  test('every request for accounts is answered with 503 and when to retry', async () => {
    const account = await signedUp()
    const [person] = await shop.addPeople(1)
    const { parts, end } = await withoutMysql()
    // In the second case MySQL still replies, but is known not to: no request waits for it.
    const apps = [createApp(parts), createApp({ ...shop, mysqlHealth: parts.mysqlHealth })]
    const json = { 'content-type': 'application/json' }
    const access = { authorization: `Bearer ${await signAccess(shop, person!)}` }
    const requests: [string, string, RequestInit][] = [
      ['POST', '/api/auth/login', { headers: json, body: JSON.stringify(account) }],
      ['POST', '/api/auth/signup', { headers: json, body: JSON.stringify(input()) }],
      ['POST', '/login', { body: new URLSearchParams(account) }],
      ['POST', '/signup', { body: new URLSearchParams({ ...input(), terms: TERMS_VERSION }) }],
      ['GET', '/api/me', { headers: access }],
    ]
    for (const [method, path, init] of requests) {
      for (const app of apps) {
        const response = await app.request(path, { method, ...init })
        const { code } = await response.json() as { code: string }
        expect([path, response.status, code, response.headers.has('retry-after')]).toEqual([path, 503, 'store_unavailable', true])
      }
    }
    await end()
  })
})

describe('guesses of one account', () => {
  const guess = (email: string, sender = from('198.51.100.1')) => logIn(shop, { email, password: 'guess' }, sender)
  const kindsOf = (results: { kind: string }[], kind: string) => results.filter((result) => result.kind === kind).length

  test('are delayed after five from one address, also when all are sent at once, and alike for an unknown account', async () => {
    for (const email of [(await signedUp()).email, 'nobody-at-all@test.example']) {
      const results = await Promise.all(Array.from({ length: 12 }, () => guess(email)))
      expect(kindsOf(results, 'wrong_credentials')).toBe(5)
      expect(kindsOf(results, 'delayed')).toBe(7)
      expect(results.find(({ kind }) => kind === 'delayed')).toMatchObject({ retryAfterSeconds: 2 })
    }
  })

  test('do not lock out the owner: not at another address, and not in a known browser at the address of the guesser', async () => {
    const account = await signedUp()
    const guesser = from('198.51.100.2')
    for (let i = 0; i < 8; i++) await guess(account.email, guesser)
    expect(await logIn(shop, account, guesser)).toMatchObject({ kind: 'delayed' })
    expect(await logIn(shop, account, from('203.0.113.7'))).toMatchObject({ kind: 'logged_in' })
    const device = deviceOf(account, 'laptop')
    expect(await logIn(shop, account, from(guesser.address, device))).toMatchObject({ kind: 'logged_in' })
    const deviceOfOthers = deviceOf(await signedUp(), 'laptop')
    expect(await logIn(shop, account, from(guesser.address, deviceOfOthers))).toMatchObject({ kind: 'delayed' })
  })

  test('A102: are delayed after five from all networks of an IPv6 /48 together', async () => {
    const { email } = await signedUp()
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => guess(email, from(`2001:db8:1:${i}::/64`))))
    expect([kindsOf(results, 'wrong_credentials'), kindsOf(results, 'delayed')]).toEqual([5, 7])
    expect(await guess(email, from('2001:db8:2:0::/64'))).toEqual({ kind: 'wrong_credentials' })
  })

  test('are few in all from many addresses, and a known browser still gets in when no token is left', async () => {
    const account = await signedUp()
    let checked = 0
    for (let address = 0; address < 60; address++) {
      const results = await Promise.all(Array.from({ length: 6 }, () => guess(account.email, from(`203.0.113.${address}`))))
      checked += kindsOf(results, 'wrong_credentials')
    }
    expect(checked).toBeGreaterThanOrEqual(150)
    expect(checked).toBeLessThanOrEqual(205)
    expect(await guess(account.email, from('192.0.2.200'))).toMatchObject({ kind: 'delayed' })
    const device = deviceOf(account, 'phone')
    expect(await logIn(shop, account, from('192.0.2.201', device))).toMatchObject({ kind: 'logged_in' })
  })

  test('twenty addresses that have failed do not use up the tokens of an address that has not', async () => {
    const account = await signedUp()
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => guess(account.email, from(`198.51.100.${i}`))))
      await Promise.all(Array.from({ length: 20 }, (_, i) => guess(account.email, from(`198.51.100.${i}`))))
    }
    expect(await logIn(shop, account, from('203.0.113.99'))).toMatchObject({ kind: 'logged_in' })
  })

  test('of a known browser are delayed too: a stolen device cookie is no free pass', async () => {
    const account = await signedUp()
    const device = deviceOf(account, 'stolen')
    const results = await Promise.all(Array.from({ length: 12 }, () => guess(account.email, from('192.0.2.9', device))))
    expect(kindsOf(results, 'wrong_credentials')).toBe(5)
  })

  test('A115: an attempt that was not checked leaves the delay of another one', async () => {
    const who = { account: accountKey((await signedUp()).email), client: '192.0.2.78', isKnown: false }
    const attempt = async () => {
      const permission = await shop.loginGuard.attempt(who)
      if (permission.kind !== 'allowed') throw new Error(`delayed by ${permission.retryAfterSeconds} s`)
      return permission
    }
    for (let i = 0; i < 3; i++) await attempt()
    const [free, delaying] = [await attempt(), await attempt()]
    await free.onUnchecked()
    await expect(attempt()).rejects.toThrow('delayed')
    await delaying.onUnchecked()
    await attempt()
  })

  test('leave nothing behind after a right password or a busy server', async () => {
    const account = await signedUp()
    const mine = from('192.0.2.77')
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 4; i++) expect(await guess(account.email, mine)).toEqual({ kind: 'wrong_credentials' })
      expect(await logIn(shop, account, mine)).toMatchObject({ kind: 'logged_in' })
    }
    const busy = { ...shop, passwords: { ...shop.passwords, check: () => Promise.resolve({ kind: 'busy' as const }) } }
    for (let i = 0; i < 20; i++) expect(await logIn(busy, account, mine)).toEqual({ kind: 'busy' })
    expect(await logIn(shop, account, mine)).toMatchObject({ kind: 'logged_in' })
  })
})
