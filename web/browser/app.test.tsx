import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ensureProgram } from '../../dev/programs.ts'
import { describeProblem, type ProblemCode } from '../../edge/contract/problems.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { OwnVisit } from '../../edge/contract/rooms.ts'
import { bookingProblem } from '../../origin/reservation-problems.ts'
import { assets } from '../assets.ts'
import { BookingPanel } from '../components/booking-panel.tsx'
import { SeatsPanel } from '../components/seats-panel.tsx'
import { BookingPage } from '../pages/booking.tsx'
import { EventPage } from '../pages/event.tsx'
import { LoginPage } from '../pages/login.tsx'
import { ProblemPage } from '../pages/problem.tsx'
import { SearchPage, SearchResults } from '../pages/search.tsx'
import { renderFragment, renderPage } from '../render.tsx'

const RESERVATION = '01a20779-e460-7683-8278-e5fe340e79a3'
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
  booking: 'booked' | 'sold_out' | 'flood' | 'login' | 'busy'
  /** The reservation that the shop has made of a booking; null for none. */
  reservation: string | null
  visit: OwnVisit
  /** How often the page has asked for the outcome of a booking, and the keys that it has asked for. */
  asked: string[]
  busy: boolean
  bookings: number
  /** The last booking, and what is left when it is sold out. */
  form: Record<string, string>
  /** The response to an extension. */
  extension: { until?: string; code?: string }
  offer: number
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
    reservation: null,
    visit: { kind: 'none' },
    asked: [],
    busy: false,
    bookings: 0,
    form: {},
    extension: {},
    offer: 0,
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
    // A slow machine takes seconds to open the page.
    shop.opensAt = shopTime(12_000)
    await page.goto('/events/1')
    await page.getByText(/^00:(?:0\d|1[012])$/).waitFor()
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
  const quantity = () => page.getByRole('textbox', { name: '매수' })
  const choose = () => page.getByRole('radio').check()
  const press = () => page.getByRole('button', { name: '예매 확정' }).click()
  const open = async () => {
    await page.goto('/events/1/booking')
    await choose()
  }

  test('shows the total, and a rejection beside the choice', async () => {
    shop.booking = 'sold_out'
    await open()
    await page.getByRole('button', { name: '한 장 더' }).click()
    expect(await page.locator('output').textContent()).toBe('40,000원')
    await press()
    await page.getByRole('alert').getByText('남은 좌석이 부족합니다').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert')
    expect(await quantity().inputValue()).toBe('2')
  })

  test('chooses nothing for the buyer, and is not sent without a choice', async () => {
    await page.goto('/events/1/booking')
    expect(await page.getByRole('radio').isChecked()).toBe(false)
    expect(await page.locator('[data-total]').isVisible()).toBe(false)
    await press()
    expect(await page.locator('input:invalid').first().getAttribute('name')).toBe('ticketTypeId')
    expect(shop.bookings).toBe(0)
  })

  test('the wheel does not change the quantity', async () => {
    await open()
    await page.getByRole('button', { name: '한 장 더' }).click()
    await quantity().focus()
    await quantity().hover()
    await page.mouse.wheel(0, 300)
    await page.mouse.wheel(0, -900)
    expect(await quantity().inputValue()).toBe('2')
  })

  test('offers what is left in one press', async () => {
    shop.booking = 'sold_out'
    shop.offer = 2
    await open()
    await quantity().fill('4')
    await press()
    await page.getByRole('alert').getByText('원하신 4매 중 2매만 남았습니다').waitFor()
    expect(await quantity().inputValue()).toBe('2')
    shop.booking = 'booked'
    await page.getByRole('button', { name: '남은 2매 예매하기' }).click()
    await page.waitForURL('**/login')
    expect(shop.form).toMatchObject({ ticketTypeId: '1', offered: '2', idempotencyKey: 'a-key' })
  })

  test('keeps the choice when it is reloaded or left and opened again', async () => {
    await open()
    await page.getByRole('button', { name: '한 장 더' }).click()
    await page.reload()
    await page.locator('output', { hasText: '40,000원' }).waitFor()
    expect([await page.getByRole('radio').isChecked(), await quantity().inputValue()]).toEqual([true, '2'])
    await page.goto('/login')
    await page.goBack()
    await page.locator('output', { hasText: '40,000원' }).waitFor()
    await press()
    await page.waitForURL('**/login')
    await page.goto('/events/1/booking')
    await page.getByText('10석 남음').waitFor()
    expect(await page.getByRole('radio').isChecked(), 'a choice that was booked is forgotten').toBe(false)
  })

  test('asks for the outcome of a booking whose response was lost, and opens the reservation', async () => {
    await open()
    await page.route('**/booking', (route) => route.abort())
    await press()
    await page.getByText('예매가 됐는지 확인하고 있습니다').waitFor()
    expect(await page.getByRole('button', { name: '예매 확정' }).isDisabled()).toBe(true)
    await expect.poll(() => shop.asked.length).toBeGreaterThan(0)
    shop.reservation = RESERVATION
    await page.waitForURL(`**/reservations/${RESERVATION}?new=1`)
    expect(new Set(shop.asked)).toEqual(new Set(['a-key']))
  })

  test('says that nothing was booked only when a request on its way is decided, and keeps choice and key', async () => {
    await page.clock.install()
    await open()
    shop.booking = 'busy'
    await press()
    await page.getByText('예매가 됐는지 확인하고 있습니다').waitFor()
    await expect.poll(() => shop.asked.length).toBe(1)
    expect(await page.getByText('예매되지 않았습니다').isVisible()).toBe(false)
    await page.clock.fastForward(12_500)
    await page.getByRole('alert').getByText('예매되지 않았습니다').waitFor()
    expect([await page.getByRole('radio').isChecked(), await page.locator('[name=idempotencyKey]').inputValue()]).toEqual([
      true,
      'a-key',
    ])
    shop.booking = 'booked'
    await press()
    await page.waitForURL('**/login')
    expect(shop.form).toMatchObject({ idempotencyKey: 'a-key' })
  })

  test('that is reloaded while a booking is on its way asks for its outcome', async () => {
    await open()
    await page.route('**/booking', (route) => route.request().method() === 'POST' ? undefined : route.continue())
    await press()
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem('booking-1'))).toContain('a-key')
    shop.reservation = RESERVATION
    await page.reload()
    await page.waitForURL(`**/reservations/${RESERVATION}?new=1`)
  })

  test('of another tab opens the reservation when the visitor returns to it', async () => {
    await open()
    shop.reservation = RESERVATION
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.waitForURL(`**/reservations/${RESERVATION}?new=1`)
  })

  test('wakes when seats are returned', async () => {
    shop.left = 0
    await page.goto('/events/1/booking')
    await page.getByText('전석 매진').waitFor()
    expect(await page.getByRole('button', { name: '예매 확정' }).isDisabled()).toBe(true)
    shop.left = 3
    await page.getByText('3석 남음').waitFor()
    await choose()
    await press()
    await page.waitForURL('**/login')
  })

  test('replaces the current page with a whole page', async () => {
    shop.booking = 'flood'
    await open()
    await press()
    await page.getByRole('heading', { name: '요청이 너무 많습니다' }).waitFor()
    expect(await page.locator('header').count()).toBe(1)
    shop.booking = 'login'
    await open()
    await press()
    await page.waitForURL('**/login')
    expect(await page.locator('header').count()).toBe(1)
  })

  test('is sent once when it is pressed twice', async () => {
    await open()
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

  test('can be extended once before the pass ends, and says for how long', async () => {
    shop.passEnds = shopTime(90_000)
    shop.extension = { until: new Date(Date.parse(shop.passEnds) + 300_000).toISOString() }
    await page.goto('/events/1/booking')
    await page.getByText('2분도 남지 않았습니다').waitFor()
    await page.getByRole('button', { name: '시간 연장하기' }).click()
    await page.getByText('예매 시간을 5분 연장했습니다').waitFor()
    await page.getByText(/^06:[012]/).waitFor()
    expect(await page.getByRole('button', { name: '시간 연장하기' }).count()).toBe(0)
    await page.reload()
    shop.extension = { code: 'extension_used' }
    await page.getByRole('button', { name: '시간 연장하기' }).click()
    await page.getByText('이미 연장해서 더는 연장할 수 없습니다').waitFor()
  })

  test('is disabled when the pass ends', async () => {
    shop.passEnds = shopTime(2_000)
    await page.goto('/events/1/booking')
    await page.getByRole('alert').getByText('예매 가능 시간이 끝났습니다').waitFor()
    expect(await page.getByRole('button', { name: '예매 확정' }).isDisabled()).toBe(true)
  })
})

