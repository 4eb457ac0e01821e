import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mailLinks, mails, openingReminders, refreshTokens, sessions, users } from '../../db/schema.ts'
import { StoreUnavailable } from '../../db/store-unavailable.ts'
import { TERMS_VERSION } from '../../edge/contract/terms.ts'
import { type AccountSite, openAccountSite, tokenOf, untilNotBusy } from '../../test/account-site.ts'
import { openBrowser, PASSWORD } from '../../test/operators.ts'
import { buyerHeaders } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { MAIL_BURST } from '../mail/mail-allowance.ts'
import type { MysqlHealth } from '../mysql-health.ts'

const NEW_PASSWORD = 'a new passphrase'
let site: AccountSite
beforeAll(async () => void (site = await openAccountSite()))
afterAll(() => site.close())

const rowOf = async (id: number) => (await site.shop.db.select().from(users).where(eq(users.id, id)))[0]!
const statusOf = async (response: Promise<Response>) => (await response).status
const textOf = async (response: Promise<Response>) => (await response).text()
const canLogIn = async (email: string, password: string) =>
  (await site.browse('198.51.100.7').json('POST', '/api/auth/login', { email, password })).status === 200

describe('sign-up', () => {
  test('by the page records which terms were accepted and when, and needs that consent', async () => {
    const form = { email: 'page@test.example', password: PASSWORD, nickname: 'page', next: '/me' }
    const refused = await site.browse().post('/signup', form)
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('accept the terms')])
    expect(await statusOf(site.browse().post('/signup', { ...form, terms: 'another version' }))).toBe(422)
    expect(await statusOf(site.browse().post('/signup', { ...form, terms: TERMS_VERSION }))).toBe(303)
    const [row] = await site.shop.db.select().from(users).where(eq(users.email, form.email))
    expect(row).toMatchObject({ termsVersion: TERMS_VERSION, termsAcceptedAt: row!.createdAt })
  })

  test.each(['iloveyou1', 'QWER1234', '00000000', 'common77@test.example', 'Common77', 'commonname'])(
    'refuses the password %s, which is easy to guess, by API and by page, and creates nothing',
    async (password) => {
      const account = { email: 'common77@test.example', password, nickname: 'CommonName' }
      const response = await site.browse().json('POST', '/api/auth/signup', account)
      expect([response.status, await response.json()]).toEqual([
        422,
        expect.objectContaining({
          code: 'validation_failed',
          errors: [{ field: 'password', message: expect.stringContaining('common') }],
        }),
      ])
      const page = await site.browse().post('/signup', { ...account, terms: TERMS_VERSION })
      expect([page.status, await page.text()]).toEqual([422, expect.stringContaining('id="password-problem"')])
      expect(await site.shop.db.select().from(users).where(eq(users.email, account.email))).toEqual([])
    },
  )

  test('counts the characters of a password as they are hashed, in NFC', async () => {
    const hangul = '비밀번호'.repeat(32)
    const account = { email: 'nfd@test.example', password: hangul.normalize('NFD'), nickname: '한글닉'.normalize('NFD') }
    expect(await statusOf(site.browse().json('POST', '/api/auth/signup', account))).toBe(201)
    expect(await canLogIn(account.email, hangul)).toBe(true)
  })
})

test('while MySQL is away, every page and path of an account says so at once, without a statement', async () => {
  const { browser } = await site.addBuyer()
  const unused = new Proxy(site.shop.db, {
    get: (_, name) => {
      throw new Error(`${String(name)}() was called`)
    },
  })
  const mysqlHealth: MysqlHealth = {
    isAvailable: () => false,
    orUnavailable: () => Promise.reject(new StoreUnavailable('mysql', 'away')),
    close: () => Promise.resolve(),
  }
  const lost = openBrowser(createApp(Object.assign({}, site.shop, { db: unused, mysqlHealth })))
  for (const [name, value] of browser.jar) lost.jar.set(name, value)
  const token = 'x'.repeat(43)
  const [password, currentPassword] = [NEW_PASSWORD, PASSWORD]
  const requests = [
    lost.get('/me/account'),
    lost.get('/me/account/export'),
    lost.post('/me/account/nickname', { nickname: 'another' }),
    lost.post('/me/account/email', { newEmail: 'new@test.example', emailPassword: PASSWORD }),
    lost.post('/me/account/password', { currentPassword, password }),
    lost.post('/me/account/verification'),
    lost.post('/me/account/sessions'),
    lost.post(`/me/account/sessions/${token}/end`),
    lost.post('/me/account/deletion', { deletionPassword: PASSWORD }),
    lost.get(`/verify?token=${token}`),
    lost.post('/verify', { token }),
    lost.post('/forgot', { email: 'new@test.example' }),
    lost.get(`/reset?token=${token}`),
    lost.post('/reset', { token, password }),
    lost.get(`/invitation?token=${token}`),
    lost.post('/invitation', { token }),
    lost.json('GET', '/api/me'),
    lost.json('PATCH', '/api/me', { nickname: 'another' }),
    lost.json('DELETE', '/api/me', { password: PASSWORD }),
    lost.json('POST', '/api/me/verification'),
    lost.json('GET', '/api/me/export'),
    lost.json('GET', '/api/me/sessions'),
    lost.json('DELETE', '/api/me/sessions'),
    lost.json('DELETE', `/api/me/sessions/${token}`),
    lost.json('POST', '/api/auth/verify', { token }),
    lost.json('POST', '/api/auth/forgot', { email: 'new@test.example' }),
    lost.json('POST', '/api/auth/reset', { token, password }),
  ]
  const answers = await Promise.all(requests)
  expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 503))
  expect(await answers[0]!.text()).toContain('Please try again in a moment')
  expect(await answers.at(-1)!.json()).toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 2 })
})

