import fc from 'fast-check'
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { internalToken } from '../../edge/contract/internal-access.ts'
import { readTokenKeys } from '../../edge/contract/tokens.ts'
import { type Edges, openEdges } from '../edge-alone/edges.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { type RecordingServer, startRecordingServer } from '../recording-server.ts'
import { operatorHeaders } from '../shop.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

describe('the internal paths of the origin', () => {
  let shop: ShopTarget
  let login: Record<string, string>
  beforeAll(async () => {
    shop = await openShopTarget()
    const { eventId } = await shop.shop.addSale()
    const [person] = await shop.shop.addPeople(1)
    login = await shop.insider({ ...person!, role: 'owner' }, eventId)
  })
  afterAll(() => shop.close())

  const BATCH = JSON.stringify([{ method: 'GET', path: '/metrics', headers: [], body: null }])
  const send = (path: string, headers: Record<string, string>) =>
    path === '/request-batches'
      ? fetch(shop.originUrl + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: BATCH })
      : fetch(shop.originUrl + path, { headers })

  test.each(['/metrics', '/inventory', '/request-batches'])(
    'A78: %s is closed to everybody who has no internal token, admins included',
    async (path) => {
      const otherSecret = internalToken(readTokenKeys(randomBytes(32).toString('hex')))
      for (const headers of [{}, login, { authorization: `Bearer ${otherSecret}` }, { 'x-forwarded-for': '127.0.0.1' }]) {
        const response = await send(path, headers as Record<string, string>)
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
        expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
      }
      expect((await send(path, operatorHeaders)).status, 'negative control').toBe(200)
    },
  )

  test('A78: a batch opens nothing to the requests in it, and the edge opens nothing to who has the token', async () => {
    expect(await (await send('/request-batches', operatorHeaders)).json()).toMatchObject([0, { status: 401 }])
    for (const path of ['/metrics', '/inventory', '/request-batches']) {
      expect((await fetch(shop.edgeUrl + path, { headers: operatorHeaders })).status, path).toBe(404)
    }
    for (const path of ['/healthz', '/readyz']) expect((await fetch(shop.originUrl + path)).status, path).toBe(200)
  })

  test('A78: the edge sends its token with batches and its own questions about events, and with nothing else', async () => {
    const before = shop.forwarded.length
    const { eventId, ticketTypeIds } = await shop.shop.addSale()
    const people = await shop.shop.addPeople(4)
    const statuses = await Promise.all(people.map(async (person) => {
      const { status } = await shop.book(eventId, ticketTypeIds, await shop.insider(person, eventId))
      return status
    }))
    expect(statuses).toEqual([201, 201, 201, 201])
    const holdsToken = shop.forwarded.slice(before).filter(({ headers }) =>
      headers.authorization === operatorHeaders.authorization
    )
    expect(new Set(holdsToken.map(({ path }) => path))).toEqual(new Set(['/request-batches', `/api/events/${eventId}`]))
  })
})

