import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { roomKeys } from '../db/redis/keys.ts'
import { reservations } from '../db/schema.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { signAccess } from '../origin/sessions.ts'
import { expectAccessible, launchChromium, openPage, SIZES } from './chromium.ts'
import { eq } from 'drizzle-orm'
import { send } from './http.ts'
import { tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

// What happens to a buyer in the middle of a booking must neither cost them the seat nor book twice.
let site: Site
let browser: Browser
let context: BrowserContext
let page: Page
let errors: string[]
beforeAll(async () => {
  site = await openSite()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})
beforeEach(async () => {
  const opened = await openPage(browser, { baseURL: site.edgeUrl, locale: 'ko-KR', viewport: SIZES.phone })
  context = opened.context
  page = opened.page
  errors = opened.errors
})
afterEach(() => context.close())

const FORM = '**/events/*/booking'
const press = (name: string) => page.getByRole('button', { name }).click()

/** Logs a new person in, in the browser. */
async function logIn() {
  const [person] = await site.shop.addPeople(1)
  const value = await signAccess({ tokenKeys, now: () => new Date() }, person!)
  await context.addCookies([{ name: 'access', value, url: site.edgeUrl, httpOnly: true }])
  return person!
}

/** Opens the booking page of a new sale for a person who is logged in, and chooses seats. */
async function openBooking(sale: Parameters<Site['shop']['addSale']>[0] = {}) {
  const person = await logIn()
  const added = await site.shop.addSale(Object.assign({ seats: [10, 5] }, sale))
  await page.goto(`/events/${added.eventId}`)
  await press('예매하기')
  await page.waitForURL(FORM)
  return Object.assign(added, { person })
}

async function choose(quantity = 2) {
  await page.getByRole('radio').nth(1).check()
  await page.getByRole('textbox', { name: '매수' }).fill(String(quantity))
}

const choice = async () => [
  await page.getByRole('radio').nth(1).isChecked(),
  await page.getByRole('textbox', { name: '매수' }).inputValue(),
  await page.locator('[name=idempotencyKey]').inputValue(),
]

/** The reservations of an event, as MySQL has them. */
async function booked(eventId: number) {
  await site.shop.writeBack.flushAll()
  return await site.shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
}

test('Back and refresh at every step, and the other language, keep the choice and the key', async () => {
  const { eventId } = await openBooking()
  await choose()
  const chosen = await choice()
  await page.reload()
  await page.locator('output', { hasText: '40,000원' }).waitFor()
  expect(await choice()).toEqual(chosen)

  await page.goBack()
  await page.getByText('예매 계속하기').waitFor()
  await page.goForward()
  await page.locator('output', { hasText: '40,000원' }).waitFor()
  expect(await choice()).toEqual(chosen)

  await page.getByRole('link', { name: 'English' }).click()
  await page.locator('output', { hasText: '₩40,000' }).waitFor()
  expect([await page.getByRole('radio').nth(1).isChecked(), await page.locator('[name=idempotencyKey]').inputValue()]).toEqual([
    true,
    chosen[2],
  ])
  await expectAccessible(page)
  await press('Confirm booking')
  await page.waitForURL('**/reservations/*')

  await page.reload()
  await page.goBack()
  await page.getByRole('heading', { name: 'You have just booked' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'You have just booked' }).waitFor()
  expect(await booked(eventId)).toHaveLength(1)
  expect(errors).toEqual([])
})

test.each(['a network cut', 'a 503 response'])(
  '%s after the booking was sent: the page finds the reservation',
  async (failure) => {
    const { eventId } = await openBooking()
    await choose()
    await page.route(FORM, async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      await route.fetch()
      const isCut = failure === 'a network cut'
      await (isCut ? route.abort('connectionreset') : route.fulfill({ status: 503, contentType: 'text/html', body: BUSY_PAGE }))
    })
    await press('예매 확정')
    await page.waitForURL('**/reservations/*?new=1')
    await page.getByRole('heading', { name: '예매가 완료되었습니다' }).waitFor()
    expect(await booked(eventId)).toMatchObject([{ quantity: 2 }])
  },
)
const BUSY_PAGE = '<!doctype html><html lang="ko"><title>-</title><h1>접속이 많습니다</h1></html>'

test('a booking whose response is lost, opened again without scripts, leads to the reservation', async () => {
  const { eventId, ticketTypeIds } = await openBooking()
  await choose()
  const [, , key] = await choice()
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const body = new URLSearchParams({ ticketTypeId: String(ticketTypeIds[1]), quantity: '2', idempotencyKey: String(key) })
  const lost = await send(`${site.edgeUrl}/events/${eventId}/booking`, {
    method: 'POST',
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  })
  expect(lost.status).toBe(303)
  // The browser has no answer: it still has the pass, and no mark of the booking.
  await page.reload()
  await page.waitForURL('**/reservations/*')
  expect(await booked(eventId)).toHaveLength(1)
})

test('two tabs: the second says what the first has booked, and a second booking says what is held', async () => {
  const { eventId } = await openBooking()
  const tab = await context.newPage()
  await tab.goto(`/events/${eventId}/booking`)
  await tab.getByRole('radio').first().check()
  await choose()
  await press('예매 확정')
  await page.waitForURL('**/reservations/*')
  await tab.getByRole('button', { name: '예매 확정' }).click()
  await tab.getByRole('heading', { name: '방금 예매를 마치셨습니다' }).waitFor()
  expect(await booked(eventId)).toMatchObject([{ quantity: 2 }])

  await tab.getByRole('button', { name: '더 예매하기' }).click()
  await tab.getByText('이미 2매 예매하셨습니다. 2매 더 예매할 수 있습니다').waitFor()
  await expectAccessible(tab)
})

