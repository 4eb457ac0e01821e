import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signPass } from '../../edge/contract/tokens.ts'
import type { Person } from '../../origin/accounts.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { tokenKeys } from '../shop.ts'
import { type ForeignTarget, openForeignTarget } from './foreign-target.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

describe('the booking of the shop', () => {
  let shop: ShopTarget
  let person: Person
  let sale: Awaited<ReturnType<ShopTarget['shop']['addSale']>>
  /** Credentials with a pass of an earlier epoch. */
  let oldCredentials: Record<string, string>
  beforeAll(async () => {
    shop = await openShopTarget()
    sale = await shop.shop.addSale()
    person = (await shop.shop.addPeople(1))[0]!
    oldCredentials = await shop.insider(person, sale.eventId)
    await shop.startEpoch(sale.eventId)
  })
  afterAll(() => shop.close())

  /** Sends a booking with this request line and these headers. Returns the status and what the origin received, without 404s and the edge's own GETs. */
  async function attempt(method: string, target: string, headers: Record<string, string>) {
    const before = shop.forwarded.length
    const body = JSON.stringify({ ticketTypeId: sale.ticketTypeIds[0], quantity: 1 })
    const { host = 'shop', ...others } = headers
    const lines = { 'idempotency-key': randomUUID(), ...shop.newVisitor(), connection: 'close', ...others }
    const response = await sendRaw(
      shop.edgeUrl,
      `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n${
        Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('')
      }\r\n${body}`,
    )
    const reached = shop.forwarded.slice(before).filter(({ method, status }) => method !== 'GET' && status !== 404)
    return { status: statusOf(response), reached }
  }

  // In these paths E is replaced with the event's id.
  const API = '/api/events/E'
  test.each<[string, string, Record<string, string>?]>([
    ['POST', `${API}/reservations`],
    ['POST', `/${API}/reservations`],
    ['POST', `${API}//reservations`],
    ['POST', `${API}/./reservations`],
    ['POST', `${API}/x/../reservations`],
    ['POST', `${API}/%2e/reservations`],
    ['POST', `${API}/x/%2E%2e/reservations`],
    ['POST', `${API}%2Freservations`],
    ['POST', `${API}%5Creservations`],
    ['POST', `${API}\\reservations`],
    ['POST', `${API}/reservations/`],
    ['POST', `${API}/reservations;x`],
    ['POST', `${API};x/reservations`],
    ['POST', `${API}/Reservations`],
    ['POST', `${API}/reservation%73`],
    ['POST', '/%61pi/events/E/reservations'],
    ['POST', `${API}/reservation%2573`],
    // Other spellings of the id.
    ['POST', '/api/events/%3E/reservations'],
    ['POST', '/api/events/0E/reservations'],
    ['POST', '/api/events/+E/reservations'],
    ['POST', '/api/events/E.0/reservations'],
    ['POST', '/events/E/bookin%67'],
    ['POST', '/events/E/booking/'],
    ['POST', `${API}/reservations?x=/../y`],
    ['POST', `${API}/reservations#x`],
    ['POST', `http://127.0.0.1${API}/reservations`],
    ['POST', `http://elsewhere.example${API}/reservations`],
    ['POST', '*'],
    // The path in the host, and in headers that some frameworks use.
    ['POST', '/healthz', { host: `shop${API}/reservations?` }],
    // Hosts with a delimiter: the edge could parse another path than the origin.
    ['POST', `${API}/reservations`, { host: 'x?' }],
    ['POST', `${API}/reservations`, { host: 'x#' }],
    ['POST', `${API}/reservations`, { host: 'x/y' }],
    ['POST', `${API}/reservations`, { host: 'x\\' }],
    ['POST', `${API}/reservations`, { host: '[' }],
    ['POST', `${API}/reservations`, { host: 'x:99999' }],
    ['POST', '/foo', { host: '/request-batches#' }],
    ['POST', `${API}/reservations`, { 'x-original-url': '/', 'x-rewrite-url': '/' }],
    ['POST', '/api/nothing', { 'x-original-url': `${API}/reservations`, 'x-rewrite-url': `${API}/reservations` }],
    ['GET', `${API}/reservations`, { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }],
    ['GET', `${API}/reservations?_method=POST`],
    ['HEAD', `${API}/reservations`],
    ['TRACE', `${API}/reservations`],
    ['PUT', `${API}/reservations`],
    ['PATCH', `${API}/reservations`],
    ['post', `${API}/reservations`],
    ['Post', `${API}/reservations`],
    ['BOOK', `${API}/reservations`],
    ['GET', `${API}/reservations`, { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }],
    ['POST', `${API}/reservations`, { connection: 'Upgrade', upgrade: 'h2c' }],
  ])('A39: %s %s books nothing without a pass of this epoch', async (method, target, headers = {}) => {
    const withId = (text: string) => text.replace('E', String(sale.eventId))
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withId(value)]))
    const { status, reached } = await attempt(method, withId(target), { ...oldCredentials, ...own })
    expect(status).toBeGreaterThanOrEqual(300)
    expect(reached.filter(({ status }) => status !== 400 && status !== 405)).toEqual([])
    expect(await shop.seatsLeft(sale.eventId)).toBe(100)
  })

  test('A39: OPTIONS books nothing', async () => {
    const { status } = await attempt('OPTIONS', `/api/events/${sale.eventId}/reservations`, oldCredentials)
    expect(status === 204 || status >= 300).toBe(true)
    expect(await shop.seatsLeft(sale.eventId)).toBe(100)
  })

  test('A39: the same request books with a pass of this epoch (negative control)', async () => {
    const credentials = await shop.insider(person, sale.eventId)
    expect(await attempt('POST', `/api/events/${sale.eventId}/reservations`, credentials)).toMatchObject({ status: 201 })
  })
})

