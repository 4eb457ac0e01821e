import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { deadLetters, events, ledgers, reservations } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { auditInventory, repairSeats } from './inventory-audit.ts'
import { reserve } from './reservations.ts'
import { putOnSale } from './sales.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 })))
afterAll(() => shop.close())

/** Three pages of bookings: one person's lie across the end of a page. */
const PEOPLE = 5_500
const KEYS = ['first', 'second']
const BUSY_KEYS = 100

test('a load counts more people and more keys than it reads at a time', async () => {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: [20_000, 20_000], limitPerPerson: 100 })
  const people = await shop.addPeople(PEOPLE)
  const keysOf = (i: number) => i === 4_970 ? Array.from({ length: BUSY_KEYS }, (_, k) => `key-${k}`) : KEYS
  const rows = people.flatMap(({ id }, i) =>
    keysOf(i).map((idempotencyKey, k) => {
      const isCancelled = k === 1 && i % 10 === 0
      return {
        ...{ id: shop.newId(), eventId, ticketTypeId: ticketTypeIds[k % 2]!, userId: id, idempotencyKey, unitPrice: 1_000 },
        ...{ quantity: 1 + k % 2, booked: 3, createdAt: new Date(), cancelledAt: isCancelled ? new Date() : null },
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
  const answers = await shop.redis.hkeys(saleKeys(eventId).idempotency)
  expect(new Set(answers)).toEqual(new Set(['#', ...rows.map(({ userId, idempotencyKey }) => `${userId}:${idempotencyKey}`)]))
  expect(await readLeft(shop.redis, eventId)).toEqual(
    new Map(ticketTypeIds.map((type) => [type, 20_000 - sum(confirmed.filter(({ ticketTypeId }) => ticketTypeId === type))])),
  )

  const last = rows.at(-1)!
  const again = {
    ...{
      eventId,
      person: last.userId,
      ticketTypeId: last.ticketTypeId,
      quantity: last.booked,
      idempotencyKey: last.idempotencyKey,
    },
    pass: { id: shop.newId(), untilMs: Date.now() + 60_000 },
  }
  expect(await reserve(shop, 'ko', again)).toMatchObject({ kind: 'reserved', reservation: { id: last.id, quantity: 3 } })
  const [ledger] = await shop.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
  expect(ledger).toMatchObject({ live: true, epoch: 1, seq: 0 })
})

test('an end that was moved in MySQL holds from the next load on; a sale that an operator has paused goes on by a repair', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  const [person] = await shop.addPeople(1)
  const ask = async () => {
    const request = { eventId, person: person!.id, ticketTypeId: type!, quantity: 1, idempotencyKey: shop.newId() }
    return (await reserve(shop, 'ko', { ...request, pass: { id: shop.newId(), untilMs: Date.now() + 60_000 } })).kind
  }
  expect(await ask()).toBe('reserved')
  await shop.redis.hset(saleKeys(eventId).sale, 'paused', 1)
  expect(await ask()).toBe('busy')
  const books = await auditInventory(shop, eventId)
  if (books.kind !== 'audited') throw new Error(books.kind)
  await repairSeats(shop, books, null)
  expect(await ask()).toBe('reserved')

  await shop.db.update(events).set({ closesAt: new Date(Date.now() - 1_000) }).where(eq(events.id, eventId))
  expect(await ask()).toBe('reserved')
  await putOnSale(shop, eventId)
  expect(await ask()).toBe('sale_closed')
})

test('an opening that is put off in MySQL holds from the next load on; before it the end alone cannot be moved to now', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ opensInMs: 1_000 })
  const [person] = await shop.addPeople(1)
  await putOnSale(shop, eventId)
  await expect(shop.db.update(events).set({ closesAt: new Date() }).where(eq(events.id, eventId))).rejects.toThrow()
  const opensAt = new Date(Date.now() + 3_600_000)
  await shop.db.update(events).set({ opensAt }).where(eq(events.id, eventId))
  await putOnSale(shop, eventId)
  const request = { eventId, person: person!.id, ticketTypeId: type!, quantity: 1, idempotencyKey: shop.newId() }
  expect(await reserve(shop, 'ko', { ...request, pass: { id: shop.newId(), untilMs: Date.now() + 60_000 } }))
    .toEqual({ kind: 'sale_not_open', opensAtMs: opensAt.getTime() })
})

test('what a load has written is not written again, also when bookings kept it from its end', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  const people = await shop.addPeople(6)
  const book = async () => {
    const request = { eventId, person: people.pop()!.id, ticketTypeId: type!, quantity: 1, idempotencyKey: shop.newId() }
    return (await reserve(shop, 'ko', { ...request, pass: { id: shop.newId(), untilMs: Date.now() + 60_000 } })).kind
  }
  expect(await book()).toBe('reserved')
  // The sale is loaded anew for this, and sells meanwhile.
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
