import { and, eq, inArray, ne } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { events, mails, openingReminders, users } from '../../db/schema.ts'
import { MAX_REMINDERS, REMINDER } from '../../edge/contract/opening-reminders.ts'
import { addAccount, openBrowser } from '../../test/operators.ts'
import { openShop, PUBLIC_URL, type Shop } from '../../test/shop.ts'
import { until } from '../../test/until.ts'
import { createApp } from '../app.tsx'
import { deleteEvent } from '../event-deletion.ts'
import { setReminder } from '../reminders.ts'
import { type Mailer, openMailer } from './mailer.ts'
import { purgeReminders, queueReminders } from './opening-reminders.ts'
import type { Mail } from './smtp.ts'

const HOUR_MS = 3_600_000
/** Far from both limits, so that a slow machine stays between them. */
const SOON_MS = (REMINDER.firstMinutes - 10) * 60_000
let shop: Shop
let app: ReturnType<typeof createApp>
const mailers: Mailer[] = []
let sent: Mail[] = []

beforeAll(async () => {
  // Its own mailer rests: those of the tests send.
  shop = await openShop({ writeBackMs: HOUR_MS, mailerMs: HOUR_MS })
  app = createApp(shop)
})
afterAll(() => shop.close())
beforeEach(async () => {
  sent = []
  await shop.db.delete(mails)
  await shop.db.delete(openingReminders)
})
afterEach(async () => {
  await Promise.all(mailers.splice(0).map((mailer) => mailer.close()))
})

const partsOf = () => ({ db: shop.db, tokenKeys: shop.tokenKeys, log: () => {}, now: () => new Date(), newId: shop.newId })
function start(): void {
  const send = (mail: Mail) => Promise.resolve(void sent.push(mail))
  mailers.push(openMailer({ ...partsOf(), send, publicUrl: PUBLIC_URL }, 20))
}
const rowsOf = (eventId: number) => shop.db.select().from(openingReminders).where(eq(openingReminders.eventId, eventId))
const open = (eventId: number, inMs: number) =>
  shop.db.update(events).set({ opensAt: new Date(Date.now() + inMs) }).where(eq(events.id, eventId))

/** A buyer with a verified address, in a browser that prefers English. */
async function addBuyer() {
  const account = await addAccount(shop, 'user')
  await shop.db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, account.id))
  const browser = openBrowser(app, `test ${account.nickname}`)
  await browser.logIn(account.email)
  const page = async (eventId: number) => await (await browser.get(`/events/${eventId}/reminder`)).text()
  return Object.assign(account, { browser, page })
}

/** An event with reminders of so many people, who have verified their addresses. */
async function addReminders(count: number, opensInMs: number) {
  const people = await shop.addPeople(count)
  const userIds = people.map(({ id }) => id)
  await shop.db.update(users).set({ emailVerifiedAt: new Date() }).where(inArray(users.id, userIds))
  const { eventId } = await shop.addSale({ title: '겨울의 노래', opensInMs })
  await shop.db.insert(openingReminders).values(
    userIds.map((userId) => ({ eventId, userId, language: 'ko' as const, createdAt: new Date() })),
  )
  return { eventId, userIds }
}

/** Waits until no reminder of the event is due. */
const untilNoted = (eventId: number, count: number) =>
  until(async () => (await rowsOf(eventId)).filter(({ remindedOf }) => remindedOf !== null).length === count)
const untilAllSent = () => until(async () => (await shop.db.select().from(mails).where(ne(mails.state, 'sent'))).length === 0)

