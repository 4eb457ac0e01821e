import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCESS_COOKIE } from '../edge/contract/cookies.ts'
import { signAccess } from '../origin/sessions.ts'
import { expectAccessible, launchFirefox, openPage, SIZES } from './chromium.ts'
import { tokenKeys } from './shop.ts'
import { DEFAULT_ROOMS, openSite, type Site } from './site.ts'

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite(DEFAULT_ROOMS)
  browser = await launchFirefox()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})

async function openAs(person: Parameters<typeof signAccess>[1]) {
  const opened = await openPage(browser, { baseURL: site.edgeUrl, viewport: SIZES.phone, locale: 'en-US' })
  const value = await signAccess({ tokenKeys, now: () => new Date() }, person)
  await opened.context.addCookies([{ name: ACCESS_COOKIE, value, url: site.edgeUrl }])
  return opened
}

/** Firefox reports an event stream that ends because the page leads to another one. */
const isOfStream = (error: string) => error.includes('was interrupted while the page was loading')

test(
  'in Firefox on a phone, in English: a buyer waits for the opening, books and cancels part; the ticket is admitted once',
  { timeout: 600_000 },
  async () => {
    const { eventId } = await site.shop.addSale({ title: 'The Firefox night', opensInMs: 600_000, seats: [10, 5] })
    const [person] = await site.shop.addPeople(1)
    const { context, page, errors } = await openAs(person!)
    await page.goto(`/events/${eventId}`)
    await page.getByRole('heading', { level: 1, name: 'The Firefox night' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Enter the waiting room' }).click()
    await page.getByRole('heading', { name: 'The sale opens soon' }).waitFor()
    await page.getByText('People in the draw').waitFor()
    await expectAccessible(page)
    await site.shop.openSale(eventId)

    await page.waitForURL(`**/events/${eventId}/booking`)
    await page.getByRole('radio').nth(1).check()
    await page.getByRole('button', { name: 'One more' }).click()
    await page.locator('output', { hasText: '₩40,000' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Confirm booking' }).click()
    await page.waitForURL('**/reservations/*')
    await page.getByRole('heading', { name: 'Your seats are booked' }).waitFor()
    await page.getByText('Cancel this reservation').click()
    await page.getByLabel('Tickets to cancel').selectOption('1 (keep 1)')
    await page.getByRole('button', { name: 'Yes, cancel it' }).click()
    await page.getByText(/· 1 ticket$/).waitFor()
    await page.getByRole('link', { name: 'Show tickets' }).click()
    await page.getByText('Each QR code works once').waitFor()
    expect(await page.locator('.admission-code svg').count()).toBe(1)
    // Before the picture: Playwright adds a style to the page for it, and the policy of the page blocks that.
    expect(errors.filter((error) => !isOfStream(error))).toEqual([])
    const picture = await page.locator('.admission-code svg').screenshot()
    await context.close()

    const door = await openAs({ id: 1_000_001, nickname: 'staff', role: 'support' })
    await door.page.goto(`/check-in/${eventId}`)
    // Firefox has no detector of its own, so the page reads the picture with its library.
    expect(await door.page.evaluate(() => 'BarcodeDetector' in globalThis)).toBe(false)
    await door.page.getByText('Online', { exact: true }).waitFor()
    for (const verdict of ['admitted', 'used']) {
      await door.page.locator('#picture').setInputFiles({ name: 'qr.png', mimeType: 'image/png', buffer: picture })
      await door.page.locator(`[data-verdict="${verdict}"]`).waitFor()
    }
    expect(door.errors).toEqual([])
    await door.context.close()
  },
)
