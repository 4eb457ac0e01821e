import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRaw } from '../raw-http.ts'
import type { ReceivedRequest } from '../recording-server.ts'
import { type ForeignTarget, openForeignTarget } from './foreign-target.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
let foreign: ForeignTarget
beforeAll(async () => {
  ;[shop, foreign] = await Promise.all([openShopTarget(), openForeignTarget()])
})
afterAll(() => Promise.all([shop.close(), foreign.close()]))

/** Headers that the edge sets itself or drops, as a visitor might send them. */
const FORGED = {
  'X-Queue-Command': 'end-pass',
  'X-Request-Id': 'mine',
  Forwarded: 'for=6.6.6.6;host=evil.example',
  'X-Real-IP': '6.6.6.6',
  'X-Forwarded-For': '6.6.6.6, 203.0.113.5',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Port': '1',
  'X-Forwarded-Prefix': '/evil',
  'X-Forwarded-Server': 'evil.example',
  'X-Original-URL': '/checkout',
  'X-Rewrite-URL': '/checkout',
  'X-HTTP-Method-Override': 'DELETE',
  'X-HTTP-Method': 'DELETE',
  'X-Method-Override': 'DELETE',
  'Client-IP': '6.6.6.6',
  'True-Client-IP': '6.6.6.6',
  'X-Client-IP': '6.6.6.6',
  'CF-Connecting-IP': '6.6.6.6',
  'X-Cluster-Client-IP': '6.6.6.6',
  'X_Queue_Pass': 'forged',
  'X_Forwarded_For': '6.6.6.6',
  'X-Forwarded_Host': 'evil.example',
  'X.Queue.Pass': 'forged',
  'Proxy-Authorization': 'Basic x',
  'Keep-Alive': 'timeout=1',
  TE: 'trailers',
  Trailer: 'x-queue-command',
  Connection: 'close, X-Request-Id',
}
/** The headers of `FORGED` that the edge sets. It drops all others. */
const SET_BY_EDGE = ['x-request-id', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'connection']

describe('headers that only the edge may set', () => {
  const lines = Object.entries(FORGED).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  async function forwardedHeaders(at: string, forwarded: ReceivedRequest[]) {
    const path = `/api/time?${randomUUID()}`
    await sendRaw(at, `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n`)
    return forwarded.find((request) => request.path === path)!.headers
  }

  test('A38: keeps the address that the trusted proxy appended, and drops the host that the visitor sent', async () => {
    const headers = await forwardedHeaders(shop.edgeUrl, shop.forwarded)
    expect(headers).toMatchObject({ 'x-forwarded-for': '203.0.113.5', 'x-forwarded-host': 'shop.example' })
  })

  test('A38: trusts no header without a trusted proxy', async () => {
    const headers = await forwardedHeaders(foreign.edgeUrl, foreign.forwarded)
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
    })
  })

  test.each(['shop', 'other upstream'])(
    'A38: replaces or drops all forged headers in front of the %s, even if Connection names them',
    async (upstream) => {
      const headers = upstream === 'shop'
        ? await forwardedHeaders(shop.edgeUrl, shop.forwarded)
        : await forwardedHeaders(foreign.edgeUrl, foreign.forwarded)
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
      const dropped = Object.keys(FORGED).map((name) => name.toLowerCase()).filter((name) => !SET_BY_EDGE.includes(name))
      expect(dropped.filter((name) => name in headers)).toEqual([])
      expect(Object.keys(headers).filter((name) => !/^[a-z0-9-]+$/.test(name)), 'names that CGI maps to other names').toEqual([])
    },
  )
})

test('A38: hop-by-hop headers and the headers that Connection names are not forwarded', async () => {
  const path = `/api/time?${randomUUID()}`
  const lines = 'Connection: close, X-Only-Here\r\nX-Only-Here: 1\r\nX-Elsewhere: 1\r\nProxy-Connection: keep-alive'
  await sendRaw(foreign.edgeUrl, `GET ${path} HTTP/1.1\r\nHost: shop\r\n${lines}\r\n\r\n`)
  const { headers } = foreign.forwardedFor(path)[0]!
  expect(headers['x-elsewhere']).toBe('1')
  expect(['x-only-here', 'proxy-connection'].filter((name) => name in headers)).toEqual([])
})

describe('request smuggling', () => {
  /** Sends a request with a second one in its body. `forwarded`: how many of the two reached the origin. */
  async function smuggle(framing: string, mark: string, hidden: string) {
    const before = shop.forwarded.length
    const response = await sendRaw(
      shop.edgeUrl,
      `POST /api/auth/login HTTP/1.1\r\nHost: shop\r\n${framing}\r\n\r\n0\r\n\r\n${hidden}`,
    )
    const forwarded = shop.forwarded.slice(before).filter(({ path }) => path === '/api/auth/login' || path.includes(mark))
    return {
      statuses: [...response.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status)),
      forwarded: forwarded.length,
    }
  }
  const mark = randomUUID()
  const hidden = `GET /hidden?${mark} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`

  test.each([
    `Content-Length: 0\r\nContent-Length: ${hidden.length}`,
    `Content-Length: ${hidden.length}\r\nContent-Length: 0`,
    `Content-Length: 0, ${hidden.length}`,
    `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked`,
    `Transfer-Encoding: chunked\r\nContent-Length: ${hidden.length + 5}`,
    `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: xchunked`,
    `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding : chunked`,
    `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding:\x0bchunked`,
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Content-Length: +5',
    'Content-Length: -1',
  ])('A38: refuses a request with the ambiguous framing %j, and what follows it', async (framing) => {
    expect(await smuggle(framing, mark, hidden)).toEqual({ statuses: [400], forwarded: 0 })
  })

  test('A38: forwards two requests that are framed as two (negative control)', async () => {
    expect(await smuggle('Transfer-Encoding: chunked', mark, hidden)).toEqual({ statuses: [400, 404], forwarded: 2 })
  })
})
