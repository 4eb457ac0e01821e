/**
 * MySQL is lost at each step of a change of an event. The sale resumes by itself with what MySQL has: no booking is needed for it, no seat is
 * sold twice, and no price is charged that MySQL does not have.
 */
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { INVENTORY_WATCH_KEY, saleKeys } from '../db/redis/keys.ts'
import { changeSale, resumeSale } from '../db/redis/sale/sale-change.ts'
import { readHeads, readSale } from '../db/redis/sale/sale.ts'
import { audit, events } from '../db/schema.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { changeEvent, type ChangeResult } from '../origin/event-change.ts'
import { auditInventory, hasDrift } from '../origin/inventory-audit.ts'
import { openInventoryWatch } from '../origin/inventory-watch.ts'
import { reserve } from '../origin/reservations.ts'
import { bookingRequest, openSale, readSeats } from './booking.ts'
import { openShop, ownMysql, type Shop } from './shop.ts'
import { until } from './until.ts'

let mysql: Awaited<ReturnType<typeof ownMysql>>
let shop: Shop
beforeAll(async () => {
  mysql = await ownMysql()
  shop = await openShop({ writeBackMs: 3_600_000, mysqlSlowMs: 900, stores: mysql.stores })
})
afterAll(async () => {
  mysql.thaw()
  await shop.close()
  await mysql.close()
})
// A failed test must not leave the next one without MySQL.
let isKilled = false
async function kill() {
  await mysql.kill()
  isKilled = true
}
async function start() {
  await mysql.start()
  isKilled = false
}
afterEach(async () => {
  mysql.thaw()
  if (isKilled) await start()
  await until(() => shop.mysqlHealth.isAvailable())
})

const FORMER_PRICE = 10_000
const NEW_PRICE = 30_000
const SEATS = 10

/** A sale with 10 seats, 4 of them sold, and a change to another price and number of seats. */
async function openChange(seats: number) {
  const { eventId, ticketTypeId, people: [operator, first, ...others] } = await openSale(shop, { seats: [SEATS] }, 12)
  // Bookings need the event in memory while MySQL is away.
  await shop.catalogue.read()
  const book = (person: { id: number }, quantity = 1) =>
    reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId, { quantity }))
  expect((await book(first!, 4)).kind).toBe('reserved')
  const changes = { limitPerPerson: 3, ticketTypes: [{ id: ticketTypeId, price: NEW_PRICE, seats }] }
  const change = (db: Shop['db'] = shop.db): Promise<ChangeResult | 'unavailable'> =>
    changeEvent({ ...shop, db }, {
      eventId,
      version: null,
      changes,
      actor: { id: operator!.id, address: null, requestId: null },
      reason: 'a test',
    })
      .catch((error) => {
        if (isStoreUnavailable(error)) return 'unavailable'
        throw error
      })
  return { eventId, book, change, others }
}
type Change = Awaited<ReturnType<typeof openChange>>

/** Runs `fault` when the script of the change has run. */
function onceRedisHasChanged(fault: () => Promise<void> | void): void {
  const { redis } = shop
  const changeSale = redis.changeSale
  redis.changeSale = async (...args) => {
    redis.changeSale = changeSale
    const reply = await changeSale.apply(redis, args)
    await fault()
    return reply
  }
}

/** The database with a fault before or after its first commit: the change approves its sale in a second transaction, maybe after MySQL is back. */
function withFault(at: 'before commit' | 'after commit', fault: () => Promise<void>): Shop['db'] {
  let isFirst = true
  const transaction: Shop['db']['transaction'] = async (run) => {
    const isFaulty = isFirst
    isFirst = false
    const result = await shop.db.transaction(async (tx) => {
      const done = await run(tx)
      if (isFaulty && at === 'before commit') await fault()
      return done
    })
    if (isFaulty && at === 'after commit') await fault()
    return result
  }
  return Object.assign(Object.create(shop.db), { transaction })
}

const isSuspended = async (eventId: number) => (await readHeads(shop.redis, [eventId]))[0]!.isSuspended

/** Waits until the origin that audits all sales has approved this one. */
async function untilApproved(eventId: number): Promise<void> {
  await shop.redis.del(INVENTORY_WATCH_KEY)
  const watch = openInventoryWatch(shop, 100)
  try {
    await until(async () => !await isSuspended(eventId))
  } finally {
    await watch.close()
  }
}

/** Sells all seats that are left, and compares the stores. Returns the prices that were charged. */
async function sellOut({ eventId, book, others }: Change, seats: number): Promise<number[]> {
  const prices: number[] = []
  for (const person of others) {
    const booked = await book(person)
    if (booked.kind === 'reserved') prices.push(booked.reservation.unitPrice)
    else expect(booked.kind).toBe('sold_out')
  }
  const after = await readSeats(shop, eventId)
  expect(after).toMatchObject({ seats, confirmed: seats, sold: seats, left: 0 })
  const inventory = await auditInventory(shop, eventId)
  expect(inventory.kind === 'audited' && hasDrift(inventory)).toBe(false)
  return prices
}

