import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mailLinks, mails, users } from '../../db/schema.ts'
import { DEVICE_COOKIE } from '../../edge/contract/cookies.ts'
import { logIn } from '../../origin/accounts.ts'
import { verifyDevice } from '../../origin/known-devices.ts'
import type { LoginGuard } from '../../origin/login-guard.ts'
import { accountBuckets, MAIL_BURST, MAILBOX_BURST, takeAllowance } from '../../origin/mail/mail-allowance.ts'
import { type AccountSite, openAccountSite, tokenOf, untilNotBusy } from '../account-site.ts'
import { PASSWORD } from '../operators.ts'
import { until } from '../until.ts'

const NEW_PASSWORD = 'a new passphrase'
let site: AccountSite
beforeAll(async () => void (site = await openAccountSite()))
afterAll(() => site.close())

const forgot = (email: string, address: string) =>
  untilNotBusy(() => site.browse(address).json('POST', '/api/auth/forgot', { email }))
const reset = (token: string, password = NEW_PASSWORD) => site.browse().json('POST', '/api/auth/reset', { token, password })
async function resetTokenOf(email: string, mailsBefore: number): Promise<string> {
  await forgot(email, '192.0.2.1')
  return tokenOf(await site.mailTo(email, mailsBefore + 1))
}
const canLogIn = async (email: string, password: string) =>
  (await site.browse('198.51.100.7').json('POST', '/api/auth/login', { email, password })).status === 200

test('A108: no change of an account follows a reset that came while its password was checked', async () => {
  const acts: [string, object][] = [
    ['PATCH', { password: NEW_PASSWORD, currentPassword: PASSWORD }],
    ['PATCH', { email: 'thief@evil.example', currentPassword: PASSWORD }],
    ['DELETE', { password: PASSWORD }],
  ]
  const { passwords, db } = site.shop
  const { check } = passwords
  for (const [method, body] of acts) {
    const { id, email, browser } = await site.addBuyer()
    passwords.check = async (...input) => {
      const isRight = await check(...input)
      await db.update(users).set({ passwordHash: 'of the reset' }).where(eq(users.id, id))
      return isRight
    }
    const response = await browser.json(method, '/api/me', body)
    passwords.check = check
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'validation_failed' }])
    const [row] = await db.select().from(users).where(eq(users.id, id))
    expect(row).toMatchObject({ email, passwordHash: 'of the reset', deletedAt: null })
    const links = await db.select().from(mailLinks).where(eq(mailLinks.userId, id))
    expect(links.map(({ purpose }) => purpose)).toEqual(['verify_email'])
  }
})

test('A120: no guessed, changed or foreign token resets a password, and no table has one', async () => {
  const { id, email } = await site.addBuyer()
  const verification = tokenOf(await site.mailTo(email, 1))
  const token = await resetTokenOf(email, 1)
  const [row] = await site.shop.db.select().from(mailLinks).where(eq(mailLinks.purpose, 'reset_password'))
  const guesses = [
    randomBytes(32).toString('base64url'),
    token.slice(0, -4) + 'AAAA',
    token.toLowerCase(),
    // What the table has, and the link of another purpose.
    row!.tokenHash.toString('base64url'),
    verification,
  ]
  for (const guess of guesses.filter((one) => one !== token)) expect((await reset(guess)).status).toBe(410)
  for (const malformed of [`${token} `, token.slice(1), '']) expect((await reset(malformed)).status).toBe(422)
  const stored = JSON.stringify(await site.shop.db.select().from(mailLinks).where(eq(mailLinks.userId, id))) +
    JSON.stringify(await site.shop.db.select().from(mails).where(eq(mails.userId, id)))
  expect(stored).not.toContain(token)
  expect(await canLogIn(email, PASSWORD)).toBe(true)
  expect((await reset(token)).status).toBe(204)
})

