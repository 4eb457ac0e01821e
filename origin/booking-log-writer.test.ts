import { count, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { writeEntries } from './booking-log-writer.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

/** A sale with a log of `entries` bookings, as the script writes them. `corrupt` replaces an entry, or leaves it out (null). */
async function openSaleWithLog(entries: number, corrupt: (seq: number) => string | null | undefined = () => undefined) {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: [entries, entries] })
  const people = await shop.addPeople(100)
  const { log } = saleKeys(eventId)
  await Promise.all(Array.from({ length: entries }, (_, i) => {
    const seq = i + 1
    const corrupted = corrupt(seq)
    const person = String(people[i % people.length]!.id)
    const booking = [shop.newId(), person, String(ticketTypeIds[i % 2]), 1, '10000', 1_764_000_000_000 + i, `key/"'\\${i}`]
    return corrupted === null ? null : shop.redis.xadd(log, `1-${seq}`, 'b', corrupted ?? JSON.stringify(booking))
  }))
  return { eventId, ticketTypeIds }
}
const write = (eventId: number, batches: number) =>
  shop.db.transaction((tx) => writeEntries({ ...shop, tx }, eventId, { epoch: 1, seq: 0 }, batches))
async function rowsAndSold(eventId: number) {
  const [rows] = await shop.db.select({ count: count() }).from(reservations).where(eq(reservations.eventId, eventId))
  const types = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  return [rows!.count, ...types.map(({ sold }) => sold)]
}

test('writes a log of several batches completely, and each row as it was booked', async () => {
  const { eventId } = await openSaleWithLog(4_500)
  const { rows, ...written } = await write(eventId, 5)
  expect(written).toEqual({
    position: { epoch: 1, seq: 4_500 },
    entries: 4_500,
    more: false,
    gap: null,
    deadLetters: [],
  })
  expect(rows.size).toBe(4_500)
  expect(await rowsAndSold(eventId)).toEqual([4_500, 2_250, 2_250])
  const [row] = await shop.db.select().from(reservations).where(eq(reservations.idempotencyKey, `key/"'\\4321`))
  expect(row).toMatchObject({
    eventId,
    quantity: 1,
    booked: 1,
    unitPrice: 10_000,
    status: 'confirmed',
    cancelledAt: null,
    createdAt: new Date(1_764_000_004_321),
  })
})

test('writes at most the requested number of batches', async () => {
  const { eventId } = await openSaleWithLog(4_500)
  expect(await write(eventId, 2)).toMatchObject({ position: { epoch: 1, seq: 4_000 }, entries: 4_000, more: true })
  expect(await rowsAndSold(eventId)).toEqual([4_000, 2_000, 2_000])
})

test('reports a gap between two batches, and writes the entries around an unreadable one', async () => {
  const { eventId } = await openSaleWithLog(4_500, (seq) => seq === 2_001 ? null : seq === 4_000 ? '["half' : undefined)
  const written = await write(eventId, 5)
  expect(written).toMatchObject({ position: { epoch: 1, seq: 4_500 }, entries: 4_499, gap: { epoch: 1, seq: 2_000 } })
  expect(written.deadLetters.map(({ position }) => position)).toEqual([{ epoch: 1, seq: 4_000 }])
  expect(await rowsAndSold(eventId)).toEqual([4_498, 2_249, 2_249])
  // Batches of 2,000: entries 1 to 2,000; then 2,002 to 4,001, with a dead letter; then the remaining 499.
  expect(written.rows.size, 'rows of a batch with a dead letter are not returned').toBe(2_000 + 499)
})

test('reads the next batch while it writes one; if that read fails, nothing is written and no rejection is unhandled', async () => {
  const { eventId } = await openSaleWithLog(4_500)
  const unhandled: unknown[] = []
  const collect = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', collect)
  let reads = 0
  const failing = new Proxy(shop.redis, {
    get(target, name) {
      if (name !== 'xrange') return Reflect.get(target, name, target)
      return (...args: Parameters<typeof target.xrange>) =>
        ++reads === 2 ? Promise.reject(new Error('The read fails')) : target.xrange(...args)
    },
  })
  await expect(shop.db.transaction((tx) => writeEntries({ ...shop, tx, redis: failing }, eventId, { epoch: 1, seq: 0 }, 5)))
    .rejects.toThrow(
      'The read fails',
    )
  expect(reads).toBe(2)
  expect(await rowsAndSold(eventId)).toEqual([0, 0, 0])
  process.off('unhandledRejection', collect)
  expect(unhandled).toEqual([])
})
