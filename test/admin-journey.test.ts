import { and, eq } from 'drizzle-orm'
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { addFirstAdmin } from '../db/first-admin.ts'
import { reservations, ticketTypes, users } from '../db/schema.ts'
import type { Snapshot } from '../edge/contract/rooms.ts'
import { DONE } from '../web/admin/room-texts.ts'
import { actionName } from '../web/admin/pages/audit-texts.ts'
import { launchChromium, openPage, SIZES } from './chromium.ts'
import { photo } from './image-files.ts'
import { actsOfJourney, operate, type OperatorPage, readActs } from './operator-page.ts'
import { Buyers } from './sale-buyers.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

const OWNER = { email: 'owner@test.example', password: 'correct horse battery' }
const BUYERS = 100
/** Fewer than buyers. The first are let in slowly, so that the operator acts while most of them wait. */
const SEATS = { vip: 20, r: 60, added: 2_000 }

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite({
    TRUSTED_PROXIES: '1',
    ROOM_IDENTITY: 'account',
    ROOM_PER_MINUTE: '20',
    ROOM_TURN_SECONDS: '300',
  })
  await addFirstAdmin(site.shop.db, OWNER, new Date())
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

/** A time as the form has it, on the clock of Seoul. */
const onClock = (time: number): string => new Date(time + 9 * 3_600_000).toISOString().slice(0, 16)
const HOUR_MS = 3_600_000
const snapshotOf = async (eventId: number) =>
  await (await fetch(`${site.edgeUrl}/queue/event-${eventId}/snapshot`)).json() as Snapshot

async function logIn({ page, main, text, look }: OperatorPage): Promise<void> {
  await page.goto('/admin')
  await page.waitForURL('**/login?next=**')
  await main.getByLabel(text('이메일', 'E-mail')).fill(OWNER.email)
  await main.getByLabel(text('비밀번호', 'Password')).fill(OWNER.password)
  await main.getByRole('button', { name: text('로그인', 'Log in') }).click()
  await main.getByRole('heading', { level: 1, name: text('현황', 'Overview') }).waitFor()
  await look()
}

/** Fills in the form of a new event that opens in ten minutes, when its lobby is open already. Returns its id. */
async function createEvent({ page, main, text, look, menu, follow, field }: OperatorPage, title: string): Promise<number> {
  await menu(text('공연', 'Events'))
  await follow(text('공연 만들기', 'New event'))
  const now = Date.now()
  const fields = {
    title: `${title} 공연`,
    titleEn: title,
    venue: '시험 홀',
    venueEn: 'Test Hall',
    opensAt: onClock(now + HOUR_MS / 6),
    closesAt: onClock(now + 48 * HOUR_MS),
    startsAt: onClock(now + 72 * HOUR_MS),
  }
  for (const [name, value] of Object.entries(fields)) await field(name).fill(value)
  const types = [['VIP석', 'VIP', '150000', SEATS.vip], ['R석', 'R', '90000', SEATS.r]]
  for (const [i, values] of types.entries()) {
    for (const [j, name] of ['name', 'nameEn', 'price', 'seats'].entries()) await field(name, i).fill(String(values[j]))
  }
  await main.getByRole('button', { name: text('저장', 'Save'), exact: true }).click()
  await page.waitForURL('**/admin/events/*?done=created')
  await look()
  return Number(new URL(page.url()).pathname.split('/').at(-1))
}

async function uploadImage({ page, main, text, look, tab }: OperatorPage): Promise<void> {
  await tab(text('포스터', 'Poster'))
  const buffer = await photo({ width: 900, height: 1_200 })
  await main.getByLabel(text('이미지 파일', 'Image file')).setInputFiles({ name: 'poster.jpg', mimeType: 'image/jpeg', buffer })
  await main.getByLabel(text('이미지 설명 (한국어)', 'Description (Korean)')).fill('무대 위의 가수')
  await main.getByLabel(text('이미지 설명 (영어)', 'Description (English)')).fill('A singer on stage')
  await main.getByRole('button', { name: text('올리기', 'Upload'), exact: true }).click()
  await page.waitForURL('**/image?done=image')
  await main.getByRole('img', { name: '무대 위의 가수' }).or(main.getByRole('img', { name: 'A singer on stage' })).first()
    .waitFor()
  await look()
  await tab(text('공연 정보', 'Event'))
}

