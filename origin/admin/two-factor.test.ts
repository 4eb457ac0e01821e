import { and, desc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit, secondFactors, users } from '../../db/schema.ts'
import { addAccount, openBrowser, PASSWORD } from '../../test/operators.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { codeAt } from '../one-time-codes.ts'
import { readSecondFactor, startSetup } from '../second-factor.ts'
import { currentPrefix, decryptSecret, encryptSecret } from '../second-factor-secret.ts'
import { renewEncryption } from '../second-factor-upkeep.ts'
import { readTokenKeys } from '../../edge/contract/tokens.ts'

let shop: Shop
let required: ReturnType<typeof createApp>
let optional: ReturnType<typeof createApp>
let nowMs = Date.now()
/** A step passes with each code that an operator enters. */
const nextStep = () => void (nowMs += 30_000)
beforeAll(async () => {
  shop = await openShop({ operatorTwoFactor: 'required' }, { now: () => new Date(nowMs) })
  required = createApp(shop)
  optional = createApp({ ...shop, operatorTwoFactor: 'optional' })
})
afterAll(() => shop.close())

const secretOf = async (id: number) => {
  const [row] = await shop.db.select().from(secondFactors).where(eq(secondFactors.userId, id))
  return decryptSecret(shop.tokenKeys, id, row!.secret)!
}
const lastAct = async (subject: number, action: string) =>
  (await shop.db.select().from(audit).where(and(eq(audit.subject, `user:${subject}`), eq(audit.action, action)))
    .orderBy(desc(audit.id)).limit(1))[0]
const locationOf = (response: Response) => `${response.status} ${response.headers.get('location')}`

/** An operator who has set up the second factor, in a browser that has entered a code. */
async function setUp(app = required) {
  const account = await addAccount(shop, 'manager')
  const browser = openBrowser(app)
  await browser.logIn(account.email)
  await browser.post('/admin/two-factor/setup')
  const secret = await secretOf(account.id)
  const confirmed = await browser.post('/admin/two-factor/confirmation', { code: codeAt(secret, nowMs) })
  const recoveryCodes = [...(await confirmed.text()).matchAll(/<code>([A-Z2-7-]{19})<\/code>/g)].map(([, code]) => code!)
  nextStep()
  return { account, browser, secret, recoveryCodes, code: () => codeAt(secret, nowMs) }
}

describe('where a second factor is required', () => {
  test('an operator without one sets it up first, and gets ten recovery codes', async () => {
    const account = await addAccount(shop, 'viewer')
    const browser = openBrowser(required)
    await browser.logIn(account.email)
    expect(locationOf(await browser.get('/admin?x=1'))).toBe('303 /admin/two-factor?next=%2Fadmin%3Fx%3D1')
    const refused = await browser.json('GET', '/api/admin/seats')
    expect([refused.status, (await refused.json() as { code: string }).code]).toEqual([401, 'code_required'])

    expect(locationOf(await browser.post('/admin/two-factor/setup'))).toBe('303 /admin/two-factor')
    const secret = await secretOf(account.id)
    const page = await (await browser.get('/admin/two-factor')).text()
    expect(page).toContain('otpauth://totp/NETicket:')
    expect(page).toContain('<path d="M')
    const [row] = await shop.db.select().from(secondFactors).where(eq(secondFactors.userId, account.id))
    expect(row!.secret.startsWith(currentPrefix(shop.tokenKeys))).toBe(true)

    const wrong = await browser.post('/admin/two-factor/confirmation', { code: codeAt(secret, nowMs + 300_000) })
    expect(wrong.status).toBe(422)
    expect((await browser.get('/admin')).status).toBe(303)
    const confirmed = await browser.post('/admin/two-factor/confirmation', { code: codeAt(secret, nowMs) })
    expect((await confirmed.text()).match(/<code>[A-Z2-7-]{19}<\/code>/g)).toHaveLength(10)
    expect((await browser.get('/admin')).status).toBe(200)
    expect((await browser.json('GET', '/api/admin/seats')).status).toBe(200)
    expect(await lastAct(account.id, 'second_factor.set_up')).toMatchObject({ actorId: account.id, address: '192.0.2.1' })
  })

  test('buyers need none, and cannot set one up', async () => {
    const { email, id } = await addAccount(shop, 'user')
    const browser = openBrowser(required)
    expect((await browser.json('POST', '/api/auth/login', { email, password: PASSWORD })).status).toBe(200)
    expect((await browser.get('/me')).status).toBe(200)
    expect((await browser.post('/admin/two-factor/setup')).status).toBe(403)
    expect(await readSecondFactor(shop, id)).toEqual({ kind: 'none' })
  })
})

