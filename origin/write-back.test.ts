import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { readHeads } from '../db/redis/sale/sale.ts'
import { cancelSeats, reserveSeats } from '../db/redis/sale/seats.ts'
import { deadLetters, ledgers, reservations } from '../db/schema.ts'
import { bookingRequest, openSale, readSeats } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { writeEntries } from './booking-log-writer.ts'
import { reserve } from './reservations.ts'
import { putOnSale } from './sale-loader.ts'
import { openWriteBack } from './write-back.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

async function book(eventId: number, ticketTypeId: number): Promise<string> {
  const [person] = await shop.addPeople(1)
  const reply = await reserveSeats(shop.redis, eventId, {
    person: person!.id,
    reservation: shop.newId(),
    ticketTypeId,
    quantity: 1,
    idempotencyKey: randomUUID(),
    passId: randomUUID(),
    passMs: 60_000,
    backlogLimit: 100_000,
  })
  if (reply.kind !== 'reserved') throw new Error(reply.kind)
  return reply.reservation
}
const isWritten = async (id: string) =>
  (await shop.db.select({ id: reservations.id }).from(reservations).where(eq(reservations.id, id))).length === 1

test('callers that arrive after a run has begun to read share the next run; each run trims the entries that it has written', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  await putOnSale(shop, eventId)
  const released = Promise.withResolvers<void>()
  const read = Promise.withResolvers<void>()
  /** Returns the entries of a log only after `released`. */
  const slow = new Proxy(shop.redis, {
    get(target, name) {
      if (name !== 'xrange') return Reflect.get(target, name, target)
      return async (...args: Parameters<typeof target.xrange>) => {
        const entries = await target.xrange(...args)
        read.resolve()
        await released.promise
        return entries
      }
    },
  })
  const writeBack = openWriteBack({ ...shop, redis: slow }, 3_600_000)
  // Waits for the first run of the schedule, which finds nothing to write.
  await writeBack.flushAll()
  const early = await book(eventId, type!)
  const first = writeBack.flushEvent(eventId)
  await read.promise
  const late = await book(eventId, type!)
  const second = writeBack.flushEvent(eventId)
  expect(second).not.toBe(first)
  released.resolve()
  expect([...(await first).keys()]).toEqual([early])
  expect(await isWritten(early)).toBe(true)
  expect([...(await second).keys()]).toEqual([late])
  expect(await isWritten(late)).toBe(true)
  await writeBack.close()
  expect(await shop.redis.xlen(saleKeys(eventId).log)).toBe(0)
})

describe('flushAll() and flushEvent()', () => {
  test('write an entry once, although two write-backs run at the same time: rows and watermark move together', async () => {
    const { eventId, ticketTypeId, people } = await openSale(shop, { seats: [1_000] }, 300)
    await Promise.all(people.map((person) => reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId))))
    const second = openWriteBack(shop, 10)
    await Promise.all([shop.writeBack.flushAll(), second.flushAll(), shop.writeBack.flushAll()])
    await second.close()
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 300, sold: 300, left: 700 })
    const [ledger] = await shop.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
    expect(ledger).toMatchObject({ epoch: 1, seq: 300 })
    expect(await shop.redis.xlen(saleKeys(eventId).log)).toBe(0)
  })

  test('write entries twice, as dead letters, if the watermark does not move with the rows (negative control)', async () => {
    const quiet = await openShop({ writeBackMs: 60_000 })
    const { eventId, ticketTypeIds: [ticketTypeId] } = await quiet.addSale()
    const [person] = await quiet.addPeople(1)
    expect((await reserve(quiet, 'ko', bookingRequest(person!, eventId, ticketTypeId!))).kind).toBe('reserved')
    // Commits the rows without the watermark. The next run reads the same entries, and the unique keys of the table reject them.
    await quiet.db.transaction(async (tx) => void await writeEntries({ ...quiet, tx }, eventId, { epoch: 1, seq: 0 }, 1))
    await quiet.writeBack.flushEvent(eventId)
    expect(await quiet.db.select().from(deadLetters)).toMatchObject([{
      eventId,
      epoch: 1,
      seq: 1,
      reason: expect.stringContaining('Duplicate'),
    }])
    await quiet.close()
  })

  test('turn entries that cannot be written into dead letters, and write the others', async () => {
    const { eventId, ticketTypeId, people } = await openSale(shop, { seats: [100] }, 60)
    const unknown = { ...people[0]!, id: 999_999_999 }
    const ids: string[] = []
    for (const [i, person] of people.entries()) {
      if (i === 30) expect((await reserve(shop, 'ko', bookingRequest(unknown, eventId, ticketTypeId))).kind).toBe('reserved')
      const result = await reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId))
      if (result.kind === 'reserved') ids.push(result.reservation.id)
    }
    const { last } = (await readHeads(shop.redis, [eventId]))[0]!
    await shop.redis.xadd(saleKeys(eventId).log, `${last!.epoch}-${last!.seq + 1}`, 'b', 'no json')
    await shop.redis.hincrby(saleKeys(eventId).sale, 'seq', 1)
    const after = await reserve(shop, 'ko', bookingRequest(people[0]!, eventId, ticketTypeId))
    const { rows, sold } = await readSeats(shop, eventId)
    expect(rows.map(({ id }) => id).sort()).toEqual([...ids, after.kind === 'reserved' ? after.reservation.id : ''].sort())
    expect(sold).toBe(61)
    const letters = await shop.db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))
    expect(letters.map(({ reason }) => reason.slice(0, 30)).sort()).toEqual([
      'Cannot add or update a child r',
      'The entry cannot be read',
    ])
    expect(await shop.metrics.text()).toContain('\nneticket_dead_letters_total 2\n')
  })

  test('turn the cancellation of an unknown reservation into a dead letter, and leave the seats sold as they are', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10] })
    await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))
    const unknown = { rowEpoch: 1, person: person!.id, reservation: shop.newId(), ticketTypeId, quantity: 2, keep: 0 }
    expect((await cancelSeats(shop.redis, eventId, unknown)).kind).toBe('cancelled')
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 2, sold: 2 })
    expect(await shop.db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))).toHaveLength(1)
  })
})

test('A97: callers one after another start a run over all sales at most five times a second', async () => {
  let runs = 0
  const db = new Proxy(shop.db, {
    get(target, name) {
      if (name === 'select') runs++
      return Reflect.get(target, name, target) as unknown
    },
  })
  const writeBack = openWriteBack({ db, redis: shop.redis, log: () => {}, now: () => new Date() }, 3_600_000)
  const startedAt = performance.now()
  for (let call = 0; call < 10; call++) await writeBack.flushAll()
  expect(runs).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 200)
  await writeBack.close()
})