describe('verification of an address', () => {
  test('happens with the button behind the link of the mail, once, and shows in the next access token', async () => {
    const { id, email, browser } = await site.addBuyer()
    const token = tokenOf(await site.mailTo(email, 1))
    expect(await textOf(browser.get(`/verify?token=${token}`))).toContain(email)
    expect((await rowOf(id)).emailVerifiedAt).toBeNull()
    const done = await browser.post('/verify', { token })
    expect([done.status, done.headers.get('location')]).toEqual([303, '/verify?done=verified'])
    expect((await rowOf(id)).emailVerifiedAt).not.toBeNull()
    expect(atob(browser.jar.get('access')!.split('.')[1]!)).toContain('"verified":true')
    expect(await statusOf(browser.post('/verify', { token }))).toBe(410)
    expect(await statusOf(browser.get(`/verify?token=${token}`))).toBe(410)
  })

  test('by API answers 204, and then 410; the link ends after a day', async () => {
    const { email, browser } = await site.addBuyer()
    const token = tokenOf(await site.mailTo(email, 1))
    site.clock.aheadMs = 24 * 3_600_000 + 1
    expect(await statusOf(browser.json('POST', '/api/auth/verify', { token }))).toBe(410)
    site.clock.aheadMs = 0
    const verify = () => statusOf(untilNotBusy(() => browser.json('POST', '/api/auth/verify', { token })))
    expect(await Promise.all([verify(), verify()]).then((all) => all.sort())).toEqual([204, 410])
  })

  test('can be requested again, in the language of the page', async () => {
    const { email, browser } = await site.addBuyer()
    await site.mailTo(email, 1)
    expect((await browser.post('/me/account/verification')).headers.get('location')).toBe('/me/account?done=verification')
    const mail = await site.mailTo(email, 2)
    expect(mail.subject).toBe('[NETicket] Please verify your e-mail address')
    await browser.post('/verify', { token: tokenOf(mail) })
    expect((await browser.post('/me/account/verification')).headers.get('location')).toBe('/me/account')
  })
})

describe('a reset of the password', () => {
  test('sets it with the link of the mail, ends all sessions, verifies the address and tells the owner', async () => {
    const { id, email, browser } = await site.addBuyer()
    await site.mailTo(email, 1)
    expect((await site.browse().post('/forgot', { email: ` ${email.toUpperCase()}` })).headers.get('location')).toBe(
      '/forgot?done',
    )
    const token = tokenOf(await site.mailTo(email, 2))
    const other = site.browse()
    expect(await textOf(other.get(`/reset?token=${token}`))).toContain('name="token"')
    expect(await statusOf(other.post('/reset', { token, password: 'short' }))).toBe(422)
    expect(await statusOf(other.post('/reset', { token, password: 'iloveyou1' }))).toBe(422)
    expect((await other.post('/reset', { token, password: NEW_PASSWORD })).headers.get('location')).toBe('/reset?done')
    expect([await canLogIn(email, PASSWORD), await canLogIn(email, NEW_PASSWORD)]).toEqual([false, true])
    expect(await statusOf(browser.json('GET', '/api/me'))).toBe(401)
    expect((await rowOf(id)).emailVerifiedAt).not.toBeNull()
    expect((await site.mailTo(email, 3)).subject).toContain('Your password has changed')
    expect(await statusOf(other.post('/reset', { token, password: 'another new one' }))).toBe(410)
  })

  test('by API: 204 for any address, 410 after half an hour', async () => {
    const { email, browser } = await site.addBuyer()
    await site.mailTo(email, 1)
    expect(await statusOf(browser.json('POST', '/api/auth/forgot', { email }))).toBe(204)
    const token = tokenOf(await site.mailTo(email, 2))
    site.clock.aheadMs = 30 * 60_000 + 1
    expect(await statusOf(browser.json('POST', '/api/auth/reset', { token, password: NEW_PASSWORD }))).toBe(410)
    site.clock.aheadMs = 0
    expect(await statusOf(browser.json('POST', '/api/auth/reset', { token, password: NEW_PASSWORD }))).toBe(204)
  })
})

