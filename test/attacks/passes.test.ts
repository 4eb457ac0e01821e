import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShopTarget, passIdOf, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
beforeAll(async () => {
  shop = await openShopTarget()
})
afterAll(() => shop.close())

test('A1, A40: a ticket is not accepted as a pass, a pass not as a ticket, and neither as a login', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const { ticket } = await shop.join(eventId)
  const headers = await shop.insider(person!, eventId)
  const pass = headers['x-queue-pass']
  const book = (more: Record<string, string>) => shop.book(eventId, ticketTypeIds, { ...headers, ...more })
  expect(await shop.claim(eventId, pass)).toMatchObject({ status: 401, code: 'ticket_invalid' })
  expect(await book({ 'x-queue-pass': ticket })).toMatchObject({ status: 403, code: 'pass_invalid' })
  expect(await book({ authorization: `Bearer ${pass}` })).toMatchObject({ status: 401, code: 'unauthenticated' })
  expect((await book({})).status).toBe(201)
})

test('A5: one ticket claimed in ten browsers gives one pass, also when all claims share an Idempotency-Key', async () => {
  const { eventId } = await shop.shop.addSale()
  const { ticket } = await shop.join(eventId)
  const claims = await Promise.all(Array.from({ length: 10 }, () => shop.claim(eventId, ticket)))
  expect(claims.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(claims.filter(({ status }) => status === 409 || status === 429)).toHaveLength(9)

  const second = await shop.join(eventId)
  const attempt = { 'idempotency-key': randomUUID() }
  const repeated = await Promise.all(Array.from({ length: 10 }, () => shop.claim(eventId, second.ticket, attempt)))
  const passes = repeated.filter(({ status }) => status === 201).map(({ body }) => passIdOf(body.pass))
  expect(passes.length).toBeGreaterThan(1)
  expect(new Set(passes).size).toBe(1)
  expect(await shop.activeVisits(eventId)).toBe(2)
})

test('A5: one pass used by ten people books once', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const pass = await shop.obtainPass(eventId)
  const people = await shop.shop.addPeople(10)
  const booked = await Promise.all(people.map((person) => shop.bookAs(person, eventId, ticketTypeIds, pass)))
  expect(booked.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(booked.filter(({ code }) => code === 'pass_in_use')).toHaveLength(9)
  expect(await shop.seatsLeft(eventId)).toBe(99)
})

test('A6, A7: a replayed ticket, pass or booking takes no further seat', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [person, other] = await shop.shop.addPeople(2)
  const { ticket } = await shop.join(eventId)
  const { body: { pass } } = await shop.claim(eventId, ticket)
  expect(await shop.claim(eventId, ticket)).toMatchObject({ status: 409, code: 'ticket_used' })
  const headers = { ...await shop.insider(person!, eventId), 'x-queue-pass': pass }
  const [first, retry] = [
    await shop.book(eventId, ticketTypeIds, headers),
    await shop.book(eventId, ticketTypeIds, headers),
  ]
  expect([first.status, retry.status]).toEqual([201, 201])
  expect(retry.body.reservation, 'a retry gets the same response').toEqual(first.body.reservation)
  expect(await shop.bookAs(person!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_invalid' })
  expect(await shop.bookAs(other!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_in_use' })
  const renewed = await shop.request('POST', `/queue/event-${eventId}/pass`, {
    headers: { ...shop.newVisitor(), 'x-queue-pass': pass },
  })
  expect(renewed).toMatchObject({ status: 409, code: 'ticket_used' })
  expect(await shop.seatsLeft(eventId)).toBe(99)
})

test('A6: rejects a pass that its owner has given up', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const pass = await shop.obtainPass(eventId)
  const left = await shop.request('DELETE', `/queue/event-${eventId}/tickets`, {
    headers: { ...shop.newVisitor(), 'x-queue-pass': pass },
  })
  expect(left.status).toBe(204)
  expect(await shop.activeVisits(eventId)).toBe(0)
  expect(await shop.bookAs(person!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_invalid' })
})

test('A9: sets tokens in HttpOnly cookies only, and does not read them from a URL', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const room = `/queue/event-${eventId}`
  const joined = await shop.request('POST', `${room}/tickets`, { headers: { ...shop.newVisitor(), accept: 'text/html' } })
  expect(joined.status).toBe(303)
  const cookies = joined.headers.getSetCookie()
  expect(cookies.map((cookie) => cookie.split('=')[0]).toSorted()).toEqual([`pass-event-${eventId}`, `ticket-event-${eventId}`])
  expect(cookies.filter((cookie) => !/; HttpOnly(;|$)/.test(cookie) || !/; SameSite=Lax(;|$)/.test(cookie))).toEqual([])
  for (const cookie of cookies) expect(joined.location).not.toContain(cookie.match(/=([^;]+)/)![1])

  const { ticket } = await shop.join(eventId)
  const pass = await shop.obtainPass(eventId)
  const inUrl = new URLSearchParams({
    ticket,
    pass,
    'x-queue-pass': pass,
    [`ticket-event-${eventId}`]: ticket,
    [`pass-event-${eventId}`]: pass,
  })
  expect(await shop.request('POST', `${room}/pass?${inUrl}`, { headers: shop.newVisitor() })).toMatchObject({ status: 401 })
  const { 'x-queue-pass': _, ...login } = await shop.insider(person!, eventId)
  const booked = await shop.request('POST', `/api/events/${eventId}/reservations?${inUrl}`, {
    headers: { ...shop.newVisitor(), ...login },
    body: JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 1 }),
  })
  expect(booked).toMatchObject({ status: 403, code: 'pass_required' })
})

test('A40: rejects the ticket and the pass of another room, under any cookie name', async () => {
  const [one, two] = [await shop.shop.addSale(), await shop.shop.addSale()]
  const [person] = await shop.shop.addPeople(1)
  const [ticket, pass] = [(await shop.join(one.eventId)).ticket, await shop.obtainPass(one.eventId)]
  const renamed = `ticket-event-${two.eventId}=${ticket}; pass-event-${two.eventId}=${pass}`
  const claimed = await shop.request('POST', `/queue/event-${two.eventId}/pass`, {
    headers: { ...shop.newVisitor(), cookie: renamed },
  })
  expect(claimed).toMatchObject({ status: 401, code: 'ticket_invalid' })
  const { 'x-queue-pass': _, ...login } = await shop.insider(person!, two.eventId)
  const bookWith = (cookie: string) => shop.book(two.eventId, two.ticketTypeIds, { ...login, cookie })
  expect(await bookWith(renamed)).toMatchObject({ status: 403, code: 'pass_invalid' })
  expect(await bookWith(`pass-event-${one.eventId}=${pass}`)).toMatchObject({ status: 403, code: 'pass_required' })
  const own = await shop.obtainPass(two.eventId)
  expect((await bookWith(`pass-event-${one.eventId}=${pass}; pass-event-${two.eventId}=${own}`)).status).toBe(201)
})
