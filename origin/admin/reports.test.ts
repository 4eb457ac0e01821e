import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roomKeys } from '../../db/redis/keys.ts'
import { reservations, saleTimeline } from '../../db/schema.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { buyerHeaders, openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { createHeavyReads } from '../heavy-reads.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let headers: Record<string, string>
let eventId: number
let types: number[]
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  app = createApp(shop)
  const [operator, buyer] = await shop.addPeople(2)
  headers = await buyerHeaders({ ...operator!, role: 'viewer' }, 1)
  const sale = await shop.addSale({ seats: [100, 50] })
  eventId = sale.eventId
  types = sale.ticketTypeIds
  const booking = (at: string, ticketTypeId: number, booked: number, kept: number) => ({
    id: shop.newId(),
    eventId,
    ticketTypeId,
    userId: buyer!.id,
    quantity: kept === 0 ? booked : kept,
    booked,
    unitPrice: 10_000,
    status: kept === 0 ? 'cancelled' as const : 'confirmed' as const,
    idempotencyKey: shop.newId(),
    createdAt: new Date(at),
    cancelledAt: kept === 0 ? new Date(at) : null,
  })
  await shop.db.insert(reservations).values([
    // In Korea: 5 March 23:59, 6 March 00:00 and 20:30.
    booking('2026-03-05T14:59:59.999Z', types[0]!, 4, 4),
    booking('2026-03-05T15:00:00.000Z', types[0]!, 3, 1),
    booking('2026-03-06T11:30:00.000Z', types[1]!, 2, 0),
    booking('2026-03-06T11:31:00.000Z', types[1]!, 4, 4),
  ])
})
afterAll(() => shop.close())

const get = (path: string, accept = 'application/json') => app.request(path, { headers: { ...headers, accept } })
const json = async (path: string) => {
  const response = await get(path)
  expect(response.status).toBe(200)
  return await response.json()
}
const PERIOD = 'from=2026-03-01&to=2026-03-31'

test('sums an event by ticket type, by day and by hour of the best day, in Korean time, without cancelled seats', async () => {
  const report = await json(`/api/admin/reports/events/${eventId}?${PERIOD}`)
  expect(report.totals).toEqual({ seats: 150, reservations: 4, booked: 13, kept: 9, revenue: 90_000 })
  expect(report.ticketTypes).toMatchObject([
    { id: types[0], seats: 100, reservations: 2, booked: 7, kept: 5, revenue: 50_000 },
    { id: types[1], seats: 50, reservations: 2, booked: 6, kept: 4, revenue: 40_000 },
  ])
  expect(report.days).toEqual([
    { day: '2026-03-05', reservations: 1, booked: 4, kept: 4, revenue: 40_000 },
    { day: '2026-03-06', reservations: 3, booked: 9, kept: 5, revenue: 50_000 },
  ])
  expect(report.day).toBe('2026-03-06')
  const busy = (report.hours as { hour: number; kept: number; booked: number }[]).filter(({ booked }) => booked > 0)
  expect([report.hours.length, busy]).toMatchObject([24, [{ hour: 0, kept: 1 }, { hour: 20, kept: 4, booked: 6 }]])
})

test('counts the first and the last day of the period, and nothing else', async () => {
  const of = async (query: string) => (await json(`/api/admin/reports/events/${eventId}?${query}`)).totals.reservations
  expect(await of('from=2026-03-05&to=2026-03-05')).toBe(1)
  expect(await of('from=2026-03-06&to=2026-03-06')).toBe(3)
  expect(await of('from=2026-03-07&to=2026-03-08')).toBe(0)
  for (const wrong of ['from=2026-03-02&to=2026-03-01', 'from=2024-01-01&to=2026-01-01', 'from=x', 'table=all']) {
    expect((await get(`/api/admin/reports/events/${eventId}?${wrong}`)).status, wrong).toBe(422)
  }
  expect((await get(`/api/admin/reports/events/999999?${PERIOD}`)).status).toBe(404)
})

