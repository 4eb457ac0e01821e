import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRaw, statusOf } from '../raw-http.ts'
import { type ForeignTarget, openForeignTarget } from './foreign-target.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
let foreign: ForeignTarget
beforeAll(async () => {
  shop = await openShopTarget()
  foreign = await openForeignTarget()
})
afterAll(async () => {
  await shop.close()
  await foreign.close()
})

const ask = (at: string, method: string, path: string, headers: string[] = []) =>
  sendRaw(at, [`${method} ${path} HTTP/1.1`, 'Host: shop', 'Connection: close', ...headers, '', ''].join('\r\n'))

/** The values of a header in a raw response. */
const valuesOf = (response: string, name: string) =>
  response.split('\r\n\r\n')[0]!.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim())

/** Paths of all parts: the edge's own, forwarded, cached, refused, unknown, not plain. */
const PATHS = [
  '/',
  '/api/time',
  '/api/events',
  '/healthz',
  '/api/nothing',
  '/me',
  '/search',
  '/queue/nothing',
  '//',
  '/static/app.css',
]
const methodsAndPaths = ['GET', 'HEAD', 'POST', 'OPTIONS', 'BREW'].flatMap((method) => PATHS.map((path) => [method, path]))

describe('A73: each response has exactly one request id', () => {
  test.each(methodsAndPaths)('%s %s', async (method, path) => {
    const own = 'x-request-id: chosen-by-the-client'
    for (const at of [shop.edgeUrl, foreign.edgeUrl]) {
      // The second request of two may be answered from the cache.
      for (let time = 0; time < 2; time++) {
        const ids = valuesOf(await ask(at, method!, path!, [own, own]), 'x-request-id')
        expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)])
      }
    }
  })

  test('the site behind the edge is sent the id of the response, and not the client’s', async () => {
    const [id] = valuesOf(
      await ask(foreign.edgeUrl, 'POST', '/traced', ['x-request-id: mine', 'Content-Length: 0']),
      'x-request-id',
    )
    expect(foreign.forwardedFor('/traced').map(({ headers }) => headers['x-request-id'])).toEqual([id])
  })
})

describe('A73: HEAD is answered as GET is, without the body', () => {
  test.each(PATHS)('%s', async (path) => {
    for (const at of [shop.edgeUrl, shop.originUrl, foreign.edgeUrl]) {
      const [get, head] = await Promise.all([ask(at, 'GET', path), ask(at, 'HEAD', path)])
      expect(statusOf(head), at).toBe(statusOf(get))
      expect(head.split('\r\n\r\n')[1], at).toBe('')
      // The foreign site sends no type with HEAD.
      if (at !== foreign.edgeUrl) expect(valuesOf(head, 'content-type'), at).toEqual(valuesOf(get, 'content-type'))
      // Absent, or the number of bytes of the response to GET.
      for (const length of valuesOf(head, 'content-length')) expect([length], at).toEqual(valuesOf(get, 'content-length'))
    }
  })
})

describe('A73: a preflight reaches a foreign site, and nothing else does without a pass', () => {
  const PREFLIGHT = ['Origin: https://app.example', 'Access-Control-Request-Method: POST']
  const forwarded = () => foreign.forwardedFor('/checkout').length

  test('a real preflight for a protected path', async () => {
    const before = forwarded()
    expect(statusOf(await ask(foreign.edgeUrl, 'OPTIONS', '/checkout', PREFLIGHT))).toBe(200)
    expect(forwarded()).toBe(before + 1)
  })

  test.each<[what: string, method: string, headers: string[]]>([
    ['OPTIONS of a program', 'OPTIONS', []],
    ['without Origin', 'OPTIONS', PREFLIGHT.slice(1)],
    ['without the method that it asks for', 'OPTIONS', PREFLIGHT.slice(0, 1)],
    ['with a cookie', 'OPTIONS', [...PREFLIGHT, 'Cookie: a=1']],
    ['with credentials', 'OPTIONS', [...PREFLIGHT, 'Authorization: Bearer a']],
    ['with a body', 'OPTIONS', [...PREFLIGHT, 'Content-Length: 0']],
    ['another method', 'POST', [...PREFLIGHT, 'Content-Length: 0']],
    ['another method that is overridden', 'POST', [...PREFLIGHT, 'X-HTTP-Method-Override: OPTIONS']],
  ])('%s is refused', async (_, method, headers) => {
    const before = forwarded()
    expect(statusOf(await ask(foreign.edgeUrl, method, '/checkout', headers))).toBe(403)
    expect(forwarded()).toBe(before)
  })

  test('a shop allows other sites nothing', async () => {
    const { eventId } = await shop.shop.addSale()
    expect(statusOf(await ask(shop.edgeUrl, 'OPTIONS', `/api/events/${eventId}/reservations`, PREFLIGHT))).toBe(403)
  })
})