const eventOf = async (eventId: number) => (await shop.db.select().from(events).where(eq(events.id, eventId)))[0]!
const actionsOf = async (eventId: number) =>
  (await shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`))).map(({ action }) => action)

const FAULTS = [
  ['killed', kill, start],
  ['frozen', () => Promise.resolve(mysql.freeze()), () => Promise.resolve(mysql.thaw())],
] as const

test.each(FAULTS)(
  'MySQL is %s after Redis has changed: buyers book with the former rules before MySQL is back',
  async (_, lose, restore) => {
    const sale = await openChange(6)
    onceRedisHasChanged(lose)
    const changing = sale.change()
    await until(async () => !shop.mysqlHealth.isAvailable() && !await isSuspended(sale.eventId))
    const [buyer] = sale.others
    expect(await sale.book(buyer!)).toMatchObject({ kind: 'reserved', left: 1, reservation: { unitPrice: FORMER_PRICE } })
    await restore()
    expect(await changing).toBe('unavailable')
    await until(() => shop.mysqlHealth.isAvailable())
    expect(await sellOut(sale, 6)).toEqual([FORMER_PRICE])
    expect(await eventOf(sale.eventId)).toMatchObject({ limitPerPerson: 4, version: 2 })
    expect(await actionsOf(sale.eventId)).toEqual(['event.seats'])
  },
  900_000,
)

test('MySQL is killed before the commit: the sale waits for it, and is approved with the former rules', async () => {
  const sale = await openChange(8)
  expect(await sale.change(withFault('before commit', kill))).toBe('unavailable')
  expect(await isSuspended(sale.eventId)).toBe(true)
  const refused = await sale.book(sale.others[0]!).catch((error: unknown) => error)
  expect(isStoreUnavailable(refused)).toBe(true)
  await start()
  await untilApproved(sale.eventId)
  await until(() => shop.mysqlHealth.isAvailable())
  expect(await sellOut(sale, 8)).toEqual(Array(4).fill(FORMER_PRICE))
  expect(await actionsOf(sale.eventId)).toEqual(['event.seats'])
}, 900_000)

test('MySQL is frozen at the commit, which then happens: the sale is approved with the new rules', async () => {
  const sale = await openChange(12)
  expect(await sale.change(withFault('before commit', () => Promise.resolve(mysql.freeze())))).toBe('unavailable')
  expect(await isSuspended(sale.eventId)).toBe(true)
  mysql.thaw()
  await untilApproved(sale.eventId)
  await until(() => shop.mysqlHealth.isAvailable())
  expect(await sellOut(sale, 12)).toEqual(Array(8).fill(NEW_PRICE))
  expect(await actionsOf(sale.eventId)).toEqual(['event.change', 'event.seats'])
}, 900_000)

test.each(FAULTS)(
  'MySQL is %s after the commit: the change is done, and the sale is approved with the new rules',
  async (_, lose, restore) => {
    const sale = await openChange(5)
    expect(await sale.change(withFault('after commit', lose))).toMatchObject({ kind: 'changed', event: { limitPerPerson: 3 } })
    expect(await isSuspended(sale.eventId)).toBe(true)
    await restore()
    await untilApproved(sale.eventId)
    await until(() => shop.mysqlHealth.isAvailable())
    expect(await sellOut(sale, 5)).toEqual([NEW_PRICE])
  },
  900_000,
)

test('only the change that has suspended a sale resumes it, and not after its Redis was lost to another run', async () => {
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale()
  await shop.putOnSale(eventId)
  const { last: { epoch } } = (await readSale(shop.redis, eventId))!
  const suspend = (change: string) => changeSale(shop.redis, eventId, { epoch, actor: 1, reason: '', change, seats: [] })
  await suspend('first')
  await shop.putOnSale(eventId)
  await suspend('second')
  expect(await resumeSale(shop.redis, eventId, 'first')).toBe(false)
  expect(await isSuspended(eventId)).toBe(true)
  expect(await resumeSale(shop.redis, eventId, 'second')).toBe(true)
  expect(await isSuspended(eventId)).toBe(false)
  await suspend('third')
  await shop.redis.hset(saleKeys(eventId).sale, 'suspended', 'another-run:third')
  expect(await resumeSale(shop.redis, eventId, 'third')).toBe(false)
  const [person] = await shop.addPeople(1)
  expect(await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId!))).toMatchObject({ kind: 'reserved' })
})
