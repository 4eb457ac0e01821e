import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelSeats } from '../db/redis/sale/seats.ts'
import { reservations } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { bookingRequest } from '../test/booking.ts'
import { createGroupCommit } from './group-commit.ts'
import { lockLedger } from './ledger.ts'
import { cancel, reserve } from './reservations.ts'

let shop: Shop
// The schedule runs once an hour, so the write-back runs only on request.
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000, acknowledge: 'mysql' })))
afterAll(() => shop.close())

async function book(eventId: number, ticketTypeId: number, person: number, parts: Partial<Shop> = {}) {
  const request = bookingRequest({ id: person }, eventId, ticketTypeId, { quantity: 2 })
  const result = await reserve({ ...shop, ...parts }, 'ko', request)
  if (result.kind !== 'reserved') throw new Error(result.kind)
  return result.reservation.id
}

/** A group commit whose SELECTs are counted. */
function createCountedGroupCommit() {
  let selects = 0
  const db = new Proxy(shop.db, {
    get(target, name) {
      if (name === 'select') selects++
      return Reflect.get(target, name, target)
    },
  })
  return { findCommitted: createGroupCommit({ ...shop, db }), selects: () => selects }
}

describe('findCommitted()', () => {
  test('returns rows of its own run without a SELECT, and rows of another run with one SELECT for all callers', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [1_000] })
    const people = await shop.addPeople(300)
    const ids = await Promise.all(people.map(({ id }) => book(eventId, type!, id, { acknowledge: 'redis' })))
    const counted = createCountedGroupCommit()
    const findAll = () => Promise.all(ids.map((id) => counted.findCommitted(eventId, id)))
    const rows = ids.map((id) => ({ id, status: 'confirmed', quantity: 2 }))
    expect(await findAll()).toEqual(rows)
    expect(counted.selects()).toBe(0)
    expect(await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))).toHaveLength(300)
    expect(await findAll()).toEqual(rows)
    expect(counted.selects()).toBe(1)
  })

  test('returns a row as cancelled if the same run has written and cancelled it', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    const id = await book(eventId, type!, person!.id)
    await cancelSeats(shop.redis, eventId, {
      rowEpoch: 1,
      person: person!.id,
      reservation: id,
      ticketTypeId: type!,
      quantity: 2,
      keep: 0,
    })
    expect(await shop.findCommitted(eventId, id)).toMatchObject({ id, status: 'cancelled' })

    const reduced = await book(eventId, type!, person!.id, { acknowledge: 'redis' })
    await cancelSeats(shop.redis, eventId, {
      rowEpoch: 1,
      person: person!.id,
      reservation: reduced,
      ticketTypeId: type!,
      quantity: 2,
      keep: 1,
    })
    expect(await shop.findCommitted(eventId, reduced)).toMatchObject({ id: reduced, status: 'confirmed', quantity: 1 })
  })

  test('does one SELECT for each of several successive calls (negative control of the count)', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    const id = await book(eventId, type!, person!.id)
    const counted = createCountedGroupCommit()
    for (let i = 0; i < 3; i++) await counted.findCommitted(eventId, id)
    expect(counted.selects()).toBe(3)
  })

  test('reads the row from MySQL although the run has succeeded', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    const id = await book(eventId, type!, person!.id, { acknowledge: 'redis' })
    const findWithoutWriting = createGroupCommit({ db: shop.db, writeBack: { flushEvent: () => Promise.resolve(new Map()) } })
    expect(await findWithoutWriting(eventId, id)).toBeUndefined()
    expect(await shop.findCommitted(eventId, id)).toMatchObject({ id })
  })
})

test('a wait for one event does not depend on another event whose ledger is locked', async () => {
  const [free, held] = [await shop.addSale(), await shop.addSale()]
  const [person] = await shop.addPeople(1)
  await book(held.eventId, held.ticketTypeIds[0]!, person!.id)
  const unwritten = await book(held.eventId, held.ticketTypeIds[0]!, person!.id, { acknowledge: 'redis' })
  let run: Promise<boolean> | undefined
  await shop.db.transaction(async (tx) => {
    await lockLedger(tx, held.eventId)
    run = shop.writeBack.flushAll()
    const id = await book(free.eventId, free.ticketTypeIds[0]!, person!.id)
    expect(await shop.findCommitted(free.eventId, id)).toMatchObject({ status: 'confirmed' })
    expect(await shop.db.select().from(reservations).where(eq(reservations.id, unwritten))).toEqual([])
  })
  expect(await run).toBe(true)
  expect(await shop.db.select().from(reservations).where(eq(reservations.id, unwritten))).toHaveLength(1)
  expect(await cancel(shop, 'ko', person!.id, unwritten)).toMatchObject({
    kind: 'cancelled',
    reservation: { status: 'cancelled' },
  })
})
