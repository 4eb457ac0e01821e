import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Person } from '../../origin/accounts.ts'
import { cookiesOf, send } from '../http.ts'
import { sendRaw } from '../raw-http.ts'
import { type ForeignTarget, openForeignTarget } from './foreign-target.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

describe('the shop', () => {
  let shop: ShopTarget
  beforeAll(async () => {
    shop = await openShopTarget()
  })
  afterAll(() => shop.close())

  const get = (path: string, headers: Record<string, string> = {}) =>
    shop.request('GET', path, { headers: { ...shop.newVisitor(), accept: 'text/html', ...headers } })

  test('A37: responses with tickets, passes or problems are not cacheable, and the snapshot holds nothing personal', async () => {
    const { eventId } = await shop.shop.addSale()
    const room = `/queue/event-${eventId}`
    const joined = await shop.request('POST', `${room}/tickets`, { headers: shop.newVisitor() })
    const cookie = cookiesOf(joined.headers)
    const claimed = await shop.request('POST', `${room}/pass`, { headers: { ...shop.newVisitor(), cookie } })
    const refused = await shop.request('POST', `${room}/pass`, { headers: shop.newVisitor() })
    const waiting = await get(room, { cookie })
    expect([joined.status, claimed.status, refused.status, waiting.status]).toEqual([201, 201, 401, 200])
    for (const { headers } of [joined, claimed, refused, waiting]) {
      expect(headers.get('cache-control')).toMatch(/no-store/)
      expect(headers.has('cache-status')).toBe(false)
    }
    const snapshot = await get(room, { cookie, accept: '*/*' })
    expect(snapshot.headers.get('cache-control')).toBe('public, max-age=1, no-transform')
    expect([snapshot.headers.has('set-cookie'), snapshot.text.includes(joined.body.ticket)]).toEqual([false, false])
  })

  test('A37: a personal page is not cacheable and is never served to another person', async () => {
    const { eventId } = await shop.shop.addSale()
    const [one, two] = await shop.shop.addPeople(2)
    const getAs = async (person: Person, path: string, accept = 'text/html') => {
      const { authorization } = await shop.insider(person, eventId)
      return await get(path, { accept, cookie: `access=${authorization.slice('Bearer '.length)}` })
    }
    const page = await getAs(one!, '/me')
    const personal = [page, await getAs(one!, '/api/me', 'application/json'), await getAs(one!, '/api/me/reservations')]
    expect(personal.map(({ status }) => status)).toEqual([200, 200, 200])
    for (const { headers } of personal) {
      expect(headers.get('cache-control')).toMatch(/no-store/)
      expect(headers.has('cache-status')).toBe(false)
    }
    const pages = await Promise.all([one!, two!, one!, two!].map((person) => getAs(person, '/me')))
    expect(pages.map(({ text }) => [text.includes(one!.nickname), text.includes(two!.nickname)])).toEqual([
      [true, false],
      [false, true],
      [true, false],
      [false, true],
    ])
  })

  test('A37: no header of one visitor appears in a public page for another', async () => {
    const { eventId } = await shop.shop.addSale()
    const [person] = await shop.shop.addPeople(1)
    const { authorization } = await shop.insider(person!, eventId)
    const poison = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/evil',
      'x-original-url': '/me',
      'x-rewrite-url': '/me',
      'x-http-method-override': 'DELETE',
      forwarded: 'host=evil.example',
      'accept-language': 'de-evil, ko;q=0.1',
      'user-agent': 'evil.example',
      referer: 'https://evil.example/',
      origin: 'https://evil.example',
      range: 'bytes=0-9',
      cookie: `__Host-access=${authorization.slice('Bearer '.length)}; __Host-nickname=evil.example; theme=evil`,
      authorization,
    }
    for (const path of [`/events/${eventId}`, `/api/events/${eventId}`, '/', '/static/app.css', `/events/${eventId}/seats`]) {
      const url = `${path}?${randomUUID()}`
      const accept = path.startsWith('/api') ? '*/*' : 'text/html'
      const poisoned = await get(url, { ...poison, accept })
      const next = await get(url, { accept })
      const cached = await get(url, { accept })
      const clean = await shop.request('GET', path, { at: shop.originUrl, headers: { accept } })
      expect([poisoned.status, next.status], path).toEqual([clean.status, clean.status])
      expect(cached.headers.get('cache-status'), 'the page is shared').toMatch(/hit/)
      for (const { headers, text } of [poisoned, next, cached]) {
        expect(/evil/.test(text) || text.includes(person!.nickname), path).toBe(false)
        expect(headers.has('set-cookie')).toBe(false)
        expect(text.length, 'the whole page').toBeGreaterThan(clean.text.length - 50)
      }
    }
  })
})

