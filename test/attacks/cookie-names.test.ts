import { type Browser, chromium } from 'playwright-core'
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureProgram } from '../../dev/programs.ts'
import { signAccess } from '../../origin/sessions.ts'
import { SIBLING, startPublicFront } from '../front.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { tokenKeys } from '../shop.ts'
import { DEFAULT_ROOMS, openSite, type Site } from '../site.ts'
import { until } from '../until.ts'

const SHOP = 'shop.neticket.test'
const PASSWORD = 'passw0rd!'
const SESSION = ['access', 'refresh', 'nickname']

let site: Site
let front: Awaited<ReturnType<typeof startPublicFront>>
let browser: Browser
beforeAll(async () => {
  site = await openSite(Object.assign({ TRUSTED_PROXIES: '1' }, DEFAULT_ROOMS))
  front = await startPublicFront(Number(new URL(site.edgeUrl).port))
  browser = await chromium.launch({
    executablePath: ensureProgram('chromium', () => {}),
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.neticket.test 127.0.0.1'],
  })
})
afterAll(async () => {
  await browser.close()
  await front.close()
  await site.close()
})

const tlsUrl = () => `https://127.0.0.1:${front.port}`
const plainUrl = () => `http://127.0.0.1:${front.plainPort}`

const accessOf = async (id: number) =>
  await signAccess({ tokenKeys, now: () => new Date() }, { id, nickname: `n${id}`, role: 'user', verified: false })

type Sent = { status: number; body: string; cookies: string[] }

/** A visitor's cookies, kept as strictly as a browser keeps them. */
function openVisitor(at: string, prefix: '__Host-' | '') {
  const jar = new Map<string, string>()
  /** The names that were ever set, without their prefix. */
  const seen = new Set<string>()
  function keep(cookie: string): void {
    const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/)!
    const attributes = cookie.split('; ').slice(1)
    expect(name!.startsWith('__')).toBe(prefix !== '')
    expect([attributes.includes('Secure'), attributes.includes('Path=/')], cookie).toEqual([prefix !== '', true])
    expect(cookie).not.toMatch(/domain/i)
    seen.add(name!.slice(prefix.length))
    if (attributes.includes('Max-Age=0')) jar.delete(name!)
    else jar.set(name!, value!)
  }
  return {
    jar,
    seen,
    drop: (name: string) => jar.delete(prefix + name),
    async send(method: string, path: string, body: object | URLSearchParams | null = null, accept = '*/*'): Promise<Sent> {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const isForm = body instanceof URLSearchParams
      const response = await fetch(at + path, {
        method,
        redirect: 'manual',
        headers: { accept, cookie, 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' },
        ...(body && { body: isForm ? String(body) : JSON.stringify(body) }),
        ...(prefix && { tls: { ca: front.ca } }),
      })
      const cookies = response.headers.getSetCookie()
      cookies.forEach(keep)
      return { status: response.status, body: await response.text(), cookies }
    },
  }
}

test.each([['TLS', tlsUrl, '__Host-'], ['plain HTTP', plainUrl, '']] as const)(
  'A95: over %s a visitor logs in, waits, books, and logs out, and all cookies have the names of the protocol',
  async (_, at, prefix) => {
    const { eventId, ticketTypeIds } = await site.shop.addSale({ seats: [10] })
    const visitor = openVisitor(at(), prefix)
    const nickname = randomBytes(5).toString('hex')
    const account = { email: `${nickname}@test.example`, password: PASSWORD }
    expect((await visitor.send('POST', '/api/auth/signup', Object.assign({ nickname }, account))).status).toBe(201)
    expect((await visitor.send('POST', '/api/auth/login', account)).status).toBe(200)
    expect((await visitor.send('GET', '/language/en')).status).toBe(303)
    expect((await visitor.send('GET', '/me', null, 'text/html')).body).toMatch(/lang="en"[^]*Log out/)

    // The edge renews the session at the join, and the page after it is that of the same person.
    visitor.drop('access')
    expect((await visitor.send('POST', `/queue/event-${eventId}/tickets`)).status).toBe(201)
    expect([...visitor.jar.keys()]).toContain(`${prefix}access`)
    const booking = `/events/${eventId}/booking`
    await until(async () => (await visitor.send('GET', booking, null, 'text/html')).status === 200)
    const form = { ticketTypeId: String(ticketTypeIds[0]), quantity: '1', idempotencyKey: randomUUID() }
    expect((await visitor.send('POST', booking, new URLSearchParams(form), 'text/html')).status).toBe(303)
    expect((await visitor.send('GET', booking, null, 'text/html')).body).toContain('You have just booked')
    const rooms = [`ticket-event-${eventId}`, `pass-event-${eventId}`]
    expect([...visitor.seen].sort()).toEqual(SESSION.concat('device', 'lang', 'booked', rooms).sort())
    expect([...visitor.jar.keys()].sort()).toEqual(SESSION.concat('device', 'lang', 'booked').map((name) => prefix + name).sort())

    const { status, cookies } = await visitor.send('POST', '/api/auth/logout')
    expect([status, cookies.map((cookie) => cookie.split('=', 1)[0])]).toEqual([204, SESSION.map((name) => prefix + name)])
    expect([...visitor.jar.keys()].sort()).toEqual(['booked', 'device', 'lang'].map((name) => prefix + name))
    expect((await visitor.send('GET', '/api/me')).status).toBe(401)
  },
)

