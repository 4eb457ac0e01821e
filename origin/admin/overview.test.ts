import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLetters, events } from '../../db/schema.ts'
import { pauseSale, readSale } from '../../db/redis/sale/sale.ts'
import { openShop, type Shop } from '../../test/shop.ts'
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
