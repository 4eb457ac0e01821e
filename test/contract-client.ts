import { randomUUID } from 'node:crypto'
import { cookiesOf, send } from './http.ts'
import type { Site } from './site.ts'

export type CallOptions = {
  headers?: Record<string, string>
  /** A string is sent unchanged, anything else as JSON. */
  body?: unknown
  /** The program to call, by default the edge. */
  at?: string
}

/** A client of the JSON API. `getSite` returns the site of the test file, which starts after the client is created. */
export function createClient(getSite: () => Site) {
  const call = (method: string, path: string, { headers = {}, body, at = getSite().edgeUrl }: CallOptions = {}) =>
    send(at + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  /** The signup input of a new account. */
  const account = () => ({
    email: `${randomUUID().slice(0, 8)}@test.example`,
    password: 'passw0rd!',
    nickname: randomUUID().replaceAll('-', '').slice(0, 10),
  })

  /** Signs up and logs in. */
  async function signedUp() {
    const input = account()
    await call('POST', '/api/auth/signup', { body: input })
    const login = await call('POST', '/api/auth/login', { body: input })
    return { ...input, authorization: `Bearer ${login.body.accessToken}`, cookie: cookiesOf(login.headers) }
  }

  return { call, account, signedUp }
}
