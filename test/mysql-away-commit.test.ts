/** MySQL is down while bookings are confirmed by its commit (`ACKNOWLEDGE=mysql`): no confirmation, but no seat is lost or taken twice. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reservations } from '../db/schema.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { createApp } from '../origin/app.tsx'
import { reserve } from '../origin/reservations.ts'
import { bookingRequest, openSale } from './booking.ts'
import { buyerHeaders, openShop, ownMysql, type Shop } from './shop.ts'
import { until } from './until.ts'

let mysql: Awaited<ReturnType<typeof ownMysql>>
let shop: Shop
beforeAll(async () => {
  mysql = await ownMysql()
  shop = await openShop({ writeBackMs: 3_600_000, acknowledge: 'mysql', mysqlSlowMs: 900, stores: mysql.stores })
})
afterAll(async () => {
  mysql.thaw()
  await shop.close()
  await mysql.close()
})

/** A sale that Redis and the catalogue have. */
async function openLoadedSale(people: number) {
  const sale = await openSale(shop, { seats: [100] }, people)
  await shop.catalogue.read()
  await shop.putOnSale(sale.eventId)
  return sale
}

const leftOf = async (eventId: number, ticketTypeId: number) => (await readLeft(shop.redis, eventId))?.get(ticketTypeId)
const isBack = () => shop.mysqlHealth.isAvailable()

test('a booking that was waiting for the commit is refused, its seats stay with its key, and a retry gets them', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openLoadedSale(1)
  const request = bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 })
  mysql.freeze()
  await expect(reserve(shop, 'ko', request)).rejects.toThrow(StoreUnavailable)
  expect(await leftOf(eventId, ticketTypeId)).toBe(98)
  mysql.thaw()
  await until(isBack)
  const retried = await reserve(shop, 'ko', request)
  expect(retried).toMatchObject({ kind: 'reserved', reservation: { quantity: 2 } })
  expect(await leftOf(eventId, ticketTypeId)).toBe(98)
  expect(await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))).toHaveLength(1)
}, 900_000)

test('once MySQL is known to be down, a booking takes no seats, and the form comes back with the same key', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openLoadedSale(1)
  await mysql.stop()
  await until(() => !isBack())
  const request = bookingRequest(person!, eventId, ticketTypeId)
  await expect(reserve(shop, 'ko', request)).rejects.toThrow(StoreUnavailable)
  expect(await leftOf(eventId, ticketTypeId)).toBe(100)

  const app = createApp(shop)
  const headers = { ...await buyerHeaders(person!, eventId), accept: 'text/html' }
  const book = (key: string, quantity = '1') =>
    app.request(`/events/${eventId}/booking`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ticketTypeId: String(ticketTypeId), quantity, idempotencyKey: key }).toString(),
    })
  const refused = await book('my-key')
  const page = await refused.text()
  expect(refused.status).toBe(503)
  expect(page).toContain('name="idempotencyKey" value="my-key"')
  expect(page).toContain('다시 누르셔도 한 번만 예매됩니다')

  await mysql.start()
  await until(isBack)
  expect((await book('my-key')).status).toBe(303)
  expect(await leftOf(eventId, ticketTypeId)).toBe(99)
  // A booking that was rejected for a known reason gets a new key (negative control).
  const rejected = await (await book('other-key', '9')).text()
  expect(rejected).not.toContain('value="other-key"')
}, 900_000)