describe.each(['required', 'optional'] as const)('an operator with a second factor, where it is %s', (mode) => {
  const app = () => mode === 'required' ? required : optional

  test('enters a code after the password; the session keeps it through renewals', async () => {
    const { account, code } = await setUp()
    const browser = openBrowser(app())
    await browser.logIn(account.email)
    expect(locationOf(await browser.get('/admin'))).toBe('303 /admin/two-factor?next=%2Fadmin')
    expect((await browser.get('/me')).status, 'the shop itself').toBe(200)
    expect(locationOf(await browser.post('/admin/two-factor?next=%2Fadmin%2Faudit', { code: code() }))).toBe('303 /admin/audit')
    nextStep()
    expect((await browser.get('/admin')).status).toBe(200)
    browser.jar.delete('access')
    expect((await browser.get('/admin')).status).toBe(200)
    expect((await lastAct(account.id, 'operator.login'))!.detail).toBe('{"secondFactor":true}')
  })

  test('logs in by API with a code only', async () => {
    const { account, code } = await setUp()
    const logIn = async (body: object) => {
      const response = await openBrowser(app()).json('POST', '/api/auth/login', {
        email: account.email,
        password: PASSWORD,
        ...body,
      })
      const { code } = await response.json() as { code?: string }
      return { status: response.status, code, cookies: response.headers.getSetCookie() }
    }
    expect(await logIn({})).toEqual({ status: 401, code: 'code_required', cookies: [] })
    expect(await logIn({ code: '000000' })).toMatchObject({ status: 401, code: 'code_required', cookies: [] })
    expect(await logIn({ password: 'wrong', code: code() })).toMatchObject({ status: 401, code: 'wrong_credentials' })
    expect((await logIn({ code: code() })).status).toBe(200)
    await expect.poll(() => lastAct(account.id, 'operator.login_failed')).toMatchObject({ actorId: null })
  })
})

describe('a code', () => {
  test('is accepted once, and none of an earlier step after it', async () => {
    const { account, secret } = await setUp()
    const enter = async (code: string) => {
      const browser = openBrowser(required)
      await browser.logIn(account.email)
      return (await browser.post('/admin/two-factor', { code })).status
    }
    const [before, now] = [codeAt(secret, nowMs), codeAt(secret, nowMs + 30_000)]
    nextStep()
    expect((await Promise.all([enter(now), enter(now)])).sort()).toEqual([303, 422])
    expect(await enter(before)).toBe(422)
    nextStep()
    expect(await enter(codeAt(secret, nowMs))).toBe(303)
  })

  test('cannot be guessed: after five wrong ones each waits', async () => {
    const { account, code } = await setUp()
    const browser = openBrowser(required, '192.0.2.99')
    await browser.logIn(account.email)
    const guesses: Response[] = []
    for (let i = 0; i < 12; i++) guesses.push(await browser.post('/admin/two-factor', { code: '000000' }))
    const refused = guesses.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
    const other = openBrowser(required, '192.0.2.77')
    await other.logIn(account.email)
    expect((await other.post('/admin/two-factor', { code: code() })).status, 'from elsewhere').toBe(303)
  })

  test('A116: guesses by others who know the password do not lock out a browser that has entered a code before', async () => {
    const { account, browser, code } = await setUp()
    const enterElsewhere = async (address: string) => {
      const elsewhere = openBrowser(optional, address)
      await elsewhere.logIn(account.email)
      return await Promise.all(Array.from({ length: 6 }, () => elsewhere.post('/admin/two-factor', { code: '000000' })))
    }
    const guesses: Response[] = []
    for (let i = 1; guesses.length < 90; i++) guesses.push(...await enterElsewhere(`198.51.100.${i}`))
    expect(guesses.at(-1)!.status, 'the tokens of the account are used up').toBe(429)
    const stranger = openBrowser(required, '203.0.113.5')
    await stranger.logIn(account.email)
    expect((await stranger.post('/admin/two-factor', { code: code() })).status).toBe(429)
    await browser.post('/logout')
    await browser.logIn(account.email)
    expect((await browser.post('/admin/two-factor', { code: code() })).status).toBe(303)
  })

  test('of recovery works once; new ones replace all', async () => {
    const { account, browser, recoveryCodes } = await setUp()
    expect(new Set(recoveryCodes).size).toBe(10)
    const enter = async (code: string) => {
      const other = openBrowser(required)
      await other.logIn(account.email)
      return (await other.post('/admin/two-factor', { code })).status
    }
    expect(await enter(recoveryCodes[0]!.toLowerCase())).toBe(303)
    expect(await enter(recoveryCodes[0]!)).toBe(422)
    expect(await lastAct(account.id, 'second_factor.use_recovery_code')).toBeDefined()
    expect(await readSecondFactor(shop, account.id)).toMatchObject({ kind: 'confirmed', recoveryCodesLeft: 9 })
    // A session alone, which may be stolen, gets no codes: each is a second factor.
    expect((await browser.post('/admin/two-factor/recovery-codes')).status).toBe(422)
    expect(await enter(recoveryCodes[2]!), 'none was replaced').toBe(303)
    const renewed = await browser.post('/admin/two-factor/recovery-codes', { code: recoveryCodes[3]! })
    expect((await renewed.text()).match(/<code>/g)).toHaveLength(10)
    expect(await lastAct(account.id, 'second_factor.recovery_codes')).toMatchObject({ actorId: account.id })
    expect(await enter(recoveryCodes[1]!)).toBe(422)
  })
})