describe('a change', () => {
  test('of the password asks for the present one, keeps this session and ends the others', async () => {
    const { email, browser } = await site.addBuyer()
    const other = site.browse()
    await other.logIn(email)
    const form = { currentPassword: 'wrong', password: NEW_PASSWORD }
    expect(await textOf(browser.post('/me/account/password', form))).toContain('This password is wrong')
    const changed = await browser.post('/me/account/password', { ...form, currentPassword: PASSWORD })
    expect(changed.headers.get('location')).toBe('/me/account?done=password')
    expect(await statusOf(browser.json('GET', '/api/me'))).toBe(200)
    expect(await statusOf(other.json('GET', '/api/me'))).toBe(401)
    expect(await canLogIn(email, NEW_PASSWORD)).toBe(true)
    expect((await site.mailTo(email, 2)).subject).toContain('Your password has changed')
  })

  test('A131: of the password without end sends no more notices than the address has an allowance for', async () => {
    const { email, browser } = await site.addBuyer()
    let current = PASSWORD
    for (let change = 0; change < MAIL_BURST + 3; change++) {
      const password = `${NEW_PASSWORD} ${change}`
      const changed = await browser.post('/me/account/password', { currentPassword: current, password })
      expect(changed.headers.get('location')).toBe('/me/account?done=password')
      current = password
    }
    const [user] = await site.shop.db.select().from(users).where(eq(users.email, email))
    const notices = (await site.shop.db.select().from(mails).where(eq(mails.userId, user!.id)))
      .filter(({ kind }) => kind === 'password_changed')
    expect(notices).toHaveLength(MAIL_BURST)
  })

  test('of the nickname shows at once, and is refused if another account has it', async () => {
    const [one, two] = [await site.addBuyer(), await site.addBuyer()]
    const renamed = `n${one.nickname.slice(0, 8)}`
    expect(await statusOf(one.browser.post('/me/account/nickname', { nickname: renamed }))).toBe(303)
    expect(one.browser.jar.get('nickname')).toBe(renamed)
    expect(await statusOf(two.browser.post('/me/account/nickname', { nickname: renamed }))).toBe(409)
    const own = await two.browser.json('PATCH', '/api/me', { nickname: two.nickname })
    expect([own.status, await own.json()]).toEqual([200, { user: expect.objectContaining({ nickname: two.nickname }) }])
    const both = { nickname: 'both1', password: NEW_PASSWORD, currentPassword: PASSWORD }
    expect(await statusOf(two.browser.json('PATCH', '/api/me', both))).toBe(422)
  })

  test('of the address happens when the link at the new one is opened by the person who is logged in', async () => {
    const { id, email, browser } = await site.addBuyer()
    const newEmail = `new-${email}`
    expect(await statusOf(browser.post('/me/account/email', { newEmail, emailPassword: PASSWORD }))).toBe(303)
    const token = tokenOf(await site.mailTo(newEmail, 1))
    expect((await site.mailTo(email, 2)).text).toContain(newEmail)
    expect((await rowOf(id)).email).toBe(email)
    expect(await textOf(site.browse().get(`/verify?token=${token}`))).toContain('/login?next=%2Fverify%3Ftoken%3D')
    expect((await browser.post('/verify', { token })).headers.get('location')).toBe('/verify?done=changed')
    const { email: now, emailVerifiedAt } = await rowOf(id)
    expect([now, emailVerifiedAt === null]).toEqual([newEmail, false])
    expect((await site.mailTo(email, 3)).subject).toContain('Your e-mail address has changed')
    expect(await statusOf(browser.json('GET', '/api/me'))).toBe(200)
  })
})

