import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LimitName, LIMITS } from '../../edge/limits.ts'
import { sendRaw } from '../raw-http.ts'
import { type ForeignTarget, openForeignTarget } from './foreign-target.ts'
import { inBatches, openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
let foreign: ForeignTarget
beforeAll(async () => {
  ;[shop, foreign] = await Promise.all([openShopTarget(), openForeignTarget()])
})
afterAll(() => Promise.all([shop.close(), foreign.close()]))

test(
  'A2: 10,000 joins from one address get only the share of its limit, and others join unaffected',
  { timeout: 900_000 },
  async () => {
    const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
    const attacker = { 'x-forwarded-for': '198.51.100.77' }
    const join = (headers: Record<string, string>) => shop.request('POST', `/queue/event-${eventId}/tickets`, { headers })
    const atMost = measureLimit('join')
    const [attempts, honest] = await Promise.all([
      inBatches(Array.from({ length: 10_000 }), () => join(attacker), 250),
      inBatches(Array.from({ length: 100 }), () => join(shop.newVisitor()), 2),
    ])
    const joined = attempts.filter(({ status }) => status === 201).length
    expect(joined).toBeGreaterThanOrEqual(LIMITS.join.burst)
    expect(joined).toBeLessThanOrEqual(atMost())
    const refused = attempts.filter(({ status }) => status !== 201)
    expect(new Set(refused.map(({ status, code, headers }) => `${status} ${code} ${headers.has('retry-after')}`))).toEqual(
      new Set(['429 rate_limited true']),
    )
    expect(honest.every(({ status }) => status === 201)).toBe(true)
    expect(await shop.issuedTickets(eventId)).toBe(joined + honest.length)
  },
)

test.each<[string, 'shop' | 'foreign', (i: number) => string]>([
  ['addresses before the entry of the trusted proxy', 'shop', (i) => `10.1.${i >> 8}.${i & 255}, 203.0.113.9`],
  ['addresses within one IPv6 /64', 'shop', (i) => `2001:db8:7:7::${i.toString(16)}`],
  ['any X-Forwarded-For without a trusted proxy', 'foreign', (i) => `10.1.${i >> 8}.${i & 255}`],
])('A3: counts %s as one visitor', async (_, target, forwardedFor) => {
  const at = target === 'shop' ? shop.edgeUrl : foreign.edgeUrl
  const atMost = measureLimit('account')
  const responses = await logIn(at, forwardedFor)
  const passed = responses.filter(({ status }) => status !== 429).length
  expect(passed).toBeGreaterThanOrEqual(LIMITS.account.burst)
  expect(passed).toBeLessThanOrEqual(atMost())
})

test('A3, A4: limits each of 300 addresses separately, so that 300 people may log in', async () => {
  const responses = await logIn(shop.edgeUrl, (i) => `10.1.1.1, 198.18.${i >> 8}.${i & 255}`)
  expect(new Set(responses.map(({ status }) => status)), 'the body is malformed, but not rate limited').toEqual(new Set([400]))
})

test.each(['/api/auth/login', '/./api/auth/login', '/api/x/%2e./auth/login', '/api/auth\\login', '/api/auth/logi%6e'])(
  'A3, A39: the limit on logins holds for the spelling %s',
  async (target) => {
    const before = shop.forwarded.length
    const atMost = measureLimit('account')
    const address = shop.newVisitor()['x-forwarded-for']
    const head = `POST ${target} HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: ${address}\r\nContent-Length: 1\r\nConnection: close`
    await Promise.all(Array.from({ length: 100 }, () => sendRaw(shop.edgeUrl, `${head}\r\n\r\n{`)))
    const reached = shop.forwarded.slice(before).filter(({ method, status }) => method === 'POST' && status !== 404).length
    expect(reached).toBeLessThanOrEqual(atMost())
    if (target === '/api/auth/login') expect(reached).toBeGreaterThanOrEqual(LIMITS.account.burst)
  },
)

test.each([
  ['POST', '/api/auth/logout'],
  ['POST', '/logout'],
  ['GET', '/invitation?token=unknown'],
  ['GET', `/reset?token=${'x'.repeat(43)}`],
  ['GET', `/verify?token=${'x'.repeat(43)}`],
])('A111: counts %s %s for the limit of logins', async (method, path) => {
  const [atMost, headers] = [measureLimit('account'), shop.newVisitor()]
  const answers = await inBatches(Array.from({ length: 150 }), () => shop.request(method, path, { headers }), 50)
  const passed = answers.filter(({ status }) => status !== 429).length
  expect(passed).toBeGreaterThanOrEqual(LIMITS.account.burst)
  expect(passed).toBeLessThanOrEqual(atMost())
})

test('A47: limits how many idle rooms one address may open, and serves all visitors of a live room', async () => {
  const { eventId } = await shop.shop.addSale()
  await shop.join(eventId)
  const attacker = shop.newVisitor()
  // These rooms belong to no event. The limit applies before the edge queries the origin.
  const names = Array.from({ length: LIMITS.room.burst + 100 }, (_, i) => `event-${900_000_000 + i}`)
  const atMost = measureLimit('room')
  const responses = await inBatches(names, (name) => shop.request('GET', `/queue/${name}`, { headers: attacker }))
  const count = (status: number) => responses.filter((response) => response.status === status).length
  expect(count(404)).toBeGreaterThanOrEqual(LIMITS.room.burst)
  expect(count(404)).toBeLessThanOrEqual(atMost())
  expect(count(404) + count(429)).toBe(names.length)
  expect((await shop.request('GET', `/queue/event-${eventId}`, { headers: attacker })).status).toBe(200)
  expect((await shop.request('GET', '/queue/event-899999999', { headers: shop.newVisitor() })).status).toBe(404)
})

/** Sends 300 malformed logins: 400 when they are forwarded, 429 when they are limited. */
const logIn = (at: string, forwardedFor: (i: number) => string) =>
  inBatches(
    Array.from({ length: 300 }, (_, i) => i),
    (i) => shop.request('POST', '/api/auth/login', { at, headers: { 'x-forwarded-for': forwardedFor(i) }, body: '{' }),
    50,
  )

/** Returns a function for the number of requests that a limit has allowed since this call, independent of the machine's speed. */
function measureLimit(name: LimitName): () => number {
  const startedAt = performance.now()
  const { burst, perSecond } = LIMITS[name]
  return () => burst + perSecond * (performance.now() - startedAt) / 1000 + 1
}