test('A119: rights and second factors of operators change only soon after a code', async () => {
  const { account, browser, code } = await setUp()
  await shop.db.update(users).set({ role: 'owner' }).where(eq(users.id, account.id))
  const enter = async () => {
    expect((await browser.post('/admin/two-factor', { code: code() })).status).toBe(303)
    nextStep()
  }
  await browser.logIn(account.email)
  await enter()
  const invite = () =>
    browser.json('POST', '/api/admin/people/invitations', { email: `${crypto.randomUUID()}@test.example`, role: 'owner' })
  expect((await browser.get('/admin/people')).status).toBe(200)
  expect((await invite()).status).toBe(201)
  nowMs += 11 * 60_000
  expect(locationOf(await browser.get('/admin/people'))).toBe('303 /admin/two-factor?next=%2Fadmin%2Fpeople')
  expect(await (await browser.get('/admin/two-factor?next=%2Fadmin%2Fpeople')).text()).toContain('name="code"')
  expect((await invite()).status, 'a form that was opened in time').toBe(201)
  nowMs += 10 * 60_000
  await browser.json('POST', '/api/auth/refresh')
  expect((await invite()).status).toBe(401)
  expect((await browser.get('/admin')).status, 'all other pages').toBe(200)
  expect(locationOf(await browser.post('/admin/two-factor?next=%2Fadmin%2Fpeople', { code: code() }))).toBe('303 /admin/people')
  expect((await browser.get('/admin/people')).status).toBe(200)

  const own = `/api/admin/people/${account.id}/two-factor`
  expect((await browser.json('DELETE', own, { reason: 'x' })).status, 'not even then').toBe(401)
  expect(await readSecondFactor(shop, account.id)).toMatchObject({ kind: 'confirmed' })
})

test('only a code turns the second factor off; all other sessions end', async () => {
  const { account, browser, code } = await setUp()
  const other = openBrowser(required)
  await other.logIn(account.email)
  await other.post('/admin/two-factor', { code: code() })
  nextStep()
  expect((await other.get('/admin')).status).toBe(200)

  expect((await browser.post('/admin/two-factor/removal', { code: '000000' })).status).toBe(422)
  expect(await startSetup(shop, account.id), 'a new secret cannot replace it').toBe('confirmed')
  expect((await browser.post('/admin/two-factor/removal', { code: code() })).status).toBe(303)
  expect(await readSecondFactor(shop, account.id)).toEqual({ kind: 'none' })
  expect(await lastAct(account.id, 'second_factor.remove')).toMatchObject({ actorId: account.id })
  expect(locationOf(await other.get('/admin'))).toBe('303 /login?next=%2Fadmin')
  expect(locationOf(await browser.get('/admin'))).toBe('303 /admin/two-factor?next=%2Fadmin')
})

test('secrets follow a rotation of TOKEN_SECRET; those without a key left are counted', async () => {
  const [renewed, lost] = [await setUp(), await setUp()]
  const rotated = readTokenKeys(`another secret that signs from now on,${Buffer.from(shop.tokenKeys.secrets[0]).toString()}`)
  const foreign = encryptSecret(readTokenKeys('a secret that was removed from the setting'), lost.account.id, lost.secret)
  await shop.db.update(secondFactors).set({ secret: foreign }).where(eq(secondFactors.userId, lost.account.id))
  const first = await renewEncryption({ db: shop.db, tokenKeys: rotated })
  expect(first.lost).toBe(1)
  expect(first.renewed).toBeGreaterThan(0)
  expect(await renewEncryption({ db: shop.db, tokenKeys: rotated })).toEqual({ renewed: 0, lost: 1 })
  const [row] = await shop.db.select().from(secondFactors).where(eq(secondFactors.userId, renewed.account.id))
  expect(decryptSecret(rotated, renewed.account.id, row!.secret)).toEqual(renewed.secret)
})