test('sessions are listed with device and address, and ended one by one or all others at once', async () => {
  const { email, browser } = await site.addBuyer()
  const [second, third] = [site.browse('203.0.113.5'), site.browse('203.0.113.6')]
  for (const other of [second, third]) await other.logIn(email)
  const { items } = await (await browser.json('GET', '/api/me/sessions')).json() as {
    items: { id: string; address: string; isCurrent: boolean }[]
  }
  expect(items).toHaveLength(3)
  expect(items.filter(({ isCurrent }) => isCurrent)).toHaveLength(1)
  expect(await textOf(browser.get('/me/account'))).toContain('203.0.113.5')
  const { id } = items.find(({ address }) => address === '203.0.113.5')!
  expect(await statusOf(browser.post(`/me/account/sessions/${id}/end`))).toBe(303)
  expect([await statusOf(second.json('GET', '/api/me')), await statusOf(third.json('GET', '/api/me'))]).toEqual([401, 200])
  expect(await statusOf(browser.json('DELETE', '/api/me/sessions'))).toBe(204)
  expect([await statusOf(browser.json('GET', '/api/me')), await statusOf(third.json('GET', '/api/me'))]).toEqual([200, 401])
  const stranger = await site.addBuyer()
  const own = items.find(({ isCurrent }) => isCurrent)!
  expect(await statusOf(stranger.browser.json('DELETE', `/api/me/sessions/${own.id}`))).toBe(404)
})

describe('the data of a person', () => {
  async function book(person: { id: number; nickname: string }) {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const headers = await buyerHeaders({ ...person, role: 'user', verified: false }, eventId)
    const body = JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 2 })
    const response = await site.app.request(`/api/events/${eventId}/reservations`, { method: 'POST', headers, body })
    if (response.status !== 201) throw new Error(`booking: ${response.status}`)
    return (await response.json() as { reservation: { id: string } }).reservation.id
  }

  async function addReminder({ id }: { id: number }): Promise<void> {
    const { eventId } = await site.shop.addSale({ title: 'Soon', opensInMs: 6 * 3_600_000 })
    await site.shop.db.insert(openingReminders).values({ eventId, userId: id, language: 'en', createdAt: new Date() })
  }

  test('is downloaded as a file with the account, its sessions, reservations and reminders, and no secret', async () => {
    const buyer = await site.addBuyer()
    await addReminder(buyer)
    const reservation = await book(buyer)
    const response = await buyer.browser.get('/me/account/export')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="neticket-[\d-]+\.json"$/)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      isComplete: true,
      account: { email: buyer.email, nickname: buyer.nickname },
      sessions: [{ address: `test ${buyer.nickname}` }],
      reservations: [{ id: reservation, quantity: 2, status: 'confirmed' }],
      openingReminders: [{ event: 'Soon', remindedOf: null }],
    })
    expect(text).not.toMatch(/argon2|passwordHash|token/i)
  })

  test('is erased with the account; a reservation of a coming event keeps it, and a cancelled one stays without a name', async () => {
    const buyer = await site.addBuyer()
    const { id, email, nickname, browser } = buyer
    const reservation = await book(buyer)
    await addReminder(buyer)
    const deletion = (password: string) => browser.json('DELETE', '/api/me', { password })
    expect(await statusOf(deletion('wrong password'))).toBe(422)
    const refused = await deletion(PASSWORD)
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({
        code: 'account_has_reservations',
        detail: expect.stringContaining('1 reservation'),
      }),
    ])
    expect(await statusOf(browser.json('DELETE', `/api/reservations/${reservation}`))).toBe(200)
    expect(await statusOf(deletion(PASSWORD))).toBe(204)
    expect((await site.mailTo(email, 2)).subject).toContain('Your account has been deleted')
    const row = await rowOf(id)
    expect(JSON.stringify(row)).not.toMatch(new RegExp(`${nickname}|argon2`))
    expect(row.deletedAt).not.toBeNull()
    for (const table of [sessions, refreshTokens, mailLinks, openingReminders]) {
      expect(await site.shop.db.select().from(table).where(eq(table.userId, id))).toEqual([])
    }
    expect(await statusOf(browser.json('GET', '/api/me'))).toBe(401)
    for (const name of [email, row.email]) expect(await canLogIn(name, PASSWORD)).toBe(false)
    const again = { email, password: PASSWORD, nickname }
    expect(await statusOf(browser.json('POST', '/api/auth/signup', again))).toBe(201)
  })

  test('of an operator stays until an owner has removed the role', async () => {
    const { id, email, browser } = await site.addBuyer()
    await site.shop.db.update(users).set({ role: 'viewer' }).where(eq(users.id, id))
    await browser.logIn(email)
    expect(await statusOf(browser.post('/me/account/deletion', { deletionPassword: PASSWORD }))).toBe(403)
    expect((await rowOf(id)).deletedAt).toBeNull()
  })
})