test('a printed page has neither the header nor buttons', async () => {
  await page.goto('/events/1')
  await page.getByRole('button', { name: '예매하기' }).waitFor()
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.site-header').isVisible()).toBe(false)
  expect(await page.locator('.act-bar').isVisible()).toBe(false)
  expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true)
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

describe('the bar that leads back to a queue or a booking', () => {
  const bar = () => page.locator('[data-visit-bar]')
  const remember = (name: string) => page.addInitScript((key) => localStorage.setItem(key, '1'), name)

  test('shows a visitor who waits how many are ahead, and leads to the waiting page', async () => {
    shop.visit = { kind: 'waiting', path: '/queue/event-7', ahead: 1_102, phase: 'open', pollAfterMs: 5_000 }
    await remember('ticket-event-7')
    await page.goto('/events/1')
    await bar().getByText('내 앞에 1,102명').waitFor()
    expect(await bar().getAttribute('href')).toBe('/queue/event-7')
  })

  test('counts down an open booking, and says so on the login page, which keeps the pass in use', async () => {
    shop.visit = { kind: 'booking', path: '/events/1/booking', endsAt: shopTime(580_000), serverTime: shopTime(0) }
    await remember('visit-event-1')
    await page.goto('/events/1')
    await bar().getByText(/^예매 계속하기 09:[34]/).waitFor()
    await page.clock.install()
    await page.goto('/login?next=%2Fevents%2F1%2Fbooking')
    await page.getByText(/입장 차례입니다. 남은 시간 09:[34]/).waitFor()
    expect(await bar().isVisible(), 'said once').toBe(false)
    await page.clock.fastForward(46_000)
    await expect.poll(() => shop.renewals).toBeGreaterThan(0)
  })

  test('is not on the booking page itself, and not for a visitor without a place', async () => {
    shop.visit = { kind: 'booking', path: '/events/1/booking', endsAt: shopTime(580_000), serverTime: shopTime(0) }
    await page.goto('/events/1/booking')
    await page.getByRole('radio').waitFor()
    expect(await bar().isVisible()).toBe(false)
    shop.visit = { kind: 'none' }
    await page.goto('/events/1')
    await expect.poll(() => page.evaluate(() => localStorage.getItem('visit-event-1'))).toBeNull()
    expect(await bar().isVisible()).toBe(false)
  })
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

async function respond(request: Request): Promise<Response> {
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
      return html(renderPage(<BookingPage {...booking} passExpiresAt={shop.passEnds} canExtend />))
    case 'GET /queue/event-1/visit':
    case 'GET /queue/event-7/visit':
      return Response.json(shop.visit)
    case 'POST /queue/event-1/pass/extension':
      return Response.json(shop.extension, { status: shop.extension.until ? 201 : 409 })
    case 'POST /queue/event-1/pass':
      shop.renewals++
      return Response.json({}, { status: shop.renewalStatus })
    case 'POST /events/1/booking': {
      shop.bookings++
      shop.form = Object.fromEntries((await request.formData()) as unknown as Iterable<[string, string]>)
      if (shop.booking === 'flood') return refuse('rate_limited')
      if (shop.booking === 'login') return new Response(null, { status: 303, headers: { location: '/login' } })
      if (shop.booking === 'booked') return html('', 200, { 'hx-redirect': '/login' })
      if (shop.booking === 'busy') return refuse('busy')
      const wanted = Number(shop.form.quantity)
      const problem = describeProblem(...soldOut(shop.offer, wanted))
      const choice = { ticketTypeId: 1, quantity: String(wanted), left: shop.offer || null }
      return html(renderFragment(<BookingPanel {...booking} {...choice} passExpiresAt={null} problem={problem} />), 409)
    }
    case 'GET /events/1/booking/outcome':
      shop.asked.push(searchParams.get('key') ?? '')
      return Response.json({ reservation: shop.reservation })
    case `GET /reservations/${RESERVATION}`:
      return html('<!doctype html><html lang="ko"><title>-</title><h1>-</h1></html>')
    case 'GET /api/events/1':
      return Response.json(event())
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
      return html(renderPage(<LoginPage language='ko' next={searchParams.get('next') ?? '/'} />))
  }
  const asset = assets.get(pathname.replace('/static/', ''))
  return asset ? new Response(asset.body, { headers: { 'content-type': asset.type } }) : new Response(null, { status: 404 })
}

function soldOut(left: number, quantity: number): Parameters<typeof describeProblem> {
  const [code, facts] = bookingProblem({ kind: 'sold_out', left }, { language: 'ko', now: new Date(), quantity })
  return [code, 'ko', facts]
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
