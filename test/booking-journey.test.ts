import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { roomKeys } from '../db/redis/keys.ts'
import { reservations } from '../db/schema.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { signAccess } from '../origin/sessions.ts'
import { expectAccessible, launchChromium, openPage, SIZES } from './chromium.ts'
import { eq } from 'drizzle-orm'
import { type Answer, send } from './http.ts'
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
/** Opens a browser for one test, of a new person who is logged in unless they are a guest. */
async function openBrowser({ isGuest = false } = {}): Promise<void> {
  const opened = await openPage(browser, { baseURL: site.edgeUrl, locale: 'ko-KR', viewport: SIZES.phone })
  context = opened.context
  page = opened.page
  errors = opened.errors
  onTestFinished(() => context.close())
  if (isGuest) return
  const [person] = await site.shop.addPeople(1)
  const value = await signAccess({ tokenKeys, now: () => new Date() }, person!)
  await context.addCookies([{ name: 'access', value, url: site.edgeUrl, httpOnly: true }])
}

const FORM = '**/events/*/booking'
const press = (name: string) => page.getByRole('button', { name }).click()

/** Opens the booking page of a new sale. */
async function openBooking() {
  await openBrowser()
  const { eventId } = await site.shop.addSale({ seats: [10, 5] })
  await page.goto(`/events/${eventId}`)
  await press('예매하기')
  await page.waitForURL(FORM)
  return { eventId }
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

  await page.locator('a.language').click()
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

test('sold out while waiting: the visitor keeps the position, and enters when a seat is returned', async () => {
  await openBrowser()
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
  await page.getByRole('heading', { name: '전석 매진' }).waitFor()
  await expectAccessible(page)
  const returned = await send(`${site.edgeUrl}/api/reservations/${taken.body.reservation.id}`, { method: 'DELETE', headers })
  expect(returned.status).toBe(200)
  await page.waitForURL(FORM)
  await page.getByText('1석 남음').waitFor()
})

test('a turn missed while the connection was gone: the page says so, and joins again at a press', async () => {
  await openBrowser()
  const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
  const { room } = roomKeys(eventRoom(eventId))
  await page.goto(`/queue/event-${eventId}`)
  await page.getByText('추첨 참여 인원').waitFor()
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
  await openBrowser({ isGuest: true })
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
  await page.locator('#terms').check()
  await page.getByRole('main').getByRole('button', { name: '회원가입' }).click()
  await page.waitForURL(FORM)
  await page.getByRole('radio').first().waitFor()
  expect(await visits()).toEqual([visitor])
})

describe('without scripts', () => {
  /** A person who is admitted, and functions that send what their browser sends. */
  async function enter(sale: Parameters<Site['shop']['addSale']>[0] = {}) {
    const { eventId, ticketTypeIds } = await site.shop.addSale(sale)
    const [person] = await site.shop.addPeople(1)
    const access = await signAccess({ tokenKeys, now: () => new Date() }, person!)
    const queue = `${site.edgeUrl}/queue/event-${eventId}`
    const { body: { ticket } } = await repeat(`${queue}/tickets`, { method: 'POST' })
    const { body: { pass } } = await repeat(`${queue}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })
    const headers: Record<string, string> = { cookie: `access=${access}`, 'x-queue-pass': pass, accept: 'text/html' }
    return {
      eventId,
      ticketTypeIds,
      headers,
      open: () => repeat(`${site.edgeUrl}/events/${eventId}/booking`, { headers }),
      book: (fields: Record<string, string>) =>
        repeat(`${site.edgeUrl}/events/${eventId}/booking`, {
          method: 'POST',
          headers: Object.assign({ 'content-type': 'application/x-www-form-urlencoded' }, headers),
          body: new URLSearchParams(fields).toString(),
        }),
      extend: (accept = 'application/json') =>
        repeat(`${queue}/pass/extension`, { method: 'POST', headers: { 'x-queue-pass': headers['x-queue-pass']!, accept } }),
    }
  }

  /** Sends a request again while the site is busy, the turn has not come, or a limit is reached. */
  async function repeat(url: string, init: Parameters<typeof send>[1]): Promise<Answer> {
    let answer = await send(url, init)
    await until(async () => {
      if (![429, 503].includes(answer.status) && answer.code !== 'not_your_turn') return true
      answer = await send(url, init)
      return false
    })
    return answer
  }

  const keyIn = ({ text }: Answer) => text.match(/name="idempotencyKey" value="([^"]+)"/)?.[1] ?? ''

  test('a visit has one key; a booking whose response was lost, sent or opened again, leads to the one reservation', async () => {
    const { eventId, ticketTypeIds, open, book } = await enter({ seats: [10, 5] })
    const [first, second] = [await open(), await open()]
    expect(keyIn(first)).not.toBe('')
    expect(keyIn(second), 'in a second tab').toBe(keyIn(first))
    const rejected = await book({ ticketTypeId: String(ticketTypeIds[0]), quantity: '9', idempotencyKey: keyIn(first) })
    expect([rejected.status, keyIn(rejected)], 'after a rejection').toEqual([409, keyIn(first)])
    expect(rejected.text, 'the other language keeps the choice').toContain(
      encodeURIComponent(`/events/${eventId}/booking?ticketTypeId=${ticketTypeIds[0]}&quantity=9`),
    )

    const form = { ticketTypeId: String(ticketTypeIds[1]), quantity: '2', idempotencyKey: keyIn(first) }
    const { location } = await book(form)
    expect(location).toMatch(/^\/reservations\//)
    expect((await book(form)).location, 'the same form').toBe(location)
    const reservation = location!.split('?')[0]
    expect((await book(Object.assign({}, form, { quantity: '1' }))).location, 'another choice').toBe(reservation)
    expect((await open()).location, 'the page').toBe(reservation)
    expect(await booked(eventId)).toMatchObject([{ quantity: 2 }])
  })

  test('only its buyer learns the outcome of a booking, by its key', async () => {
    const { eventId, ticketTypeIds, headers, open, book } = await enter()
    const key = keyIn(await open())
    const outcome = (sent: Record<string, string>, asked = key) =>
      repeat(`${site.edgeUrl}/events/${eventId}/booking/outcome?key=${asked}`, {
        headers: Object.assign({}, sent, { accept: 'application/json' }),
      })
    expect((await outcome(headers)).body).toEqual({ reservation: null })
    const { location } = await book({ ticketTypeId: String(ticketTypeIds[0]), quantity: '1', idempotencyKey: key })
    const reservation = location!.match(/[\da-f]{8}-[\da-f-]{27}/)![0]
    // Without a pass: the visit has ended.
    expect((await outcome({ cookie: headers.cookie! })).body).toEqual({ reservation })
    expect((await outcome(headers, 'another')).body).toEqual({ reservation: null })
    expect(await outcome({})).toMatchObject({ status: 401, code: 'unauthenticated' })
    const [other] = await site.shop.addPeople(1)
    const access = await signAccess({ tokenKeys, now: () => new Date() }, other!)
    expect((await outcome({ cookie: `access=${access}` })).body).toEqual({ reservation: null })
  })

  test('2 of 4 left are offered in one press, and booked', async () => {
    const { eventId, ticketTypeIds, open, book } = await enter({ seats: [2] })
    const form = { ticketTypeId: String(ticketTypeIds[0]), quantity: '4', idempotencyKey: keyIn(await open()) }
    const rejected = await book(form)
    expect(rejected.status).toBe(409)
    expect(rejected.text).toMatch(/<button [^>]*form="booking-form"[^>]*name="offered"[^>]*value="2"/)
    expect((await book(Object.assign({ offered: '2' }, form))).location).toMatch(/^\/reservations\//)
    expect(await booked(eventId)).toMatchObject([{ quantity: 2 }])
  })

  test('nothing is chosen, and held tickets are said before a second booking', async () => {
    const { eventId, ticketTypeIds, headers, open, book } = await enter({ limitPerPerson: 4 })
    const page = await open()
    expect(page.text).not.toMatch(/<input [^>]*type="radio"[^>]*checked/)
    const missing = await book({ quantity: '1', idempotencyKey: keyIn(page) })
    expect(missing.status).toBe(422)
    expect(missing.text).toContain('좌석 등급을 선택해 주세요')
    await book({ ticketTypeId: String(ticketTypeIds[0]), quantity: '3', idempotencyKey: keyIn(page) })
    const queue = `${site.edgeUrl}/queue/event-${eventId}`
    const { body: { ticket } } = await repeat(`${queue}/tickets`, { method: 'POST' })
    const { body: { pass } } = await repeat(`${queue}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })
    headers['x-queue-pass'] = pass
    const again = await open()
    expect(again.text).toContain('이미 3매 예매하셨습니다. 1매 더 예매할 수 있습니다')
    expect(keyIn(again), 'another visit has another key').not.toBe(keyIn(page))
  })

  test('the time of a visit is extended once by a press: a second one is refused', async () => {
    const { eventId, headers, open, extend } = await enter()
    const keys = roomKeys(eventRoom(eventId))
    expect(await extend()).toMatchObject({ status: 425, code: 'extension_early' })
    expect((await open()).text).toContain('시간 연장하기')
    const [[visitor, since] = []] = Object.entries(await site.shop.redis.hgetall(keys.visits))
    await site.shop.redis.hset(keys.visits, visitor!, since!.replace(/^\d+/, (at) => String(Number(at) - 400_000)))
    const extended = await extend()
    expect(extended.status).toBe(201)
    // Claimed 400 s ago for 600 s, and extended by 300 s.
    expect(Date.parse(extended.body.until) - Number(since!.match(/^\d+/)![0])).toBe(500_000)
    headers['x-queue-pass'] = extended.body.pass
    expect((await open()).text, 'not offered again').not.toContain('시간 연장하기')
    expect(await extend()).toMatchObject({ status: 409, code: 'extension_used' })
    expect((await extend('text/html')).status).toBe(409)
    expect(await site.shop.redis.zcard(keys.passes), 'one visit').toBe(1)
  })
})
