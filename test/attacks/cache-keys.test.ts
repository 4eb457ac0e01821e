import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendRaw, statusOf } from '../raw-http.ts'
import { type ForeignTarget, openForeignTarget } from './foreign-target.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
let foreign: ForeignTarget
let eventId: number
beforeAll(async () => {
  ;[shop, foreign] = await Promise.all([openShopTarget(), openForeignTarget()])
  ;({ eventId } = await shop.shop.addSale())
})
afterAll(() => Promise.all([shop.close(), foreign.close()]))

const get = (path: string, headers: Record<string, string> = {}) =>
  shop.request('GET', path, { headers: { ...shop.newVisitor(), accept: 'text/html', ...headers } })
const forwardedTo = (path: string) => shop.forwarded.filter((request) => request.path.split('?')[0] === path)

/** Sends GETs with a body until `isOver`, each on a connection of its own. Returns their statuses. */
async function sendBodies(at: string, path: string, isOver: () => boolean): Promise<number[]> {
  const statuses: number[] = []
  while (!isOver()) {
    const head = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`
    statuses.push(statusOf(await sendRaw(at, head)))
  }
  return statuses
}

test('A75: a GET with a body is refused, and spoils no page of others', async () => {
  for (const [at, path] of [[shop.edgeUrl, `/events/${eventId}`], [foreign.edgeUrl, '/alike']] as const) {
    let isOver = false
    const attack = sendBodies(at, path, () => isOver)
    const honest: number[] = []
    for (let i = 0; i < 40; i++) honest.push((await fetch(at + path)).status)
    isOver = true
    expect(new Set(honest)).toEqual(new Set([200]))
    expect(new Set(await attack)).toEqual(new Set([400]))
  }
  expect(foreign.forwardedFor('/alike').length).toBeGreaterThan(0)
})

test.each([
  ['a chunked body', 'GET', 'Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'],
  ['a body of a HEAD request', 'HEAD', 'Content-Length: 1\r\n\r\nx'],
])('A75: %s is refused too', async (_, method, rest) => {
  const head = `${method} / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n`
  expect(statusOf(await sendRaw(shop.edgeUrl, head + rest))).toBe(400)
})

test('A76: unknown parameters reach neither the cache key nor the shop', async () => {
  await get('/')
  const before = forwardedTo('/').length
  const startedAt = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => get(i % 2 ? `/?fbclid=${randomUUID()}` : `/?page=1&z=${i}`)),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  // One page each second and its revalidation, however many requests there are.
  expect(forwardedTo('/').length - before).toBeLessThanOrEqual(2 + 2 * Math.ceil(seconds))
  expect(shop.forwarded.filter(({ path }) => /fbclid|z=/.test(path))).toEqual([])
})

test('A76: hosts, cookies and other headers of a client reach no shared page', async () => {
  const marker = randomUUID()
  const path = `/search?q=${marker}`
  await get(path, { cookie: `theme=${marker}; lang=en`, 'user-agent': 'evil', 'x-custom': 'evil', authorization: 'Bearer evil' })
  const [forwarded] = shop.forwarded.filter((request) => request.path === path)
  expect(Object.keys(forwarded!.headers).sort().filter((name) => !/^(accept-encoding|connection|host)$/.test(name))).toEqual([
    'accept',
    'accept-language',
    'user-agent',
    'x-request-id',
  ])
  expect([forwarded!.headers['accept-language'], forwarded!.headers['user-agent']?.includes('evil')]).toEqual(['en', false])
})

test.each([
  ['a boosted link', { 'hx-boosted': 'true' }],
  ['a request for a whole page', { 'hx-request-type': 'full' }],
  ['a restored history', { 'hx-history-restore-request': 'true' }],
])('A76: %s puts no whole page into the live search of others', async (_, header) => {
  const path = `/search?q=${randomUUID()}`
  const htmx = { 'hx-request': 'true', 'hx-request-type': 'partial' }
  expect((await get(path, { ...htmx, ...header })).text).toMatch(/^<!doctype/)
  expect((await get(path, htmx)).text).toMatch(/^<section/)
  expect((await get(path, { ...htmx, ...header })).text, 'nor a part into a page').toMatch(/^<!doctype/)
})

test('A76: a page in the language of a cookie is not shared by caches that do not know the cookie', async () => {
  for (const cookie of ['lang=en', 'lang=ko']) {
    const page = await get(`/events/${eventId}`, { cookie, 'accept-language': 'ko' })
    expect(page.text).toContain(`<html lang="${cookie.slice(5)}"`)
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(page.headers.get('vary')).toMatch(/cookie/i)
    const again = await get(`/events/${eventId}`, { cookie, 'if-none-match': page.headers.get('etag')! })
    expect([200, 304]).toContain(again.status)
  }
})

test('A77: long names of rooms are unknown at once and reach no store', async () => {
  const before = shop.forwarded.length
  for (const name of [`event-${'9'.repeat(7_000)}`, 'x'.repeat(7_000), 'event-07', 'event-1%20']) {
    expect((await get(`/queue/${name}`)).status, name.slice(0, 20)).toBe(404)
  }
  expect(shop.forwarded.length).toBe(before)
})