test('A121: resets that are requested from many addresses send a mailbox twenty mails', async () => {
  const { email } = await site.addBuyer()
  const statuses = await Promise.all(Array.from({ length: 30 }, (_, i) => forgot(email, `203.0.113.${i}`)))
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([204]))
  // Besides the one of the sign-up.
  await until(() => site.mailsTo(email).length === MAILBOX_BURST + 1)
  await until(async () => (await site.shop.db.select().from(mails).where(eq(mails.state, 'queued'))).length === 0)
  expect(site.mailsTo(email)).toHaveLength(MAILBOX_BURST + 1)
})

test('A122: links in mails begin with the configured address, whatever host a request names', async () => {
  const { email, browser } = await site.addBuyer()
  const evil = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    origin: 'http://evil.example',
  }
  const { origin: _, ...withoutOrigin } = evil
  const post = (headers: Record<string, string>) =>
    site.app.request('/api/auth/forgot', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ email }),
    })
  expect((await post(withoutOrigin)).status).toBe(204)
  const mail = await site.mailTo(email, 2)
  expect(tokenOf(mail)).toMatch(/^[\w-]{43}$/)
  expect(mail.html + mail.text).not.toContain('evil.example')
  expect((await browser.get('/me/account')).status).toBe(200)
})

test('A123: an address with an account and one without get the same response, by API and by page', async () => {
  const { email } = await site.addBuyer()
  const unknown = `nobody-${email}`
  const facts = async (response: Response) => {
    const headers = [...response.headers].filter(([name]) => name !== 'x-request-id')
    return [response.status, headers, await response.text()]
  }
  expect(await facts(await forgot(email, '192.0.2.2'))).toEqual(await facts(await forgot(unknown, '192.0.2.2')))
  const byPage = (one: string) => site.browse('192.0.2.2').post('/forgot', { email: one })
  expect(await facts(await byPage(email))).toEqual(await facts(await byPage(unknown)))
  // Beyond the allowance too.
  for (let i = 0; i < MAIL_BURST; i++) for (const one of [email, unknown]) await forgot(one, '192.0.2.2')
  expect(await facts(await forgot(email, '192.0.2.2'))).toEqual(await facts(await forgot(unknown, '192.0.2.2')))
  // A new address that has an account is not revealed either.
  const attacker = await site.addBuyer()
  const request = (newEmail: string) => attacker.browser.post('/me/account/email', { newEmail, emailPassword: PASSWORD })
  const { email: victim } = await site.addBuyer()
  expect((await request(victim)).headers.get('location')).toBe((await request(`nobody-${victim}`)).headers.get('location'))
  expect(site.mailsTo(unknown)).toEqual([])
})

test('A124: a change of the address takes over no account', async () => {
  const [owner, thief] = [await site.addBuyer(), await site.addBuyer()]
  await site.mailTo(owner.email, 1)
  // With a stolen session and without the password: nothing is requested.
  expect((await owner.browser.post('/me/account/email', { newEmail: 'thief@evil.example', emailPassword: 'guess' })).status).toBe(
    422,
  )
  // With the password too: the owner gets a notice, and a reset from the present address stops the change and ends the session.
  await owner.browser.post('/me/account/email', { newEmail: 'thief@evil.example', emailPassword: PASSWORD })
  const change = tokenOf(await site.mailTo('thief@evil.example', 1))
  const notice = await site.mailTo(owner.email, 2)
  expect(notice.text).toContain('thief@evil.example')
  // Nobody else who reads the mail can confirm, not even the person who is logged in to another account.
  expect((await site.browse().json('POST', '/api/auth/verify', { token: change })).status).toBe(401)
  expect((await thief.browser.json('POST', '/api/auth/verify', { token: change })).status).toBe(401)
  expect((await reset(await resetTokenOf(owner.email, 2))).status).toBe(204)
  expect((await owner.browser.json('POST', '/api/auth/verify', { token: change })).status).toBe(410)
  const [row] = await site.shop.db.select().from(users).where(eq(users.id, owner.id))
  expect(row!.email).toBe(owner.email)

  // A reset link of the former address ends with a change.
  await thief.browser.post('/me/account/email', { newEmail: `moved-${thief.email}`, emailPassword: PASSWORD })
  const moved = tokenOf(await site.mailTo(`moved-${thief.email}`, 1))
  const early = await resetTokenOf(thief.email, 2)
  expect((await thief.browser.json('POST', '/api/auth/verify', { token: moved })).status).toBe(204)
  expect((await reset(early)).status).toBe(410)
})

