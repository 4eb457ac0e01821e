import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { reserveSeats } from '../db/redis/sale/seats.ts'
import { reservations } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { putOnSale } from './sales.ts'
import { openWriteBack } from './write-back.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

async function book(eventId: number, ticketTypeId: number): Promise<string> {
  const [person] = await shop.addPeople(1)
  const reply = await reserveSeats(shop.redis, eventId, {
    ...{ person: person!.id, reservation: shop.newId(), ticketTypeId, quantity: 1, idempotencyKey: randomUUID() },
    ...{ passId: randomUUID(), passMs: 60_000, backlogLimit: 100_000 },
  })
  if (reply.kind !== 'reserved') throw new Error(reply.kind)
  return reply.reservation
}
const isWritten = async (id: string) =>
  (await shop.db.select({ id: reservations.id }).from(reservations).where(eq(reservations.id, id))).length === 1

test('who waits while a round has read the log already is told by the next, and each round trims what it wrote', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  await putOnSale(shop, eventId)
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  let hasRead = () => {}
  const read = new Promise<void>((resolve) => (hasRead = resolve))
  /** Its reader of a log hands on what it has read only when it is released. */
  const slow = new Proxy(shop.redis, {
    get(target, name) {
      if (name !== 'xrange') return Reflect.get(target, name, target)
      return async (...args: Parameters<typeof target.xrange>) => {
        const entries = await target.xrange(...args)
        hasRead()
        await released
        return entries
      }
    },
  })
  const writeBack = openWriteBack({ ...shop, redis: slow }, 3_600_000)
  // The schedule's own round is over all events, and finds nothing behind.
  await writeBack.flushAll()
  const early = await book(eventId, type!)
  const first = writeBack.flushEvent(eventId)
  await read
  const late = await book(eventId, type!)
  const second = writeBack.flushEvent(eventId)
  expect(second).not.toBe(first)
  release()
  expect([...(await first).keys()]).toEqual([early])
  expect(await isWritten(early)).toBe(true)
  expect([...(await second).keys()]).toEqual([late])
  expect(await isWritten(late)).toBe(true)
  await writeBack.close()
  expect(await shop.redis.xlen(saleKeys(eventId).log)).toBe(0)
})
