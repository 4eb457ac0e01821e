import { eq } from 'drizzle-orm'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, images, users } from '../../db/schema.ts'
import { ensureProgram } from '../../dev/programs.ts'
import { type EventImage, imageFile } from '../../edge/contract/images.ts'
import type { Role } from '../../edge/contract/roles.ts'
import { openSession } from '../../origin/sessions.ts'
import { PAGE, photo, photoWithExif, polyglot, SVG } from '../image-files.ts'
import { buyerHeaders } from '../shop.ts'
import { openSite, type Site } from '../site.ts'

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite()
  browser = await chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const MEGABYTE = 1_000_000
const ALT = { alt: '빨간 포스터', altEn: 'A red poster' }

async function personOf(role: Role) {
  const [person] = await site.shop.addPeople(1)
  await site.shop.db.update(users).set({ role }).where(eq(users.id, person!.id))
  return Object.assign({}, person!, { role, email: 'operator@test.example' })
}

async function headersOf(role: Role | null): Promise<Record<string, string>> {
  if (!role) return {}
  const { authorization } = await buyerHeaders(await personOf(role), 1)
  return { authorization }
}

/** An image, or a problem. */
type Answer = { image: EventImage; code?: string; fault?: string; detail?: string }

/** Uploads a file as the body of a request that declares a type. */
async function upload(body: Uint8Array, role: Role | null = 'manager', type = 'image/jpeg', accept = 'application/json') {
  const { eventId } = await site.shop.addSale()
  const response = await fetch(`${site.edgeUrl}/api/admin/events/${eventId}/image?${new URLSearchParams(ALT)}`, {
    method: 'PUT',
    headers: Object.assign({ 'content-type': type, accept, 'accept-language': 'en' }, await headersOf(role)),
    body: new Uint8Array(body),
  })
  return { eventId, status: response.status, answer: await response.json() as Answer }
}

const imageIdOf = async (eventId: number) => (await site.shop.db.select().from(events).where(eq(events.id, eventId)))[0]!.imageId

describe('A100: files that are not what they seem', () => {
  test('A100: a polyglot file and a photo with its place are served through the edge without either', async () => {
    for (const [file, secret] of [[await polyglot(), PAGE], [await photoWithExif(), 'Hong Gildong']] as const) {
      expect(file.includes(secret)).toBe(true)
      const { status, answer } = await upload(file, 'manager', 'text/html')
      expect(status).toBe(200)
      for (const [extension, type] of [['jpg', 'image/jpeg'], ['webp', 'image/webp'], ['avif', 'image/avif']] as const) {
        const { template, widths } = answer.image
        const response = await fetch(site.edgeUrl + imageFile(template, widths[0]!, extension))
        const body = Buffer.from(await response.arrayBuffer())
        expect([response.status, response.headers.get('content-type'), body.includes(secret)]).toEqual([200, type, false])
        expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      }
    }
  })

  test('A100: a drawing with a script and a page are refused, whatever type they declare', async () => {
    for (const file of [SVG, PAGE]) {
      const { eventId, status, answer } = await upload(Buffer.from(file), 'manager', 'image/png')
      expect([status, answer.code, answer.fault]).toEqual([422, 'validation_failed', 'type'])
      expect(await imageIdOf(eventId)).toBeNull()
    }
  })
})

describe('A101: large bodies', () => {
  test('A101: an image of 4 MB passes, and one of 6 MB is refused with the limit', async () => {
    const file = Buffer.concat([await photo(), Buffer.alloc(4 * MEGABYTE)])
    expect((await upload(file)).status).toBe(200)
    const { status, answer } = await upload(Buffer.concat([file, Buffer.alloc(2 * MEGABYTE)]))
    expect([status, answer.code]).toEqual([413, 'body_too_large'])
    expect(answer.detail).toContain('5 MB')
  })

  test('A101: only an operator who may upload can send more than others, and only to this route', async () => {
    const file = Buffer.concat([await photo(), Buffer.alloc(MEGABYTE)])
    for (const [role, status] of [[null, 401], ['user', 403], ['viewer', 403], ['support', 403]] as const) {
      expect([role, (await upload(file, role)).status]).toEqual([role, status])
    }
    const stored = await site.shop.db.select().from(images)
    const headers = Object.assign({ 'content-type': 'application/json' }, await headersOf('owner'))
    for (const path of ['/api/admin/events/1/publish', '/api/admin/events/1/images', '/login']) {
      const { status } = await fetch(site.edgeUrl + path, { method: 'POST', headers, body: new Uint8Array(file) })
      expect([path, status]).toEqual([path, 413])
    }
    // The origin holds the same limits, without an edge in front of it.
    const atOrigin = await fetch(`${site.originUrl}/api/admin/events/1/image`, { method: 'PUT', body: new Uint8Array(file) })
    expect(atOrigin.status).toBe(401)
    expect(await site.shop.db.select().from(images)).toHaveLength(stored.length)
  })
})

test('an operator uploads a poster in a browser, sees it, and gets a clear answer to a bad file', async () => {
  const { eventId } = await site.shop.addSale()
  const session = await openSession(site.shop, await personOf('manager'))
  const context = await browser.newContext({ baseURL: site.edgeUrl, locale: 'ko-KR', viewport: { width: 390, height: 844 } })
  await context.addCookies([
    { name: 'access', value: session.accessToken, url: site.edgeUrl },
    { name: 'refresh', value: session.refreshToken, url: site.edgeUrl },
  ])
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`/admin/events/${eventId}/image`)
  await page.getByLabel('이미지 설명 (한국어)').fill(ALT.alt)
  await page.getByLabel('이미지 설명 (영어)').fill(ALT.altEn)
  const choose = (name: string, buffer: Buffer) =>
    page.getByLabel('이미지 파일').setInputFiles({ name, mimeType: 'image/jpeg', buffer })

  await choose('large.jpg', Buffer.alloc(6 * MEGABYTE))
  await page.getByText('이미지는 5MB까지').waitFor()
  await choose('drawing.jpg', Buffer.from(SVG))
  await page.getByRole('button', { name: '올리기' }).click()
  await page.getByText('JPEG, PNG, WebP, AVIF 이미지가 아닙니다').waitFor()
  expect(await page.getByLabel('이미지 설명 (영어)').inputValue()).toBe(ALT.altEn)

  await choose('poster.jpg', await photo({ width: 700, height: 900 }))
  await page.getByAltText('선택한 이미지').waitFor()
  await page.getByRole('button', { name: '올리기' }).click()
  await page.waitForURL(`**/admin/events/${eventId}/image?done=image`)
  const poster = page.getByAltText(ALT.alt)
  await poster.waitFor()
  await expect.poll(() => poster.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true)
  // Chromium takes the first format.
  expect(await poster.evaluate((image: HTMLImageElement) => image.currentSrc)).toMatch(/\.avif$/)

  await page.goto(`/events/${eventId}`)
  await page.getByAltText(ALT.alt).waitFor()
  expect(errors).toEqual([])
  await context.close()
})
