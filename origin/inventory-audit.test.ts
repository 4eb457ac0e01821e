import { afterAll, beforeAll, expect, test } from 'vitest'
import { INVENTORY_WATCH_KEY, saleKeys } from '../db/redis/keys.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { bookingRequest } from '../test/booking.ts'
import { auditInventory, hasDrift, type Inventory, repairSeats } from './inventory-audit.ts'
import { openInventoryWatch } from './inventory-watch.ts'
import { cancel, reserve } from './reservations.ts'
import { until } from '../test/until.ts'
import { actorOf } from './audit-log.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 20 })))
afterAll(() => shop.close())

const book = (eventId: number, ticketTypeId: number, person: { id: number }, quantity = 1) =>
  reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId, { quantity }))

async function audit(eventId: number): Promise<Inventory> {
  const result = await auditInventory(shop, eventId)
  if (result.kind !== 'audited') throw new Error(result.kind)
  return result
}

test('an audit is exact at any moment, during bookings, cancellations and write-backs', async () => {
  const { eventId, ticketTypeIds: [a, b] } = await shop.addSale({ seats: [300, 300] })
  const people = await shop.addPeople(400)
  let selling = true
  const sale = Promise.all(people.map(async (person, i) => {
    await new Promise((resolve) => setTimeout(resolve, i * 3))
    const booked = await book(eventId, i % 2 ? a! : b!, person, 1 + i % 3)
    if (booked.kind === 'reserved' && i % 4 === 0) await cancel(shop, 'ko', person.id, booked.reservation.id)
  }))
  // Keeps a failure until the audits have ended.
  const ended = sale.then(() => {}, (error: unknown) => error).finally(() => (selling = false))
  let audits = 0
  let inFlight = 0
  while (selling) {
    const result = await auditInventory(shop, eventId)
    if (result.kind !== 'audited') continue
    audits++
    inFlight += result.ticketTypes.reduce((sum, type) => sum + Math.abs(type.inFlight), 0)
    expect(result.ticketTypes.map(({ drift }) => drift)).toEqual([0, 0])
  }
  expect(await ended).toBeUndefined()
  expect(audits).toBeGreaterThan(2)
  expect(inFlight).toBeGreaterThan(0)
})

test('an audit finds the size of a drift; a repair corrects it once, by a signed delta, while the sale continues', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(20)
  await book(eventId, type!, people[0]!)
  await shop.redis.hincrby(saleKeys(eventId).sale, `left:${type}`, 7)
  const found = await audit(eventId)
  expect(found.ticketTypes).toMatchObject([{ total: 100, drift: -7 }])
  expect(hasDrift(found)).toBe(true)
  await Promise.all(people.slice(1).map((person) => book(eventId, type!, person)))
  expect(
    (await Promise.all([repairSeats(shop, found, actorOf(null)), repairSeats(shop, found, actorOf(null))])).map(({ kind }) =>
      kind
    ).sort(),
  )
    .toEqual([
      'moved',
      'repaired',
    ])
  expect((await audit(eventId)).ticketTypes).toMatchObject([{ left: 80, drift: 0 }])
})

test('a repair that needs more seats than are left changes nothing and returns `short`', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [2] })
  const [person, other] = await shop.addPeople(2)
  await book(eventId, type!, person!, 2)
  await shop.redis.hincrby(saleKeys(eventId).sale, `left:${type}`, 2)
  const found = await audit(eventId)
  await book(eventId, type!, other!, 2)
  expect(await repairSeats(shop, found, actorOf(null))).toEqual({ kind: 'short', ticketTypeId: type })
})

test('the watch pauses a sale with a drift; a repair resumes it', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(3)
  await book(eventId, type!, people[0]!)
  // Ends the lease of the shop's own watch.
  await shop.redis.del(INVENTORY_WATCH_KEY)
  const watch = openInventoryWatch(shop, 1_000)
  const other = openInventoryWatch(shop, 1_000)
  await shop.redis.hincrby(saleKeys(eventId).sale, `left:${type}`, 1)
  await until(async () => (await audit(eventId)).state.paused)
  expect(await book(eventId, type!, people[1]!)).toEqual({ kind: 'busy' })
  expect([watch.last().length, other.last().length].filter((count) => count > 0)).toHaveLength(1)
  await repairSeats(shop, await audit(eventId), actorOf(null))
  expect((await book(eventId, type!, people[1]!)).kind).toBe('reserved')
  expect((await readLeft(shop.redis, eventId))?.get(type!)).toBe(98)
  await Promise.all([watch.close(), other.close()])
})
