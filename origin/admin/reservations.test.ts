import { and, eq, ne } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, events, users } from '../../db/schema.ts'
import { reservationNumber } from '../../edge/contract/reservation-number.ts'
import { bookingRequest, openSale, readSeats } from '../../test/booking.ts'
import { buyerHeaders, openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { reserve } from '../reservations.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let headers: Record<string, string>
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  app = createApp(shop)
  const [operator] = await shop.addPeople(1)
  headers = await buyerHeaders({ ...operator!, role: 'support' }, 1)
})
afterAll(() => shop.close())

type Listed = { items: { number: string }[]; next: string | null }
const search = async (query: string): Promise<Listed> => {
  const response = await app.request(`/api/admin/reservations?${query}`, { headers })
  expect(response.status).toBe(200)
  return await response.json() as Listed
}
const numbers = async (query: string) => (await search(query)).items.map(({ number }) => number)
async function book(person: { id: number }, eventId: number, ticketTypeId: number, quantity = 1): Promise<string> {
  const booked = await reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId, { quantity }))
  if (booked.kind !== 'reserved') throw new Error(booked.kind)
  return booked.reservation.id
}
const cancel = (id: string, body: unknown) =>
  app.request(`/api/admin/reservations/${id}/cancel`, { method: 'POST', headers, body: JSON.stringify(body) })
/** The changes of a reservation. */
const actsOn = (id: string) =>
  shop.db.select().from(audit).where(and(eq(audit.subject, `reservation:${id}`), ne(audit.action, 'reservation.view')))

test('finds by number, its beginning, e-mail, nickname, event, status and period; pages have every row once', async () => {
  const { eventId, ticketTypeId, people: [ann, ben] } = await openSale(shop, { seats: [50], title: '100% 재즈의 밤' }, 2)
  const other = await openSale(shop)
  const ids: string[] = []
  for (const person of [ann!, ben!, ann!]) ids.unshift(await book(person, eventId, ticketTypeId))
  const elsewhere = await book(ann!, other.eventId, other.ticketTypeId)
  await shop.writeBack.flushAll()
  const [user] = await shop.db.select().from(users).where(eq(users.id, ann!.id))
  const [newest, ofBen, oldest] = ids

  expect(await numbers(`q=${newest!.toUpperCase()}`)).toEqual([newest])
  const typed = reservationNumber(ofBen!).toLowerCase().replace('-', ' ')
  expect(await numbers(`q=${encodeURIComponent(typed)}`)).toEqual([ofBen])
  expect(await numbers(`q=${newest!.slice(0, 30)}&event=${eventId}`)).toContain(newest)
  expect(await numbers(`q=${encodeURIComponent(user!.email)}`)).toEqual([elsewhere, newest, oldest])
  expect(await numbers(`q=${user!.nickname}&event=${eventId}`)).toEqual([newest, oldest])
  expect(await numbers(`event=${encodeURIComponent('100% 재즈')}`)).toEqual([newest, ofBen, oldest])
  expect(await numbers(`event=${encodeURIComponent('100_')}`)).toEqual([])
  expect(await numbers(`event=${eventId}&status=cancelled`)).toEqual([])
  expect(await numbers(`event=${eventId}&to=2020-01-01`)).toEqual([])
  expect(await numbers(`event=${eventId}&from=2020-01-01`)).toHaveLength(3)

  const first = await search(`event=${eventId}&size=2`)
  const rest = await search(`event=${eventId}&size=2&after=${first.next}`)
  expect([...first.items, ...rest.items].map(({ number }) => number)).toEqual([newest, ofBen, oldest])
  expect(rest.next).toBeNull()
  for (const wrong of ['from=2026-02-30', 'after=x', 'size=0', 'status=lost', 'q=a&q=b']) {
    expect((await app.request(`/api/admin/reservations?${wrong}`, { headers })).status, wrong).toBe(422)
  }
})

test('exports what matches as CSV, and records the export', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { title: '=HYPERLINK("http://x")' })
  const id = await book(person!, eventId, ticketTypeId, 2)
  await shop.writeBack.flushAll()
  const response = await app.request(`/api/admin/reservations?event=${eventId}`, { headers: { ...headers, accept: 'text/csv' } })
  const [, row, end] = (await response.text()).split('\r\n')
  expect(response.headers.get('content-type')).toContain('text/csv')
  expect(row).toContain(`${id},${reservationNumber(id)},${eventId},"'=HYPERLINK(`)
  expect(end).toBe('')
  expect(await shop.db.select().from(audit).where(eq(audit.action, 'reservation.export'))).toMatchObject([
    { detail: expect.stringContaining(String(eventId)) },
  ])
})

