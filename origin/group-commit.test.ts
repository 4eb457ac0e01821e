import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelSeats } from '../db/redis/sale/seats.ts'
import { reservations } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { findCommitted } from './group-commit.ts'
import { lockLedger } from './ledger.ts'
import { cancel, reserve } from './reservations.ts'

let shop: Shop
// It writes back only when somebody waits.
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000, acknowledge: 'mysql' })))
afterAll(() => shop.close())

async function book(eventId: number, ticketTypeId: number, person: number, parts: Partial<Shop> = {}) {
  const result = await reserve({ ...shop, ...parts }, 'ko', {
    ...{ eventId, ticketTypeId, person, quantity: 2, idempotencyKey: randomUUID() },
    pass: { id: randomUUID(), untilMs: Date.now() + 60_000 },
  })
  if (result.kind !== 'reserved') throw new Error(result.kind)
  return result.reservation.id
}

/** A database that counts what is selected from it. */
function countSelects() {
  const counted = { selects: 0, db: shop.db }
  counted.db = new Proxy(shop.db, {
    get(target, name) {
      if (name === 'select') counted.selects++
      return Reflect.get(target, name, target)
    },
  })
  return counted
}

describe('findCommitted()', () => {
  test('what the round wrote itself is not looked for; the rows that another has written are, all together', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [1_000] })
    const people = await shop.addPeople(300)
    const ids = await Promise.all(people.map(({ id }) => book(eventId, type!, id, { acknowledge: 'redis' })))
    const counted = countSelects()
    const findAll = () => Promise.all(ids.map((id) => findCommitted({ ...shop, db: counted.db }, eventId, id)))
    const rows = ids.map((id) => ({ id, status: 'confirmed', quantity: 2 }))
    expect(await findAll()).toEqual(rows)
    expect(counted.selects).toBe(0)
    expect(await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))).toHaveLength(300)
    expect(await findAll()).toEqual(rows)
    expect(counted.selects).toBe(1)
  })

  test('what is cancelled in the same round is told as cancelled', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    const id = await book(eventId, type!, person!.id)
    await cancelSeats(shop.redis, eventId, {
      ...{ rowEpoch: 1, person: person!.id, reservation: id, ticketTypeId: type!, quantity: 2, keep: 0 },
    })
    expect(await findCommitted(shop, eventId, id)).toMatchObject({ id, status: 'cancelled' })

    const late = await book(eventId, type!, person!.id, { acknowledge: 'redis' })
    await cancelSeats(shop.redis, eventId, {
      ...{ rowEpoch: 1, person: person!.id, reservation: late, ticketTypeId: type!, quantity: 2, keep: 1 },
    })
    expect(await findCommitted(shop, eventId, late)).toMatchObject({ id: late, status: 'confirmed', quantity: 1 })
  })

  test('one after another they look alone (negative control of the count)', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    const id = await book(eventId, type!, person!.id)
    const counted = countSelects()
    for (let i = 0; i < 3; i++) await findCommitted({ ...shop, db: counted.db }, eventId, id)
    expect(counted.selects).toBe(3)
  })

  test('a round that says all is well is not believed: the row is looked for', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale()
    const [person] = await shop.addPeople(1)
    const id = await book(eventId, type!, person!.id, { acknowledge: 'redis' })
    const forgetful = { db: shop.db, writeBack: { flushEvent: () => Promise.resolve(new Map()) } }
    expect(await findCommitted(forgetful, eventId, id)).toBeUndefined()
    expect(await findCommitted(shop, eventId, id)).toMatchObject({ id })
  })
})

test('who waits for one event does not wait for another whose ledger is held', async () => {
  const [free, held] = [await shop.addSale(), await shop.addSale()]
  const [person] = await shop.addPeople(1)
  await book(held.eventId, held.ticketTypeIds[0]!, person!.id)
  const stuck = await book(held.eventId, held.ticketTypeIds[0]!, person!.id, { acknowledge: 'redis' })
  let round: Promise<boolean> | undefined
  await shop.db.transaction(async (tx) => {
    await lockLedger(tx, held.eventId)
    round = shop.writeBack.flushAll()
    const id = await book(free.eventId, free.ticketTypeIds[0]!, person!.id)
    expect(await findCommitted(shop, free.eventId, id)).toMatchObject({ status: 'confirmed' })
    expect(await shop.db.select().from(reservations).where(eq(reservations.id, stuck))).toEqual([])
  })
  expect(await round).toBe(true)
  expect(await shop.db.select().from(reservations).where(eq(reservations.id, stuck))).toHaveLength(1)
  expect(await cancel(shop, 'ko', person!.id, stuck)).toMatchObject({ kind: 'cancelled', reservation: { status: 'cancelled' } })
})
