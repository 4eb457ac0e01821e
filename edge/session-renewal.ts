import * as z from 'zod'
import { createShares } from '../runtime/shares.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { ACCESS_COOKIE, cookieName, NICKNAME_COOKIE, type Protocol, REFRESH_COOKIE } from './contract/cookies.ts'
import { paths } from './contract/paths.ts'
import { shareOwnerOf } from './contract/share-owner.ts'
import { type Access, type TokenKeys, verifyAccess } from './contract/tokens.ts'
import { addHeader, type Ctx } from './http.tsx'
import type { HeaderPairs } from './upstream/header-pairs.ts'

/** `cookies`: the values of the Set-Cookie headers by which the origin renews the session, or ends it. */
export type Renewal =
  | { kind: 'renewed'; person: Access; cookies: string[] }
  | { kind: 'ended'; cookies: string[] }
  /** The origin did not respond in time, or is busy. The session is unchanged. */
  | { kind: 'unavailable' }

export type SessionRenewal = ReturnType<typeof createSessionRenewal>

type Parts = {
  upstream: { post(path: string, headers: HeaderPairs): Promise<Response> }
  tokenKeys: TokenKeys
  now(): number
}

const TIMEOUT_MS = 3_000
/** Renewals that may run at once, so that joins leave the origin free for bookings, and one address leaves the half of them to others. */
const RENEWAL_SHARES = { total: 64, per: { address: 32 } }
/** A refresh token of the shop: 32 bytes in base64url. */
const REFRESH_TOKEN = /^[\w-]{43}$/
/** A visitor has one refresh cookie; without TLS another path or domain may have set a second one. */
const MAX_TOKENS = 2
const SESSION_COOKIES = [ACCESS_COOKIE, REFRESH_COOKIE, NICKNAME_COOKIE]

const renewedBody = z.object({ accessToken: z.string() })

/** Renews sessions at a NETicket shop whose access token has expired. Simultaneous renewals with one refresh token share a request. */
export function createSessionRenewal({ upstream, tokenKeys, now }: Parts) {
  const shares = createShares(RENEWAL_SHARES)

  async function request(protocol: Protocol, address: string, token: string): Promise<Renewal> {
    const response = await upstream.post(paths.api.refresh, [
      ['cookie', `${cookieName(REFRESH_COOKIE, protocol)}=${token}`],
      ['x-forwarded-proto', protocol],
      // The origin renews sessions in fair shares of addresses.
      ['x-forwarded-for', address],
      ['accept', 'application/json'],
    ])
    const names = SESSION_COOKIES.map((cookie) => cookieName(cookie, protocol))
    const cookies = response.headers.getSetCookie().filter((cookie) => names.includes(cookie.split('=', 1)[0]!))
    const body: unknown = await response.json().catch(() => null)
    if (response.status === 401) return { kind: 'ended', cookies }
    const parsed = renewedBody.safeParse(body)
    const person = response.ok && parsed.success ? verifyAccess(parsed.data.accessToken, tokenKeys, now()) : null
    return person ? { kind: 'renewed', person, cookies } : { kind: 'unavailable' }
  }

  /** Who has started each renewal that runs, by its key. */
  const starters = new Map<string, string>()
  const renew = createSingleFlight(async (key: string): Promise<Renewal> => {
    const [protocol, token] = key.split(' ')
    const address = starters.get(key)!
    const release = shares.take({ address: shareOwnerOf(address) })
    try {
      if (!release) return { kind: 'unavailable' }
      return await request(protocol === 'https' ? 'https' : 'http', address, token!)
    } finally {
      release?.()
      starters.delete(key)
    }
  })

  return async (protocol: Protocol, address: string, token: string): Promise<Renewal> => {
    const key = `${protocol} ${token}`
    if (!starters.has(key)) starters.set(key, address)
    const renewal = renew(key).catch((): Renewal => ({ kind: 'unavailable' }))
    return await withTimeout(renewal, TIMEOUT_MS, (): Renewal => ({ kind: 'unavailable' }))
  }
}

const refreshTokensOf = (c: Ctx): string[] =>
  c.env.client.cookies(REFRESH_COOKIE).filter((token) => REFRESH_TOKEN.test(token)).slice(0, MAX_TOKENS)

/** Whether the visitor has a session that may be renewed. */
export const hasSession = (c: Ctx): boolean => refreshTokensOf(c).length > 0

/** Renews the visitor's session with the refresh token of their cookie, and adds the session's new cookies to the response. */
export async function renewVisitorSession(
  c: Ctx,
  deps: { renewSession: SessionRenewal },
): Promise<Renewal> {
  let renewal: Renewal = { kind: 'ended', cookies: [] }
  for (const token of refreshTokensOf(c)) {
    renewal = await deps.renewSession(c.env.client.protocol, c.env.client.address, token)
    if (renewal.kind !== 'ended') break
  }
  if (renewal.kind !== 'unavailable') {
    for (const cookie of renewal.cookies) addHeader(c, 'set-cookie', cookie)
  }
  return renewal
}