test('2 of 4 left are offered in one press, and booked', async () => {
  const { eventId, ticketTypeIds } = await openBooking({ seats: [10, 4] })
  await choose(4)
  const [other] = await site.shop.addPeople(1)
  const taken = await send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
    method: 'POST',
    headers: await site.insider(other!, eventId),
    body: JSON.stringify({ ticketTypeId: ticketTypeIds[1], quantity: 2 }),
  })
  expect(taken.status).toBe(201)
  await press('예매 확정')
  await page.getByRole('alert').getByText('원하신 4매 중 2매만 남았습니다').waitFor()
  await expectAccessible(page)
  await press('남은 2매 예매하기')
  await page.waitForURL('**/reservations/*')
  expect((await booked(eventId)).map(({ quantity }) => quantity)).toEqual([2, 2])
})

test('sold out while waiting: the visitor keeps the position, and enters when a seat is returned', async () => {
  await logIn()
  const { eventId, ticketTypeIds } = await site.shop.addSale({ seats: [1] })
  const [other] = await site.shop.addPeople(1)
  const headers = await site.insider(other!, eventId)
  const taken = await send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 1 }),
  })
  const phase = async () => (await send(`${site.edgeUrl}/queue/event-${eventId}/snapshot`, {})).body.phase
  await until(async () => await phase() === 'sold_out')
  await page.goto(`/queue/event-${eventId}`)
  await page.getByRole('heading', { name: '지금은 모두 매진되었습니다' }).waitFor()
  await expectAccessible(page)
  const returned = await send(`${site.edgeUrl}/api/reservations/${taken.body.reservation.id}`, { method: 'DELETE', headers })
  expect(returned.status).toBe(200)
  await page.waitForURL(FORM)
  await page.getByText('1석 남음').waitFor()
})

test('a turn missed while the connection was gone: the page says so, and joins again at a press', async () => {
  await logIn()
  const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
  const { room } = roomKeys(eventRoom(eventId))
  await page.goto(`/queue/event-${eventId}`)
  await page.getByText('추첨에 함께하는 분').waitFor()
  await context.setOffline(true)
  await site.shop.openSale(eventId)
  await until(async () => Number(await site.shop.redis.hget(room, 'reached')) > 0)
  await site.shop.redis.hset(room, 'lapsed', '1')
  await context.setOffline(false)
  await page.getByRole('heading', { name: '입장 시간이 지났습니다' }).waitFor()
  await press('대기열 다시 입장')
  await page.waitForURL(FORM)
})

test('a guest whose turn has come keeps it while they sign up', async () => {
  const { eventId } = await site.shop.addSale()
  await page.goto(`/events/${eventId}`)
  await press('예매하기')
  await page.waitForURL('**/login?next=*')
  await page.getByText('입장 차례입니다. 남은 시간').waitFor()
  await expectAccessible(page)
  await page.getByRole('main').getByRole('link', { name: '회원가입' }).click()
  await page.getByText('입장 차례입니다. 남은 시간').waitFor()
  const visits = () => site.shop.redis.zrange(roomKeys(eventRoom(eventId)).passes, '0', '-1')
  const [visitor] = await visits()
  const nickname = crypto.randomUUID().replaceAll('-', '').slice(0, 10)
  await page.getByLabel('이메일').fill(`${nickname}@test.example`)
  await page.getByLabel('비밀번호').fill('passw0rd!')
  await page.getByLabel('닉네임').fill(nickname)
  await page.getByRole('main').getByRole('button', { name: '회원가입' }).click()
  await page.waitForURL(FORM)
  await page.getByRole('radio').first().waitFor()
  expect(await visits()).toEqual([visitor])
})

test('the time of a visit is extended once by a press, with and without scripts: a second press is refused', async () => {
  const { eventId } = await openBooking()
  const keys = roomKeys(eventRoom(eventId))
  const extend = async (accept = 'application/json') => {
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    return await send(`${site.edgeUrl}/queue/event-${eventId}/pass/extension`, { method: 'POST', headers: { cookie, accept } })
  }
  expect(await extend()).toMatchObject({ status: 425, code: 'extension_early' })
  const [[visitor, since] = []] = Object.entries(await site.shop.redis.hgetall(keys.visits))
  await site.shop.redis.hset(keys.visits, visitor!, since!.replace(/^\d+/, (at) => String(Number(at) - 400_000)))
  // The pass that the browser has is renewed with the end that the store has.
  await page.evaluate(
    (path) => fetch(path, { method: 'POST', headers: { accept: 'application/json' } }),
    `/queue/event-${eventId}/pass`,
  )
  const before = await send(`${site.edgeUrl}/queue/event-${eventId}/visit`, {
    headers: { cookie: (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ') },
  })
  const extended = await extend()
  expect(extended.status).toBe(201)
  const addedMs = Date.parse(extended.body.until) - Date.parse(before.body.endsAt)
  // A pass has whole seconds, rounded up.
  expect(addedMs).toBeGreaterThan(299_000)
  expect(addedMs).toBeLessThanOrEqual(300_000)
  expect(await extend()).toMatchObject({ status: 409, code: 'extension_used' })
  expect((await extend('text/html')).status).toBe(409)
  expect(await site.shop.redis.zcard(keys.passes), 'one visit').toBe(1)
})
