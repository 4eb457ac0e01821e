import { and, desc, eq, ne } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRevokedSessions } from '../../db/redis/revoked-sessions.ts'
import { audit, invitations, users } from '../../db/schema.ts'
import { readAccess } from '../../edge/contract/credentials.ts'
import type { OperatorRole, Role } from '../../edge/contract/roles.ts'
import { addAccount, openBrowser, PASSWORD } from '../../test/operators.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { INVITATION_HOURS, invite as inviteOperator } from '../invitations.ts'
import { setPassword } from '../set-password.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let owner: Awaited<ReturnType<typeof loggedIn>>
let nowMs = Date.now()
beforeAll(async () => {
  shop = await openShop({}, { now: () => new Date(nowMs) })
  app = createApp(shop)
  owner = await loggedIn('owner')
})
afterAll(() => shop.close())

async function loggedIn(role: Role) {
  const account = await addAccount(shop, role)
  const browser = openBrowser(app)
  const response = await browser.logIn(account.email)
  expect(response.status).toBe(303)
  return { ...account, browser }
}
const roleOf = async (id: number) => (await shop.db.select().from(users).where(eq(users.id, id)))[0]!.role
const lastAct = async (subject: string, action: string) =>
  (await shop.db.select().from(audit).where(and(eq(audit.subject, subject), eq(audit.action, action))).orderBy(desc(audit.id)))[0]
const json = async (response: Response | Promise<Response>) => await (await response).json() as Record<string, unknown>
const newAddress = () => `${crypto.randomUUID().slice(0, 8)}@test.example`

/** Invites by the API. Returns the path of the link. */
async function invite(email: string, role: OperatorRole = 'manager') {
  const response = await owner.browser.json('POST', '/api/admin/people/invitations', { email, role })
  expect(response.status).toBe(201)
  const { link, invitation } = await response.json() as { link: string; invitation: { id: number } }
  const { pathname, search, searchParams } = new URL(link)
  return { path: pathname + search, token: searchParams.get('token')!, id: invitation.id }
}
const nickname = () => crypto.randomUUID().slice(0, 8)
const accept = (token: string, fields: Record<string, string> = {}, browser = openBrowser(app)) =>
  browser.post('/invitation', { token, nickname: nickname(), password: PASSWORD, ...fields })

