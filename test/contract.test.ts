import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookiesOf, send } from './http.ts'
import { openSite, type Site } from './site.ts'

let site: Site
beforeAll(async () => void (site = await openSite()))
afterAll(() => site.close())

const JSON_TYPE = { 'content-type': 'application/json' }

type CallOptions = { headers?: Record<string, string>; body?: unknown; at?: string }
const call = (method: string, path: string, { headers = {}, body, at = site.edgeUrl }: CallOptions = {}) =>
  send(at + path, {
    method,
    headers: { ...JSON_TYPE, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const account = () => ({
  email: `${randomUUID().slice(0, 8)}@test.example`,
  password: 'passw0rd!',
  nickname: randomUUID().replaceAll('-', '').slice(0, 10),
})

async function signedUp() {
  const input = account()
  await call('POST', '/api/auth/signup', { body: input })
  const login = await call('POST', '/api/auth/login', { body: input })
  return { ...input, authorization: `Bearer ${login.body.accessToken}`, cookie: cookiesOf(login.headers) }
}

describe('the buyer’s way over HTTP', () => {
  test('signup, login, queue ticket, pass, booking, list of reservations, cancelling', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale({ title: '여정', seats: [10] })
    const input = account()
    const signup = await call('POST', '/api/auth/signup', { body: input })
    expect(signup).toMatchObject({ status: 201, body: { user: { email: input.email, nickname: input.nickname, role: 'user' } } })
    const login = await call('POST', '/api/auth/login', { body: input })
    expect(login).toMatchObject({ status: 200, body: { user: { email: input.email }, expiresIn: 900 } })
    const authorization = `Bearer ${login.body.accessToken}`

    const ticket = await call('POST', `/queue/event-${eventId}/tickets`)
    expect(ticket).toMatchObject({ status: 201, body: { index: 0, position: 0, ahead: 0, phase: 'idle' } })
    const again = await call('POST', `/queue/event-${eventId}/tickets`, { headers: { cookie: cookiesOf(ticket.headers) } })
    expect(again).toMatchObject({ status: 200, body: { index: 0, ticket: ticket.body.ticket } })
    const pass = await call('POST', `/queue/event-${eventId}/pass`, {
      headers: { authorization: `Bearer ${ticket.body.ticket}` },
    })
    expect(pass.status).toBe(201)
    const twice = await call('POST', `/queue/event-${eventId}/pass`, {
      headers: { authorization: `Bearer ${ticket.body.ticket}` },
    })
    expect(twice).toMatchObject({ status: 409, body: { code: 'ticket_used' } })

    const headers = { authorization, 'x-queue-pass': pass.body.pass, 'idempotency-key': randomUUID() }
    const booked = await call('POST', `/api/events/${eventId}/reservations`, { headers, body: { ticketTypeId, quantity: 2 } })
    expect(booked).toMatchObject({
      status: 201,
      body: { left: 8, reservation: { quantity: 2, totalPrice: 20_000, status: 'confirmed' } },
    })
    expect(booked.headers.get('x-queue-command')).toBeNull()
    const retried = await call('POST', `/api/events/${eventId}/reservations`, { headers, body: { ticketTypeId, quantity: 2 } })
    expect(retried).toMatchObject({ status: 201, body: booked.body })

    const { id } = booked.body.reservation
    expect((await call('GET', '/api/me/reservations', { headers: { authorization } })).body).toMatchObject({
      total: 1,
      items: [{ id }],
    })
    expect((await call('GET', `/api/reservations/${id}`, { headers: { authorization } })).body).toEqual(booked.body.reservation)
    const kept = await call('PATCH', `/api/reservations/${id}`, { headers: { authorization }, body: { quantity: 1 } })
    expect(kept).toMatchObject({ status: 200, body: { id, quantity: 1, totalPrice: 10_000, status: 'confirmed' } })
    const cancelled = await call('DELETE', `/api/reservations/${id}`, { headers: { authorization } })
    expect(cancelled).toMatchObject({ status: 200, body: { id, status: 'cancelled' } })
    expect(await call('DELETE', `/api/reservations/${id}`, { headers: { authorization } })).toMatchObject({
      status: 200,
      body: cancelled.body,
    })
  })

  test('refresh issues new tokens; logout revokes the refresh token', async () => {
    const { cookie } = await signedUp()
    const refreshed = await call('POST', '/api/auth/refresh', { headers: { cookie } })
    expect(refreshed).toMatchObject({ status: 200, body: { expiresIn: 900 } })
    const newer = cookiesOf(refreshed.headers)
    expect((await call('GET', '/api/me', { headers: { cookie: newer } })).status).toBe(200)
    expect((await call('POST', '/api/auth/logout', { headers: { cookie: newer } })).status).toBe(204)
    expect(await call('POST', '/api/auth/refresh', { headers: { cookie: newer } })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    })
    expect((await call('POST', '/api/auth/refresh', { headers: { cookie } })).status).toBe(401)
  })

  test('list and search find the event; all search terms must match the title or the venue', async () => {
    const { eventId } = await site.shop.addSale({ title: '한여름 밤의 100% 재즈' })
    const found = await call('GET', `/api/events/search?q=${encodeURIComponent('재즈 시험')}`)
    expect(found.body.items.map(({ id }: { id: number }) => id)).toContain(eventId)
    expect((await call('GET', `/api/events/search?q=${encodeURIComponent('재즈 없는곳')}`)).body.total).toBe(0)
    expect((await call('GET', `/api/events/search?q=${encodeURIComponent('100%')}`)).body.total).toBe(1)
    expect((await call('GET', '/api/events?size=1')).body).toMatchObject({ page: 1, size: 1, items: [{ status: 'on_sale' }] })
    const english = await call('GET', `/api/events/${eventId}`, { headers: { 'accept-language': 'en' } })
    expect(english.body).toMatchObject({
      title: '한여름 밤의 100% 재즈 in English',
      room: `event-${eventId}`,
      ticketTypes: [{ left: 100, total: 100 }],
    })
  })
})

describe('the pass check', () => {
  test('rejects a booking without a pass at the edge, and at an origin that is called directly', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const { 'x-queue-pass': _, ...headers } = await site.insider(person!, eventId)
    for (const at of [site.edgeUrl, site.originUrl]) {
      const refused = await call('POST', `/api/events/${eventId}/reservations`, {
        at,
        headers,
        body: { ticketTypeId, quantity: 1 },
      })
      expect(refused).toMatchObject({ status: 403, body: { code: 'pass_required' } })
    }
  })

  test('rejects a pass of another event, an expired pass and a forged pass', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const body = { ticketTypeId, quantity: 1 }
    for (const at of [site.edgeUrl, site.originUrl]) {
      for (
        const headers of [
          await site.insider(person!, eventId, { room: 'event-999999' }),
          await site.insider(person!, eventId, { expiresInMs: -60_000 }),
          { ...await site.insider(person!, eventId), 'x-queue-pass': 'eyJhbGciOiJub25lIn0.e30.' },
        ]
      ) {
        expect(await call('POST', `/api/events/${eventId}/reservations`, { at, headers, body })).toMatchObject({
          status: 403,
          body: { code: 'pass_invalid' },
        })
      }
    }
  })

  test('rejects a second booking with the same pass, by the same person and by another', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale()
    const [first, second] = await site.shop.addPeople(2)
    const passId = randomUUID()
    const book = async (person: typeof first) =>
      await call('POST', `/api/events/${eventId}/reservations`, {
        headers: await site.insider(person!, eventId, { passId }),
        body: { ticketTypeId, quantity: 1 },
      })
    expect((await book(first)).status).toBe(201)
    expect((await book(first)).body.code).toBe('pass_invalid')
    expect((await book(second)).body.code).toBe('pass_in_use')
  })

  test('does not forward ambiguous paths', async () => {
    const { eventId } = await site.shop.addSale()
    for (
      const path of [
        `//api/events/${eventId}/reservations`,
        `/api//events/${eventId}/reservations`,
        `/api/events/${eventId}%2freservations`,
      ]
    ) {
      // `fetch` may normalise the path before it sends it; then it is the protected path.
      expect([403, 404]).toContain((await call('POST', path, { body: {} })).status)
    }
  })

  test('serves a room’s snapshot at a path of its own, the same for all visitors, so that a CDN can cache it by path', async () => {
    const { eventId } = await site.shop.addSale({ seats: [10] })
    const path = `/queue/event-${eventId}`
    for (let time = 0; time < 2; time++) {
      const snapshot = await call('GET', `${path}/snapshot`, {
        headers: { accept: 'text/html', cookie: `ticket_event-${eventId}=mine` },
      })
      expect(snapshot).toMatchObject({ status: 200, body: { room: `event-${eventId}`, phase: 'idle', issued: 0 } })
      expect(snapshot.headers.get('cache-control')).toBe('public, max-age=1, no-transform')
      expect(snapshot.headers.get('set-cookie')).toBeNull()
    }
    expect((await call('GET', path, { headers: { accept: 'text/html' } })).text).toContain('<!doctype html>')
    expect((await call('GET', '/queue/event-999999999/snapshot')).status).toBe(404)
  })

  test('does not forward the paths that are internal to edge and origin', async () => {
    for (const path of ['/metrics', '/inventory']) {
      expect((await call('GET', path)).status).toBe(404)
      expect((await call('GET', path, { at: site.originUrl })).status).toBe(200)
    }
    expect((await call('GET', '/metrics', { at: site.originUrl })).text).toMatch(/^neticket_write_back_backlog_entries \d+$/m)
    const { eventId } = await site.shop.addSale()
    const room = await call('GET', `/queue/event-${eventId}`)
    expect(room.headers.get('cache-control')).toBe('public, max-age=1, no-transform')
    expect(room.body).toMatchObject({ room: `event-${eventId}`, phase: 'idle', seatsLeft: 100 })
  })
})

