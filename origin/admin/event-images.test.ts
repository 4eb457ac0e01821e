import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { desc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { audit, events, images } from '../../db/schema.ts'
import { StoreUnavailable } from '../../db/store-unavailable.ts'
import type { Role } from '../../edge/contract/roles.ts'
import { imageFile } from '../../edge/contract/images.ts'
import { animation, photo, SVG } from '../../test/image-files.ts'
import { buyerHeaders, openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import type { Deps } from '../deps.ts'
import { collectImages, GRACE_MS } from '../image-collection.ts'
import { keysOf } from '../stored-image.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let s3: S3Client
beforeAll(async () => {
  const { s3: store } = inject('stores')
  process.env.AWS_ACCESS_KEY_ID = store.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = store.secretAccessKey
  shop = await openShop()
  app = createApp(shop)
  s3 = new S3Client({ region: store.region, endpoint: store.endpoint, forcePathStyle: true })
})
afterAll(() => shop.close())

const ALT = { alt: '빨간 무대 위의 가수', altEn: 'A singer on a red stage' }

function formOf(fields: Record<string, string>, file?: Uint8Array<ArrayBuffer>, type = 'image/jpeg'): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  if (file) form.set('image', new Blob([file], { type }), 'poster.jpg')
  return form
}

async function headersOf(role: Role = 'manager') {
  const [person] = await shop.addPeople(1)
  const { authorization } = await buyerHeaders(Object.assign({}, person!, { role }), 1)
  return { authorization, accept: 'text/html, application/json', 'accept-language': 'en' }
}

const put = async (eventId: number, body: FormData, target = app) =>
  await target.request(`/api/admin/events/${eventId}/image`, { method: 'PUT', headers: await headersOf(), body })
const post = async (path: string, body: FormData) => await app.request(path, { method: 'POST', headers: await headersOf(), body })
const file = async (...options: Parameters<typeof photo>) => new Uint8Array(await photo(...options))
const pageOf = async (path: string, language: string) =>
  await (await app.request(path, { headers: { accept: 'text/html', 'accept-language': language } })).text()
const imageOf = async (eventId: number) => {
  const [row] = await shop.db.select({ image: images }).from(events).leftJoin(images, eq(images.id, events.imageId))
    .where(eq(events.id, eventId))
  return row!.image
}
const isStored = (Key: string) =>
  s3.send(new GetObjectCommand({ Bucket: inject('stores').s3.bucket, Key })).then(() => true, (error: Error) => {
    if (error.name !== 'NoSuchKey') throw error
    return false
  })
const lastAct = async (eventId: number) => {
  const [row] = await shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`)).orderBy(desc(audit.id)).limit(1)
  return row && { action: row.action, reason: row.reason, detail: JSON.parse(row.detail!) }
}
const collect = (laterMs: number) =>
  collectImages({ db: shop.db, images: shop.images, now: () => new Date(Date.now() + laterMs) })

test('an uploaded image is on the event’s page in all sizes and formats, described, with its colour, and cached forever', async () => {
  const { eventId } = await shop.addSale()
  const response = await put(eventId, formOf(ALT, await file({ width: 700, height: 900 })))
  expect(response.status).toBe(200)
  const { image, imageUrl } = await response.json() as { image: { template: string; widths: number[] }; imageUrl: string }
  expect(image).toMatchObject({ widths: [320, 640, 700], width: 700, height: 900, alt: ALT.altEn })

  const [ko, en] = [await pageOf(`/events/${eventId}`, 'ko'), await pageOf(`/events/${eventId}`, 'en')]
  expect(ko).toContain(`alt="${ALT.alt}"`)
  expect(en).toContain(`alt="${ALT.altEn}"`)
  expect(en).toMatch(/<meta name="theme-color" content="#[0-9a-f]{6}"/)
  expect(en).toMatch(/<img class="poster tint-\d+" [^>]*width="700" height="900"/)
  for (const [extension, type] of [['avif', 'image/avif'], ['webp', 'image/webp'], ['jpg', 'image/jpeg']] as const) {
    const path = imageFile(image.template, 640, extension)
    expect(en).toContain(path)
    const served = await app.request(path)
    expect([served.status, served.headers.get('content-type')]).toEqual([200, type])
    expect(served.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(served.headers.get('content-security-policy')).toContain('sandbox')
  }
  const { imageUrl: listed } = await (await app.request(`/api/events/${eventId}`)).json() as { imageUrl: string }
  expect(listed).toBe(imageUrl)
  expect(await lastAct(eventId)).toMatchObject({ action: 'image.replace', detail: { before: null, after: ALT } })
})

test('a replaced image is deleted two hours later with all its files, and nothing else is', async () => {
  const { eventId } = await shop.addSale()
  await put(eventId, formOf(ALT, await file()))
  const first = (await imageOf(eventId))!
  await put(eventId, formOf(ALT, await file()))
  const second = (await imageOf(eventId))!
  expect(second.id).not.toBe(first.id)
  expect((await lastAct(eventId))!.detail).toMatchObject({ before: { key: first.key }, after: { key: second.key } })

  await collect(0)
  await collect(GRACE_MS - 60_000)
  expect(await Promise.all(keysOf(first).map(isStored))).toEqual([true, true, true])
  expect(await collect(GRACE_MS + 60_000)).toBeGreaterThan(0)
  expect(await Promise.all(keysOf(first).map(isStored))).toEqual([false, false, false])
  expect(await Promise.all(keysOf(second).map(isStored))).toEqual([true, true, true])
  const left = await shop.db.select({ id: images.id }).from(images)
  expect(left.map(({ id }) => id)).not.toContain(first.id)
  expect((await imageOf(eventId))!.id).toBe(second.id)
})

test('an image that an event takes again before it is deleted is kept', async () => {
  const { eventId } = await shop.addSale()
  await put(eventId, formOf(ALT, await file()))
  const image = (await imageOf(eventId))!
  await shop.db.update(events).set({ imageId: null }).where(eq(events.id, eventId))
  await collect(0)
  await shop.db.update(events).set({ imageId: image.id }).where(eq(events.id, eventId))
  await collect(GRACE_MS + 60_000)
  expect(await isStored(image.key)).toBe(true)
  expect((await imageOf(eventId))!.unusedSince).toBeNull()
})

test('an upload that the image store does not take changes nothing, and what was stored of it is deleted later', async () => {
  const { eventId } = await shop.addSale()
  const stored: string[] = []
  const store: Deps['images'] = {
    get: shop.images.get,
    delete: shop.images.delete,
    async put(key, content) {
      if (key.endsWith('.webp')) throw new StoreUnavailable('s3', 'The image store is not available')
      await shop.images.put(key, content)
      stored.push(key)
    },
  }
  const response = await put(eventId, formOf(ALT, await file()), createApp(Object.assign({}, shop, { images: store })))
  expect(response.status).toBe(503)
  expect(await imageOf(eventId)).toBeNull()
  await expect.poll(() => stored.length).toBe(2)
  await collect(GRACE_MS + 60_000)
  expect(await Promise.all(stored.map(isStored))).toEqual([false, false])
})

test('the form says what is wrong at the field, and keeps what was typed', async () => {
  const { eventId } = await shop.addSale()
  const path = `/admin/events/${eventId}/image`
  const refused = async (form: FormData) => {
    const response = await post(path, form)
    return { status: response.status, page: await response.text() }
  }
  const svg = await refused(formOf(ALT, new TextEncoder().encode(SVG), 'image/png'))
  expect(svg.status).toBe(422)
  expect(svg.page).toMatch(/id="image-problem">This file is not a JPEG, PNG, WebP or AVIF image/)
  expect(svg.page).toContain(`value="${ALT.altEn}"`)
  expect((await refused(formOf(ALT, new Uint8Array(await animation()), 'image/webp'))).page).toContain('Animated images')
  expect((await refused(formOf(ALT))).page).toContain('Choose an image to upload')
  const undescribed = await refused(formOf({ alt: ' ', altEn: 'x' }, await file()))
  expect([undescribed.status, undescribed.page.includes('id="alt-problem"')]).toEqual([422, true])
  expect(await imageOf(eventId)).toBeNull()
})

test('two operators do not overwrite each other, a description changes without an upload, and an image is removed', async () => {
  const { eventId } = await shop.addSale()
  const path = `/admin/events/${eventId}/image`
  const saved = await post(path, formOf(Object.assign({ seen: '' }, ALT), await file()))
  expect([saved.status, saved.headers.get('location')]).toEqual([303, `${path}?done=image`])
  const image = (await imageOf(eventId))!
  const late = await post(path, formOf(Object.assign({ seen: '' }, ALT), await file()))
  expect(late.status).toBe(409)
  expect(await late.text()).toContain('Another operator has changed the image')
  expect((await imageOf(eventId))!.id).toBe(image.id)

  await post(path, formOf({ seen: String(image.id), alt: '새 설명', altEn: 'New words' }))
  expect(await imageOf(eventId)).toMatchObject({ id: image.id, alt: '새 설명', altEn: 'New words' })
  expect(await lastAct(eventId)).toMatchObject({
    action: 'image.describe',
    detail: { before: ALT, after: { altEn: 'New words' } },
  })
  expect(await pageOf(`/events/${eventId}`, 'en')).toContain('alt="New words"')

  const removed = await post(`${path}/removal`, formOf({ seen: String(image.id), reason: 'Wrong poster' }))
  expect(removed.headers.get('location')).toBe(`${path}?done=removed`)
  expect(await imageOf(eventId)).toBeNull()
  expect(await lastAct(eventId)).toMatchObject({
    action: 'image.remove',
    reason: 'Wrong poster',
    detail: { before: { key: image.key }, after: null },
  })
  expect(await pageOf(`/events/${eventId}`, 'en')).toContain('class="poster placeholder"')
})

test('a drawing without variants, as in the demo, is shown as before', async () => {
  const { eventId } = await shop.addSale()
  const [{ insertId }] = await shop.db.insert(images)
    .values({ key: 'posters/demo.svg', contentType: 'image/svg+xml', bytes: 1_000, createdAt: new Date() })
  await shop.db.update(events).set({ imageId: insertId }).where(eq(events.id, eventId))
  expect(await pageOf(`/events/${eventId}`, 'en')).toContain('<img class="poster" src="/images/posters/demo.svg" alt width')
  const page = await app.request(`/admin/events/${eventId}/image`, { headers: await headersOf() })
  expect([page.status, (await page.text()).includes('Drawing (SVG)')]).toEqual([200, true])
})