describe('an invitation', () => {
  test('A110: ends with the right of its owner to invite', async () => {
    const inviter = await loggedIn('owner')
    const response = await inviter.browser.json('POST', '/api/admin/people/invitations', { email: newAddress(), role: 'owner' })
    const { link } = await response.json() as { link: string }
    const { pathname, search, searchParams } = new URL(link)
    expect((await openBrowser(app).get(pathname + search)).status).toBe(200)
    expect((await owner.browser.json('PATCH', `/api/admin/people/${inviter.id}`, { role: 'user', reason: 'left' })).status)
      .toBeLessThan(300)
    expect((await accept(searchParams.get('token')!)).status).toBe(410)
  })

  test('A110: of an owner who has lost the role meanwhile is not made, and not accepted', async () => {
    const inviter = await loggedIn('owner')
    const actor = { id: inviter.id, address: null, requestId: null }
    const make = () => inviteOperator(shop, { email: newAddress(), role: 'owner', actor })
    const made = await make()
    if (made.kind !== 'invited') throw new Error(made.kind)
    // As if the role had changed after the invitation, in a process that does not know of it yet.
    await shop.db.update(users).set({ role: 'manager' }).where(eq(users.id, inviter.id))
    expect(await make()).toEqual({ kind: 'forbidden' })
    expect((await accept(made.token)).status).toBe(410)
    await shop.db.update(users).set({ role: 'owner' }).where(eq(users.id, inviter.id))
    expect((await accept(made.token)).status, 'only the role was missing').toBe(303)
    await shop.db.update(users).set({ role: 'user' }).where(and(eq(users.role, 'owner'), ne(users.id, owner.id)))
  })

  test('A110: ends when its owner gets a new password, as after a theft', async () => {
    const inviter = await loggedIn('owner')
    const invited = await inviter.browser.json('POST', '/api/admin/people/invitations', { email: newAddress(), role: 'owner' })
    const token = new URL((await invited.json() as { link: string }).link).searchParams.get('token')!
    await setPassword(shop, { email: inviter.email, password: 'another correct horse', operator: 'test' })
    expect((await accept(token)).status).toBe(410)
    await shop.db.update(users).set({ role: 'user' }).where(eq(users.id, inviter.id))
  })

  test('makes a new account an operator, once; opening the link uses nothing up', async () => {
    const email = newAddress()
    const { path, token, id } = await invite(email)
    const [row] = await shop.db.select().from(invitations).where(eq(invitations.id, id))
    expect(JSON.stringify(row), 'only the hash is stored').not.toContain(token)
    const browser = openBrowser(app)
    for (let i = 0; i < 3; i++) expect((await browser.get(path)).status).toBe(200)
    expect((await accept(token, { password: 'short' }, browser)).status).toBe(422)
    expect((await accept(token, { nickname: owner.nickname }, browser)).status).toBe(409)
    const joined = await accept(token, {}, browser)
    expect([joined.status, joined.headers.get('location')]).toEqual([303, '/admin'])
    expect((await browser.get('/admin')).status).toBe(200)
    const [user] = await shop.db.select().from(users).where(eq(users.email, email))
    expect(user).toMatchObject({ role: 'manager', emailVerifiedAt: null })
    expect(await lastAct(`user:${user!.id}`, 'operator.join')).toMatchObject({ actorId: user!.id })
    expect(await lastAct(`invitation:${id}`, 'operator.invite')).toMatchObject({ actorId: owner.id })
    for (const used of [accept(token), openBrowser(app).get(path)]) expect((await used).status).toBe(410)
  })

  test('is accepted once of several times at the same moment', async () => {
    const { token } = await invite(newAddress())
    const statuses = (await Promise.all(Array.from({ length: 4 }, () => accept(token)))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    for (const status of statuses) expect([303, 409, 410, 503]).toContain(status)
  })

  test('of an address with an account is accepted by that account alone, whose other sessions end', async () => {
    const buyer = await loggedIn('user')
    const elsewhere = openBrowser(app)
    await elsewhere.logIn(buyer.email)
    const other = await loggedIn('user')
    const { path, token } = await invite(buyer.email, 'support')
    expect(await (await openBrowser(app).get(path)).text()).toContain('/login?next=%2Finvitation%3Ftoken%3D')
    expect((await accept(token)).status).toBe(409)
    expect((await accept(token, {}, other.browser)).status).toBe(403)
    expect(await roleOf(other.id)).toBe('user')
    expect((await accept(token, {}, buyer.browser)).status).toBe(303)
    expect(await roleOf(buyer.id)).toBe('support')
    expect((await buyer.browser.get('/admin')).status).toBe(200)
    expect((await elsewhere.get('/admin')).headers.get('location')).toBe('/login?next=%2Fadmin')
  })

  test('ends when it is revoked, replaced or 72 hours old', async () => {
    const [revoked, replaced, old] = [await invite(newAddress()), await invite('twice@test.example'), await invite(newAddress())]
    expect((await owner.browser.json('DELETE', `/api/admin/people/invitations/${revoked.id}`)).status).toBe(204)
    expect((await owner.browser.json('DELETE', `/api/admin/people/invitations/${revoked.id}`)).status).toBe(404)
    const replacement = await invite('twice@test.example', 'viewer')
    for (const { token } of [revoked, replaced]) expect((await accept(token)).status).toBe(410)
    expect((await accept(replacement.token)).status).toBe(303)
    nowMs += INVITATION_HOURS * 3_600_000
    expect((await accept(old.token)).status).toBe(410)
    nowMs -= INVITATION_HOURS * 3_600_000
    for (const wrong of ['', 'x', 'x'.repeat(43), 'x'.repeat(1_000)]) expect((await accept(wrong)).status).toBe(410)
  })

  test('is for no operator, and shows its link once', async () => {
    const operator = await addAccount(shop, 'viewer')
    const again = await owner.browser.json('POST', '/api/admin/people/invitations', { email: operator.email, role: 'owner' })
    expect([again.status, (await json(again)).code]).toEqual([409, 'already_operator'])
    const page = await (await owner.browser.post('/admin/people/invitations', { email: newAddress(), role: 'viewer' })).text()
    expect(page).toMatch(/value="http:\/\/[^"]+\/invitation\?token=[\w-]{43}"/)
    expect(await (await owner.browser.get('/admin/people')).text()).not.toContain('/invitation?token=')
    expect((await owner.browser.post('/admin/people/invitations', { email: 'x', role: 'user' })).status).toBe(422)
  })

  test('no sign-up makes an operator', async () => {
    const body = { email: newAddress(), password: PASSWORD, nickname: nickname(), role: 'owner' }
    expect((await openBrowser(app).json('POST', '/api/auth/signup', body)).status).toBe(201)
    expect((await shop.db.select().from(users).where(eq(users.email, body.email)))[0]!.role).toBe('user')
  })
})

describe('a role', () => {
  test('that changes ends the person’s sessions at every process', async () => {
    const operator = await loggedIn('manager')
    const other = openRevokedSessions({ redis: shop.redis.duplicate(), now: Date.now, log: () => {} })
    const access = operator.browser.jar.get('access')!
    const personAt = (revokedSessions: typeof other) =>
      readAccess({ headers: new Headers({ authorization: `Bearer ${access}` }), protocol: 'http' }, {
        tokenKeys: shop.tokenKeys,
        revokedSessions,
      }, nowMs)
    try {
      expect(personAt(other)).not.toBeNull()
      const body = { role: 'viewer', reason: '담당 변경' }
      const response = await owner.browser.json('PATCH', `/api/admin/people/${operator.id}`, body)
      expect(await json(response)).toMatchObject({ operator: { role: 'viewer', sessions: 0 }, sessions: [] })
      expect((await operator.browser.json('GET', '/api/admin/seats')).status).toBe(401)
      await expect.poll(() => personAt(other), { timeout: 30_000 }).toBeNull()
    } finally {
      await other.close()
    }
    await operator.browser.logIn(operator.email)
    expect((await operator.browser.json('GET', '/api/admin/seats')).status).toBe(200)
    const { detail, reason, actorId } = (await lastAct(`user:${operator.id}`, 'operator.role'))!
    expect(JSON.parse(detail!)).toMatchObject({ before: { role: 'manager' }, after: { role: 'viewer' } })
    expect([reason, actorId]).toEqual(['담당 변경', owner.id])
  })

  test('`user` removes an operator; buyers and unknown ids have none to change', async () => {
    const operator = await loggedIn('support')
    const page = await owner.browser.post(`/admin/people/${operator.id}/role`, { role: 'user', reason: '퇴사' })
    expect(page.headers.get('location')).toBe('/admin/people?done=removed')
    expect(await roleOf(operator.id)).toBe('user')
    for (const id of [operator.id, 999_999]) {
      const response = await owner.browser.json('PATCH', `/api/admin/people/${id}`, { role: 'owner', reason: 'x' })
      expect(response.status).toBe(404)
      expect((await owner.browser.get(`/admin/people/${id}`)).status).toBe(404)
    }
    expect((await owner.browser.post(`/admin/people/${owner.id}/role`, { role: 'viewer', reason: '' })).status).toBe(422)
  })

  test('of the last owner stays, also when two owners demote each other at the same time', async () => {
    const demote = (browser: typeof owner.browser, id: number) =>
      browser.json('PATCH', `/api/admin/people/${id}`, { role: 'viewer', reason: 'x' })
    const last = await demote(owner.browser, owner.id)
    expect([last.status, (await json(last)).code]).toEqual([409, 'last_owner'])
    expect((await owner.browser.post(`/admin/people/${owner.id}/role`, { role: 'user', reason: 'x' })).status).toBe(409)

    const second = await loggedIn('owner')
    await Promise.all([demote(owner.browser, second.id), demote(second.browser, owner.id)])
    const left = await shop.db.select().from(users).where(eq(users.role, 'owner'))
    expect(left).toHaveLength(1)
    await shop.db.update(users).set({ role: 'owner' }).where(eq(users.id, owner.id))
    await shop.db.update(users).set({ role: 'viewer' }).where(eq(users.id, second.id))
    await owner.browser.logIn(owner.email)
  })
})

describe('sessions', () => {
  test('are listed with device and address, and each can be ended by its owner', async () => {
    const operator = await loggedIn('viewer')
    const phone = openBrowser(app, '198.51.100.7')
    await phone.logIn(operator.email)
    const page = await (await operator.browser.get('/admin/account')).text()
    expect(page).toContain('Safari · iPhone')
    expect(page).toContain('198.51.100.7')
    const [action] = page.match(/\/admin\/account\/sessions\/[\w-]+\/end/)!
    expect((await operator.browser.post(action)).headers.get('location')).toBe('/admin/account?done')
    expect((await phone.get('/admin')).headers.get('location')).toBe('/login?next=%2Fadmin')
    expect((await operator.browser.get('/admin')).status).toBe(200)
    expect((await operator.browser.post(action)).status).toBe(404)
  })

  test('of another operator are an owner’s to end, one or all', async () => {
    const operator = await loggedIn('viewer')
    const phone = openBrowser(app)
    await phone.logIn(operator.email)
    const { sessions } = await json(owner.browser.json('GET', `/api/admin/people/${operator.id}`)) as {
      sessions: { id: string }[]
    }
    expect(sessions).toHaveLength(2)
    const foreign = await owner.browser.json('DELETE', `/api/admin/people/${owner.id}/sessions/${sessions[0]!.id}`)
    expect(foreign.status, 'of somebody else').toBe(404)
    const one = await owner.browser.json('DELETE', `/api/admin/people/${operator.id}/sessions/${sessions[0]!.id}`)
    expect(one.status).toBe(204)
    const status = async (browser: typeof phone) => (await browser.json('GET', '/api/admin/seats')).status
    expect([await status(phone), await status(operator.browser)].sort()).toEqual([200, 401])
    expect((await owner.browser.post(`/admin/people/${operator.id}/sessions/end`)).status).toBe(303)
    expect([await status(phone), await status(operator.browser)]).toEqual([401, 401])
    for (const browser of [phone, operator.browser]) {
      expect((await browser.json('POST', '/api/auth/refresh')).status).toBe(401)
    }
    expect(await lastAct(`user:${operator.id}`, 'operator.end_sessions')).toMatchObject({ actorId: owner.id })
  })
})

test('logins, failed logins and logouts of operators are recorded, and none of buyers', async () => {
  const [operator, buyer] = [await loggedIn('support'), await loggedIn('user')]
  for (const { browser, email } of [operator, buyer]) {
    await openBrowser(app, '203.0.113.9').logIn(email, 'wrong horse')
    browser.jar.delete('access')
    expect((await browser.post('/logout')).status).toBe(303)
  }
  const subject = `user:${operator.id}`
  expect(await lastAct(subject, 'operator.login')).toMatchObject({ actorId: operator.id, address: '192.0.2.1' })
  expect(await lastAct(subject, 'operator.logout')).toMatchObject({ actorId: operator.id })
  await expect.poll(() => lastAct(subject, 'operator.login_failed')).toMatchObject({ actorId: null, address: '203.0.113.9' })
  expect(await shop.db.select().from(audit).where(eq(audit.subject, `user:${buyer.id}`))).toEqual([])
  const { operators } = await json(owner.browser.json('GET', '/api/admin/people')) as {
    operators: { id: number; lastLoginAt: string }[]
  }
  expect(operators.find(({ id }) => id === operator.id)!.lastLoginAt).toMatch(/^\d{4}-.*Z$/)
  expect(operators.some(({ id }) => id === buyer.id)).toBe(false)
})
