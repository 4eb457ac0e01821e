import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS } from '../../edge/limits.ts'
import { signUp } from '../../origin/accounts.ts'
import { cookiesOf } from '../http.ts'
import { until } from '../until.ts'
import { inBatches, openShopTarget, type ShopTarget } from './shop-target.ts'

const PASSWORD = 'correct horse'

let shop: ShopTarget
let accounts: string[]
beforeAll(async () => {
  shop = await openShopTarget({ settings: { ROOM_IDENTITY: 'account' } })
  accounts = Array.from({ length: 24 }, (_, i) => `buyer${i}@test.example`)
  for (const [i, email] of accounts.entries()) {
    await signUp(shop.shop, { email, password: PASSWORD, nickname: `buyer${i}` }, { address: '192.0.2.1' })
  }
})
afterAll(() => shop.close())

const logIn = (email: string, password: string, headers: Record<string, string>) =>
  shop.request('POST', '/api/auth/login', {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ email, password }),
  })

/** The status of a login by a person who repeats it twice while the shop is busy, as it is on a slow machine. */
async function statusOfTries(email: string): Promise<number> {
  const visitor = shop.newVisitor()
  let status = 503
  for (let tries = 0; tries < 3 && status === 503; tries++) status = (await logIn(email, PASSWORD, visitor)).status
  return status
}

test(
  'A57: while 90 connections from 20 addresses send wrong passwords, 19 of 20 people log in',
  { timeout: 900_000 },
  async () => {
    const statuses = new Map<number, number>()
    let isOver = false
    let guesses = 0
    const attack = Array.from({ length: 90 }, async (_, connection) => {
      const headers = { 'x-forwarded-for': `198.51.100.${connection % 20}` }
      while (!isOver) {
        // Half of the guesses are for accounts that exist; the others are for ever new ones, which no back-off delays.
        const email = ++guesses % 2 === 0 ? accounts[guesses % accounts.length]! : `guess${guesses}@test.example`
        const { status } = await logIn(email, 'wrong horse', headers)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    })
    const people: number[] = []
    try {
      await until(() => statuses.size > 0)
      for (const email of accounts.slice(0, 20)) people.push(await statusOfTries(email))
    } finally {
      isOver = true
      await Promise.allSettled(attack)
    }
    expect(statuses.get(401) ?? 0, 'guesses that were checked').toBeGreaterThan(0)
    expect(people.filter((status) => status === 200).length, `their statuses: ${people}`).toBeGreaterThanOrEqual(19)
    expect([...statuses.keys()].sort().filter((status) => ![401, 429, 503].includes(status))).toEqual([])
  },
)

test('A58: one address gets five guesses at an account, then a delay that grows; the owner gets in meanwhile', async () => {
  const email = accounts[20]!
  const own = await logIn(email, PASSWORD, shop.newVisitor())
  const guesser = shop.newVisitor()
  const startedAt = performance.now()
  const guess = () => logIn(email, 'wrong horse', guesser)
  const guesses = await inBatches(Array.from({ length: 40 }), guess, 10)
  const checked = guesses.filter(({ status }) => status === 401).length
  // The delays after the fifth are 2 s, 4 s and so on, which a slow machine may wait for.
  expect(checked).toBeGreaterThanOrEqual(5)
  expect(checked).toBeLessThanOrEqual(5 + Math.log2((performance.now() - startedAt) / 2_000 + 1))
  const refused = guesses.filter(({ status }) => status !== 401)
  expect(new Set(refused.map(({ status, code, headers }) => `${status} ${code} ${headers.get('retry-after')! > '0'}`))).toEqual(
    new Set(['429 rate_limited true']),
  )
  for (let seconds = 0; seconds < 8; seconds = Number((await guess()).headers.get('retry-after'))) await sleep(seconds * 1_000)
  expect(await logIn(email, PASSWORD, guesser)).toMatchObject({ status: 429, code: 'rate_limited' })
  expect((await logIn(email, PASSWORD, shop.newVisitor())).status, 'from another address').toBe(200)
  const device = cookiesOf(own.headers)
  expect((await logIn(email, PASSWORD, { ...guesser, cookie: device })).status, 'in a known browser').toBe(200)
  const forged = device.replace(/(device=[^.]*\.[^.]*\.)[^;]*/, '$1forged')
  expect((await logIn(email, PASSWORD, { ...shop.newVisitor(), cookie: forged })).status, 'a forged cookie is ignored').toBe(200)
  const form = { ...guesser, 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
  const page = await shop.request('POST', '/login', {
    headers: form,
    body: new URLSearchParams({ email, password: 'x' }).toString(),
  })
  expect(page).toMatchObject({ status: 429, text: expect.stringMatching(/다시 시도|Try again in/) })
})

test('A59: one address creates as many accounts as its limit allows, and people at other addresses sign up', async () => {
  const signUpFrom = (headers: Record<string, string>) => shop.request('POST', '/api/auth/signup', { headers, body: '{' })
  const crowd = shop.newVisitor()
  const startedAt = performance.now()
  let allowed = 0
  await until(async () => {
    const responses = await inBatches(Array.from({ length: 40 }), () => signUpFrom(crowd), 20)
    allowed += responses.filter(({ status }) => status === 400).length
    // The general limit of account requests refills faster; only the limit of sign-ups still refuses then.
    return responses.some(({ headers }) => headers.get('ratelimit')?.startsWith('"signup";r=0') ?? false)
  })
  const atMost = LIMITS.signup.burst + LIMITS.signup.perSecond * (performance.now() - startedAt) / 1000 + 1
  expect(allowed).toBeGreaterThanOrEqual(LIMITS.signup.burst)
  expect(allowed).toBeLessThanOrEqual(atMost)
  expect((await signUpFrom(shop.newVisitor())).status).toBe(400)
})

test('A60: an access token that was copied ends with the logout, at the origin and at the edge', async () => {
  const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
  const { headers, body } = await logIn(accounts[21]!, PASSWORD, shop.newVisitor())
  const copied = { authorization: `Bearer ${body.accessToken}` }
  const atOrigin = () => shop.request('GET', '/api/me', { at: shop.originUrl, headers: copied })
  const atEdge = () => shop.request('POST', `/queue/event-${eventId}/tickets`, { headers: { ...shop.newVisitor(), ...copied } })
  expect([(await atOrigin()).status, (await atEdge()).status]).toEqual([200, 201])
  await shop.request('POST', '/api/auth/logout', { headers: { ...shop.newVisitor(), cookie: cookiesOf(headers) } })
  expect((await atOrigin()).status).toBe(401)
  expect(await until(async () => (await atEdge()).status === 401)).toBe(true)
})