test('A124: an address that gets an account meanwhile is not taken from it', async () => {
  const attacker = await site.addBuyer()
  const email = `coming-${attacker.email}`
  await attacker.browser.post('/me/account/email', { newEmail: email, emailPassword: PASSWORD })
  const token = tokenOf(await site.mailTo(email, 1))
  const signup = { email, password: PASSWORD, nickname: randomBytes(5).toString('hex') }
  expect((await site.browse().json('POST', '/api/auth/signup', signup)).status).toBe(201)
  const response = await attacker.browser.json('POST', '/api/auth/verify', { token })
  expect([response.status, (await response.json() as { code: string }).code]).toEqual([409, 'email_taken'])
})

test('A125: a form of another site changes nothing in an account', async () => {
  const { id, browser } = await site.addBuyer()
  const before = await site.shop.db.select().from(users).where(eq(users.id, id))
  const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const forms: [string, Record<string, string>][] = [
    ['/me/account/nickname', { nickname: 'stolen' }],
    ['/me/account/email', { newEmail: 'thief@evil.example', emailPassword: PASSWORD }],
    ['/me/account/password', { currentPassword: PASSWORD, password: NEW_PASSWORD }],
    ['/me/account/sessions', {}],
    ['/me/account/deletion', { deletionPassword: PASSWORD }],
    ['/forgot', { email: before[0]!.email }],
    ['/reset', { token: 'x'.repeat(43), password: NEW_PASSWORD }],
    ['/verify', { token: 'x'.repeat(43) }],
  ]
  for (const [path, fields] of forms) {
    const response = await site.app.request(path, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams(fields)),
    })
    expect([path, response.status]).toEqual([path, 403])
  }
  expect(await site.shop.db.select().from(users).where(eq(users.id, id))).toEqual(before)
})

test('A126: a stolen session does not guess the password of its account in a form that asks for it again', async () => {
  const guesses: [string, string, (guess: string) => object][] = [
    ['PATCH', '/api/me', (guess) => ({ password: NEW_PASSWORD, currentPassword: guess })],
    ['PATCH', '/api/me', (guess) => ({ email: 'thief@evil.example', currentPassword: guess })],
    ['DELETE', '/api/me', (guess) => ({ password: guess })],
  ]
  for (const [method, path, body] of guesses) {
    const { browser } = await site.addBuyer()
    const guess = async (_: unknown, i: number) => (await browser.json(method, path, body(`guess ${i}`))).status
    await until(async () => (await Promise.all(Array.from({ length: 8 }, guess))).includes(429))
  }
})

