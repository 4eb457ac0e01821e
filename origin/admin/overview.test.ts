import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLetters, events } from '../../db/schema.ts'
import { paths } from '../../edge/contract/paths.ts'
import { pauseSale, readSale } from '../../db/redis/sale/sale.ts'
import { bookingRequest, openSale } from '../../test/booking.ts'
import { createOperator } from '../../test/operator.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { until } from '../../test/until.ts'
import { createApp } from '../app.tsx'
import { continueCancellation } from '../event-cancellation.ts'
import { reserve } from '../reservations.ts'
import { readOverview } from './overview.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

const kindsOf = async (eventId: number) =>
  (await readOverview(shop)).attention.filter((item) => 'event' in item && item.event.id === eventId).map(({ kind }) => kind)

test('names a paused sale, dead letters, a stopped sale and an opening within the hour, and nothing else', async () => {
  const { eventId } = await shop.addSale()
  await shop.putOnSale(eventId)
  expect(await kindsOf(eventId)).toEqual([])

  const { last } = (await readSale(shop.redis, eventId))!
  await pauseSale(shop.redis, eventId, last.epoch)
  await shop.db.insert(deadLetters).values({ eventId, epoch: 1, seq: 1, entry: '{}', reason: 'test', at: new Date() })
  await shop.db.update(events).set({ saleState: 'stopped' }).where(eq(events.id, eventId))
  expect(await kindsOf(eventId)).toEqual(['paused', 'dead_letters', 'stopped'])
  const page = (await (await createOperator(shop, createApp(shop))).open('/admin')).text
  // A link to where an operator can do something about each of them.
  const links = [paths.admin.eventSeats(eventId), paths.admin.eventSeats(eventId), paths.admin.event(eventId)]
  expect([...page.matchAll(/href="([^"]*)"[^>]*>확인하기</g)].map(([, href]) => href)).toEqual(links)
})

test('names a cancelled event until its last reservation is cancelled, and says when that takes too long', async () => {
  const { eventId, ticketTypeId, people } = await openSale(shop, {}, 2)
  for (const person of people) {
    expect((await reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId, { quantity: 2 }))).kind).toBe('reserved')
  }
  await shop.writeBack.flushAll()
  expect(await kindsOf(eventId)).toEqual([])
  const cancelledAt = new Date()
  const item = async (later = 0) => {
    const now = () => new Date(cancelledAt.getTime() + later)
    return (await readOverview({ ...shop, now })).attention.find((one) => 'event' in one && one.event.id === eventId)
  }
  const operator = await createOperator(shop, createApp(shop))
  await shop.db.transaction(async (tx) => {
    // Keeps the background job from finishing the cancellation meanwhile.
    await tx.execute(sql`select get_lock(${`neticket-cancel-${eventId}`}, 10)`)
    await shop.db.update(events).set({ cancelledAt, saleState: 'stopped' }).where(eq(events.id, eventId))
    expect(await item()).toMatchObject({ kind: 'cancelling', seats: 4, isLate: false })
    expect(await item(11 * 60_000)).toMatchObject({ kind: 'cancelling', seats: 4, isLate: true })
    const page = (await operator.open('/admin')).text
    expect(page).toContain('좌석 4석의 예매가 아직 취소되지 않았습니다')
    expect(page).toContain(`href="${paths.admin.event(eventId)}"`)
    await tx.execute(sql`select release_lock(${`neticket-cancel-${eventId}`})`)
  })

  await until(async () => (await continueCancellation(shop, eventId)).kind === 'finished')
  expect(await kindsOf(eventId)).toEqual([])
})

test('lists published openings, soonest first', async () => {
  const MINUTE_MS = 60_000
  const later = await shop.addSale({ opensInMs: 120 * MINUTE_MS, closesInMs: 200 * MINUTE_MS })
  const soon = await shop.addSale({ opensInMs: 30 * MINUTE_MS, closesInMs: 200 * MINUTE_MS })
  const { openings } = await readOverview(shop)
  expect(openings.map(({ id }) => id)).toEqual([soon.eventId, later.eventId])
  expect(await kindsOf(soon.eventId)).toEqual(['opens_soon'])
  expect(await kindsOf(later.eventId)).toEqual([])
})
