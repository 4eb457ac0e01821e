import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShop, type Shop } from '../test/shop.ts'
import { createApp } from './app.tsx'

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
