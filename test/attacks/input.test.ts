import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Person } from '../../origin/accounts.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
beforeAll(async () => {
  shop = await openShopTarget()
})
afterAll(() => shop.close())

const FORM = 'application/x-www-form-urlencoded'
/** JSON texts that a lenient reader takes for a number. */
const NO_NUMBERS = [
  'null',
  'true',
  'false',
  '""',
  '" "',
  '"1"',
  '"0x1"',
  '"1e0"',
  '[]',
  '[1]',
  '["1"]',
  '{}',
  '0',
  '-1',
  '1.5',
  '101',
]
/** Texts of a form field that a lenient reader takes for a number. */
const NO_DIGITS = ['', ' ', '0', '01', '+1', '-1', '1.5', '1e0', '0x1', 'abc', '101', '１']

async function openSale() {
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.shop.addSale({ seats: [100], limitPerPerson: 4 })
  const [person] = await shop.shop.addPeople(1)
  return { eventId, ticketTypeId: ticketTypeId!, person: person! }
}

/** A sale with one reservation of three seats. */
async function openReservation() {
  const sale = await openSale()
  const headers = { ...shop.newVisitor(), ...await shop.insider(sale.person, sale.eventId) }
  const body = JSON.stringify({ ticketTypeId: sale.ticketTypeId, quantity: 3 })
  const booked = await shop.request('POST', `/api/events/${sale.eventId}/reservations`, { headers, body })
  expect(booked.status).toBe(201)
  const { id } = booked.body.reservation
  const { authorization } = headers
  const send = (method: string, path: string, type: string, body?: string) =>
    shop.request(method, path, {
      headers: { ...shop.newVisitor(), authorization, 'content-type': type, accept: 'text/html, application/json' },
      ...(body !== undefined && { body }),
    })
  return {
    ...sale,
    id,
    patch: (body: string, type = 'application/json') => send('PATCH', `/api/reservations/${id}`, type, body),
    cancel: () => send('DELETE', `/api/reservations/${id}`, 'application/json'),
    cancelByForm: (body: string, type = FORM) => send('POST', `/reservations/${id}/cancellation`, type, body),
    read: async () => (await send('GET', `/api/reservations/${id}`, 'application/json')).body,
  }
}

type Reserved = Awaited<ReturnType<typeof openReservation>>

const expectUntouched = async (reservation: Reserved) => {
  expect(await reservation.read()).toMatchObject({ status: 'confirmed', quantity: 3 })
  expect(await shop.seatsLeft(reservation.eventId)).toBe(97)
}

describe('A70: a request that cannot be understood cancels nothing', () => {
  test('PATCH with a quantity that is no number from 1', async () => {
    const reservation = await openReservation()
    for (const quantity of NO_NUMBERS) {
      expect(await reservation.patch(`{"quantity":${quantity}}`), quantity).toMatchObject({
        status: 422,
        code: 'validation_failed',
      })
    }
    for (const body of ['{}', '[]', 'null', '0', '{"keep":1}']) expect((await reservation.patch(body)).status, body).toBe(422)
    for (const body of ['', '{', 'quantity=1']) expect((await reservation.patch(body)).status, body).toBe(400)
    expect((await reservation.patch('quantity=0', FORM)).status, 'a form is no JSON').toBe(400)
    await expectUntouched(reservation)
    expect((await reservation.patch('{"quantity":2}')).body).toMatchObject({ status: 'confirmed', quantity: 2 })
    expect((await reservation.cancel()).body.status).toBe('cancelled')
  })

  test('a form without a readable choice gets the page back, with the problem', async () => {
    const reservation = await openReservation()
    const bodies = NO_DIGITS.map((keep) => String(new URLSearchParams({ keep })))
    for (const body of [...bodies, '', 'quantity=0', 'keep=1&keep=none', 'keep=NONE', 'keep[]=none', '%']) {
      const page = await reservation.cancelByForm(body)
      expect(page.status, body).toBe(422)
      expect(page.text).toContain('id="keep-problem"')
    }
    expect((await reservation.cancelByForm('broken', 'multipart/form-data; boundary=none')).status).toBe(422)
    expect((await reservation.cancelByForm('{"keep":"none"}', 'application/json')).status).toBe(422)
    await expectUntouched(reservation)
    expect((await reservation.cancelByForm('keep=2')).status).toBe(303)
    expect(await reservation.read()).toMatchObject({ status: 'confirmed', quantity: 2 })
    expect((await reservation.cancelByForm('keep=none')).status).toBe(303)
    expect((await reservation.read()).status).toBe('cancelled')
  })

  test('the page chooses nothing by itself', async () => {
    const { id, person, eventId } = await openReservation()
    const { authorization } = await shop.insider(person, eventId)
    const { text } = await shop.request('GET', `/reservations/${id}`, {
      headers: { ...shop.newVisitor(), authorization, accept: 'text/html' },
    })
    expect(text).toMatch(/<select[^>]*name="keep"[^>]*required[^>]*><option value>/)
    expect([...text.matchAll(/<option value="(\w*)"/g)].map(([, value]) => value)).toEqual(['none', '1', '2'])
    expect(text).not.toMatch(/<option[^>]*selected/)
  })
})