describe('the seats of an event', () => {
  test('can be audited, repaired, loaded and unloaded by an admin only', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale({ seats: [10] })
    const [person] = await site.shop.addPeople(1)
    const { authorization } = await site.insider({ ...person!, role: 'admin' }, eventId)
    const asAdmin = (what: string) => call('POST', `/api/admin/events/${eventId}/seats/${what}`, { headers: { authorization } })
    expect((await call('POST', `/api/admin/events/${eventId}/seats/audit`)).body.code).toBe('unauthenticated')
    const other = await site.insider(person!, eventId)
    expect(
      (await call('POST', `/api/admin/events/${eventId}/seats/repair`, { headers: { authorization: other.authorization } }))
        .status,
    ).toBe(403)
    expect(await asAdmin('load')).toMatchObject({
      status: 200,
      body: { agreed: true, ticketTypes: [{ redis: 10, mysql: 0, drift: 0 }] },
    })
    await site.shop.redis.hincrby(`{e:${eventId}}:sale`, `left:${ticketTypeId}`, 3)
    expect(await asAdmin('audit')).toMatchObject({
      status: 200,
      body: { agreed: false, ticketTypes: [{ redis: 13, drift: -3 }] },
    })
    expect(await asAdmin('repair')).toMatchObject({
      status: 200,
      body: { agreed: true, paused: false, ticketTypes: [{ redis: 10, drift: 0 }] },
    })
    expect((await asAdmin('unload')).status).toBe(204)
    expect((await asAdmin('audit')).status).toBe(404)
    expect(await asAdmin('load')).toMatchObject({ status: 200, body: { agreed: true, ticketTypes: [{ redis: 10, drift: 0 }] } })
    expect((await call('POST', '/api/admin/events/999999/seats/audit', { headers: { authorization } })).body.code).toBe(
      'not_found',
    )
  })
})

