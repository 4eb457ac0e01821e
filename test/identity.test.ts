import { SignJWT } from 'jose'
import { eq } from 'drizzle-orm'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineOperateScript, operateRoom } from '../db/redis/room/operate.ts'
import { users } from '../db/schema.ts'
import type { RoomSettings } from '../edge/waiting-room/room-settings.ts'
import { createLink } from '../origin/account/mail-links.ts'
import { ACCESS_SECONDS, signAccess } from '../origin/sessions.ts'
import { openShopTarget, type ShopTarget } from './attacks/shop-target.ts'
import { cookiesOf } from './http.ts'
import { tokenKeys } from './shop.ts'
import { DEFAULT_ROOMS } from './site.ts'
import { until } from './until.ts'

// Who may join a room, and visitors whose session has to be renewed on the way.
const PAGE = { accept: 'text/html' }
const REFRESH = '/api/auth/refresh'

let shop: ShopTarget
const join = (eventId: number, headers: Record<string, string> = {}) =>
  shop.request('POST', `/queue/event-${eventId}/tickets`, { headers: { ...shop.newVisitor(), ...headers } })

/** Signs up and logs in. Returns the person, and the cookies of the session without the access token, as a browser has them later. */
async function logIn() {
  const nickname = randomBytes(5).toString('hex')
  const account = { email: `${nickname}@test.example`, password: 'passw0rd!', nickname }
  const headers = { ...shop.newVisitor(), 'content-type': 'application/json' }
  const signup = await shop.request('POST', '/api/auth/signup', { headers, body: JSON.stringify(account) })
  const login = await shop.request('POST', '/api/auth/login', { headers, body: JSON.stringify(account) })
  const cookies = cookiesOf(login.headers).split('; ')
  return {
    person: { id: signup.body.user.id as number, nickname, role: 'user' as const },
    expired: cookies.filter((cookie) => !cookie.startsWith('access=')).join('; '),
  }
}

/** Counts the requests for a renewal that reached the origin meanwhile. */
async function countRenewals(work: () => Promise<unknown>): Promise<number> {
  const before = shop.forwarded.length
  await work()
  return shop.forwarded.slice(before).filter(({ path }) => path === REFRESH).length
}

