import { eq } from 'drizzle-orm'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readScript, untilReady } from '../db/redis/client.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { reservations } from '../db/schema.ts'
import { bookingRequest } from '../test/booking.ts'
import { openShop, ownRedis, type Shop } from '../test/shop.ts'
import { reserve } from './reservations.ts'

/** A Redis for this file only, which can be stopped, started, and restored from an older copy. */
let redis: Awaited<ReturnType<typeof ownRedis>>
let shop: Shop
beforeEach(async () => {
  redis = await ownRedis()
  shop = await openShop({ writeBackMs: 50, redisUrl: redis.url })
})
afterEach(async () => {
  await shop.close()
  await redis.close()
})

const redisFiles = () => join(redis.dir, 'redis')
const copy = () => join(redis.dir, 'copy')

async function restartRedis(whileStopped: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const { server } = redis
  await server.running.stop()
  await whileStopped()
  server.running = await server.start()
  await untilReady(shop.redis)
}
const takeCopy = () => restartRedis(() => cp(redisFiles(), copy(), { recursive: true }))
const restoreCopy = () =>
  restartRedis(async () => {
    await rm(redisFiles(), { recursive: true })
    await cp(copy(), redisFiles(), { recursive: true })
  })

async function book(eventId: number, ticketTypeId: number, quantity: number): Promise<string> {
  const [person] = await shop.addPeople(1)
  const result = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity }))
  if (result.kind !== 'reserved') throw new Error(result.kind)
  return result.reservation.id
}
const rowsOf = async (eventId: number) => {
  await shop.writeBack.flushAll()
  return (await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))).map(({ id }) => id).sort()
}

test('a Redis that was restored from an older copy sells no sold seat and loses no booking', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [20] })
  const first = await book(eventId, type!, 4)
  await shop.writeBack.flushAll()
  await takeCopy()
  const second = [await book(eventId, type!, 4), await book(eventId, type!, 4)]
  await shop.writeBack.flushAll()
  await restoreCopy()
  const third = await book(eventId, type!, 4)
  expect(await rowsOf(eventId)).toEqual([first, ...second, third].sort())
  expect((await readLeft(shop.redis, eventId))?.get(type!)).toBe(4)
})

test('without the check of the server run, a restored Redis loses what it sells (negative control)', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [20] })
  await book(eventId, type!, 4)
  await shop.writeBack.flushAll()
  await takeCopy()
  const later = [await book(eventId, type!, 4), await book(eventId, type!, 4)]
  await shop.writeBack.flushAll()
  await restoreCopy()
  const unchecked = readScript('sale/reserve').replace('and sale[5] == run', '')
  expect(unchecked).not.toBe(readScript('sale/reserve'))
  shop.redis.defineCommand('reserveSeats', { lua: unchecked })
  const lost = await book(eventId, type!, 4)
  const rows = await rowsOf(eventId)
  expect(rows).toEqual(expect.arrayContaining(later))
  expect(rows).not.toContain(lost)
})

test('a Redis that was restarted with all its data continues the same sale', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [20] })
  const first = await book(eventId, type!, 4)
  await restartRedis()
  const second = await book(eventId, type!, 4)
  expect(await rowsOf(eventId)).toEqual([first, second].sort())
  expect(await shop.redis.hget(`{e:${eventId}}:sale`, 'epoch')).toBe('1')
})

test('a Redis that has lost everything is loaded from MySQL', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [20] })
  const first = await book(eventId, type!, 4)
  await shop.writeBack.flushAll()
  await restartRedis(async () => {
    await rm(redisFiles(), { recursive: true })
    await mkdir(redisFiles())
  })
  const second = await book(eventId, type!, 4)
  expect(await rowsOf(eventId)).toEqual([first, second].sort())
  expect((await readLeft(shop.redis, eventId))?.get(type!)).toBe(12)
})
