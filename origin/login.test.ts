import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShop, type Shop } from '../test/shop.ts'
import { createApp } from './app.tsx'
import { createRenewedRequests } from './renewed-requests.ts'

const ACCOUNT = { email: 'again@test.example', password: 'correct horse', nickname: 'again' }

let shop: Shop
let app: ReturnType<typeof createApp>
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  app = createApp(shop)
  expect((await post('/api/auth/signup')).status).toBe(201)
})
afterAll(() => shop.close())

const post = (path: string, cookie = '') =>
  app.request(path, { method: 'POST', body: JSON.stringify(ACCOUNT), headers: { 'content-type': 'application/json', cookie } })
const submit = (path: string, cookie = '') =>
  app.request(path, { method: 'POST', body: new URLSearchParams(ACCOUNT), headers: { cookie } })
/** The cookies that a response sets, as a browser sends them. */
const cookiesOf = ({ headers }: Response) => headers.getSetCookie().map((cookie) => cookie.split(';')[0]!).join('; ')
const statusOf = async (path: string, method: string, cookie: string) =>
  (await app.request(path, { method, headers: { cookie } })).status

test.each([['API', '/api/auth/login', post], ['form', '/login', submit]])(
  'a login ends the session that the browser had before, and no other (%s)',
  async (_, path, logIn) => {
    const [before, elsewhere] = [cookiesOf(await logIn(path)), cookiesOf(await logIn(path))]
    const after = cookiesOf(await logIn(path, before))
    expect(await statusOf('/api/me', 'GET', before)).toBe(401)
    expect(await statusOf('/api/auth/refresh', 'POST', before)).toBe(401)
    for (const cookie of [after, elsewhere]) {
      expect(await statusOf('/api/me', 'GET', cookie)).toBe(200)
      expect(await statusOf('/api/auth/refresh', 'POST', cookie)).toBe(200)
    }
  },
)

test('A104: an account that drops its access token cancels no more often than its limit, and then counts with the new one', async () => {
  const cookies = new Map(
    cookiesOf(await post('/api/auth/login')).split('; ').map((pair) => pair.split('=', 2) as [string, string]),
  )
  // A clock that stands still: the limit regains nothing on a slow machine.
  const app = createApp(Object.assign({}, shop, { countRenewed: createRenewedRequests(() => new Date(0)) }))
  const path = `/reservations/${crypto.randomUUID()}/cancellation`
  const send = async (names: string[]) => {
    const cookie = names.map((name) => `${name}=${cookies.get(name)}`).join('; ')
    const response = await app.request(path, { method: 'POST', body: new URLSearchParams({ keep: '0' }), headers: { cookie } })
    for (const pair of response.headers.getSetCookie()) cookies.set(...pair.split(';')[0]!.split('=', 2) as [string, string])
    return response.status
  }
  const statuses = []
  for (let i = 0; i < 32; i++) statuses.push(await send(['refresh']))
  expect(new Set(statuses.slice(0, 30))).toEqual(new Set([404]))
  expect(statuses.slice(30)).toEqual([429, 429])
  expect(await send(['refresh', 'access']), 'the refusal has renewed the session').toBe(404)
})