describe('a shop without settings', () => {
  beforeAll(async () => void (shop = await openShopTarget({ settings: DEFAULT_ROOMS })))
  afterAll(() => shop.close())

  test('gives an account one queue ticket, and none to a guest', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const [person] = await shop.shop.addPeople(1)
    const cookie = `access=${await signAccess({ tokenKeys, now: () => new Date() }, person!)}`
    const tickets = await Promise.all(Array.from({ length: 20 }, () => join(eventId, { cookie })))
    expect(new Set(tickets.map(({ body }) => body.index))).toEqual(new Set([0]))
    const guest = await join(eventId)
    expect([guest.status, guest.code]).toEqual([401, 'unauthenticated'])
    expect(await shop.issuedTickets(eventId)).toBe(1)
  })

  test('an expired access token with a good refresh cookie joins, by script and by form, and the session is renewed', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const { person, expired } = await logIn()
    const past = new Date(Date.now() - 2 * ACCESS_SECONDS * 1000)
    const access = await signAccess({ tokenKeys, now: () => past }, person)
    const joined = await join(eventId, { cookie: `access=${access}; ${expired}` })
    expect([joined.status, joined.body.index]).toEqual([201, 0])
    const cookie = cookiesOf(joined.headers)
    expect(cookie).toMatch(/^access=.+; refresh=.+; nickname=.+; ticket-event-\d+=/)
    expect(joined.headers.getSetCookie().filter((set) => /^(access|refresh)=.*HttpOnly/.test(set))).toHaveLength(2)
    // The new cookies are a session: nothing is renewed again, and the origin knows the person.
    expect(await countRenewals(() => join(eventId, { cookie }))).toBe(0)
    expect((await shop.request('GET', '/api/me', { headers: { ...shop.newVisitor(), cookie } })).body.user.id).toBe(person.id)

    const other = await logIn()
    const form = await join(eventId, { ...PAGE, cookie: other.expired })
    expect([form.status, form.location]).toEqual([303, `/queue/event-${eventId}`])
    expect(cookiesOf(form.headers)).toMatch(/^access=.+; ticket-event-\d+=/)
  })

  test('a browser in which another account waited joins as the person who is logged in, also after the access token has expired', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const [before, after] = [await logIn(), await logIn()]
    const first = await join(eventId, { cookie: before.expired })
    const ticket = cookiesOf(first.headers).split('; ').find((cookie) => cookie.startsWith('ticket-'))!
    const second = await join(eventId, { cookie: `${ticket}; ${after.expired}` })
    expect([first.body.index, second.status, second.body.index]).toEqual([0, 201, 1])
    const claim = await shop.request('POST', `/queue/event-${eventId}/pass`, {
      headers: { ...shop.newVisitor(), cookie: `${ticket}; ${after.expired}` },
    })
    expect([claim.status, claim.code]).toEqual([401, 'ticket_invalid'])
    // Without a session to renew, the ticket alone says who waits.
    const alone = await join(eventId, { cookie: ticket })
    expect([alone.status, alone.body.index]).toEqual([200, 0])
  })

  test('a protected page spends no turn of another account that waited in the browser', async () => {
    const { eventId } = await shop.shop.addSale()
    const [before, after] = [await logIn(), await logIn()]
    const first = await join(eventId, { cookie: before.expired })
    const ticket = cookiesOf(first.headers).split('; ').find((cookie) => cookie.startsWith('ticket-'))!
    await until(async () => (await shop.snapshotOf(eventId)).serving > 0)
    const cookie = `${ticket}; ${after.expired}`
    const page = await shop.request('GET', `/events/${eventId}/booking`, { headers: { ...shop.newVisitor(), ...PAGE, cookie } })
    expect([page.status, page.location]).toEqual([303, `/queue/event-${eventId}`])
    const left = await shop.request('DELETE', `/queue/event-${eventId}/tickets`, { headers: { ...shop.newVisitor(), cookie } })
    expect(left.code).toBe('ticket_invalid')
    expect((await shop.claim(eventId, first.body.ticket, {})).status).toBe(201)
  })

  test('several tabs that join at once with one expired session share a renewal and a position', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const { expired } = await logIn()
    await shop.snapshotOf(eventId)
    let tabs: Awaited<ReturnType<typeof join>>[] = []
    const renewals = await countRenewals(async () => {
      tabs = await Promise.all(Array.from({ length: 10 }, () => join(eventId, { cookie: expired })))
    })
    expect(tabs.map(({ status, body }) => [status, body.index])).toEqual(Array(10).fill([201, 0]))
    expect(renewals).toBeLessThan(10)
  })

  test('a refresh cookie that is revoked or invented asks to log in, and an invented one costs the origin nothing', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const { expired } = await logIn()
    await shop.request('POST', '/api/auth/logout', { headers: { ...shop.newVisitor(), cookie: expired } })
    const revoked = await join(eventId, { cookie: expired })
    expect([revoked.status, revoked.code]).toEqual([401, 'unauthenticated'])
    expect(revoked.headers.getSetCookie().filter((set) => /^(access|refresh|nickname)=;.*Max-Age=0/.test(set))).toHaveLength(3)
    expect(await countRenewals(() => join(eventId, { cookie: 'refresh=x' }))).toBe(0)
    // Of two cookies of one name, a good one is enough.
    const good = await logIn()
    expect((await join(eventId, { cookie: `refresh=${'A'.repeat(43)}; ${good.expired}` })).status).toBe(201)
  })

  test('while the origin is away a join with an expired session says when to retry, and then succeeds with the same session', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const { expired } = await logIn()
    await shop.snapshotOf(eventId)
    await shop.killOrigin()
    const refused = await join(eventId, { cookie: expired })
    expect([refused.status, refused.code, refused.body.retryAfterSeconds]).toEqual([503, 'store_unavailable', 3])
    expect(refused.headers.getSetCookie()).toEqual([])
    // A browser waits on the waiting page, which retries.
    const form = await join(eventId, { ...PAGE, cookie: expired })
    expect([form.status, form.location, form.headers.getSetCookie()]).toEqual([303, `/queue/event-${eventId}`, []])
    await shop.startOrigin()
    expect((await join(eventId, { cookie: expired })).status).toBe(201)
  })
})

