import { eq } from 'drizzle-orm'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { events } from '../db/schema.ts'
import { bookingRequest } from './booking.ts'
import { expectAccessible, launchChromium, openPage, SIZES } from './chromium.ts'
import { reserve } from '../origin/reservations.ts'
import { buyerHeaders } from './shop.ts'
import { DEFAULT_ROOMS, openSite, type Site } from './site.ts'
import { until } from './until.ts'

/** Part of all titles, so that a search finds the events of this test only. */
const NAME = randomBytes(4).toString('hex')
const HOUR_MS = 3_600_000

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite(Object.assign({ PUBLIC_URL: 'https://shop.example/' }, DEFAULT_ROOMS))
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const open = async (options: BrowserContextOptions = {}): Promise<Page> =>
  (await openPage(browser, Object.assign({ baseURL: site.edgeUrl, locale: 'ko-KR' }, options))).page

/** Adds an event whose title contains `title`, and waits until lists have it. */
async function addEvent(title: string, columns: Partial<typeof events.$inferInsert> = {}, sale = {}): Promise<number> {
  const { eventId } = await site.shop.addSale({ title: `${title} ${NAME}`, ...sale })
  if (Object.keys(columns).length > 0) await site.shop.db.update(events).set(columns).where(eq(events.id, eventId))
  const search = `/search?${new URLSearchParams({ q: `${title} ${NAME}`, genre: columns.genre ?? '' })}`
  await until(async () => (await textOf(search)).includes(`href="/events/${eventId}"`))
  return eventId
}

const textOf = async (path: string) => await (await fetch(site.edgeUrl + path, { headers: { accept: 'text/html' } })).text()

test(
  'the live search waits for a syllable to be composed: it neither requests nor speaks before',
  { timeout: 300_000 },
  async () => {
    await addEvent('콘서트')
    const page = await open()
    const searches: string[] = []
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.pathname === '/search' && request.headers()['hx-request']) searches.push(url.searchParams.get('q')!)
    })
    await page.goto('/search')
    const status = page.locator('[data-results-status]')
    await page.getByRole('searchbox').focus()
    const keyboard = await page.context().newCDPSession(page)
    const compose = (text: string) =>
      keyboard.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    for (const text of ['ㅋ', '코', '콘']) await compose(text)
    // Enter while a syllable is composed belongs to the input method.
    await page.evaluate(() => document.querySelector<HTMLFormElement>('form#search')!.requestSubmit())
    // Longer than the delay of the search and of the announcement.
    await page.waitForTimeout(1_500)
    expect([searches, await status.textContent(), new URL(page.url()).search]).toEqual([[], '', ''])
    await keyboard.send('Input.insertText', { text: '콘' })
    await until(async () => (await status.textContent())!.includes('‘콘’'))
    await compose('ㅅ')
    await page.waitForTimeout(1_500)
    expect([new Set(searches), (await status.textContent())!.includes('‘콘’')]).toEqual([new Set(['콘']), true])
    await keyboard.send('Input.insertText', { text: 'ㅅ' })
    await until(async () => (await status.textContent())!.includes('‘콘ㅅ’'))
    expect(new Set(searches)).toEqual(new Set(['콘', '콘ㅅ']))
    expect(await page.locator('mark').first().textContent()).toBe('콘서')
    await expectAccessible(page)
  },
)

test('filters work by the keyboard, keep the focus and are in the address', { timeout: 300_000 }, async () => {
  await addEvent('재즈의 밤', { genre: 'jazz', region: 'jeju' })
  await addEvent('록의 밤', { genre: 'rock', region: 'jeju' })
  const page = await open({ viewport: SIZES.phone })
  await page.goto('/')
  await page.getByRole('radio', { name: '전체', exact: true }).focus()
  const list = page.locator('#events')
  // The order of the genres: K-POP, rock, indie, hip-hop, jazz.
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight')
  await page.waitForURL('**/?genre=jazz*')
  await list.getByText(`재즈의 밤 ${NAME}`).waitFor()
  expect(await list.getByText(`록의 밤 ${NAME}`).count()).toBe(0)
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('jazz')
  await until(async () => (await page.locator('[data-results-status]').textContent()) === '공연 1건')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByLabel('지역').selectOption('제주')
  await page.getByLabel('공연일 시작').fill('2099-01-01')
  await page.getByText('조건에 맞는 공연이 없습니다').waitFor()
  await expectAccessible(page)
  await page.reload()
  expect(await page.getByLabel('지역').inputValue()).toBe('jeju')
  await page.getByRole('main').getByRole('link', { name: '필터 초기화' }).first().click()
  await list.getByText(`록의 밤 ${NAME}`).waitFor()
})

test(
  'an event that has just opened leads the home page, with its button in the first screen of a phone',
  { timeout: 300_000 },
  async () => {
    const eventId = await addEvent('방금 열린 공연', {}, { opensInMs: -1_000 })
    const page = await open({ viewport: SIZES.phone })
    // The edge may show the list of a moment ago.
    await until(async () => {
      await page.goto('/')
      return (await page.getByRole('heading', { level: 1 }).textContent())!.includes('방금 열린 공연')
    })
    await page.getByRole('link', { name: '예매하기' }).click()
    await page.waitForURL(`**/events/${eventId}`)
    const box = await page.getByRole('button', { name: '예매하기' }).boundingBox()
    expect(box!.y + box!.height).toBeLessThanOrEqual(844)
    await expectAccessible(page)
    expect((await page.goto('/openings'))!.status()).toBe(200)
    await expectAccessible(page)
  },
)

