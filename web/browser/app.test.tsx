import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ensureProgram } from '../../dev/programs.ts'
import { describeProblem, type ProblemCode } from '../../edge/contract/problems.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { assets } from '../assets.ts'
import { BookingPage, BookingPanel } from '../pages/booking.tsx'
import { SeatsPanel } from '../components/seats-panel.tsx'
import { EventPage } from '../pages/event.tsx'
import { LoginPage } from '../pages/login.tsx'
import { ProblemPage } from '../pages/problem.tsx'
import { SearchPage, SearchResults } from '../pages/search.tsx'
import { renderFragment, renderPage } from '../render.tsx'

/** The server's clock is five minutes ahead of the browser's. */
const shopTime = (ms: number) => new Date(Date.now() + 300_000 + ms).toISOString()
const POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'"

let browser: Browser
let context: BrowserContext
let page: Page
let server: ReturnType<typeof Bun.serve>
let problems: string[]
/** The state of the shop that the server imitates, and the requests that it has received. */
let shop: {
  opensAt: string
  left: number
  passEnds: string
  booking: 'booked' | 'sold_out' | 'flood' | 'login'
  busy: boolean
  bookings: number
  /** How often the pass was renewed, and the status of the response. */
  renewals: number
  renewalStatus: number
}

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox'] })
  server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: respond })
})
afterAll(async () => {
  await browser.close()
  await server.stop(true)
})
beforeEach(async () => {
  shop = {
    opensAt: shopTime(-1_000),
    left: 10,
    passEnds: shopTime(60_000),
    booking: 'booked',
    busy: false,
    bookings: 0,
    renewals: 0,
    renewalStatus: 201,
  }
  context = await browser.newContext({ baseURL: `http://127.0.0.1:${server.port}` })
  page = await context.newPage()
  problems = []
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (line) => /Content Security Policy/.test(line.text()) && problems.push(line.text()))
})
afterEach(async () => {
  await context.close()
  expect(problems).toEqual([])
})

