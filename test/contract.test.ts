import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from './contract-client.ts'
import { cookiesOf } from './http.ts'
import { operatorHeaders } from './shop.ts'
import { openSite, type Site } from './site.ts'

let site: Site
beforeAll(async () => void (site = await openSite()))
afterAll(() => site.close())

const { call, account, signedUp } = createClient(() => site)

describe('a buyer’s requests over HTTP', () => {
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
      expect([400, 403]).toContain((await call('POST', path, { body: {} })).status)
    }
  })

  test('serves a room’s snapshot at a separate path, the same for all visitors, so that a CDN can cache it by path', async () => {
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
      expect((await call('GET', path, { at: site.originUrl, headers: operatorHeaders })).status).toBe(200)
    }
    expect((await call('GET', '/metrics', { at: site.originUrl, headers: operatorHeaders })).text).toMatch(
      /^neticket_write_back_backlog_entries \d+$/m,
    )
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
    const { authorization } = await site.insider({ ...person!, role: 'owner' }, eventId)
    const asAdmin = (what: string, id = eventId) =>
      call('POST', `/api/admin/events/${id}/seats/${what}`, { headers: { authorization }, body: { reason: 'a check' } })
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
    expect((await asAdmin('audit', 999_999)).body.code).toBe('not_found')
    expect((await call('POST', `/api/admin/events/${eventId}/seats/load`, { headers: { authorization }, body: {} })).status).toBe(
      422,
    )
  })
})
