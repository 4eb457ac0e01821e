import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendRaw, statusOf, trickle } from '../raw-http.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
beforeAll(async () => {
  shop = await openShopTarget()
})
afterAll(() => shop.close())

const LOGIN = 'POST /api/auth/login HTTP/1.1\r\nHost: shop'

test('A17: rejects a slow body and does not forward it, unless it is complete in time', async () => {
  const head = (framing: string) => `${LOGIN}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`
  const mark = randomUUID()
  const [announced, chunked, complete] = await Promise.all([
    trickle(shop.edgeUrl, head('Content-Length: 1000'), () => 'x', 400),
    trickle(shop.edgeUrl, head('Transfer-Encoding: chunked'), () => '1\r\nx\r\n', 400),
    trickle(shop.edgeUrl, head(`Content-Length: ${mark.length}\r\nConnection: close`), (i) => mark[i] ?? '', 20),
  ])
  expect([statusOf(announced), statusOf(chunked)]).toEqual([408, 408])
  expect(statusOf(complete), 'the origin finds no JSON in it').toBe(400)
  const bodies = shop.forwarded.filter(({ path }) => path === '/api/auth/login').map(({ body }) => body.toString())
  expect(bodies.filter((body) => body.startsWith('x'))).toEqual([])
  expect(bodies.filter((body) => body === mark)).toHaveLength(1)
})

test('A17: rejects a body above 64 kB with and without a Content-Length, and forwards a smaller one', async () => {
  const before = shop.forwarded.length
  const post = (framing: string, body: string) =>
    sendRaw(shop.edgeUrl, `${LOGIN}\r\nConnection: close\r\n${framing}\r\n\r\n${body}`)
  const chunk = (size: number) => `${size.toString(16)}\r\n${'y'.repeat(size)}\r\n0\r\n\r\n`
  expect(statusOf(await post('Content-Length: 70000', 'y'.repeat(70_000)))).toBe(413)
  expect(statusOf(await post('Transfer-Encoding: chunked', chunk(70_000)))).toBe(413)
  const forwardedSizes = () =>
    shop.forwarded.slice(before).filter(({ method }) => method === 'POST').map(({ body }) => body.length)
  expect(forwardedSizes()).toEqual([])
  await post('Content-Length: 60000', 'y'.repeat(60_000))
  await post('Transfer-Encoding: chunked', chunk(60_000))
  expect(forwardedSizes()).toEqual([60_000, 60_000])
})

test('A17: 500 request heads that never end delay no other request, and a head above 64 kB is rejected', async () => {
  const { eventId } = await shop.shop.addSale()
  const halves = await Promise.all(Array.from({ length: 500 }, () => openHalfRequest(shop.edgeUrl)))
  // The edge itself serves /healthz. The origin's limit is lower.
  const head = (lines: number) =>
    `GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${`X-Line: ${'x'.repeat(990)}\r\n`.repeat(lines)}`
  expect(statusOf(await sendRaw(shop.edgeUrl, `${head(60)}\r\n`)), 'a long head that ends').toBe(200)
  expect(statusOf(await sendRaw(shop.edgeUrl, head(70)))).toBe(400)
  expect(statusOf(await sendRaw(shop.edgeUrl, head(2_000)))).toBe(400)
  await shop.join(eventId)
  for (const socket of halves) socket.destroy()
})

test('A17: does not forward an incomplete body', async () => {
  const mark = `broken ${randomUUID()}`
  await trickle(shop.edgeUrl, `${LOGIN}\r\nContent-Length: 1000\r\n\r\n`, (i) => (i === 0 ? mark : null), 10)
  expect((await shop.request('GET', '/api/time', { headers: shop.newVisitor() })).status).toBe(200)
  expect(shop.forwarded.some(({ body }) => body.includes(mark))).toBe(false)
})

/** Opens a connection and sends half a request head. */
function openHalfRequest(at: string): Promise<Socket> {
  const { hostname, port } = new URL(at)
  return new Promise((resolve, reject) => {
    const socket = connect(
      Number(port),
      hostname,
      () => socket.write('GET /api/time HTTP/1.1\r\nHost: sh', () => resolve(socket)),
    )
    socket.on('error', reject)
  })
}