describe('A70: a booking takes numbers, and nothing that can be turned into one', () => {
  const send = async (person: Person, eventId: number, path: string, type: string, body: string) =>
    await shop.request('POST', path, {
      headers: { ...shop.newVisitor(), ...await shop.insider(person, eventId), 'content-type': type, accept: 'text/html' },
      body,
    })

  test('by the API', async () => {
    const { eventId, ticketTypeId, person } = await openSale()
    const path = `/api/events/${eventId}/reservations`
    const book = (body: string) => send(person, eventId, path, 'application/json', body)
    for (const value of NO_NUMBERS) {
      const body = `{"ticketTypeId":${ticketTypeId},"quantity":${value}}`
      expect(await book(body), body).toMatchObject({ status: 422, code: 'validation_failed' })
    }
    for (
      const value of [
        'null',
        `"${ticketTypeId}"`,
        `[${ticketTypeId}]`,
        `{"id":${ticketTypeId}}`,
        'true',
        `${ticketTypeId}.5`,
        '1e400',
      ]
    ) {
      const body = `{"ticketTypeId":${value},"quantity":1}`
      expect(await book(body), body).toMatchObject({ status: 422, code: 'validation_failed' })
    }
    expect((await send(person, eventId, path, FORM, `ticketTypeId=${ticketTypeId}&quantity=1`)).status).toBe(400)
    expect(await shop.seatsLeft(eventId)).toBe(100)
    expect((await book(`{"ticketTypeId":${ticketTypeId},"quantity":1,"price":0}`)).status, 'unknown fields are ignored').toBe(201)
  })

  test('by the form, which keeps what the buyer entered', async () => {
    const { eventId, ticketTypeId, person } = await openSale()
    const book = (fields: [string, string][]) =>
      send(person, eventId, `/events/${eventId}/booking`, FORM, String(new URLSearchParams(fields)))
    const order = (quantity: string, type = String(ticketTypeId)): [string, string][] => [
      ['ticketTypeId', type],
      ['quantity', quantity],
      ['idempotencyKey', randomUUID()],
    ]
    for (const quantity of NO_DIGITS) {
      const page = await book(order(quantity))
      expect(page.status, quantity).toBe(422)
      expect(page.text).toContain('id="quantity-problem"')
      expect(page.text).toMatch(/name="quantity"[^>]* aria-invalid="true"/)
      if (quantity) expect(page.text).toContain(`max="4" value="${quantity}"`)
    }
    for (const type of ['', '0x1', `${ticketTypeId}.0`, `0${ticketTypeId}`, `${ticketTypeId} `]) {
      expect((await book(order('1', type))).status, type).toBe(422)
    }
    expect((await book([...order('1'), ['quantity', '2']])).status, 'a repeated field').toBe(422)
    expect(await shop.seatsLeft(eventId)).toBe(100)
    expect((await book(order('1'))).status).toBe(303)
  })
})

describe('A70: a list takes plain page numbers', () => {
  const QUERIES = [
    'page=1e1',
    'page=0x1',
    'page=01',
    'page=%201',
    'page=1.0',
    'page=',
    'page=1&page=2',
    'size=1e1',
    'size=0',
    'size=2&size=3',
  ]

  test.each(['/api/events?', '/api/events/search?q=a&', '/api/me/reservations?'])('%s', async (path) => {
    const { person, eventId } = await openSale()
    const { authorization } = await shop.insider(person, eventId)
    for (const query of QUERIES) {
      const headers = { ...shop.newVisitor(), authorization }
      expect(await shop.request('GET', path + query, { headers }), query).toMatchObject({
        status: 422,
        code: 'validation_failed',
      })
    }
  })

  test('a repeated search text is refused, and a page falls back to its first', async () => {
    const get = (path: string) => shop.request('GET', path, { headers: { ...shop.newVisitor(), accept: 'text/html' } })
    expect((await get('/api/events/search?q=a&q=b')).status).toBe(422)
    expect(await get('/?page=1e1')).toMatchObject({ status: 303, location: '/' })
    expect(await get('/search?q=a&q=b')).toMatchObject({ status: 303, location: '/search?q=' })
  })
})