async function previewAsBuyer({ page, main, text, follow }: OperatorPage): Promise<void> {
  await follow(text('미리보기', 'Preview'))
  await page.getByText(text('아직 게시되지 않아 운영자만 볼 수 있습니다.', 'Not published yet: only operators see it.')).waitFor()
  await follow(text('오픈 직후', 'Just after the opening'))
  await main.getByRole('button', { name: text('예매하기', 'Book now') }).waitFor()
  await follow(text('공연 관리로', 'Back to the event'))
}

/** The lobby fills, the sale opens, and the operator slows it down and speeds it up again. */
async function openUnderBurst(operator: OperatorPage, buyers: Buyers, eventId: number): Promise<void> {
  const { page, language, main, text, tab, act, change, field } = operator
  await buyers.joinAll()
  expect((await snapshotOf(eventId)).phase).toBe('lobby')
  await tab(text('대기실', 'Waiting room'))
  await main.getByText(text('오픈 대기 인원', 'In the lobby')).locator('xpath=../dd').getByText(String(BUYERS)).waitFor()

  await tab(text('공연 정보', 'Event'))
  await change('일찍 시작합니다', () => field('opensAt').fill(onClock(Date.now())), /예매 오픈|Sale opens/)
  buyers.startBooking()
  await until(() => buyers.booked > 0)
  await tab(text('대기실', 'Waiting room'))
  await act(text('일시정지', 'Pause'), { why: '입구 확인', done: DONE.pause![language] })
  await until(async () => (await snapshotOf(eventId)).phase === 'paused')
  const { serving } = await snapshotOf(eventId)
  expect(serving).toBeLessThan(BUYERS)
  await act(text('속도·인원', 'Rate and capacity'), {
    why: '입구 확인',
    fill: (form) => form.getByLabel(text('분당 입장 인원', 'Visitors per minute')).fill('6000'),
    done: DONE.settings![language],
  })
  await until(async () => (await snapshotOf(eventId)).perMinute === 6_000)
  expect((await snapshotOf(eventId)).serving).toBe(serving)
  await act(text('다시 시작', 'Resume'), { why: '확인 끝', done: DONE.resume![language] })
  await tab(text('실시간', 'Live'))
  await main.locator('.headline').waitFor()
  await until(() => buyers.booked === SEATS.vip + SEATS.r)

  await tab(text('공연 정보', 'Event'))
  await until(async () => {
    await page.reload()
    return await main.getByText(text('매진', 'Sold out'), { exact: true }).isVisible()
  })
  await change('시야 확보', () => field('seats', 1).fill(String(SEATS.added)), /R/)
  await until(() => buyers.booked === BUYERS)
}

/** Stops the sale while buyers book one after another: from then on, none of them gets a seat, and each refusal says why. */
async function stopSale({ main, text, act }: OperatorPage, buyers: Buyers, eventId: number): Promise<void> {
  buyers.startStream(await site.shop.addPeople(400))
  await until(() => buyers.booked > BUYERS)
  const message = text('음향 점검으로 잠시 멈췄습니다', 'We check the sound')
  await act(text('판매 중지', 'Stop the sale'), {
    why: '음향',
    fill: (form) => form.getByLabel(text('구매자 안내', 'Message to buyers')).fill(message),
    done: text('판매를 중지했습니다.', 'The sale is stopped.'),
  })
  const stoppedAtMs = performance.now()
  const after = () => buyers.bookings.filter(({ beganAtMs }) => beganAtMs > stoppedAtMs)
  await until(() => after().filter(({ answer }) => answer.code === 'sale_stopped').length >= 20)
  await buyers.stop()
  expect(after().filter(({ answer }) => answer.status === 201)).toEqual([])
  await main.getByText(message).first().waitFor()

  const buyer = await openPage(browser, { baseURL: site.edgeUrl, locale: text('ko-KR', 'en-US') })
  await buyer.page.goto(`/events/${eventId}`)
  await buyer.page.getByText(message).waitFor()
  expect(buyer.errors).toEqual([])
  await buyer.context.close()
}