test('what machines read of an event is absolute, in each language, and comes through the cache of the edge', async () => {
  const eventId = await addEvent('공유할 공연', {}, { opensInMs: 48 * HOUR_MS, closesInMs: 200 * HOUR_MS })
  const english = await textOf(`/events/${eventId}?lang=en`)
  expect(english).toContain('<html lang="en"')
  // The links of the page have no language, so the visit keeps it, unless the visitor has chosen one.
  const languageSet = async (query: string, headers: Record<string, string> = {}) =>
    (await fetch(`${site.edgeUrl}/${query}`, { headers: { accept: 'text/html', ...headers } })).headers.get('set-cookie')
  expect(await languageSet('?lang=en')).toBe('lang=en; Path=/; SameSite=Lax')
  expect([await languageSet(''), await languageSet('?lang=xx'), await languageSet('?lang=en', { cookie: 'lang=ko' })])
    .toEqual([null, null, null])
  const address = `https://shop.example/events/${eventId}`
  expect(english).toContain(`<link rel="canonical" href="${address}?lang=en"`)
  expect(english).toContain(`hreflang="ko" href="${address}?lang=ko"`)
  expect(english).toMatch(/property="og:image" content="https:\/\/shop\.example\/static\/share\.png/)
  const data: unknown = JSON.parse(english.match(/<script type="application\/ld\+json">([^<]+)</)![1]!)
  expect(data).toMatchObject({
    '@type': 'Event',
    name: `공유할 공연 ${NAME} in English`,
    offers: [{ priceCurrency: 'KRW', url: address }],
  })
  const calendar = await fetch(`${site.edgeUrl}/events/${eventId}/calendar?of=opening`)
  expect(calendar.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
  expect(await calendar.text()).toContain(`UID:opening-${eventId}@neticket`)
  expect(await textOf('/sitemap.xml')).toContain(`<loc>${address}</loc>`)
  expect(await textOf('/robots.txt')).toContain('Sitemap: https://shop.example/sitemap.xml')
})

test(
  'a signed-in buyer sees how many more they can book; a sold-out event has a door for returned tickets',
  { timeout: 300_000 },
  async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale({ title: `매진 ${NAME}`, seats: [3], limitPerPerson: 4 })
    const [person] = await site.shop.addPeople(1)
    const allowance = async (headers: Record<string, string>): Promise<unknown> =>
      await (await fetch(`${site.edgeUrl}/events/${eventId}/allowance`, { headers })).json()
    await site.shop.putOnSale(eventId)
    const { authorization } = await buyerHeaders(person!, eventId)
    expect([await allowance({}), await allowance({ authorization })]).toEqual([{ more: null }, { more: 4 }])
    const booked = await reserve(
      site.shop,
      'ko',
      bookingRequest(person!, eventId, ticketTypeIds[0]!, { quantity: 3 }),
    )
    expect(booked.kind).toBe('reserved')
    expect(await allowance({ authorization })).toEqual({ more: 1 })
    const page = await open()
    await page.goto(`/events/${eventId}`)
    await page.getByText('전석 매진').waitFor()
    await page.getByRole('button', { name: '취소표 대기하기' }).click()
    // A guest gets there by the login.
    await page.waitForURL(`**/login?next=${encodeURIComponent(`/queue/event-${eventId}`)}`)
  },
)

test('the header stays one row of the same height on phones, signed in or not, with and without scripts, and scrolls away', async () => {
  const eventId = await addEvent('머리글')
  const mainTop = async (page: Page) => {
    await page.goto(`/events/${eventId}`)
    return (await page.getByRole('main').boundingBox())!.y
  }
  const guest = await open({ viewport: SIZES.phone })
  const member = await open({ viewport: SIZES.phone })
  await member.context().addCookies([{ name: 'nickname', value: 'wwwwwwwwww', url: site.edgeUrl }])
  const plain = await open({ viewport: SIZES.phone, javaScriptEnabled: false })
  const top = await mainTop(plain)
  expect(top).toBeLessThan(70)
  expect(await mainTop(guest)).toBe(top)
  expect(await mainTop(member)).toBe(top)
  await member.getByRole('link', { name: '마이페이지' }).waitFor()
  expect((await member.getByRole('main').boundingBox())!.y).toBe(top)
  // Without scripts nobody knows who is signed in, so both ways are there.
  const account = plain.getByRole('navigation', { name: '계정' })
  for (const name of ['로그인', '마이페이지']) await account.getByRole('link', { name, exact: true }).waitFor()
  await member.evaluate(() => scrollTo(0, 400))
  expect(await member.evaluate(() => document.querySelector('.site-header')!.getBoundingClientRect().bottom)).toBeLessThanOrEqual(
    0,
  )
})

test('what only guests see is gone before the script of the shop runs, so that it moves nothing', async () => {
  const eventId = await addEvent('첫 화면')
  const guestParts = async (page: Page) => {
    await page.route('**/static/app.js*', (route) => route.abort())
    await page.goto(`/events/${eventId}`)
    return await page.locator('[data-guest]:visible').count()
  }
  expect(await guestParts(await open())).toBeGreaterThan(0)
  const member = await open()
  await member.context().addCookies([{ name: 'nickname', value: 'member', url: site.edgeUrl }])
  expect(await guestParts(member)).toBe(0)
})
