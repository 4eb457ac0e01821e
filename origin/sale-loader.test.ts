import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { defineSaleScripts, readHeads, readLeft, unloadSale } from '../db/redis/sale/sale.ts'
import { reserveSeats } from '../db/redis/sale/seats.ts'
import { deadLetters, events, ledgers, reservations } from '../db/schema.ts'
import { bookingRequest, openSale, readSeats } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { auditInventory, repairSeats } from './inventory-audit.ts'
import { reserve } from './reservations.ts'
import { putOnSale } from './sale-loader.ts'
import { actorOf } from './audit-log.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

const HOUR_MS = 3_600_000
/** Three pages of bookings. The bookings of one person extend across the end of a page. */
const PEOPLE = 5_500
const KEYS = ['first', 'second']
const BUSY_KEYS = 100

test('counts more people and keys than fit on one page', async () => {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: [20_000, 20_000], limitPerPerson: 100 })
  const people = await shop.addPeople(PEOPLE)
  const keysOf = (i: number) => i === 4_970 ? Array.from({ length: BUSY_KEYS }, (_, k) => `key-${k}`) : KEYS
  const rows = people.flatMap(({ id }, i) =>
    keysOf(i).map((idempotencyKey, k) => {
      const isCancelled = k === 1 && i % 10 === 0
      return {
        id: shop.newId(),
        eventId,
        ticketTypeId: ticketTypeIds[k % 2]!,
        userId: id,
        idempotencyKey,
        unitPrice: 1_000,
        quantity: 1 + k % 2,
        booked: 3,
        createdAt: new Date(),
        cancelledAt: isCancelled ? new Date() : null,
        status: isCancelled ? 'cancelled' as const : 'confirmed' as const,
      }
    })
  )
  for (let start = 0; start < rows.length; start += 2_000) {
    await shop.db.insert(reservations).values(rows.slice(start, start + 2_000))
  }
  expect(await putOnSale(shop, eventId)).toEqual({ kind: 'on_sale' })

  const confirmed = rows.filter(({ status }) => status === 'confirmed')
  const sum = (of: typeof rows) => of.reduce((seats, { quantity }) => seats + quantity, 0)
  const held = new Map<string, number>()
  for (const { userId, quantity } of confirmed) held.set(String(userId), (held.get(String(userId)) ?? 0) + quantity)
  const { '#': epoch, ...heldInRedis } = await shop.redis.hgetall(saleKeys(eventId).held)
  expect(epoch).toBe('1')
  expect(heldInRedis).toEqual(Object.fromEntries([...held].map(([person, seats]) => [person, String(seats)])))
  const keys = await shop.redis.hkeys(saleKeys(eventId).idempotency)
  expect(new Set(keys)).toEqual(new Set(['#', ...rows.map(({ userId, idempotencyKey }) => `${userId}:${idempotencyKey}`)]))
  expect(await readLeft(shop.redis, eventId)).toEqual(
    new Map(ticketTypeIds.map((type) => [type, 20_000 - sum(confirmed.filter(({ ticketTypeId }) => ticketTypeId === type))])),
  )

  const last = rows.at(-1)!
  const repeated = bookingRequest({ id: last.userId }, eventId, last.ticketTypeId, {
    quantity: last.booked,
    idempotencyKey: last.idempotencyKey,
  })
  expect(await reserve(shop, 'ko', repeated)).toMatchObject({ kind: 'reserved', reservation: { id: last.id, quantity: 3 } })
  const [ledger] = await shop.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
  expect(ledger).toMatchObject({ live: true, epoch: 1, seq: 0 })
})

test('a changed end applies from the next load; a repair resumes a sale that was paused by hand', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop)
  const book = async () => (await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId))).kind
  expect(await book()).toBe('reserved')
  await shop.redis.hset(saleKeys(eventId).sale, 'paused', 1)
  expect(await book()).toBe('busy')
  const inventory = await auditInventory(shop, eventId)
  if (inventory.kind !== 'audited') throw new Error(inventory.kind)
  await repairSeats(shop, inventory, actorOf(null))
  expect(await book()).toBe('reserved')

  await shop.db.update(events).set({ closesAt: new Date(Date.now() - 1_000) }).where(eq(events.id, eventId))
  expect(await book()).toBe('reserved')
  await putOnSale(shop, eventId)
  expect(await book()).toBe('sale_closed')
})

test('a postponed opening applies from the next load; the table rejects an end before the opening', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { opensInMs: HOUR_MS })
  await putOnSale(shop, eventId)
  await expect(shop.db.update(events).set({ closesAt: new Date() }).where(eq(events.id, eventId))).rejects.toThrow()
  const opensAt = new Date(Date.now() + 2 * HOUR_MS)
  await shop.db.update(events).set({ opensAt }).where(eq(events.id, eventId))
  await putOnSale(shop, eventId)
  expect(await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId)))
    .toEqual({ kind: 'sale_not_open', opensAtMs: opensAt.getTime() })
})

