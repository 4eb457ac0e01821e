import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilReady } from '../db/redis/client.ts'
import { changeSale } from '../db/redis/sale/sale-change.ts'
import { readSale } from '../db/redis/sale/sale.ts'
import { bookingRequest, openSale } from '../test/booking.ts'
import { openShop, ownRedis, type Shop } from '../test/shop.ts'
import { findRecent } from './recent-reservations.ts'
import { findReservation } from './reservation-list.ts'
import { cancel, reserve } from './reservations.ts'

/** A Redis for this file only, which can be restored from an older copy, as when a server with older data takes over. */
let redis: Awaited<ReturnType<typeof ownRedis>>
let shop: Shop
beforeAll(async () => {
  redis = await ownRedis()
  shop = await openShop({ writeBackMs: 3_600_000, redisUrl: redis.url })
})
afterAll(async () => {
  await shop.close()
  await redis.close()
})

async function restartRedis(whileStopped: (files: string, copy: string) => Promise<void>): Promise<void> {
  const { server, dir } = redis
  await server.running.stop()
  await whileStopped(join(dir, 'redis'), join(dir, 'copy'))
  server.running = await server.start()
  await untilReady(shop.redis)
}
const takeCopy = () => restartRedis((files, copy) => cp(files, copy, { recursive: true }))
const restoreCopy = () =>
  restartRedis(async (files, copy) => {
    await rm(files, { recursive: true })
    await cp(copy, files, { recursive: true })
  })

/** A reservation of two seats, and functions that show and cancel it as its owner does. */
async function booked() {
  const { eventId, ticketTypeId, people: [person, other] } = await openSale(shop, {}, 2)
  const result = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))
  if (result.kind !== 'reserved') throw new Error(result.kind)
  const { id } = result.reservation
  return {
    eventId,
    id,
    show: () => findReservation(shop, 'ko', person!.id, id),
    /** What Redis alone shows. */
    showRecent: () => findRecent(shop, 'ko', person!.id, id),
    cancel: (keep = 0) => cancel(shop, 'ko', person!.id, id, keep),
    bookAgain: () => reserve(shop, 'ko', bookingRequest(other!, eventId, ticketTypeId)),
  }
}

test('a cancellation that a failover has lost stays cancelled on the page: the record is MySQL', async () => {
  const { show, showRecent, cancel, bookAgain } = await booked()
  await takeCopy()
  expect(await cancel()).toMatchObject({ kind: 'cancelled' })
  await shop.writeBack.flushAll()
  await restoreCopy()
  expect(await show()).toMatchObject({ kind: 'found', reservation: { status: 'cancelled' } })
  expect(await showRecent()).toEqual([])
  // The next booking finds the sale older than the ledger and loads it.
  expect((await bookAgain()).kind).toBe('reserved')
  expect(await show()).toMatchObject({ kind: 'found', reservation: { status: 'cancelled' } })
})

test('seats that were returned in part before a failover stay returned on the page', async () => {
  const { show, cancel } = await booked()
  await takeCopy()
  expect(await cancel(1)).toMatchObject({ kind: 'cancelled' })
  await shop.writeBack.flushAll()
  await restoreCopy()
  expect(await show()).toMatchObject({ kind: 'found', reservation: { status: 'confirmed', quantity: 1 } })
})

test('after a restart that lost nothing, Redis shows the booking again once the sale is approved', async () => {
  const { show, showRecent, bookAgain } = await booked()
  await takeCopy()
  expect(await showRecent()).toEqual([])
  expect(await show()).toMatchObject({ kind: 'found', reservation: { status: 'confirmed', quantity: 2 } })
  expect((await bookAgain()).kind).toBe('reserved')
  expect(await showRecent()).toMatchObject([{ status: 'confirmed', quantity: 2 }])
})

test('a sale that a change has suspended shows its bookings without MySQL, until its server is restarted', async () => {
  const { eventId, id, showRecent } = await booked()
  const { last: { epoch } } = (await readSale(shop.redis, eventId))!
  await changeSale(shop.redis, eventId, { epoch, actor: 1, reason: 'a test', seats: [], change: 'this-change' })
  expect(await showRecent()).toMatchObject([{ id, status: 'confirmed' }])
  await takeCopy()
  expect(await showRecent()).toEqual([])
})