/** Audits the seats, cancels a reservation, and exports all of them. Returns the number of the cancelled one. */
async function checkSale(operator: OperatorPage, booked: number, eventId: number): Promise<string> {
  const { page, main, text, look, follow, tab, act } = operator
  const rows = () => site.shop.db.$count(reservations, eq(reservations.eventId, eventId))
  await until(async () => await rows() === booked)
  await tab(text('좌석', 'Seats'))
  const agrees = main.getByText(text('Redis와 MySQL의 좌석 수가 일치합니다.', 'Redis and MySQL agree about every seat.'))
  await agrees.waitFor()
  await act(text('점검 기록', 'Record an audit'), {
    why: '마감 점검',
    done: text('점검 결과를 감사 로그에 남겼습니다.', 'The audit is in the audit log.'),
  })
  await agrees.waitFor()
  expect(await main.locator(`td[data-title="${text('차이', 'Drift')}"]`).allInnerTexts()).toEqual(['0', '0'])

  await tab(text('예매 내역', 'Reservations'))
  await main.locator('tbody th a').first().click()
  await act(text('예매 취소', 'Cancel tickets'), {
    why: '구매자 요청',
    done: text('취소했습니다. 좌석은 바로 다시 판매됩니다.', 'Cancelled. The seats are back on sale.'),
  })
  const number = new URL(page.url()).pathname.split('/').at(-1)!
  await until(async () => {
    await page.reload()
    return await main.getByRole('row', { name: /구매자 요청/ }).isVisible()
  })
  const isCancelled = and(eq(reservations.eventId, eventId), eq(reservations.status, 'cancelled'))
  await until(async () => await site.shop.db.$count(reservations, isCancelled) === 1)

  await follow(text('모든 예매 내역', 'All reservations'))
  await main.getByLabel(text('공연', 'Event'), { exact: true }).fill(String(eventId))
  await main.getByRole('button', { name: text('검색', 'Search') }).click()
  await page.waitForURL((url) => url.searchParams.get('event') === String(eventId))
  await look()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    main.getByRole('link', { name: text('CSV로 내보내기', 'Export as CSV') }).click(),
  ])
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
  expect(lines).toHaveLength(1 + booked)
  expect(lines.filter((line) => line.includes(',cancelled,'))).toHaveLength(1)
  await tab(text('리포트', 'Report'))
  return number
}

const VARIANTS = [['a phone, in English', SIZES.phone, 'en'], ['a desktop, in Korean', SIZES.desktop, 'ko']] as const

describe.each(VARIANTS)('on %s', (_, viewport, language) => {
  test('an operator runs a sale with the pages alone', { timeout: 900_000 }, async () => {
    const locale = language === 'ko' ? 'ko-KR' : 'en-US'
    const { context, page, errors } = await openPage(browser, { baseURL: site.edgeUrl, viewport, locale })
    const operator = operate(page, language, errors)
    const { main, text, menu, act } = operator
    await logIn(operator)
    const eventId = await createEvent(operator, `Night ${language}`)
    await uploadImage(operator)
    await previewAsBuyer(operator)
    expect((await fetch(`${site.edgeUrl}/events/${eventId}`)).status).toBe(404)
    await act(text('게시', 'Publish'), { why: '준비 끝', done: text('게시했습니다.', 'Published.') })
    await until(async () => (await fetch(`${site.edgeUrl}/events/${eventId}`)).status === 200)

    const types = await site.shop.db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
    const sale = { site, eventId, ticketTypeIds: types.map(({ id }) => id) }
    const buyers = new Buyers(sale, await site.shop.addPeople(BUYERS))
    onTestFinished(() => buyers.stop())
    await openUnderBurst(operator, buyers, eventId)
    await stopSale(operator, buyers, eventId)
    const number = await checkSale(operator, buyers.booked, eventId)

    await menu(text('감사 로그', 'Audit log'))
    const [owner] = await site.shop.db.select().from(users).where(eq(users.email, OWNER.email))
    for (const [subject, actions] of Object.entries(actsOfJourney(eventId, number, owner!.id))) {
      expect(await readActs(operator, subject)).toEqual(new Set(actions.map((action) => actionName(action, language))))
    }
    await main.getByRole('button', { name: text('변조 여부 점검', 'Check the chain') }).click()
    await main.getByText(text('변조된 기록이 없습니다', 'The log is intact')).waitFor()
    await operator.look()
    await context.close()
  })
})
