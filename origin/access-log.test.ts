import { afterAll, beforeAll, expect, test } from 'vitest'
import { buyerHeaders, openShop, type Shop } from '../test/shop.ts'
import { createApp } from './app.tsx'

let shop: Shop
let app: ReturnType<typeof createApp>
const lines: { event: string; facts: Record<string, unknown> }[] = []
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 }, { log: (event, facts = {}) => void lines.push({ event, facts }) })
  app = createApp(shop)
})
afterAll(() => shop.close())

const EMAIL = 'watched@test.example'
const PASSWORD = 'a password that is watched'
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  app.request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.7', 'x-request-id': 'r-1', ...headers },
  })
const linesOf = (event: string) => lines.splice(0).filter((line) => line.event === event).map(({ facts }) => facts)

test('each attempt to log in is logged with its outcome, account and address, and never with the e-mail or the password', async () => {
  expect((await post('/api/auth/signup', { email: EMAIL, password: PASSWORD, nickname: 'watched' })).status).toBe(201)
  lines.splice(0)
  for (const password of ['wrong password', PASSWORD]) await post('/api/auth/login', { email: EMAIL, password })
  const form = new URLSearchParams({ email: EMAIL, password: 'wrong password' })
  await app.request('/login', { method: 'POST', body: form })
  const text = JSON.stringify(lines)
  const attempts = linesOf('login')
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['wrong_credentials', 'logged_in', 'wrong_credentials'])
  expect(attempts[0]).toMatchObject({ address: '192.0.2.7', requestId: 'r-1', account: attempts[1]!.account })
  expect(attempts[0]!.account).toMatch(/^[\w-]{22}$/)
  expect(text).not.toContain(EMAIL)
  expect(text).not.toMatch(/wrong password|a password that/)
})

test('a request that is refused for lack of rights is logged with the person, the path and the outcome', async () => {
  const { eventId } = await shop.addSale()
  const [person] = await shop.addPeople(1)
  const { authorization } = await buyerHeaders(person!, eventId)
  lines.splice(0)
  const path = `/api/admin/events/${eventId}/seats/unload`
  expect((await post(path, {}, { authorization })).status).toBe(403)
  expect((await post(path, {})).status).toBe(401)
  expect(linesOf('request')).toMatchObject([
    { path, status: 403, outcome: 'forbidden', person: person!.id },
    { path, status: 401, outcome: 'unauthenticated', person: undefined },
  ])
})
