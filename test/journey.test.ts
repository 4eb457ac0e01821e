import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectAccessible, launchChromium, openPage, SIZES } from './chromium.ts'
import { DEFAULT_ROOMS, openSite, type Site } from './site.ts'
import { until } from './until.ts'

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite(DEFAULT_ROOMS)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const openBrowser = (options: BrowserContextOptions = {}) =>
  openPage(browser, Object.assign({ baseURL: site.edgeUrl, locale: 'ko-KR' }, options))

async function signUp(page: Page, next = '/'): Promise<string> {
  const nickname = randomBytes(5).toString('hex')
  await page.goto(`/signup?next=${encodeURIComponent(next)}`)
  await page.getByLabel('이메일').fill(`${nickname}@test.example`)
  await page.getByLabel('비밀번호').fill('passw0rd!')
  await page.getByLabel('닉네임').fill(nickname)
  await page.getByLabel(/동의합니다/).check()
  await page.getByRole('main').getByRole('button', { name: '회원가입' }).click()
  await page.waitForURL(`${site.edgeUrl}${next}`)
  return nickname
}

describe.each(Object.entries(SIZES))('a buyer with a %s', (_, viewport) => {
  test(
    'signs up, searches, waits for the opening, books, finds the reservation and cancels it',
    { timeout: 900_000 },
    async () => {
      const { context, page, errors } = await openBrowser({ viewport })

      await signUp(page)
      await expectAccessible(page)
      await page.getByRole('link', { name: '마이페이지' }).waitFor()

      // The waiting page polls more often near the opening, so it soon detects that the sale has opened.
      const title = `여정 ${randomBytes(4).toString('hex')}`
      const { eventId } = await site.shop.addSale({ title, opensInMs: 60_000, seats: [10, 5] })
      // Phones have the field on the search page only.
      await page.goto('/search')
      await page.getByRole('searchbox').fill(title)
      await page.getByRole('searchbox').press('Enter')
      await page.getByRole('heading', { name: /검색 결과 1건/ }).waitFor()
      await expectAccessible(page)
      await page.getByRole('link', { name: title }).click()

      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.getByText('예매 오픈까지').waitFor()
      await expectAccessible(page)
      await page.getByRole('button', { name: '대기실 입장' }).click()

      await page.waitForURL(`**/queue/event-${eventId}`)
      await page.getByRole('heading', { name: '예매가 곧 시작됩니다' }).waitFor()
      await expectAccessible(page)
      await site.shop.openSale(eventId)
      await page.waitForURL(`**/events/${eventId}/booking`)

      await page.getByRole('group', { name: '좌석 등급' }).waitFor()
      await expectAccessible(page)
      await page.getByRole('radio').nth(1).check()
      await page.getByRole('button', { name: '한 장 더' }).click()
      expect(await page.locator('output').textContent()).toBe('40,000원')
      await page.getByRole('button', { name: '예매 확정' }).click()

      await page.waitForURL('**/reservations/*?new=1')
      await page.getByRole('heading', { name: '예매가 완료되었습니다' }).waitFor()
      await page.getByText('2등석 · 2매').waitFor()
      await expectAccessible(page)

      await page.getByRole('link', { name: '마이페이지로' }).click()
      await page.getByRole('heading', { name: '다가오는 공연' }).waitFor()
      await expectAccessible(page)
      await page.getByRole('main').getByRole('link', { name: title }).click()
      await page.getByText('예매 취소').click()
      await page.getByLabel('취소할 매수').selectOption('전체 2매')
      await page.getByRole('button', { name: '네, 취소합니다' }).click()
      await page.getByText('취소됨').waitFor()
      await expectAccessible(page)

      await page.goto(`/events/${eventId}`)
      await page.getByRole('row', { name: /2등석/ }).getByText('5석').waitFor()
      expect(errors).toEqual([])
      await context.close()
    },
  )
})

