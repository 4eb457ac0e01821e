import { and, asc, eq, inArray, isNull, ne } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { events, mails, reservationMails, reservations, users } from '../../db/schema.ts'
import { buyerHeaders, openShop, PUBLIC_URL, type Shop } from '../../test/shop.ts'
import { until } from '../../test/until.ts'
import type { Person } from '../accounts.ts'
import { createApp } from '../app.tsx'
import { MAIL_BURST } from './mail-allowance.ts'
import { type Mailer, openMailer } from './mailer.ts'
import { queueMail } from './outbox.ts'
import { queueReservationMails } from './reservation-mails.ts'
import { type Mail, type SendMail, SmtpAway } from './smtp.ts'

const HOUR_MS = 3_600_000
let shop: Shop
let app: ReturnType<typeof createApp>
const mailers: Mailer[] = []
let sent: Mail[] = []
let lines: { event: string; facts: object }[] = []

beforeAll(async () => {
  // Its own mailer rests: those of the tests send.
  shop = await openShop({ writeBackMs: HOUR_MS, mailerMs: HOUR_MS })
  app = createApp(shop)
})
afterAll(() => shop.close())
beforeEach(async () => {
  sent = []
  lines = []
  await shop.db.delete(mails)
  await shop.db.delete(reservationMails)
})
afterEach(async () => {
  await Promise.all(mailers.splice(0).map((mailer) => mailer.close()))
})

const log = (event: string, facts: object = {}) => void lines.push({ event, facts })
const partsOf = () => ({ db: shop.db, tokenKeys: shop.tokenKeys, log, now: () => new Date(), newId: shop.newId })
function start(send: SendMail | null = (mail) => Promise.resolve(void sent.push(mail))): void {
  mailers.push(openMailer({ ...partsOf(), send, publicUrl: PUBLIC_URL }, 20))
}

async function addBuyers(count: number): Promise<(Person & { email: string })[]> {
  const people = await shop.addPeople(count)
  const ids = people.map(({ id }) => id)
  await shop.db.update(users).set({ emailVerifiedAt: new Date() }).where(inArray(users.id, ids))
  return people.map((person) => Object.assign({ email: `${person.nickname}@test.example` }, person))
}