const SPOOFS = [
  'access=',
  '__Secure-access=',
  '__host-access=',
  '__HOST-access=',
  'x=1, __Host-access=',
  '\u00a0__Host-access=',
  '\u0085__Host-access=',
  '\u00c2\u00a0__Host-access=',
  '\u00e2\u0080\u0080__Host-access=',
  '\u00ef\u00bb\u00bf__Host-access=',
  '__Host-access\u00a0=',
  '$Version=1; $Path=/; access=',
]

test('A95: over TLS no other spelling of a name is a credential, to the edge or to the origin', async () => {
  const { eventId } = await site.shop.addSale()
  const [person] = await site.shop.addPeople(1)
  const token = await accessOf(person!.id)
  const send = async (at: string, line: string, cookie: string, ca?: string) =>
    statusOf(
      await sendRaw(
        at,
        Buffer.from(`${line} HTTP/1.1\r\nHost: ${SHOP}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`, 'latin1'),
        ca,
      ),
    )
  for (const line of ['GET /api/me', `POST /queue/event-${eventId}/tickets`]) {
    for (const spoof of SPOOFS) {
      expect(await send(tlsUrl(), line, spoof + token, front.ca), `${line} ${JSON.stringify(spoof)}`).toBe(401)
      expect(await send(tlsUrl(), line, `a=1; ${spoof}${token}`, front.ca), `${line} a=1; ${JSON.stringify(spoof)}`).toBe(401)
    }
    // The right name is a credential, also beside the others, and so is the bare name without TLS.
    const beside = SPOOFS.map((spoof) => `${spoof}x`).join('; ')
    expect([200, 201], line).toContain(await send(tlsUrl(), line, `${beside}; __Host-access=${token}`, front.ca))
    expect([200, 201], line).toContain(await send(plainUrl(), line, `access=${token}`))
  }
})

test('A95: a sibling domain and a page without TLS cannot log a visitor in, greet them by another name or choose their language', async () => {
  const [victim, attacker] = await site.shop.addPeople(2)
  const { eventId } = await site.shop.addSale()
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'ko-KR' })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const shop = `https://${SHOP}:${front.port}`
  const token = await accessOf(attacker!.id)
  await page.goto(`https://${SIBLING}:${front.port}/`)
  await page.evaluate(({ token }) => {
    for (const prefix of ['', '__Host-', '__Secure-', '\u00a0__Host-', '\u2000__Host-', '=__Host-']) {
      for (const [name, value] of [['access', token], ['nickname', 'Mallory'], ['lang', 'en']]) {
        document.cookie = `${prefix}${name}=${value}; Domain=neticket.test; Path=/; Secure`
        document.cookie = `${prefix}${name}=${value}; Domain=neticket.test; Path=/`
      }
    }
  }, { token })
  await page.goto(`http://${SHOP}:${front.plainPort}/healthz`)
  await page.evaluate((token) => void (document.cookie = `access=${token}; Path=/`), token)

  const sent = (await context.cookies(shop)).map(({ name, domain }) => `${domain} ${name}`)
  expect(sent, 'the bare names reach the shop').toEqual(
    expect.arrayContaining(['access', 'nickname', 'lang'].map((name) => `.neticket.test ${name}`)),
  )
  expect(sent.filter((name) => / __Host-/.test(name)), 'the browser refuses the prefix').toEqual([])
  const me = () => page.evaluate(async () => (await fetch('/api/me')).status)
  const greeted = () => page.locator('[data-nickname]').first().textContent()
  const openEvent = () => page.goto(`${shop}/events/${eventId}`)

  await openEvent()
  expect(await page.evaluate(() => document.cookie), 'the script could read the bare name').toContain('nickname=Mallory')
  expect([await me(), await greeted(), await page.locator('html').getAttribute('lang')]).toEqual([401, '', 'ko'])
  await context.addCookies([
    { name: '__Host-access', value: await accessOf(victim!.id), url: shop, secure: true, httpOnly: true },
    { name: '__Host-nickname', value: victim!.nickname, url: shop, secure: true },
  ])
  await openEvent()
  expect([await me(), await greeted()]).toEqual([200, victim!.nickname])
  expect(await page.evaluate(async () => (await (await fetch('/api/me')).json()).user.id)).toBe(victim!.id)
  expect(await page.evaluate(async () => (await fetch('/api/auth/logout', { method: 'POST' })).status)).toBe(204)
  await openEvent()
  expect([await me(), await greeted()]).toEqual([401, ''])
  await context.close()
})