describe('without JavaScript', () => {
  test('booking and cancelling work with forms and links', async () => {
    const title = `여정 ${randomBytes(4).toString('hex')}`
    const { eventId } = await site.shop.addSale({ title, seats: [10] })
    const { context, page } = await openBrowser({ javaScriptEnabled: false, viewport: SIZES.phone })
    await signUp(page, `/events/${eventId}`)
    await page.getByRole('button', { name: '예매하기' }).click()
    await page.waitForURL(`**/events/${eventId}/booking`)
    await page.getByRole('radio').check()
    await page.getByRole('textbox', { name: '매수' }).fill('2')
    await page.getByRole('button', { name: '예매 확정' }).click()
    await page.waitForURL('**/reservations/*')
    await page.getByText('예매 취소').click()
    await page.getByLabel('취소할 매수').selectOption('전체 2매')
    await page.getByRole('button', { name: '네, 취소합니다' }).click()
    await page.getByText('취소됨').waitFor()
    await page.goto('/me')
    await page.getByRole('heading', { name: '취소한 예매' }).waitFor()
    await context.close()
  })

  test('the waiting page joins, reloads itself and leads to the booking', async () => {
    const { context, page } = await openBrowser({ javaScriptEnabled: false })
    await signUp(page)
    const { eventId } = await site.shop.addSale({ opensInMs: 20_000 })
    await page.goto(`/queue/event-${eventId}`)
    await page.getByRole('button', { name: '대기열 입장' }).click()
    await page.getByText('추첨 참여 인원').waitFor()
    expect(await page.locator('noscript meta[http-equiv=refresh]').count()).toBe(1)
    await site.shop.openSale(eventId)
    await page.waitForURL(`**/events/${eventId}/booking`)
    await context.close()
  })
})

describe('when a step fails', () => {
  test('the booking form shows the error and keeps the input', async () => {
    const { eventId } = await site.shop.addSale({ seats: [10], limitPerPerson: 4 })
    const { context, page } = await openBrowser()
    await signUp(page, `/events/${eventId}`)
    await page.getByRole('button', { name: '예매하기' }).click()
    await page.waitForURL(`**/events/${eventId}/booking`)
    const quantity = page.getByRole('textbox', { name: '매수' })
    // Removes the limit of the input element, so that the server checks the value.
    await quantity.evaluate((input) => input.removeAttribute('pattern'))
    await page.getByRole('radio').check()
    await quantity.fill('5')
    await page.getByRole('button', { name: '예매 확정' }).click()
    await page.getByRole('alert').getByText('1인당 4매까지').waitFor()
    await expectAccessible(page)
    await quantity.fill('3')
    await page.getByRole('button', { name: '예매 확정' }).click()
    await page.waitForURL('**/reservations/*')
    await context.close()
  })

  test('a visitor who is not logged in is redirected to the login page', async () => {
    const { eventId } = await site.shop.addSale()
    const { context, page } = await openBrowser()
    await page.goto(`/events/${eventId}`)
    await page.getByRole('button', { name: '예매하기' }).click()
    await page.waitForURL(`**/login?next=${encodeURIComponent(`/queue/event-${eventId}`)}`)
    await page.getByLabel('이메일').fill('nobody@test.example')
    await page.getByLabel('비밀번호').fill('wrong')
    await page.getByRole('main').getByRole('button', { name: '로그인' }).click()
    await page.getByRole('alert').getByText('이메일 또는 비밀번호가 올바르지 않습니다').waitFor()
    expect(await page.getByLabel('이메일').inputValue()).toBe('nobody@test.example')
    await expectAccessible(page)
    await page.getByRole('main').getByRole('link', { name: '회원가입' }).click()
    await page.getByRole('heading', { name: '회원가입' }).waitFor()
    await context.close()
  })

  test.each([['with JavaScript', true], ['without JavaScript', false]])(
    'the event page asks a guest to log in before the opening, and leads back to it, %s',
    { timeout: 900_000 },
    async (_, javaScriptEnabled) => {
      const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
      const { context, page } = await openBrowser({ javaScriptEnabled })
      const nickname = await signUp(page)
      await context.clearCookies()
      await page.goto(`/events/${eventId}`)
      const invitation = page.getByRole('link', { name: '지금 로그인하고 순서 추첨에 참여하세요' })
      await invitation.waitFor()
      // axe needs the scripts of the page.
      if (javaScriptEnabled) await expectAccessible(page)
      await invitation.click()
      await page.waitForURL(`**/login?next=${encodeURIComponent(`/events/${eventId}`)}`)
      await page.getByLabel('이메일').fill(`${nickname}@test.example`)
      await page.getByLabel('비밀번호').fill('passw0rd!')
      await page.getByRole('main').getByRole('button', { name: '로그인' }).click()
      await page.waitForURL(`**/events/${eventId}`)
      // The page is shared. Its script hides the invitation from a member.
      if (javaScriptEnabled) await invitation.waitFor({ state: 'hidden' })
      // The access token expires while the page is open.
      await context.clearCookies({ name: 'access' })
      await page.getByRole('button', { name: '대기실 입장' }).click()
      // Without scripts the page reloads itself.
      await page.waitForURL(`**/queue/event-${eventId}`, { waitUntil: 'commit' })
      await page.getByText('추첨 참여 인원').waitFor()
      const issued = async () =>
        (await (await fetch(`${site.edgeUrl}/queue/event-${eventId}`)).json() as { issued: number }).issued
      await expect.poll(issued).toBe(1)
      // Reached by the button, the ticket is in the browser's storage too.
      if (javaScriptEnabled) await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('ticket-')))
      await context.close()
    },
  )

  test('an unknown address shows a page in the language of the visitor', async () => {
    const { context, page } = await openBrowser({ locale: 'en-US' })
    const response = await page.goto('/events/999999')
    expect(response?.status()).toBe(404)
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: '한국어' }).click()
    await page.getByRole('heading', { name: '찾을 수 없습니다' }).waitFor()
    await context.close()
  })
})