describe('a reminder', () => {
  test('is set and cancelled with a button, without scripts or as a part of the event page; a guest logs in first', async () => {
    const { eventId } = await shop.addSale({ opensInMs: 6 * HOUR_MS })
    const path = `/events/${eventId}/reminder`
    const guest = await openBrowser(app).post(path, { act: 'set' })
    expect([guest.status, guest.headers.get('location')]).toEqual([303, `/login?next=${encodeURIComponent(path)}`])
    const buyer = await addBuyer()
    expect(await buyer.page(eventId)).toContain('Remind me by mail')
    for (let i = 0; i < 2; i++) expect((await buyer.browser.post(path, { act: 'set' })).headers.get('location')).toBe(path)
    const page = await buyer.page(eventId)
    for (const text of [`We will mail ${buyer.email}`, 'Cancel the reminder', 'noindex']) expect(page).toContain(text)
    expect(await rowsOf(eventId)).toMatchObject([{ userId: buyer.id, language: 'en', remindedOf: null }])
    const headers = { cookie: [...buyer.browser.jar].map(([name, value]) => `${name}=${value}`).join('; '), 'hx-request': 'true' }
    const fragment = await app.request(path, { method: 'POST', headers, body: new URLSearchParams({ act: 'cancel' }) })
    expect([fragment.status, await fragment.text()]).toEqual([200, expect.stringMatching(/^<section id="reminder"/)])
    expect(await rowsOf(eventId)).toEqual([])
  })

  test('needs a verified address, and a page says so with the way out', async () => {
    const { eventId } = await shop.addSale({ opensInMs: 6 * HOUR_MS })
    const buyer = await addBuyer()
    await shop.db.update(users).set({ emailVerifiedAt: null }).where(eq(users.id, buyer.id))
    await buyer.browser.post(`/events/${eventId}/reminder`, { act: 'set' })
    const page = await buyer.page(eventId)
    expect(page).toContain('verify your e-mail address first')
    expect(page).toContain('href="/me/account"')
    expect(await rowsOf(eventId)).toEqual([])
  })

  test('is not to be had when the opening is near, nor for an event that is not sold', async () => {
    const buyer = await addBuyer()
    const [near, draft, cancelled] = [await shop.addSale({ opensInMs: SOON_MS }), await shop.addSale(), await shop.addSale()]
    await shop.db.update(events).set({ published: false }).where(eq(events.id, draft.eventId))
    await shop.db.update(events).set({ cancelledAt: new Date() }).where(eq(events.id, cancelled.eventId))
    const statusOf = async (eventId: number) => (await buyer.browser.post(`/events/${eventId}/reminder`, { act: 'set' })).status
    expect([await statusOf(near.eventId), await statusOf(draft.eventId), await statusOf(cancelled.eventId)]).toEqual([
      303,
      404,
      404,
    ])
    expect(await buyer.page(near.eventId)).toContain('too near for a mail')
    expect(await shop.db.select().from(openingReminders)).toEqual([])
  })

  test(`is one of ${MAX_REMINDERS} at most, also when many are set at once; one of a past opening does not count`, async () => {
    const buyer = await addBuyer()
    const add = async (opensInMs: number) => (await shop.addSale({ opensInMs })).eventId
    const past = await add(-HOUR_MS)
    await shop.db.insert(openingReminders).values({ eventId: past, userId: buyer.id, language: 'ko', createdAt: new Date() })
    const ahead: number[] = []
    for (let i = 0; i < MAX_REMINDERS + 3; i++) ahead.push(await add(6 * HOUR_MS))
    await Promise.all(ahead.map((eventId) => setReminder(shop, { eventId, userId: buyer.id, language: 'ko' })))
    const isOwn = and(eq(openingReminders.userId, buyer.id), ne(openingReminders.eventId, past))
    const kept = await shop.db.select().from(openingReminders).where(isOwn)
    expect(kept).toHaveLength(MAX_REMINDERS)
    const refused = ahead.find((id) => !kept.some(({ eventId }) => eventId === id))!
    expect(await buyer.page(refused)).toContain(`reminders of ${MAX_REMINDERS} openings`)
  })
})