describe('mails that strangers cause with other spellings of an address', () => {
  async function signUp(email: string, address: string) {
    const browser = site.browse(address)
    const account = { email, password: PASSWORD, nickname: randomBytes(5).toString('hex') }
    expect((await untilNotBusy(() => browser.json('POST', '/api/auth/signup', account))).status).toBe(201)
    await untilNotBusy(() => browser.logIn(email))
    return browser
  }
  const kindsTo = async (email: string) =>
    (await site.shop.db.select().from(mails).where(eq(mails.recipient, email))).map(({ kind }) => kind)

  test('A140: do not keep the notice of a change of its address from the owner of an account', async () => {
    const { email, browser } = await site.addBuyer()
    const spelling = await signUp(email.replace('@', '+x@'), '203.0.113.1')
    for (let current = PASSWORD, i = 0; i < MAIL_BURST; i++) {
      const password = `${NEW_PASSWORD} ${i}`
      const change = () => spelling.json('PATCH', '/api/me', { password, currentPassword: current })
      expect((await untilNotBusy(change)).status).toBe(200)
      current = password
    }
    const change = () => browser.json('PATCH', '/api/me', { email: `thief-${email}`, currentPassword: PASSWORD })
    expect((await untilNotBusy(change)).status).toBe(200)
    expect(await kindsTo(email)).toContain('email_change_requested')
    const token = tokenOf(await site.mailTo(`thief-${email}`, 1))
    expect((await untilNotBusy(() => browser.json('POST', '/api/auth/verify', { token }))).status).toBe(204)
    expect(await kindsTo(email)).toContain('email_changed')
  })

  test('A141: do not keep the owner of the mailbox from verifying it', async () => {
    const { email: seed } = await site.addBuyer()
    const email = `owner-${seed}`
    for (let i = 0; i < MAIL_BURST; i++) await signUp(email.replace('@', `+${i}@`), '203.0.113.2')
    const owner = await signUp(email, '203.0.113.2')
    expect(await kindsTo(email)).toEqual(['verify_email'])
    expect((await owner.json('POST', '/api/me/verification')).status).toBe(204)
  })

  test('A142: are few for one mailbox at Gmail, which ignores dots', async () => {
    const name = randomBytes(5).toString('hex')
    const spellings = Array.from({ length: MAIL_BURST + 2 }, (_, i) => `${name.slice(0, i + 1)}.${name.slice(i + 1)}@gmail.com`)
    for (const email of spellings) await signUp(email, '203.0.113.3')
    const kinds = await Promise.all(spellings.map(kindsTo))
    expect(kinds.flat()).toEqual(Array(MAIL_BURST).fill('verify_email'))
  })
})

test('A140: no change of an address begins without a notice to the owner of the account', async () => {
  const { id, email, browser } = await site.addBuyer()
  const { db } = site.shop
  const buckets = accountBuckets('change_email_notice', { email, emailVerifiedAt: null })
  for (let i = 0; i < MAIL_BURST; i++) await db.transaction((tx) => takeAllowance(tx, buckets, site.shop.now()))
  const change = () => browser.json('PATCH', '/api/me', { email: `thief-${email}`, currentPassword: PASSWORD })
  expect((await untilNotBusy(change)).status).toBe(429)
  const links = await db.select().from(mailLinks).where(eq(mailLinks.userId, id))
  expect(links.map(({ purpose }) => purpose)).toEqual(['verify_email'])
})

test('A141: resets that one client requests leave mails for the owner', async () => {
  const { email } = await site.addBuyer()
  for (let i = 0; i < MAIL_BURST + 2; i++) await forgot(email, '203.0.113.4')
  await site.mailTo(email, MAIL_BURST + 1)
  expect((await reset(await resetTokenOf(email, MAIL_BURST + 1))).status).toBe(204)
})

test('A143: a browser that knew a former password of an account is not known to it, and the one that has set the present is', async () => {
  const { email, browser: former } = await site.addBuyer()
  await site.mailTo(email, 1)
  const owner = site.browse('192.0.2.1')
  const token = await resetTokenOf(email, 1)
  expect((await untilNotBusy(() => owner.json('POST', '/api/auth/reset', { token, password: NEW_PASSWORD }))).status).toBe(204)
  const asked: boolean[] = []
  const loginGuard: LoginGuard = {
    attempt({ isKnown }) {
      asked.push(isKnown)
      return Promise.resolve({ kind: 'delayed', retryAfterSeconds: 1 })
    },
  }
  for (const { jar } of [former, owner]) {
    const device = verifyDevice(site.shop, jar.get(DEVICE_COOKIE))
    expect(device).not.toBeNull()
    await logIn({ ...site.shop, loginGuard }, { email, password: 'guess' }, { address: '192.0.2.1', device })
  }
  expect(asked).toEqual([false, true])
})