describe('bad input', () => {
  const huge = JSON.stringify({ email: 'x'.repeat(70_000) })

  test.each([
    ['POST', '/api/auth/signup', 400, 'malformed_request', '{"email":'],
    ['POST', '/api/auth/signup', 422, 'validation_failed', '[]'],
    ['POST', '/api/auth/signup', 422, 'validation_failed', '"text"'],
    ['POST', '/api/auth/signup', 422, 'validation_failed', '{"email":1,"password":[],"nickname":{}}'],
    ['POST', '/api/auth/signup', 422, 'validation_failed', '{"email":"a@b","password":"short","nickname":"x"}'],
    ['POST', '/api/auth/signup', 413, 'body_too_large', huge],
    ['POST', '/api/auth/login', 422, 'validation_failed', 'null'],
    ['POST', '/api/auth/login', 401, 'wrong_credentials', '{"email":"nobody@test.example","password":"wrong"}'],
    ['POST', '/api/auth/login', 413, 'body_too_large', huge],
    ['POST', '/api/auth/refresh', 401, 'unauthenticated', ''],
    ['GET', '/api/me', 401, 'unauthenticated', undefined],
    ['GET', '/api/me/reservations', 401, 'unauthenticated', undefined],
    ['GET', '/api/events?page=0', 422, 'validation_failed', undefined],
    ['GET', '/api/events?page=x', 422, 'validation_failed', undefined],
    ['GET', '/api/events?size=1000', 422, 'validation_failed', undefined],
    ['GET', `/api/events/search?q=${'a'.repeat(101)}`, 422, 'validation_failed', undefined],
    ['GET', '/api/events/999999999', 404, 'not_found', undefined],
    ['GET', '/api/events/abc', 404, 'not_found', undefined],
    ['GET', '/api/events/-1', 404, 'not_found', undefined],
    ['GET', '/api/events/9007199254740993', 404, 'not_found', undefined],
    ['GET', "/api/events/1'%20or%201=1", 404, 'not_found', undefined],
    ['GET', '/api/reservations/abc', 401, 'unauthenticated', undefined],
    ['PATCH', '/api/reservations/abc', 401, 'unauthenticated', '{}'],
    ['GET', '/api/nothing', 404, 'not_found', undefined],
    ['GET', '/queue/event-999999999', 404, 'not_found', undefined],
    ['GET', '/queue/nothing', 404, 'not_found', undefined],
    ['POST', '/queue/event-999999999/tickets', 404, 'not_found', ''],
    ['GET', '/images/posters/nothing.svg', 404, 'not_found', undefined],
    ['GET', '/images/%2e%2e/secrets.svg', 404, 'not_found', undefined],
    ['GET', '/static/nothing.js', 404, 'not_found', undefined],
  ])('%s %s answers %i %s', async (method, path, status, code, body: string | undefined) => {
    for (const at of path.startsWith('/queue') ? [site.edgeUrl] : [site.edgeUrl, site.originUrl]) {
      const response = await call(method, path, { at, ...(body !== undefined && { body }) })
      expect(response).toMatchObject({ status, body: { code, status, type: `urn:neticket:problem:${code}` } })
      expect(response.headers.get('content-type')).toMatch('application/problem+json')
    }
  })

  test('a static file is cached for ever under its own hash, and not at all under the hash of another release', async () => {
    const page = await call('GET', '/', { headers: { accept: 'text/html' } })
    const hashedPath = /\/static\/app\.css\?v=\w+/.exec(page.text)![0]
    const cacheControlOf = async (path: string) => (await call('GET', path)).headers.get('cache-control')
    expect(await cacheControlOf(hashedPath)).toBe('public, max-age=31536000, immutable')
    expect(await cacheControlOf('/static/app.css?v=another')).toBe('no-store')
    expect(await cacheControlOf('/static/app.css')).toBe('public, max-age=1')
  })

  test('login answers the same for an unknown e-mail and a wrong password', async () => {
    const known = await signedUp()
    const wrong = await call('POST', '/api/auth/login', { body: { email: known.email, password: 'wrong-1!' } })
    const unknown = await call('POST', '/api/auth/login', { body: { email: 'nobody@test.example', password: 'wrong-1!' } })
    expect(wrong.body).toEqual(unknown.body)
  })

  test('signup distinguishes a taken e-mail from a taken nickname', async () => {
    const known = await signedUp()
    expect((await call('POST', '/api/auth/signup', { body: { ...account(), email: known.email } })).body.code).toBe('email_taken')
    expect((await call('POST', '/api/auth/signup', { body: { ...account(), nickname: known.nickname } })).body.code).toBe(
      'nickname_taken',
    )
  })

  test('every invalid booking gets its problem code, never a 500', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale({ seats: [3], limitPerPerson: 4 })
    const [person] = await site.shop.addPeople(1)
    const path = `/api/events/${eventId}/reservations`
    const book = async (body: unknown, extra: Record<string, string> = {}) =>
      await call('POST', path, { headers: { ...await site.insider(person!, eventId), ...extra }, body })
    expect((await book('{')).body.code).toBe('malformed_request')
    expect((await book(huge)).body.code).toBe('body_too_large')
    for (
      const body of [
        {},
        { ticketTypeId, quantity: 0 },
        { ticketTypeId, quantity: 1.5 },
        { ticketTypeId, quantity: -1 },
        { ticketTypeId: 'x', quantity: 1 },
        null,
        7,
      ]
    ) {
      expect((await book(body)).body.code).toBe('validation_failed')
    }
    expect((await book({ ticketTypeId, quantity: 1 }, { 'idempotency-key': '' })).body.code).toBe('validation_failed')
    expect((await book({ ticketTypeId, quantity: 1 }, { 'idempotency-key': 'x'.repeat(65) })).body.code).toBe('validation_failed')
    expect((await book({ ticketTypeId: 999_999, quantity: 1 })).body.code).toBe('validation_failed')
    expect((await book({ ticketTypeId, quantity: 5 })).body).toMatchObject({ code: 'limit_exceeded', limit: 4, held: 0 })
    expect((await book({ ticketTypeId, quantity: 4 })).body).toMatchObject({ code: 'sold_out', left: 3 })
    const key = { 'idempotency-key': randomUUID() }
    expect((await book({ ticketTypeId, quantity: 1 }, key)).status).toBe(201)
    expect((await book({ ticketTypeId, quantity: 2 }, key)).body).toMatchObject({ code: 'idempotency_mismatch', status: 422 })
    const unknown = await call('POST', '/api/events/999999999/reservations', {
      headers: await site.insider(person!, 999_999_999),
      body: { ticketTypeId, quantity: 1 },
    })
    expect(unknown.body.code).toBe('not_found')
  })

  test("another person's reservation is not found", async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale()
    const [person, stranger] = await site.shop.addPeople(2)
    const booked = await call('POST', `/api/events/${eventId}/reservations`, {
      headers: await site.insider(person!, eventId),
      body: { ticketTypeId, quantity: 1 },
    })
    const headers = await site.insider(stranger!, eventId)
    expect((await call('GET', `/api/reservations/${booked.body.reservation.id}`, { headers })).body.code).toBe('not_found')
    expect((await call('DELETE', `/api/reservations/${booked.body.reservation.id}`, { headers })).body.code).toBe('not_found')
  })

  test('a form of another site is rejected', async () => {
    const { cookie } = await signedUp()
    const crossSite = { cookie, origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' }
    expect((await call('POST', '/logout', { headers: crossSite, body: '' })).status).toBe(403)
    const sameSite = { ...crossSite, origin: site.edgeUrl }
    expect((await call('POST', '/logout', { headers: sameSite, body: '' })).status).toBe(303)
  })
})