describe('in front of another upstream', () => {
  let foreign: ForeignTarget
  beforeAll(async () => {
    foreign = await openForeignTarget()
  })
  afterAll(() => foreign.close())

  /** Sends a GET with these header lines. A Host line replaces the usual host. */
  function getRaw(path: string, ...lines: string[]): Promise<string> {
    const host = lines.some((line) => line.startsWith('Host:')) ? [] : ['Host: shop.example']
    const connection = lines.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close']
    return sendRaw(foreign.edgeUrl, `GET ${path} HTTP/1.1\r\n${[...host, ...connection, ...lines].join('\r\n')}\r\n\r\n`)
  }

  test('A37: a public response is shared among equal requests (negative control)', async () => {
    for (let time = 0; time < 3; time++) await send(`${foreign.edgeUrl}/alike`, { method: 'GET' })
    expect(foreign.forwardedFor('/alike')).toHaveLength(1)
  })

  test('A37: conditional requests for a public page share one whole response; those for a private page are forwarded unchanged', async () => {
    const get = (path: string) => send(foreign.edgeUrl + path, { method: 'GET', headers: { 'if-none-match': '"old", "1"' } })
    const crowd = await Promise.all(Array.from({ length: 20 }, () => get('/revalidated')))
    expect(new Set(crowd.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['200 whole']))
    expect(foreign.forwardedFor('/revalidated')).toHaveLength(1)
    const own = [await get('/private-revalidated'), await get('/private-revalidated')]
    expect(own.map(({ status }) => status)).toEqual([200, 304])
  })

  test.each([
    ['headers that could be confused when joined', ['Accept-Language: ko a', 'Accept: b'], [
      'Accept-Language: ko',
      'Accept: a b',
    ]],
  ])('A37: %s cannot choose what others get', async (_, attack, honest) => {
    const path = `/varies-by-accept?${randomUUID()}`
    await getRaw(path, ...attack)
    const accept = honest.at(-1)!.replace('Accept: ', '')
    expect(await getRaw(path, ...honest)).toContain(`for ${accept}`)
  })

  test.each([
    ['hosts', '/reflects-host', 'Host: evil.example', 'evil.example'],
    ['cookies when it varies by Cookie', '/varies-by-cookie', 'Cookie: session=evil', 'session=evil'],
    ['user agents when it varies by User-Agent', '/varies-by-agent', 'User-Agent: evil', 'evil'],
    ['Accept headers when it varies by Accept', '/varies-by-accept', 'Accept: image/webp', 'image/webp'],
    ['any requests when it varies by *', '/varies-by-all', 'User-Agent: evil', 'evil'],
    ['range requests and whole ones', '/honours-range', 'Range: bytes=0-1', 'part'],
  ])('A37: a public response is not shared across %s', async (_, path, header, mark) => {
    expect(await getRaw(path, header)).toContain(mark)
    expect(await getRaw(path)).not.toContain(mark)
    expect(await getRaw(path, header), 'nor the other way round').toContain(mark)
  })
})