describe('an edge behind one proxy that sets X-Forwarded-Host', () => {
  let edges: Edges
  let upstream: RecordingServer
  let edgeUrl: string
  beforeAll(async () => {
    // A public page that holds what its site has read of the request.
    upstream = startRecordingServer(({ path, headers }) =>
      Response.json({ path, host: headers['x-forwarded-host'] }, { headers: { 'cache-control': 'public, max-age=60' } })
    )
    edges = await openEdges(upstream.url)
    const rooms = [{ name: 'checkout', paths: ['/checkout', '/checkout/*'], walkIn: false }]
    edgeUrl = await edges.start(rooms, { TRUST_FORWARDED_HOST: 'yes' })
  })
  afterAll(async () => {
    await edges.close()
    await upstream.close()
  })

  async function send(target: string, host: string, headers: Record<string, string>) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const before = upstream.requests.length
    const connection = headers.connection === undefined ? 'Connection: close\r\n' : ''
    const response = await sendRaw(edgeUrl, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${connection}${lines}\r\n`)
    const reached = upstream.requests.slice(before).filter(({ path }) => path !== '/readyz')
    return { status: statusOf(response), text: response, reached }
  }

  const unit = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 })
  const mostly = <Value>(good: fc.Arbitrary<Value>, bad: fc.Arbitrary<Value>) =>
    fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad })
  const trick = fc.constantFrom('//', '..', '%2e', '%63heckout', '%2F', '\\', '^', '{', '#')
  const piece = mostly(
    fc.constantFrom('checkout', 'CHECKOUT', 'pay', 'open', '/', ';x', '?', '|', '%20'),
    fc.oneof(trick, unit('a1-.~!$&*+;=:@/?#[]%"<>^`{|}\\')),
  )
  const target = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => `/${pieces.join('')}`)
  const anyHost = fc.oneof(fc.constantFrom('/checkout?', 'x#'), unit('ax1.-:/?#@[]%\\'))
  const host = mostly(fc.constantFrom('shop.example', 'a.b:80'), anyHost)
  const headers = fc.record({
    'x-forwarded-host': fc.option(host, { nil: undefined }),
    'x-forwarded-for': fc.option(
      fc.constantFrom('6.6.6.6, 198.51.100.9', '198.51.100.9', '198.51.100.9:80', 'unknown', '1.2.3'),
      {
        nil: undefined,
      },
    ),
    'x-forwarded-proto': fc.option(mostly(fc.constantFrom('http', 'https'), fc.constant('ftp')), { nil: undefined }),
    connection: fc.option(mostly(fc.constant('close, x-mine'), fc.constantFrom('close, cookie', 'close, x-forwarded-host')), {
      nil: undefined,
    }),
  }).map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>)

  /** Reads a path like a lenient site: without parameters, decoded, slashes merged, in any case. The edge refuses dot segments. */
  const isBehindRoom = (target: string) => {
    const decoded = target.split('?')[0]!.replace(/%(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
    return /^\/checkout(\/|$)/i.test(decoded.replace(/;[^/\\]*/g, '').replace(/[/\\]+/g, '/'))
  }

  test(
    'A79: whatever is sent, gate, cache and upstream read one path, host and address, or the request is refused with 400',
    async () => {
      let reachedUpstream = 0
      await fc.assert(
        fc.asyncProperty(target, host, headers, async (target, host, headers) => {
          const { status, text, reached } = await send(target, host, headers)
          if (status === 400) return void expect(reached).toEqual([])
          expect([200, 403]).toContain(status)
          if (status === 403) return void expect(isBehindRoom(target)).toBe(true)
          expect(isBehindRoom(target)).toBe(false)
          const { pathname, search } = new URL(target, 'http://x')
          const requested = { path: pathname + search, host: headers['x-forwarded-host'] ?? host }
          expect(JSON.parse(text.slice(text.indexOf('{')).replace(/\r\n.*$/s, ''))).toEqual(requested)
          for (const { path, headers: { 'x-forwarded-host': host, 'x-forwarded-for': address } } of reached) {
            reachedUpstream++
            expect({ path, host }).toEqual(requested)
            expect(address).toBe(headers['x-forwarded-for'] === undefined ? '127.0.0.1' : '198.51.100.9')
          }
        }),
        { numRuns: 1_000 },
      )
      expect(reachedUpstream).toBeGreaterThan(10)
    },
    60_000,
  )

  test.each([
    ['strips a credential that the edge has read', { connection: 'close, Cookie' }],
    ['strips the address that the proxy has set', { connection: 'X-Forwarded-For, close' }],
    ['strips a part of the cache key', { connection: 'close, Accept' }],
  ])('A80: a Connection header that %s is refused', async (_, headers) => {
    const { status, text, reached } = await send(`/open?${randomUUID()}`, 'shop.example', headers as Record<string, string>)
    expect([status, reached]).toEqual([400, []])
    expect(text).toContain('"part":"connection"')
  })

  test.each([
    ['a host', { 'x-forwarded-host': '/checkout?' }],
    ['two hosts', { 'x-forwarded-host': 'a.example, b.example' }],
    ['an address', { 'x-forwarded-for': '198.51.100.9, unknown' }],
    ['a protocol', { 'x-forwarded-proto': 'javascript' }],
  ])('A80: a header of the trusted proxy that is not %s is refused', async (_, headers) => {
    const { status, text, reached } = await send(`/open?${randomUUID()}`, 'shop.example', headers as Record<string, string>)
    expect([status, reached]).toEqual([400, []])
    expect(text).toContain('"part":"forwarded"')
  })
})