describe('a room in front of an upstream that checks no passes', () => {
  let foreign: ForeignTarget
  beforeAll(async () => {
    foreign = await openForeignTarget()
  })
  afterAll(() => foreign.close())

  async function get(target: string, headers = '') {
    const before = foreign.forwarded.length
    const response = await sendRaw(
      foreign.edgeUrl,
      `GET ${target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${headers}\r\n`,
    )
    return { status: statusOf(response), reached: foreign.forwarded.slice(before).map(({ path }) => path) }
  }

  test.each([
    '/checkout',
    '/CHECKOUT',
    '/checkout?x',
    '//checkout',
    '/x/../checkout',
    '/%2e/checkout',
    '/checkout/',
    '/checkou%74',
    '/%63heckout/pay',
    '/checkout%2Fpay',
    '/checkout;x',
    '/checkout;x/pay',
    '/checkout%00',
    '/checkout#/x',
    'http://elsewhere.example/checkout',
  ])('A39: %s does not reach the upstream without a pass', async (target) => {
    expect((await get(target)).reached).toEqual([])
  })

  test.each(['x?', 'x#', '/x?', 'x/y', 'x\\', 'u@x', '[', '%', 'x:99999', ''])(
    'A39: Host %j is rejected with 400, and does not reach the upstream behind a room',
    async (host) => {
      const before = foreign.forwarded.length
      const response = await sendRaw(foreign.edgeUrl, `GET /checkout/pay HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      expect(statusOf(response)).toBe(400)
      expect(response).toContain('"code":"malformed_request"')
      expect(foreign.forwarded.slice(before)).toEqual([])
    },
  )

  test.each(['/metrics#', '/inventory?', '/request-batches#'])('A41: Host %j reaches no path of the upstream', async (host) => {
    const before = foreign.forwarded.length
    const response = await sendRaw(foreign.edgeUrl, `GET /foo HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(statusOf(response)).toBe(400)
    expect(foreign.forwarded.slice(before)).toEqual([])
  })

  test('A39: a path behind the room is reached with a pass, and an open path without one (negative control)', async () => {
    const { epoch } = await (await fetch(`${foreign.edgeUrl}/queue/checkout`)).json() as { epoch: number }
    const inTenMinutesMs = Date.now() + 600_000
    const pass = signPass(
      { id: randomUUID(), room: 'checkout', epoch, expiresAtMs: inTenMinutesMs, untilMs: inTenMinutesMs },
      tokenKeys,
    )
    expect(await get('/checkout', `X-Queue-Pass: ${pass}\r\n`)).toEqual({ status: 200, reached: ['/checkout'] })
    expect(await get('/open')).toEqual({ status: 200, reached: ['/open'] })
  })
})