describe('a room for verified accounts', () => {
  beforeAll(async () => void (shop = await openShopTarget({ settings: { ROOM_IDENTITY: 'verified' } })))
  afterAll(() => shop.close())

  test('refuses guests and accounts whose e-mail address is not verified, and accepts the others', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const { person, expired } = await logIn()
    const claims = {
      sub: String(person.id),
      nickname: person.nickname,
      role: person.role,
      exp: Math.ceil(Date.now() / 1000) + 60,
    }
    const sign = (verified: object) =>
      new SignJWT(Object.assign({}, claims, verified)).setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(
        tokenKeys.secrets[0],
      )
    const outcome = async (headers: Record<string, string>) => {
      const { status, code } = await join(eventId, headers)
      return [status, code]
    }
    expect(await outcome({})).toEqual([401, 'unauthenticated'])
    expect(await outcome({ cookie: `access=${await sign({})}` })).toEqual([403, 'email_unverified'])
    expect(await outcome({ cookie: `access=${await sign({ verified: false })}` })).toEqual([403, 'email_unverified'])
    expect(await outcome({ cookie: `access=${await sign({ verified: 'true' })}` })).toEqual([401, 'unauthenticated'])
    // The token may be older than the verification, so the session is renewed first.
    expect(await countRenewals(() => join(eventId, { cookie: expired }))).toBe(1)
    expect(await outcome({ cookie: `access=${await sign({ verified: true })}` })).toEqual([201, undefined])
    const page = await join(eventId, { ...PAGE, authorization: `Bearer ${await sign({})}` })
    expect([page.status, page.text.includes('이메일 인증이 필요합니다')]).toEqual([403, true])
    expect(page.text).toContain('href="/me/account"')
  })

  test('accepts an account with the session that it had, once the link of the mail was opened in another browser', async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const { person, expired } = await logIn()
    const [row] = await shop.shop.db.select().from(users).where(eq(users.id, person.id))
    const refused = await join(eventId, { cookie: expired })
    expect([refused.status, refused.code]).toEqual([403, 'email_unverified'])
    const link = { userId: person.id, purpose: 'verify_email' as const, email: row!.email, at: new Date() }
    const { token } = await createLink(shop.shop.db, link)
    const verified = await shop.request('POST', '/api/auth/verify', {
      headers: { ...shop.newVisitor(), 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    expect(verified.status).toBe(204)
    // The browser has the session of the refused join, whose access token says that the address is not verified.
    const joined = await join(eventId, { cookie: cookiesOf(refused.headers) || expired })
    expect([joined.status, joined.body.index]).toEqual([201, 0])
  })

  test('A135: a room that is switched to verified accounts lets in no account that waits already, until it is verified', async () => {
    const { eventId } = await shop.shop.addSale()
    const [pass, snapshot] = [`/queue/event-${eventId}/pass`, () => shop.snapshotOf(eventId)]
    const ask = (method: string, path: string, headers: Record<string, string>) =>
      shop.request(method, path, { headers: { ...shop.newVisitor(), ...headers } })
    const operate = (settings: RoomSettings, paused: boolean, revision: number) =>
      operateRoom(shop.shop.redis, `event-${eventId}`, { settings, paused, revision })
    defineOperateScript(shop.shop.redis)
    await operate({ identity: 'account' }, true, 1)
    await snapshot()
    const [waiting, stranger] = [await logIn(), await logIn()]
    const joined = await join(eventId, { cookie: waiting.expired })
    const cookie = cookiesOf(joined.headers)
    await operate({}, false, 2)
    await until(async () => (await join(eventId, { cookie: stranger.expired })).status === 403)
    await until(async () => (await snapshot()).serving > joined.body.index)

    const claimed = await ask('POST', pass, { cookie })
    expect([claimed.status, claimed.code]).toEqual([403, 'email_unverified'])
    const form = await ask('POST', pass, { ...PAGE, cookie })
    expect([form.status, form.text.includes('이메일 인증이 필요합니다')]).toEqual([403, true])
    const asForm = await ask('POST', `/queue/event-${eventId}/tickets`, { ...PAGE, cookie })
    expect([asForm.status, asForm.text.includes('이메일 인증이 필요합니다')]).toEqual([403, true])
    const page = await ask('GET', `/events/${eventId}/booking`, { ...PAGE, cookie })
    expect([page.status, page.location]).toEqual([303, `/queue/event-${eventId}`])
    // The ticket alone does not say that its account is verified.
    const alone = await shop.claim(eventId, joined.body.ticket)
    expect([alone.status, alone.code]).toEqual([401, 'unauthenticated'])

    await shop.shop.db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, waiting.person.id))
    let renewed = await ask('POST', pass, { cookie })
    // The claims of a ticket are limited.
    await until(async () => renewed.status !== 429 || (renewed = await ask('POST', pass, { cookie })).status !== 429)
    expect([renewed.status, cookiesOf(renewed.headers)]).toEqual([201, expect.stringMatching(/^access=.+pass-event-\d+=/)])
  })

  test('A135: a ticket of a verified account is claimed without a session', async () => {
    const { eventId } = await shop.shop.addSale()
    const [person] = await shop.shop.addPeople(1)
    const cookie = `access=${await signAccess({ tokenKeys, now: () => new Date() }, { ...person!, verified: true })}`
    const { body } = await join(eventId, { cookie })
    await until(async () => (await shop.claim(eventId, body.ticket)).status === 201)
  })
})