describe('its mail', () => {
  test('is sent once before the opening by several origins, with the event and a link that stops it', async () => {
    const { eventId, userIds } = await addReminders(45, SOON_MS)
    for (let i = 0; i < 3; i++) start()
    await untilNoted(eventId, userIds.length)
    await untilAllSent()
    expect(new Set(sent.map(({ to }) => to)).size).toBe(userIds.length)
    expect(sent).toHaveLength(userIds.length)
    const [mail] = sent
    expect(mail).toMatchObject({ language: 'ko', subject: '[NETicket] 곧 예매가 열립니다 · 겨울의 노래' })
    for (const text of [`${PUBLIC_URL}/events/${eventId}`, mail!.unsubscribe!, '시험 홀']) expect(mail!.text).toContain(text)
    expect(mail!.html).toContain(`href="${mail!.unsubscribe}"`)
  })

  test('waits until the opening is near, and is not sent in the last minutes', async () => {
    const early = await addReminders(1, (REMINDER.firstMinutes + 60) * 60_000)
    const late = await addReminders(1, (REMINDER.lastMinutes - 5) * 60_000)
    const due = await addReminders(1, SOON_MS)
    start()
    await untilNoted(due.eventId, 1)
    await untilAllSent()
    expect(sent).toHaveLength(1)
    for (const { eventId } of [early, late]) expect(await rowsOf(eventId)).toMatchObject([{ remindedOf: null }])
  })

  test('is not lost and not queued twice when a transaction fails at the last moment', async () => {
    const { eventId } = await addReminders(5, SOON_MS)
    const failing = { ...partsOf(), tokenKeys: { ...shop.tokenKeys, secrets: [] as never } }
    await expect(queueReminders(failing, 20)).rejects.toThrow()
    expect(await shop.db.select().from(mails)).toEqual([])
    expect(await queueReminders(partsOf(), 20)).toBe(5)
    expect(await queueReminders(partsOf(), 20)).toBe(0)
    expect((await shop.db.select().from(mails)).map(({ key }) => key.startsWith(`reminder-${eventId}-`))).toEqual(
      Array(5).fill(true),
    )
  })

  test('moves with the opening, also after one was sent', async () => {
    const { eventId } = await addReminders(2, 6 * HOUR_MS)
    expect(await queueReminders(partsOf(), 20)).toBe(0)
    await open(eventId, SOON_MS)
    expect(await queueReminders(partsOf(), 20)).toBe(2)
    await open(eventId, 6 * HOUR_MS)
    expect(await queueReminders(partsOf(), 20)).toBe(0)
    await open(eventId, SOON_MS + 60_000)
    expect([await queueReminders(partsOf(), 20), await queueReminders(partsOf(), 20)]).toEqual([2, 0])
  })

  test.each([
    ['a cancelled event', { cancelledAt: new Date() }],
    ['an event that is published no more', { published: false }],
    ['a sale that is stopped', { saleState: 'stopped' as const }],
  ])('is not sent for %s', async (_, change) => {
    const { eventId } = await addReminders(1, SOON_MS)
    await shop.db.update(events).set(change).where(eq(events.id, eventId))
    expect(await queueReminders(partsOf(), 20)).toBe(0)
  })

  test('does not go to an address that is not verified, nor before the mails that somebody waits for', async () => {
    const { eventId, userIds } = await addReminders(2, SOON_MS)
    await shop.db.update(users).set({ emailVerifiedAt: null }).where(eq(users.id, userIds[0]!))
    const at = new Date()
    await shop.db.insert(mails).values(Array.from({ length: 20 }, (_, i) => ({
      key: `waiting-${i}`,
      kind: 'verify_email',
      recipient: 'a@test.example',
      content: '',
      createdAt: at,
      nextAttemptAt: at,
      expiresAt: new Date(at.getTime() + HOUR_MS),
    })))
    expect(await queueReminders(partsOf(), 20)).toBe(0)
    await shop.db.delete(mails)
    expect(await queueReminders(partsOf(), 20)).toBe(2)
    expect(await shop.db.select().from(mails)).toMatchObject([{ userId: userIds[1] }])
    expect((await rowsOf(eventId)).every(({ remindedOf }) => remindedOf !== null)).toBe(true)
  })
})

test('the link of a mail stops all reminders of its reader with one press, or by the mail program; opening it changes nothing', async () => {
  const [first, second] = [await addReminders(2, SOON_MS), await addReminders(1, 6 * HOUR_MS)]
  const [reader] = first.userIds
  await shop.db.update(openingReminders).set({ userId: reader! }).where(eq(openingReminders.eventId, second.eventId))
  const { email } = (await shop.db.select().from(users).where(eq(users.id, reader!)))[0]!
  start()
  await until(() => sent.some(({ to }) => to === email))
  const link = sent.find(({ to }) => to === email)!.unsubscribe!
  const path = link.slice(PUBLIC_URL.length)
  expect(await (await openBrowser(app).get(path)).text()).toContain('Stop all reminders')
  expect(await rowsOf(second.eventId)).toHaveLength(1)
  // As mail programs post it (RFC 8058): without cookies.
  const response = await app.request(path, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })
  expect(response.status).toBe(200)
  expect([await rowsOf(first.eventId), await rowsOf(second.eventId)]).toMatchObject([[{ userId: first.userIds[1] }], []])
  expect((await openBrowser(app).post('/reminders/stop?token=a.b.c')).status).toBe(410)
})

test('reminders are deleted a day after the opening, and with their event', async () => {
  const [over, fresh, gone] = [
    await addReminders(2, -26 * HOUR_MS),
    await addReminders(1, -HOUR_MS),
    await addReminders(1, HOUR_MS),
  ]
  await purgeReminders(shop.db, new Date())
  expect([await rowsOf(over.eventId), await rowsOf(fresh.eventId)]).toMatchObject([[], [{ eventId: fresh.eventId }]])
  const deletion = { eventId: gone.eventId, actor: { id: 1, address: null, requestId: null }, reason: 'test' }
  expect(await deleteEvent(shop, deletion)).toEqual({ kind: 'deleted' })
  expect(await rowsOf(gone.eventId)).toEqual([])
})