describe('the seats panel', () => {
  test('counts down by the server’s time, opens on time and keeps the focus', async () => {
    shop.opensAt = shopTime(3_000)
    await page.goto('/events/1')
    await page.getByText(/^00:0[123]$/).waitFor()
    await page.getByRole('button', { name: '대기실 입장' }).focus()
    await page.getByRole('button', { name: '예매하기' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('예매하기')
    expect(await page.locator('[data-announcement]').textContent()).toBe('예매 중')
  })

  test('has the language of the address, also after a refresh', async () => {
    const refreshed = page.waitForResponse((response) => new URL(response.url()).pathname === '/events/1/seats')
    await page.goto('/events/1?lang=en')
    expect(new URL((await refreshed).url()).searchParams.get('lang')).toBe('en')
    await page.goto('/search?q=&lang=en')
    await page.getByRole('searchbox').fill('jazz')
    await page.waitForURL((url) => url.searchParams.get('q') === 'jazz' && url.searchParams.get('lang') === 'en')
  })

  test('keeps its content when a refresh is rejected', async () => {
    await page.goto('/events/1')
    shop.busy = true
    await page.waitForResponse((response) => response.status() === 503)
    await page.waitForFunction(() => !document.querySelector('.htmx-request'))
    expect(await page.locator('h1').count()).toBe(1)
    shop.busy = false
    shop.left = 0
    await page.locator('#seats tbody').getByText('매진').waitFor()
  })
})

describe('the booking form', () => {
  const press = () => page.getByRole('button', { name: '예매 확정' }).click()

  test('shows the total, and a rejection beside the choice', async () => {
    shop.booking = 'sold_out'
    await page.goto('/events/1/booking')
    await page.getByRole('button', { name: '한 장 더' }).click()
    expect(await page.locator('output').textContent()).toBe('40,000원')
    await press()
    await page.getByRole('alert').getByText('남은 좌석이 부족합니다').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert')
    expect(await page.getByRole('spinbutton').inputValue()).toBe('2')
  })

  test('replaces the current page with a whole page', async () => {
    shop.booking = 'flood'
    await page.goto('/events/1/booking')
    await press()
    await page.getByRole('heading', { name: '요청이 너무 많습니다' }).waitFor()
    expect(await page.locator('header').count()).toBe(1)
    shop.booking = 'login'
    await page.goto('/events/1/booking')
    await press()
    await page.waitForURL('**/login')
    expect(await page.locator('header').count()).toBe(1)
  })

  test('is sent once when it is pressed twice, and can be sent again after no response', async () => {
    await page.goto('/events/1/booking')
    await page.route('**/booking', (route) => route.abort())
    await press()
    await page.getByRole('alert').getByText('응답을 받지 못했습니다').waitFor()
    await page.unroute('**/booking')
    await page.getByRole('button', { name: '예매 확정' }).dblclick({ noWaitAfter: true })
    await page.waitForURL('**/login')
    expect(shop.bookings).toBe(1)
  })

  test('renews the pass while it is visible, and reports a pass that has ended', async () => {
    shop.passEnds = shopTime(600_000)
    await page.clock.install()
    await page.goto('/events/1/booking')
    await page.clock.fastForward(46_000)
    await expect.poll(() => shop.renewals).toBe(1)
    expect(await page.getByRole('alert').getByText('예매 가능 시간이 끝났습니다').isVisible()).toBe(false)
    shop.renewalStatus = 409
    await page.clock.fastForward(46_000)
    await page.getByRole('alert').getByText('예매 가능 시간이 끝났습니다').waitFor()
  })

  test('is disabled when the pass ends', async () => {
    shop.passEnds = shopTime(2_000)
    await page.goto('/events/1/booking')
    await page.getByText('1분 남았습니다').waitFor()
    await page.getByRole('alert').getByText('예매 가능 시간이 끝났습니다').waitFor()
    expect(await page.getByRole('button', { name: '예매 확정' }).isDisabled()).toBe(true)
  })
})

test('the search updates results and address, and keeps both when it is rejected', async () => {
  await page.goto('/search?q=')
  await page.getByRole('searchbox').fill('재즈')
  await page.getByRole('heading', { name: '‘재즈’ 검색 결과 0건' }).waitFor()
  expect(new URL(page.url()).searchParams.get('q')).toBe('재즈')
  shop.busy = true
  await page.getByRole('searchbox').fill('록')
  await page.waitForResponse((response) => response.status() === 503)
  await page.waitForFunction(() => !document.querySelector('.htmx-request'))
  expect(new URL(page.url()).searchParams.get('q')).toBe('재즈')
  expect(await page.locator('h1').count()).toBe(1)
  const left = page.waitForRequest((request) => new URL(request.url()).pathname === '/language/en')
  await page.getByRole('link', { name: 'English' }).click({ noWaitAfter: true })
  expect(new URL((await left).url()).searchParams.get('next')).toBe(`/search?q=${encodeURIComponent('재즈')}`)
})

test.each([['%EA%B4%80%EA%B0%9D%3Cb%3E', '관객<b>'], ['%E0%A4%A', '%E0%A4%A']])(
  'the nickname in the cookie %s is shown as text',
  async (cookie, text) => {
    await context.addCookies([{ name: 'nickname', value: cookie, url: `http://127.0.0.1:${server.port}` }])
    await page.goto('/events/1')
    await page.getByRole('link', { name: `${text} 마이페이지` }).waitFor()
    expect(await page.getByRole('link', { name: '회원가입' }).count()).toBe(0)
  },
)

function respond(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url)
  const part = request.headers.get('hx-request') === 'true'
  const booking = {
    language: 'ko' as const,
    event: event(),
    idempotencyKey: 'a-key',
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /api/time':
      return Response.json({ serverTime: shopTime(0) })
    case 'GET /events/1':
      return html(renderPage(<EventPage language='ko' event={event()} />))
    case 'GET /events/1/seats':
      return shop.busy ? refuse('busy') : html(renderFragment(<SeatsPanel language='ko' event={event()} />))
    case 'GET /events/1/booking':
      return html(renderPage(<BookingPage {...booking} passExpiresAt={shop.passEnds} />))
    case 'POST /queue/event-1/pass':
      shop.renewals++
      return Response.json({}, { status: shop.renewalStatus })
    case 'POST /events/1/booking': {
      shop.bookings++
      if (shop.booking === 'flood') return refuse('rate_limited')
      if (shop.booking === 'login') return new Response(null, { status: 303, headers: { location: '/login' } })
      if (shop.booking === 'booked') return html('', 200, { 'hx-redirect': '/login' })
      const problem = describeProblem('sold_out', 'ko')
      return html(renderFragment(<BookingPanel {...booking} passExpiresAt={null} problem={problem} quantity='2' />), 409)
    }
    case 'GET /search': {
      const events = { items: [], page: 1, size: 24, total: 0 }
      const props = {
        language: 'ko' as const,
        query: searchParams.get('q') ?? '',
        filter: {},
        events,
        marks: new Map(),
        corrected: null,
        suggestions: [],
        serverTime: shopTime(0),
        publicUrl: null,
      }
      if (shop.busy) return refuse('busy')
      return html(part ? renderFragment(<SearchResults {...props} />) : renderPage(<SearchPage {...props} />))
    }
    case 'GET /login':
      return html(renderPage(<LoginPage language='ko' next='/' />))
  }
  const asset = assets.get(pathname.replace('/static/', ''))
  return asset ? new Response(asset.body, { headers: { 'content-type': asset.type } }) : new Response(null, { status: 404 })
}

const event = (): EventDetail => ({
  id: 1,
  title: '여정',
  venue: '남산소리극장',
  zone: 'Asia/Seoul',
  genre: null,
  region: null,
  color: null,
  cancelUntil: shopTime(80_000_000),
  startsAt: shopTime(90_000_000),
  opensAt: shop.opensAt,
  closesAt: shopTime(80_000_000),
  imageUrl: null,
  image: null,
  limitPerPerson: 4,
  status: Date.parse(shop.opensAt) > Date.parse(shopTime(0)) ? 'upcoming' : 'on_sale',
  stopMessage: '',
  notice: [],
  ticketTypes: [{ id: 1, name: 'R석', price: 20_000, total: 10, left: shop.left }],
  room: 'event-1',
  serverTime: shopTime(0),
})

function refuse(code: ProblemCode): Response {
  const problem = describeProblem(code, 'ko')
  return html(renderPage(<ProblemPage language='ko' problem={problem} path='/events/1' />), problem.status)
}

const html = (body: string, status = 200, headers: Record<string, string> = {}) =>
  new Response(body, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY, ...headers },
  })