test.each([true, false])(
  'after a booking, Back changes nothing until a button is pressed (JavaScript: %s)',
  async (javaScriptEnabled) => {
    const { eventId } = await site.shop.addSale({ seats: [10] })
    const { context, page, errors } = await openBrowser({ javaScriptEnabled, viewport: SIZES.phone })
    const state = async () => ({
      issued: await site.shop.redis.hget(`{r:event-${eventId}}:room`, 'issued'),
      visits: await site.shop.redis.zcard(`{r:event-${eventId}}:passes`),
    })
    const atBooking = `**/events/${eventId}/booking`
    await signUp(page, `/events/${eventId}`)
    await page.getByRole('button', { name: '예매하기' }).click()
    await page.waitForURL(atBooking)
    await page.getByRole('radio').check()
    await page.getByRole('button', { name: '예매 확정' }).click()
    await page.waitForURL('**/reservations/*')
    const reservation = new URL(page.url()).pathname
    await until(async () => (await state()).visits === 0)

    const before = await state()
    await page.goBack()
    await page.waitForURL(atBooking)
    await page.getByRole('heading', { name: '방금 예매를 마치셨습니다' }).waitFor()
    if (javaScriptEnabled) await expectAccessible(page)
    expect(await page.getByRole('link', { name: '예매 내역 보기' }).getAttribute('href')).toBe(reservation)
    expect(await state()).toEqual(before)

    await page.getByRole('button', { name: '더 예매하기' }).click()
    await page.waitForURL(atBooking)
    await page.getByText('이미 1매 예매하셨습니다').waitFor()
    await page.getByRole('radio').check()
    await page.getByRole('button', { name: '예매 확정' }).click()
    await page.waitForURL('**/reservations/*')
    expect(new URL(page.url()).pathname).not.toBe(reservation)
    expect(errors).toEqual([])
    await context.close()
  },
)
