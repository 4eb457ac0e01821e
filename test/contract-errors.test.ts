import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from './contract-client.ts'
import { openSite, type Site } from './site.ts'

let site: Site
beforeAll(async () => void (site = await openSite()))
afterAll(() => site.close())

const { call, account, signedUp } = createClient(() => site)

describe('bad input', () => {
  const huge = JSON.stringify({ email: 'x'.repeat(70_000) })

  test.each([
    ['POST', '/api/auth/signup', 400, 'malformed_request', '{"email":'],
    ['POST', '/api/auth/signup', 400, 'malformed_request', '{"email":"\\ud800"}'],
    ['POST', '/api/auth/signup', 400, 'malformed_request', '{"\\uDFFF":1}'],
    ['POST', '/api/auth/signup', 422, 'validation_failed', '{"email":"\\ud83d\\ude00 \\\\ud800"}'],
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
    ['GET', `/images/posters/${'a'.repeat(300)}.svg`, 404, 'not_found', undefined],
    ['GET', `/images/${'a'.repeat(2_000)}/b.svg`, 404, 'not_found', undefined],
    ['GET', '/images/%2e%2e/secrets.svg', 404, 'not_found', undefined],
    ['GET', '/static/nothing.js', 404, 'not_found', undefined],
  ])('%s %s returns %i %s', async (method, path, status, code, body: string | undefined) => {
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

  test('login returns the same response for an unknown e-mail and a wrong password', async () => {
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
    expect(await call('POST', '/logout', { headers: crossSite, body: '' })).toMatchObject({
      status: 403,
      body: { code: 'cross_site' },
    })
    const sameSite = { ...crossSite, origin: site.edgeUrl }
    expect((await call('POST', '/logout', { headers: sameSite, body: '' })).status).toBe(303)
  })
})