test('A70: a page beyond the last one leads to the last one, and is empty in the API', async () => {
  const title = `끝${randomUUID().slice(0, 8)}`
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.shop.addSale({ title })
  const [person] = await shop.shop.addPeople(1)
  const headers = { ...shop.newVisitor(), ...await shop.insider(person!, eventId) }
  const body = JSON.stringify({ ticketTypeId, quantity: 1 })
  expect((await shop.request('POST', `/api/events/${eventId}/reservations`, { headers, body })).status).toBe(201)
  const { authorization } = headers
  const get = (path: string, accept: string) =>
    shop.request('GET', path, { headers: { ...shop.newVisitor(), authorization, accept } })
  const q = encodeURIComponent(title)
  for (
    const [path, last] of [['/?page=9000', /^\/(?:\?page=\d+)?$/], [`/search?q=${q}&page=2`, /^\/search\?q=[^&]+$/], [
      '/me?page=2',
      /^\/me$/,
    ]] as const
  ) {
    const beyond = await get(path, 'text/html')
    expect(beyond.status, path).toBe(303)
    expect(beyond.location).toMatch(last)
    expect((await get(beyond.location!, 'text/html')).status).toBe(200)
  }
  for (const path of ['/api/events?page=9000', `/api/events/search?q=${q}&page=2`, '/api/me/reservations?page=2']) {
    const { status, body } = await get(path, 'application/json')
    expect({ status, items: body.items, hasTotal: body.total > 0 }, path).toEqual({ status: 200, items: [], hasTotal: true })
  }
})

describe('A70: accounts take text', () => {
  const VALUES = ['null', '1', 'true', '[]', '["a@b.example"]', '{}']

  test.each(['/api/auth/signup', '/api/auth/login'])('%s', async (path) => {
    const post = (body: string, type = 'application/json') =>
      shop.request('POST', path, { headers: { ...shop.newVisitor(), 'content-type': type }, body })
    for (const value of VALUES) {
      const body = `{"email":${value},"password":${value},"nickname":${value}}`
      expect(await post(body), body).toMatchObject({ status: 422, code: 'validation_failed' })
    }
    expect((await post('email=a%40b.example&password=passw0rd!&nickname=someone', FORM)).status).toBe(400)
    expect((await post('{}', 'text/plain')).status).toBe(400)
  })

  test.each(['/login', '/signup'])('the form at %s with repeated or missing fields gets its page back', async (path) => {
    for (const body of ['', 'email=a&email=b', 'email[]=a', '%', 'password=passw0rd!&password=passw0rd!']) {
      const page = await shop.request('POST', path, {
        headers: { ...shop.newVisitor(), 'content-type': FORM, accept: 'text/html' },
        body,
      })
      expect([401, 422], body).toContain(page.status)
      expect(page.text).toContain('<form')
    }
  })
})

test('A74: a key that is sent again after cancelling reports the cancellation, and the new pass stays valid', async () => {
  const { eventId, ticketTypeId, person } = await openSale()
  const headers = await shop.insider(person, eventId)
  const body = JSON.stringify({ ticketTypeId, quantity: 1 })
  const book = (pass: string) =>
    shop.request('POST', `/api/events/${eventId}/reservations`, {
      headers: { ...shop.newVisitor(), ...headers, 'x-queue-pass': pass },
      body,
    })
  const first = await book(await shop.obtainPass(eventId))
  expect(first).toMatchObject({ status: 201, body: { reservation: { status: 'confirmed' } } })
  const { id } = first.body.reservation
  const path = `/api/reservations/${id}`
  expect((await shop.request('DELETE', path, { headers: { ...shop.newVisitor(), ...headers } })).status).toBe(200)

  const newPass = await shop.obtainPass(eventId)
  const visits = await shop.activeVisits(eventId)
  const again = await book(newPass)
  expect(again).toMatchObject({ status: 201, body: { reservation: { id, status: 'cancelled' } } })
  expect(again.headers.getSetCookie().filter((cookie) => cookie.includes('Max-Age=0'))).toEqual([])
  expect(await shop.activeVisits(eventId)).toBe(visits)
  expect(await shop.seatsLeft(eventId)).toBe(100)
  const other = await shop.request('POST', `/api/events/${eventId}/reservations`, {
    headers: { ...shop.newVisitor(), ...headers, 'x-queue-pass': newPass, 'idempotency-key': randomUUID() },
    body,
  })
  expect(other).toMatchObject({ status: 201, body: { reservation: { status: 'confirmed' } } })
})