test('entries that a load has written are not written again, even if bookings prevent the load from completing', async () => {
  const { eventId, ticketTypeId, people } = await openSale(shop, {}, 6)
  const book = async () => (await reserve(shop, 'ko', bookingRequest(people.pop()!, eventId, ticketTypeId))).kind
  expect(await book()).toBe('reserved')
  // The incomplete sale is loaded again, and sells during each attempt.
  await shop.redis.del(saleKeys(eventId).cancelled)
  const redis: Shop['redis'] = Object.create(shop.redis, {
    loadSale: {
      async value(...args: (string | number)[]) {
        expect(await book()).toBe('reserved')
        return await shop.redis.loadSale(...args)
      },
    },
  })
  expect(await putOnSale({ ...shop, redis }, eventId)).toEqual({ kind: 'busy' })
  await shop.writeBack.flushEvent(eventId)
  expect(await shop.db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))).toEqual([])
  expect(await shop.db.$count(reservations, eq(reservations.eventId, eventId))).toBe(6)
})

describe('a rebuild', () => {
  test('restores a lost sale from MySQL: seats, limits and used keys', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10], limitPerPerson: 4 })
    const request = bookingRequest(person!, eventId, ticketTypeId, { quantity: 3 })
    const first = await reserve(shop, 'ko', request)
    await shop.writeBack.flushAll()
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect(await reserve(shop, 'ko', request)).toEqual(first)
    expect(await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))).toMatchObject({
      kind: 'limit_exceeded',
      held: 3,
    })
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 3, sold: 3, left: 7 })
  })

  test('writes the rest of the log before it counts', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10] })
    await putOnSale(shop, eventId)
    await reserveSeats(shop.redis, eventId, {
      person: person!.id,
      reservation: shop.newId(),
      ticketTypeId,
      quantity: 2,
      idempotencyKey: randomUUID(),
      passId: randomUUID(),
      passMs: 1_000,
      backlogLimit: 100_000,
    })
    await shop.redis.del(saleKeys(eventId).sale, saleKeys(eventId).held)
    await putOnSale(shop, eventId)
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 2, sold: 2, left: 8 })
  })

  test('logs missing entries and dead letters for operators', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    for (const buyer of [person!, person!, { ...person!, id: 999_999_999 }]) {
      expect((await reserve(shop, 'ko', bookingRequest(buyer, eventId, ticketTypeId!))).kind).toBe('reserved')
    }
    await shop.redis.xdel(saleKeys(eventId).log, '1-1')
    await unloadSale(shop.redis, eventId)
    const logged: [string, unknown][] = []
    await putOnSale({ ...shop, log: (event, facts) => void logged.push([event, facts]) }, eventId)
    expect(logged).toMatchObject([
      ['booking_log_gap', { eventId, after: { epoch: 1, seq: 0 } }],
      ['dead_letter_added', { eventId, epoch: 1, seq: 3, reason: expect.stringContaining('child row') }],
      ['sale_loaded', { eventId, epoch: 2 }],
    ])
  })

  test('runs once for concurrent calls, in one process and in two', async () => {
    const { eventId } = await openSale(shop)
    const others = { ...shop, redis: shop.redis.duplicate() }
    defineSaleScripts(others.redis)
    await new Promise<void>((resolve) => others.redis.once('ready', () => resolve()).connect().catch(() => {}))
    await Promise.all([
      ...Array.from({ length: 5 }, () => shop.putOnSale(eventId)),
      ...Array.from({ length: 5 }, () => putOnSale(others, eventId)),
    ])
    expect((await readHeads(shop.redis, [eventId]))[0]).toMatchObject({ whole: true, last: { epoch: 1, seq: 0 } })
    others.redis.disconnect()
  })

  test('replaces a sale that was restored from an older copy', async () => {
    const { eventId, ticketTypeId, people } = await openSale(shop, { seats: [10] }, 2)
    await reserve(shop, 'ko', bookingRequest(people[0]!, eventId, ticketTypeId))
    const keys = [saleKeys(eventId).sale, saleKeys(eventId).held, saleKeys(eventId).idempotency]
    const old = await Promise.all(keys.map((key) => shop.redis.dumpBuffer(key)))
    await reserve(shop, 'ko', bookingRequest(people[1]!, eventId, ticketTypeId, { quantity: 4 }))
    await shop.writeBack.flushAll()
    await Promise.all(keys.map((key, i) => shop.redis.restore(key, 0, old[i]!, 'REPLACE')))
    await putOnSale(shop, eventId)
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 5, sold: 5, left: 5 })
  })
})