async function book(person: Person, eventId: number, ticketTypeId: number, { quantity = 1, language = 'ko' } = {}) {
  const headers = { ...await buyerHeaders(person, eventId), 'accept-language': language }
  const response = await app.request(`/api/events/${eventId}/reservations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ticketTypeId, quantity }),
  })
  if (response.status !== 201) throw new Error(`booking: ${response.status} ${await response.text()}`)
  const { reservation } = await response.json() as { reservation: { id: string } }
  const change = (method: string, body?: object) =>
    app.request(`/api/reservations/${reservation.id}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  return { id: reservation.id, change }
}

/** Bookings that are written, without a sale. Returns how many. */
async function addNotes(count: number): Promise<number> {
  const buyers = await addBuyers(count)
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  const createdAt = new Date()
  const rows = buyers.map(({ id }) => ({
    id: shop.newId(),
    eventId,
    ticketTypeId: type!,
    userId: id,
    quantity: 1,
    booked: 1,
    unitPrice: 10_000,
    idempotencyKey: randomUUID(),
    createdAt,
  }))
  await shop.db.insert(reservations).values(rows)
  await shop.db.insert(reservationMails).values(
    rows.map(({ id }) => ({ reservationId: id, returned: 0, kept: 1, at: createdAt })),
  )
  return count
}

/** Writes the log to MySQL, and waits until all its mails are sent. */
async function untilSent(count: number): Promise<Mail[]> {
  await shop.writeBack.flushAll()
  await until(async () => sent.length >= count && (await shop.db.select().from(reservationMails)).length === 0)
  await until(async () => (await shop.db.select().from(mails).where(ne(mails.state, 'sent'))).length === 0)
  return sent
}

test('a booking is confirmed in the language of the request, with its facts and a link, once however often the log is written', async () => {
  const [korean, english] = await addBuyers(2)
  const { eventId, ticketTypeIds: [, second] } = await shop.addSale({ title: '새벽의 <b>현악</b>', seats: [10, 10] })
  await shop.db.update(events).set({ zone: 'America/New_York', startsAt: new Date('2027-07-01T23:30:00Z') }).where(
    eq(events.id, eventId),
  )
  const [first, other] = [
    await book(korean!, eventId, second!, { quantity: 2 }),
    await book(english!, eventId, second!, { language: 'en' }),
  ]
  start()
  await untilSent(2)
  await shop.writeBack.flushAll()
  await untilSent(2)
  const [toKorean, toEnglish] = [korean, english].map((person) => sent.filter(({ to }) => to === person!.email))
  expect([toKorean!.length, toEnglish!.length, sent.length]).toEqual([1, 1, 2])
  const [mail] = toKorean!
  expect(mail).toMatchObject({ language: 'ko', subject: '[NETicket] 예매가 완료되었습니다 · 새벽의 <b>현악</b>' })
  for (
    const text of [
      korean!.nickname,
      first.id,
      '시험 홀',
      '2등석 · 2매',
      '40,000원',
      '2027년 7월 1일 (목) 19:30 (America/New_York)',
    ]
  ) {
    expect(mail!.text).toContain(text)
    expect(mail!.html).toContain(text)
  }
  expect(mail!.html).toContain('새벽의 &lt;b>현악')
  expect(mail!.html).toContain(`href="${PUBLIC_URL}/reservations/${first.id}"`)
  expect(toEnglish![0]).toMatchObject({ language: 'en', subject: expect.stringContaining('Your booking is confirmed') })
  expect(toEnglish![0]!.text).toContain('Grade 2 · 1 ticket')
  expect(toEnglish![0]!.text).toContain(`${PUBLIC_URL}/reservations/${other.id}`)
})

test('cancellations are confirmed each once: in part, in whole, and with the event', async () => {
  const [buyer, fan] = await addBuyers(2)
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  const [reservation, other] = [await book(buyer!, eventId, type!, { quantity: 3 }), await book(fan!, eventId, type!)]
  start()
  await untilSent(2)
  expect((await reservation.change('PATCH', { quantity: 2 })).status).toBe(200)
  const partly = (await untilSent(3)).at(-1)!
  expect(partly.subject).toContain('예매 일부가 취소되었습니다')
  for (const text of ['취소한 좌석: 1등석 · 1매', '남은 좌석: 1등석 · 2매', '취소 금액: 10,000원']) {
    expect(partly.text).toContain(text)
  }
  for (let i = 0; i < 2; i++) expect((await reservation.change('DELETE')).status).toBe(200)
  const whole = (await untilSent(4)).at(-1)!
  expect(whole.subject).toContain('예매가 취소되었습니다')
  expect(whole.text).toContain('취소한 좌석: 1등석 · 2매')
  expect(whole.text).not.toContain('남은 좌석')
  // The organiser cancels the event; the reservation follows.
  const cancelled = { cancelledAt: new Date(), stopMessage: '출연자의 사정으로 취소합니다.' }
  await shop.db.update(events).set(cancelled).where(eq(events.id, eventId))
  expect((await other.change('DELETE')).status).toBe(200)
  const withEvent = (await untilSent(5)).at(-1)!
  expect([withEvent.to, withEvent.subject]).toEqual([fan!.email, expect.stringContaining('공연 취소 안내')])
  expect(withEvent.text).toContain(cancelled.stopMessage)
  expect(sent).toHaveLength(5)
})

test('of several origins one queues each mail, and one that fails leaves it to the next', async () => {
  const buyers = await addBuyers(50)
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  for (const buyer of buyers) await book(buyer, eventId, type!)
  await shop.writeBack.flushAll()
  // Nothing is queued, and no note is lost, when the transaction fails at the last moment.
  const failing = { ...partsOf(), tokenKeys: { ...shop.tokenKeys, secrets: [] as never } }
  await expect(queueReservationMails(failing, 20)).rejects.toThrow()
  expect([(await shop.db.select().from(mails)).length, (await shop.db.select().from(reservationMails)).length]).toEqual([0, 50])
  for (let i = 0; i < 3; i++) start()
  await untilSent(50)
  expect(sent.map(({ to }) => to).sort()).toEqual(buyers.map(({ email }) => email).sort())
})

test('a link that somebody waits for overtakes the confirmations of a sale', async () => {
  const notes = await addNotes(200)
  const message = { kind: 'reset_password' as const, nickname: 'waiting', token: 'x'.repeat(43) }
  const expiresAt = new Date(Date.now() + HOUR_MS)
  let isQueued = false
  start(async (mail) => {
    sent.push(mail)
    if (sent.length < 20 || isQueued) return
    isQueued = true
    const link = { key: randomUUID(), to: 'waiting@test.example', userId: null, language: 'ko' as const, message, expiresAt }
    await shop.db.transaction((tx) => queueMail(tx, partsOf(), link))
  })
  await until(() => sent.some(({ to }) => to === 'waiting@test.example'))
  expect(sent.findIndex(({ to }) => to === 'waiting@test.example')).toBeLessThan(notes / 2)
})

test('while no server answers, confirmations wait without losing attempts, and are all sent afterwards', async () => {
  const count = await addNotes(60)
  let isAway = true
  start((mail) => isAway ? Promise.reject(new SmtpAway('no server')) : Promise.resolve(void sent.push(mail)))
  await until(() => lines.filter(({ event }) => event === 'mail_retried').length >= 10)
  const waiting = await shop.db.select().from(mails)
  expect(Math.max(...waiting.map(({ attempts }) => attempts))).toBeLessThanOrEqual(1)
  expect((await shop.db.select().from(reservationMails)).length).toBeGreaterThan(0)
  isAway = false
  await until(async () => {
    // The next attempts are due in half a minute.
    await shop.db.update(mails).set({ nextAttemptAt: new Date() }).where(and(eq(mails.state, 'queued'), isNull(mails.lease)))
    return sent.length >= count
  })
  expect(sent).toHaveLength(count)
})

describe('no mail goes', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['to the synthetic buyers of a rehearsal', () => shop.db.update(events).set({ published: false, rehearsalOf: 1 })],
    ['to the address of a deleted account', () => shop.db.update(users).set({ deletedAt: new Date() })],
    ['for a booking of last week', () => shop.db.update(reservationMails).set({ at: new Date(Date.now() - 168 * HOUR_MS) })],
    ['for a reservation that is gone', () => shop.db.update(reservationMails).set({ reservationId: randomUUID() })],
  ])('%s, and the note is removed', async (_, change) => {
    await addNotes(3)
    await change()
    start()
    await until(async () => (await shop.db.select().from(reservationMails)).length === 0)
    expect(await shop.db.select().from(mails)).toEqual([])
  })

  test('A121: to an address that nobody has verified beyond its allowance', async () => {
    const [buyer] = await addBuyers(1)
    const { id } = buyer!
    await addNotes(MAIL_BURST + 3)
    await shop.db.update(users).set({ emailVerifiedAt: null }).where(eq(users.id, id))
    const notes = await shop.db.select().from(reservationMails).orderBy(asc(reservationMails.id))
    await shop.db.update(reservations).set({ userId: id }).where(
      inArray(reservations.id, notes.map(({ reservationId }) => reservationId)),
    )
    start()
    await until(async () => (await shop.db.select().from(reservationMails)).length === 0)
    expect(await shop.db.select().from(mails)).toHaveLength(MAIL_BURST)
    expect(lines.filter(({ event }) => event === 'reservation_mail_limited')).toHaveLength(3)
  })

  test('out of a shop without a mail server: nothing waits for one', async () => {
    await addNotes(3)
    start(null)
    await until(async () => (await shop.db.select().from(reservationMails)).length === 0)
    expect(await shop.db.select().from(mails)).toEqual([])
  })
})