test('A117: whoever reads the names of buyers is in the audit log, as page and as JSON', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop)
  const id = await book(person!, eventId, ticketTypeId)
  await shop.writeBack.flushAll()
  const list = `"event":"${eventId}"`
  const readsOf = async (action: string, text: string) =>
    (await shop.db.select().from(audit).where(eq(audit.action, action)))
      .filter(({ subject, detail }) => subject.endsWith(text) || detail?.includes(text)).length
  const read = (path: string, method = 'GET') => app.request(path, { method, headers: { ...headers, accept: 'text/html' } })
  expect((await read(`/admin/reservations?event=${eventId}`, 'HEAD')).status).toBe(200)
  expect(await readsOf('reservation.list', list)).toBe(0)
  await read(`/admin/reservations?event=${eventId}`)
  await read(`/api/admin/reservations?event=${eventId}`)
  await read(`/admin/reservations/${id}`)
  await read(`/api/admin/reservations/${id}`)
  expect([await readsOf('reservation.list', list), await readsOf('reservation.view', id)]).toEqual([2, 2])
})

test('cancels for a buyer in part, then in whole after the buyers’ deadline; each change is recorded once, with its reason', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10] })
  const id = await book(person!, eventId, ticketTypeId, 3)
  for (
    const wrong of [{ reason: '요청' }, { keep: 1 }, { keep: 1, reason: ' ' }, { keep: -1, reason: '요청' }, {
      keep: '1',
      reason: 'x',
    }]
  ) {
    expect((await cancel(id, wrong)).status).toBe(422)
  }
  expect((await cancel(id, { keep: 1, reason: '전화 요청' })).status).toBe(200)
  expect((await cancel(id, { keep: 1, reason: '다시' })).status).toBe(200)
  expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 1, sold: 1, left: 9 })

  // The event is today: its buyer can no longer cancel.
  const soon = new Date(Date.now() + 60_000)
  await shop.db.update(events).set({ opensAt: new Date(0), closesAt: new Date(1), startsAt: soon }).where(eq(events.id, eventId))
  await shop.redis.hset(`{e:${eventId}}:sale`, 'cancel_until', 0)
  const buyer = await buyerHeaders(person!, eventId)
  expect((await app.request(`/api/reservations/${id}`, { method: 'DELETE', headers: buyer })).status).toBe(409)
  expect((await cancel(id, { keep: 0, reason: '공연 당일 환불' })).status).toBe(200)
  expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 0, sold: 0, left: 10, rows: [{ status: 'cancelled' }] })
  expect(await actsOn(id)).toMatchObject([{ reason: '전화 요청' }, { reason: '공연 당일 환불' }])

  const page = await (await app.request(`/admin/reservations/${id}`, { headers: { ...headers, accept: 'text/html' } })).text()
  for (const text of ['전화 요청', '공연 당일 환불', person!.nickname]) expect(page).toContain(text)
  expect((await cancel('00000000-0000-7000-8000-000000000000', { keep: 0, reason: 'x' })).status).toBe(404)
})

test('a form without a valid choice or a reason cancels nothing', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10] })
  const id = await book(person!, eventId, ticketTypeId, 2)
  const submit = (fields: Record<string, string>) =>
    app.request(`/admin/reservations/${id}/cancel`, {
      method: 'POST',
      headers: { authorization: headers.authorization!, accept: 'text/html' },
      body: new URLSearchParams(fields),
    })
  expect((await submit({ reason: '요청' })).status).toBe(422)
  expect((await submit({ keep: '0', reason: '요청' })).status).toBe(422)
  expect(await (await submit({ keep: 'none', reason: '' })).text()).toContain('사유')
  expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 2 })
  expect(await actsOn(id)).toEqual([])
  const done = await submit({ keep: 'none', reason: '요청' })
  expect([done.status, done.headers.get('location')]).toEqual([303, `/admin/reservations/${id}?done=cancel`])
})

test('A136: an operator has two exports at once; the next one is refused and not recorded', async () => {
  const { eventId } = await shop.addSale()
  const [operator] = await shop.addPeople(1)
  const headers = Object.assign(await buyerHeaders({ ...operator!, role: 'support' }, eventId), { accept: 'text/csv' })
  const start = async (path = '/api/admin/reservations') => await app.request(path, { headers })
  const [first, second] = [await start(), await start()]
  expect([first.status, second.status]).toEqual([200, 200])
  const third = await start()
  expect([third.status, (await third.json()).code, third.headers.get('retry-after')]).toEqual([429, 'rate_limited', '10'])
  const recorded = await shop.db.select().from(audit).where(
    and(eq(audit.action, 'reservation.export'), eq(audit.actorId, operator!.id)),
  )
  expect(recorded).toHaveLength(2)
  await first.body!.cancel()
  expect((await start()).status).toBe(200)
  expect((await second.text()).split('\r\n').length).toBeGreaterThan(1)
  expect((await start()).status).toBe(200)
})
