import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCounts } from '../db/redis/live/live-counts.ts'
import { ACCESS_COOKIE } from '../edge/contract/cookies.ts'
import { signAccess } from '../origin/sessions.ts'
import { expectAccessible, launchChromium, openPage } from './chromium.ts'
import { tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite({ INVENTORY_WATCH_MS: '300' })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

/** Opens a page as an operator. */
async function openAsOperator(options: BrowserContextOptions) {
  const opened = await openPage(browser, Object.assign({ baseURL: site.edgeUrl }, options))
  const operator = { id: 1_000_001, nickname: '운영자', role: 'manager' as const }
  const value = await signAccess({ tokenKeys, now: () => new Date() }, operator)
  await opened.context.addCookies([{ name: ACCESS_COOKIE, value, url: site.edgeUrl }])
  return opened
}

/** Counts a busy second of an event every second, as an edge and an origin do, until the returned function is called. */
function simulate(eventId: number): () => void {
  const timer = setInterval(() => {
    const second = Math.floor(Date.now() / 1000)
    const counts = new Map(
      [['bookings', 120 + second % 40], ['refused:sold_out', 20 + second % 7], ['edge:8', 90], ['edge:12', 6]] as const,
    )
    const room = {
      phase: 'open',
      waiting: 4_000 - second % 60 * 50,
      lobby: 0,
      active: 800,
      perMinute: 6_000,
      heldBy: 'rate',
    } as const
    void addCounts(site.shop.redis, eventId, second, { counts, room }).catch(() => {})
  }, 1_000)
  return () => clearInterval(timer)
}

const CASES: [string, BrowserContextOptions, string][] = [
  [
    'a phone, in the dark, in Korean',
    { viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'ko-KR' },
    '초당 예매',
  ],
  [
    'a desktop, in English',
    { viewport: { width: 1280, height: 900 }, colorScheme: 'light', locale: 'en-US' },
    'Bookings per second',
  ],
]

test.each(CASES)('the board follows the sale on %s', async (name, options, label) => {
  const { eventId } = await site.shop.addSale({ seats: [500, 1_500], title: `라이브 ${name}` })
  await site.shop.putOnSale(eventId)
  const stop = simulate(eventId)
  const { context, page, errors } = await openAsOperator(options)
  await page.goto(`/admin/events/${eventId}/live`)
  const bookings = page.locator('.headline div', { has: page.getByText(label, { exact: true }) }).locator('dd')
  await expect.poll(() => bookings.innerText().catch(() => ''), { timeout: 30_000 }).toMatch(/^1[2-5]\d/)
  const shown = await bookings.innerText()
  await expect.poll(() => bookings.innerText(), { timeout: 30_000 }).not.toBe(shown)

  // Each chart is drawn, and its legend shows a value under the pointer.
  expect(await page.locator('.chart canvas').count()).toBe(4)
  await page.locator('.chart').first().scrollIntoViewIfNeeded()
  await page.getByRole('button', { name: /전체 기간|Whole sale/ }).click()
  await page.getByRole('button', { name: /최근 15분|Last 15 minutes/ }).click()

  // The same figures are in a table, which stays open while it is refreshed.
  await page.locator('.live-table summary').click()
  const newest = page.locator('.live-table tbody th').first()
  const before = await newest.innerText()
  await expect.poll(() => newest.innerText(), { timeout: 30_000 }).not.toBe(before)
  await expectAccessible(page)
  expect(errors).toEqual([])
  stop()
  await context.close()
})

test('without JavaScript the page shows the last figures, and reloads', async () => {
  const { eventId } = await site.shop.addSale({ seats: [70] })
  await site.shop.putOnSale(eventId)
  const stop = simulate(eventId)
  const { context, page } = await openAsOperator({ javaScriptEnabled: false, locale: 'en-US' })
  await page.goto(`/admin/events/${eventId}/live`)
  // The first view may be before the first figures: the page comes back by itself.
  await page.locator('.headline').waitFor()
  expect(await page.locator('.headline dd').first().innerText()).toMatch(/^70/)
  stop()
  await context.close()
})