test('compares events, as JSON and as CSV', async () => {
  const { events } = await json(`/api/admin/reports/events?${PERIOD}`)
  expect(events).toMatchObject([{ event: { id: eventId }, seats: 150, booked: 13, kept: 9, revenue: 90_000 }])
  const lines = async (path: string) => (await (await get(path, 'text/csv')).text()).replace('\uFEFF', '').split('\r\n')
  expect((await lines(`/api/admin/reports/events?${PERIOD}`))[1]).toMatch(new RegExp(`^${eventId},.*,150,4,13,4,9,90000$`))
  expect(await lines(`/api/admin/reports/events/${eventId}?${PERIOD}&table=days`)).toEqual([
    'day,reservations,booked,cancelled,sold,revenue',
    '2026-03-05,1,4,0,4,40000',
    '2026-03-06,3,9,4,5,50000',
    '',
  ])
  expect(await lines(`/admin/reports/${eventId}/export?${PERIOD}&table=hours`)).toHaveLength(26)
  expect(await lines(`/admin/reports/${eventId}/export?${PERIOD}&table=types`)).toHaveLength(4)
})

test('follows the visitors of a sale from joining to booking, from its timeline and its room', async () => {
  const funnelOf = async () => (await json(`/api/admin/reports/events/${eventId}?${PERIOD}`)).funnel
  expect(await funnelOf()).toBeNull()
  const interval = (at: string, more: Partial<typeof saleTimeline.$inferInsert>) =>
    Object.assign({ eventId, at: new Date(at), seconds: 10, bookings: 0, seats: 0, cancellations: 0, refused: 0 }, {
      errors: 0,
      joins: 0,
      passes: 0,
      waiting: 0,
      lobby: 0,
      active: 0,
      ...more,
    })
  await shop.db.insert(saleTimeline).values([
    interval('2026-03-06T11:29:50Z', { joins: 40, waiting: 40, lobby: 40 }),
    interval('2026-03-06T11:30:00Z', { passes: 20, bookings: 8, waiting: 20 }),
    interval('2026-03-06T11:30:10Z', { passes: 5, bookings: 4, cancellations: 1, waiting: 10 }),
  ])
  const recorded = { joined: 40, entered: 25, booked: 12, cancelled: 1, meanWaitSeconds: 18, longestQueue: 40 }
  expect(await funnelOf()).toEqual({ called: null, noShows: null, ...recorded })
  const path = `/admin/reports/${eventId}`
  expect(await (await get(path, 'text/html')).text()).toContain('더 이상 알 수 없습니다')

  const room = eventRoom(eventId)
  await shop.redis.hset(roomKeys(room).room, { epoch: 1, issued: 40, serving: 30, reached: 30, steppedAtMs: Date.now() })
  expect(await funnelOf()).toMatchObject({ called: 30, noShows: expect.any(Number), ...recorded })
  const page = await (await get(path, 'text/html')).text()
  for (const text of ['대기부터 예매까지', '62.5%', '48.0%', '18초']) expect(page).toContain(text)
  expect(page).not.toContain('더 이상 알 수 없습니다')
  const csv = await (await get(`${path}/export?${PERIOD}&table=funnel`, 'text/csv')).text()
  expect(csv.replace('\uFEFF', '').split('\r\n').slice(0, 2)).toEqual([
    'joined,called,noShows,entered,booked,cancelled,meanWaitSeconds,longestQueue',
    expect.stringMatching(/^40,30,\d+,25,12,1,18,40$/),
  ])
  // Three joined before the first look at the sale.
  await shop.redis.hset(roomKeys(room).room, { issued: 43 })
  expect(await funnelOf()).toMatchObject({ joined: 43, entered: 25 })
})

test('the pages show the figures', async () => {
  const page = await (await get(`/admin/reports/${eventId}?${PERIOD}`, 'text/html')).text()
  for (const text of ['2026-03-06', '9 / 150', '4 (30.8%)']) expect(page).toContain(text)
  expect(await (await get(`/admin/reports?${PERIOD}`, 'text/html')).text()).toContain(`/admin/reports/${eventId}?`)
})

test('heavy reads run one at a time; too many at once are refused', async () => {
  const reads = createHeavyReads()
  let [running, most] = [0, 0]
  const results = await Promise.all(Array.from({ length: 20 }, () =>
    reads.run(async () => {
      most = Math.max(most, ++running)
      await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
      running--
      return 'read'
    })))
  expect(most).toBe(1)
  expect([...new Set(results)].sort()).toEqual([null, 'read'].sort())
})
