import { expect, test } from 'vitest'
import { Hono } from 'hono'
import { createRequestReader } from '../../edge/client-request.ts'
import { readTokenKeys } from '../../edge/contract/tokens.ts'
import { createSessionRenewal } from '../../edge/session-renewal.ts'
import { forwardedHeaders } from '../../edge/upstream/forwarded-headers.ts'
import type { HeaderPairs } from '../../edge/upstream/header-pairs.ts'
import { addressOf, type Env } from '../../origin/http.tsx'

const [PROXY, EDGE, FORGED] = ['10.0.0.1', '10.0.0.9', '6.6.6.6']
const tokenKeys = readTokenKeys('0123456789abcdef0123456789abcdef')
const readRequest = createRequestReader({
  tokenKeys,
  revokedSessions: { has: () => false },
  trustedProxies: 1,
  trustForwardedHost: false,
  now: () => 0,
})

/** A visitor who writes an address into the header, to which the balancer in front of the edge adds theirs. */
const visitorAt = (address: string) => {
  const headers = { host: 'shop', 'x-forwarded-for': `${FORGED}, ${address}` }
  return readRequest({ method: 'GET', url: 'http://shop/me', headers: new Headers(headers) }, PROXY)
}
/** The address that the origin reads of a request of the edge. A balancer between them adds that of the edge. */
async function addressAtOrigin(sent: HeaderPairs): Promise<string> {
  const headers = new Headers(sent)
  headers.append('x-forwarded-for', EDGE)
  const app = new Hono<Env>().get('/', (c) => c.text(addressOf(c)))
  return await (await app.request('/', { headers })).text()
}
const ADDRESSES = [['198.51.100.9', '198.51.100.9'], ['2001:db8:1:2::9', '2001:db8:1:2::/64']] as const

test.each(ADDRESSES)(
  'A106: a visitor at %s who writes another address into X-Forwarded-For keeps their own',
  async (at, counted) => {
    const client = visitorAt(at)
    expect(client.address).toBe(counted)
    const facts = {
      isVisit: false,
      language: null,
      room: null,
      pass: null,
      isShared: false,
      isBatchable: false,
      honoursKey: true,
    }
    expect(await addressAtOrigin(forwardedHeaders(client, facts))).toBe(counted)
  },
)

test.each(ADDRESSES)('A106: the session of a visitor at %s who joins is renewed as a request from there', async (at, counted) => {
  let sent: HeaderPairs = []
  const upstream = {
    post(_path: string, headers: HeaderPairs) {
      sent = headers
      return Promise.resolve(new Response(null, { status: 401 }))
    },
  }
  await createSessionRenewal({ upstream, tokenKeys, now: () => 0 })('https', visitorAt(at).address, 'a'.repeat(43))
  expect(await addressAtOrigin(sent)).toBe(counted)
})
