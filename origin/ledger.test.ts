import { count, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { writeEntries } from './ledger.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

/** A sale with a log of so many bookings, as the script writes them, but those that `spoil` replaces or leaves out. */
async function withLog(entries: number, spoil: (seq: number) => string | null | undefined = () => undefined) {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: [entries, entries] })
  const people = await shop.addPeople(100)
  const { log } = saleKeys(eventId)
  await Promise.all(Array.from({ length: entries }, (_, i) => {
    const seq = i + 1
    const spoilt = spoil(seq)
    const person = String(people[i % people.length]!.id)
    const booking = [shop.newId(), person, String(ticketTypeIds[i % 2]), 1, '10000', 1_764_000_000_000 + i, `key/"'\\${i}`]
    return spoilt === null ? null : shop.redis.xadd(log, `1-${seq}`, 'b', spoilt ?? JSON.stringify(booking))
  }))
  return { eventId, ticketTypeIds }
}
const write = (eventId: number, batches: number) =>
  shop.db.transaction((tx) => writeEntries(tx, shop.redis, eventId, { epoch: 1, seq: 0 }, batches))
async function rowsAndSold(eventId: number) {
  const [rows] = await shop.db.select({ count: count() }).from(reservations).where(eq(reservations.eventId, eventId))
  const types = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  return [rows!.count, ...types.map(({ sold }) => sold)]
}

test('a log of several batches is written whole, and each row as it was booked', async () => {
  const { eventId } = await withLog(4_500)
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
    ...{ eventId, quantity: 1, booked: 1, unitPrice: 10_000, status: 'confirmed', cancelledAt: null },
    createdAt: new Date(1_764_000_004_321),
  })
})

test('no more batches are written than were asked for', async () => {
  const { eventId } = await withLog(4_500)
  expect(await write(eventId, 2)).toMatchObject({ position: { epoch: 1, seq: 4_000 }, entries: 4_000, more: true })
  expect(await rowsAndSold(eventId)).toEqual([4_000, 2_000, 2_000])
})

test('a gap between two batches is told, and an entry that cannot be read stops no other', async () => {
  const { eventId } = await withLog(4_500, (seq) => seq === 2_001 ? null : seq === 4_000 ? '["half' : undefined)
  const written = await write(eventId, 5)
  expect(written).toMatchObject({ position: { epoch: 1, seq: 4_500 }, entries: 4_499, gap: { epoch: 1, seq: 2_000 } })
  expect(written.deadLetters.map(({ position }) => position)).toEqual([{ epoch: 1, seq: 4_000 }])
  expect(await rowsAndSold(eventId)).toEqual([4_498, 2_249, 2_249])
  // The batches of 2,000 with nothing set aside: 1 to 2,000 and 2,002 to 4,001 but for 4,000, and the rest.
  expect(written.rows.size, 'where one could not be written, none is told as written').toBe(2_000 + 499)
})

test('the next batch is read while one is written, and one that fails meanwhile leaves nothing behind', async () => {
  const { eventId } = await withLog(4_500)
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  let reads = 0
  const failing = new Proxy(shop.redis, {
    get(target, name) {
      if (name !== 'xrange') return Reflect.get(target, name, target)
      return (...args: Parameters<typeof target.xrange>) =>
        ++reads === 2 ? Promise.reject(new Error('Command timed out')) : target.xrange(...args)
    },
  })
  await expect(shop.db.transaction((tx) => writeEntries(tx, failing, eventId, { epoch: 1, seq: 0 }, 5))).rejects.toThrow(
    'timed out',
  )
  expect(reads).toBe(2)
  expect(await rowsAndSold(eventId)).toEqual([0, 0, 0])
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
