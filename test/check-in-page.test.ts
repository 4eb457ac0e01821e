import type { Browser, Page } from 'playwright-core'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ticketCode } from '../edge/contract/admission-ticket.ts'
import { ACCESS_COOKIE } from '../edge/contract/cookies.ts'
import type { Person } from '../origin/accounts.ts'
import { reserve } from '../origin/reservations.ts'
import { signAccess } from '../origin/sessions.ts'
import { bookingRequest, openSale } from './booking.ts'
import { expectAccessible, launchChromium, openPage, SIZES } from './chromium.ts'
import { tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'

let site: Site
let dir: string
let buyers: Browser
beforeAll(async () => {
  site = await openSite({ OPERATOR_TWO_FACTOR: 'optional' })
  dir = await mkdtemp(join(tmpdir(), 'neticket-door-'))
  buyers = await launchChromium()
})
afterAll(async () => {
  await buyers.close()
  await site.close()
  await rm(dir, { recursive: true, force: true })
})

type Identity = Parameters<typeof signAccess>[1]

async function openAs(browser: Browser, person: Identity) {
  const opened = await openPage(browser, { baseURL: site.edgeUrl, viewport: SIZES.phone, locale: 'ko-KR' })
  // The page decides by its list when the shop is slow, as a busy machine is.
  await opened.context.addInitScript(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    AbortSignal.timeout = (ms) => timeout(20 * ms)
  })
  const value = await signAccess({ tokenKeys, now: () => new Date() }, person)
  await opened.context.addCookies([{ name: ACCESS_COOKIE, value, url: site.edgeUrl }])
  return opened
}
const staff: Identity = { id: 1_000_001, nickname: '스태프', role: 'support' }

async function book(person: Person, eventId: number, ticketTypeId: number, quantity: number): Promise<string> {
  const request = bookingRequest(person, eventId, ticketTypeId, { quantity, idempotencyKey: randomUUID() })
  for (;;) {
    const booked = await reserve(site.shop, 'ko', request)
    if (booked.kind === 'reserved') return booked.reservation.id
    if (booked.kind !== 'busy') throw new Error(booked.kind)
  }
}

/** The QR code of a ticket as the buyer's phone shows it. */
async function showTicket(person: Person, reservation: string): Promise<Buffer> {
  const { context, page, errors } = await openAs(buyers, person)
  await page.goto(`/reservations/${reservation}`)
  await page.getByRole('link', { name: '입장권 보기' }).click()
  await page.getByRole('heading', { level: 1, name: '입장권' }).waitFor()
  await page.getByText(ticketCode({ reservation, ordinal: 2 })).waitFor()
  await page.getByRole('button', { name: '인쇄' }).waitFor()
  await expectAccessible(page)
  const picture = await page.locator('.admission-code svg').first().screenshot()
  expect(errors).toEqual([])
  await context.close()
  return picture
}

const SIDE = 640

/** A film of one frame (YUV4MPEG2) in which the camera sees a picture. */
async function film(picture: Buffer): Promise<string> {
  const luma = await sharp(picture).greyscale().resize(SIDE, SIDE, { fit: 'contain', background: '#ffffff' }).raw().toBuffer()
  const grey = Buffer.alloc(SIDE * SIDE / 2, 128)
  const head = `YUV4MPEG2 W${SIDE} H${SIDE} F10:1 Ip A1:1 C420jpeg\nFRAME\n`
  const file = join(dir, `${randomUUID()}.y4m`)
  await writeFile(file, Buffer.concat([Buffer.from(head), luma, grey]))
  return file
}

const verdict = (page: Page, kind: string) => page.locator(`[data-verdict="${kind}"]`)

async function check(page: Page, code: string): Promise<void> {
  await page.getByLabel('번호로 확인').fill(code)
  await page.getByRole('button', { name: '확인', exact: true }).click()
}

test(
  'a ticket is scanned at the door twice, online and offline, and two doors find their conflict',
  { timeout: 600_000 },
  async () => {
    const { eventId, ticketTypeId, people: [buyer] } = await openSale(site.shop, { seats: [10], title: '문 앞의 공연' })
    const reservation = await book(buyer!, eventId, ticketTypeId, 2)
    const picture = await showTicket(buyer!, reservation)
    const second = ticketCode({ reservation, ordinal: 2 })
    const camera = await launchChromium(
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${await film(picture)}`,
    )
    const [doorA, doorB] = [await openAs(camera, staff), await openAs(camera, staff)]

    // Door A scans with its camera.
    await doorA.page.goto('/check-in')
    await expectAccessible(doorA.page)
    await doorA.page.getByRole('link', { name: '문 앞의 공연' }).click()
    await doorA.page.getByText('온라인', { exact: true }).waitFor()
    await doorA.page.locator('.door summary').click()
    await doorA.page.getByLabel('이 기기의 이름').fill('A 게이트')
    await doorA.page.getByLabel('이 기기의 이름').press('Tab')
    await doorA.page.getByRole('button', { name: '카메라로 스캔' }).click()
    await verdict(doorA.page, 'admitted').waitFor()
    await doorA.page.getByRole('button', { name: '카메라 끄기' }).click()
    await expectAccessible(doorA.page)

    // The same QR code is shown at door B.
    await doorB.page.goto(`/check-in/${eventId}`)
    await doorB.page.getByText('온라인', { exact: true }).waitFor()
    const file = { name: 'qr.png', mimeType: 'image/png', buffer: picture }
    await doorB.page.locator('#picture').setInputFiles(file)
    await verdict(doorB.page, 'used').getByText('A 게이트').waitFor()

    // Door B loses its network. It admits the second ticket once, by its list.
    await doorB.context.setOffline(true)
    await check(doorB.page, second)
    await verdict(doorB.page, 'admitted').getByText('입장하세요 (오프라인)').waitFor()
    await doorB.page.getByText('전송 대기 1건').waitFor()
    await check(doorB.page, second)
    await verdict(doorB.page, 'used').waitFor()
    await expectAccessible(doorB.page)

    // Door A knows nothing of it, and admits the ticket too. Door B learns of that.
    await check(doorA.page, second)
    await verdict(doorA.page, 'admitted').getByText(second).first().waitFor()
    await doorB.context.setOffline(false)
    await doorB.page.getByRole('heading', { name: '확인이 필요한 입장' }).waitFor()
    await doorB.page.getByText('전송 대기 1건').waitFor({ state: 'hidden' })
    await expectAccessible(doorB.page)

    // Undone at door A, it can be used at door B.
    await verdict(doorA.page, 'admitted').getByRole('button', { name: '입장 취소' }).click()
    await verdict(doorA.page, 'undone').waitFor()
    await check(doorB.page, second.toLowerCase())
    await verdict(doorB.page, 'admitted').waitFor()
    const isOfNetwork = (error: string) => error.includes('net::ERR_')
    expect(doorA.errors.concat(doorB.errors).filter((error) => !isOfNetwork(error))).toEqual([])
    await camera.close()
  },
)
