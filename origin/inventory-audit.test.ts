import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { INVENTORY_WATCH_KEY, saleKeys } from '../db/redis/keys.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { auditInventory, hasDrift, type Inventory, openInventoryWatch, repairSeats } from './inventory-audit.ts'
import { cancel, reserve } from './reservations.ts'
import { until } from '../test/until.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 20 })))
afterAll(() => shop.close())

const book = (eventId: number, ticketTypeId: number, person: { id: number }, quantity = 1) =>
  reserve(shop, 'ko', {
    eventId,
    person: person.id,
    ticketTypeId,
    quantity,
    idempotencyKey: randomUUID(),
    pass: { id: randomUUID(), untilMs: Date.now() + 60_000 },
  })

async function booksOf(eventId: number): Promise<Inventory> {
  const books = await auditInventory(shop, eventId)
  if (books.kind !== 'audited') throw new Error(books.kind)
  return books
}
test('an audit is exact at any moment of a sale, with bookings, cancellations and write-backs under way', async () => {
  const { eventId, ticketTypeIds: [a, b] } = await shop.addSale({ seats: [300, 300] })
  const people = await shop.addPeople(400)
  let selling = true
  const sale = Promise.all(people.map(async (person, i) => {
    await new Promise((resolve) => setTimeout(resolve, i * 3))
    const booked = await book(eventId, i % 2 ? a! : b!, person, 1 + i % 3)
    if (booked.kind === 'reserved' && i % 4 === 0) await cancel(shop, 'ko', person.id, booked.reservation.id)
  })).finally(() => (selling = false))
  let audits = 0
  let inFlight = 0
  while (selling) {
    const result = await auditInventory(shop, eventId)
    if (result.kind !== 'audited') continue
    audits++
    inFlight += result.ticketTypes.reduce((sum, type) => sum + Math.abs(type.inFlight), 0)
    expect(result.ticketTypes.map(({ drift }) => drift)).toEqual([0, 0])
  }
  await sale
  expect(audits).toBeGreaterThan(2)
  expect(inFlight).toBeGreaterThan(0)
})

test('a drift is found by its number and repaired by a signed delta, once, while the sale goes on', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(20)
  await book(eventId, type!, people[0]!)
  await shop.redis.hincrby(saleKeys(eventId).sale, `left:${type}`, 7)
  const found = await booksOf(eventId)
  expect(found.ticketTypes).toMatchObject([{ total: 100, drift: -7 }])
  expect(hasDrift(found)).toBe(true)
  await Promise.all(people.slice(1).map((person) => book(eventId, type!, person)))
  expect((await Promise.all([repairSeats(shop, found, null), repairSeats(shop, found, null)])).map(({ kind }) => kind).sort())
    .toEqual([
      'moved',
      'repaired',
    ])
  expect((await booksOf(eventId)).ticketTypes).toMatchObject([{ left: 80, drift: 0 }])
})

test('a repair that would need seats that are sold changes nothing and says so', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [2] })
  const [person, other] = await shop.addPeople(2)
  await book(eventId, type!, person!, 2)
  await shop.redis.hincrby(saleKeys(eventId).sale, `left:${type}`, 2)
  const found = await booksOf(eventId)
  await book(eventId, type!, other!, 2)
  expect(await repairSeats(shop, found, null)).toEqual({ kind: 'short', ticketTypeId: type })
})

test('the watch pauses a sale whose books do not agree, and a repair lets it go on', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(3)
  await book(eventId, type!, people[0]!)
  // The shop's own watch has looked once and holds the place until its time is over.
  await shop.redis.del(INVENTORY_WATCH_KEY)
  const watch = openInventoryWatch(shop, 300)
  const others = openInventoryWatch(shop, 300)
  await shop.redis.hincrby(saleKeys(eventId).sale, `left:${type}`, 1)
  await until(async () => (await booksOf(eventId)).state.paused)
  expect(await book(eventId, type!, people[1]!)).toEqual({ kind: 'busy' })
  expect([watch.last().length, others.last().length].filter((count) => count > 0)).toHaveLength(1)
  await repairSeats(shop, await booksOf(eventId), null)
  expect((await book(eventId, type!, people[1]!)).kind).toBe('reserved')
  expect((await readLeft(shop.redis, eventId))?.get(type!)).toBe(98)
  await Promise.all([watch.close(), others.close()])
})
