/** Operators who log in to the origin's app, for tests of the admin pages. */
import { eq } from 'drizzle-orm'
import { randomBytes } from 'node:crypto'
import { users } from '../db/schema.ts'
import type { OperatorRole } from '../edge/contract/roles.ts'
import type { createApp } from '../origin/app.tsx'
import { signUp } from '../origin/accounts.ts'
import type { Shop } from './shop.ts'

export const PASSWORD = 'correct horse'

type App = ReturnType<typeof createApp>

/** An account with a password. */
export async function addAccount(shop: Shop, role: OperatorRole | 'user') {
  const nickname = randomBytes(5).toString('hex')
  const input = { email: `${nickname}@test.example`, password: PASSWORD, nickname }
  const result = await signUp(shop, input, { address: `test ${nickname}` })
  if (result.kind !== 'signed_up') throw new Error(result.kind)
  if (role !== 'user') await shop.db.update(users).set({ role }).where(eq(users.id, result.user.id))
  return { id: result.user.id, email: input.email, nickname }
}

/** A browser: it keeps cookies, sends forms and does not follow redirects. `address`: that of its network. */
export function openBrowser(app: App, address = '192.0.2.1') {
  const jar = new Map<string, string>()
  async function send(method: string, path: string, init: { body?: string; type?: string; accept?: string } = {}) {
    const response = await app.request(path, {
      method,
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        accept: init.accept ?? 'text/html',
        'accept-language': 'en',
        'user-agent': 'Mozilla/5.0 (iPhone) Safari/604.1',
        'x-forwarded-for': address,
        ...(init.type && { 'content-type': init.type }),
      },
      ...(init.body !== undefined && { body: init.body }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/)!
      if (value === '') jar.delete(name!)
      else jar.set(name!, value!)
    }
    return response
  }
  return {
    jar,
    get: (path: string, accept?: string) => send('GET', path, accept === undefined ? {} : { accept }),
    post: (path: string, fields: Record<string, string> = {}) =>
      send('POST', path, { body: String(new URLSearchParams(fields)), type: 'application/x-www-form-urlencoded' }),
    json: (method: string, path: string, body?: unknown) =>
      send(method, path, {
        accept: 'application/json',
        ...(body !== undefined && { body: JSON.stringify(body), type: 'application/json' }),
      }),
    logIn: (email: string, password = PASSWORD) =>
      send('POST', '/login', {
        body: String(new URLSearchParams({ email, password, next: '/admin' })),
        type: 'application/x-www-form-urlencoded',
      }),
  }
}
