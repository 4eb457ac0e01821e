import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineSaleScripts, readHeads, readLeft, unloadSale } from '../db/redis/sale/sale.ts'
import { cancelSeats, reserveSeats } from '../db/redis/sale/seats.ts'
import { saleKeys } from '../db/redis/keys.ts'
import { deadLetters, ledgers, reservationChanges, reservations, ticketTypes } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import type { Person } from './accounts.ts'
import { writeEntries } from './ledger.ts'
import { type BookingRequest, cancel, findReservation, listReservations, reserve } from './reservations.ts'
import { putOnSale } from './sales.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 50 })))
afterAll(() => shop.close())

function booking(person: Person, eventId: number, ticketTypeId: number, wish: Partial<BookingRequest> = {}): BookingRequest {
  return {
    eventId,
    person: person.id,
    ticketTypeId,
    quantity: 1,
    idempotencyKey: randomUUID(),
    pass: { id: randomUUID(), untilMs: Date.now() + 60_000 },
    ...wish,
  }
}

async function onSale(sale: Parameters<Shop['addSale']>[0] = {}, people = 1) {
  const { eventId, ticketTypeIds } = await shop.addSale(sale)
  return { eventId, ticketTypeId: ticketTypeIds[0]!, people: await shop.addPeople(people) }
}

async function books(eventId: number) {
  await shop.writeBack.flushAll()
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  const [type] = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  const confirmed = rows.filter(({ status }) => status === 'confirmed').reduce((sum, { quantity }) => sum + quantity, 0)
  const left = [...(await readLeft(shop.redis, eventId) ?? new Map<number, number>()).values()].reduce(
    (sum, seats) => sum + seats,
    0,
  )
  return { rows, confirmed, left, sold: type!.sold, seats: type!.seats }
}

describe('reserve()', () => {
  test('loads the sale on demand and answers with the reservation as my page will show it', async () => {
    const { eventId, ticketTypeId, people: [person] } = await onSale()
    const result = await reserve(shop, 'en', booking(person!, eventId, ticketTypeId, { quantity: 2 }))
    if (result.kind !== 'reserved') throw new Error(result.kind)
    expect(result.left).toBe(98)
    expect(await findReservation(shop, 'en', person!.id, result.reservation.id)).toEqual({
      kind: 'found',
      reservation: result.reservation,
    })
  })

  test('sells 100 seats to 1,000 people exactly, in both stores', async () => {
    const { eventId, ticketTypeId, people } = await onSale({ seats: [100] }, 1_000)
    const results = await Promise.all(people.map((person) => reserve(shop, 'ko', booking(person, eventId, ticketTypeId))))
    expect(results.filter(({ kind }) => kind === 'reserved')).toHaveLength(100)
    expect(results.filter(({ kind }) => kind === 'sold_out')).toHaveLength(900)
    expect(await books(eventId)).toMatchObject({ confirmed: 100, sold: 100, left: 0, rows: { length: 100 } })
  })

  test('knows no event that is not there, and no ticket type of another', async () => {
    const { eventId, people: [person] } = await onSale()
    expect(await reserve(shop, 'ko', booking(person!, 999_999, 1))).toEqual({ kind: 'not_found' })
    expect(await reserve(shop, 'ko', booking(person!, eventId, 999_999))).toEqual({ kind: 'unknown_ticket_type' })
  })

  test('answers in `mysql` mode when the row is committed', async () => {
    const { eventId, ticketTypeId, people } = await onSale({}, 20)
    const careful = { ...shop, acknowledge: 'mysql' as const }
    await Promise.all(people.map(async (person) => {
      const result = await reserve(careful, 'ko', booking(person, eventId, ticketTypeId))
      if (result.kind !== 'reserved') throw new Error(result.kind)
      const rows = await shop.db.select().from(reservations).where(eq(reservations.id, result.reservation.id))
      expect(rows).toHaveLength(1)
    }))
  })
})

describe('cancel()', () => {
  async function booked(sale: Parameters<Shop['addSale']>[0] = {}) {
    const { eventId, ticketTypeId, people } = await onSale(sale, 2)
    const wish = booking(people[0]!, eventId, ticketTypeId, { quantity: 2 })
    const result = await reserve(shop, 'ko', wish)
    if (result.kind !== 'reserved') throw new Error(result.kind)
    return { eventId, ticketTypeId, people, wish, id: result.reservation.id }
  }

  test('puts the seats back on sale once and keeps the row', async () => {
    const { eventId, people: [person], id } = await booked()
    const results = await Promise.all(Array.from({ length: 10 }, () => cancel(shop, 'ko', person!.id, id)))
    expect(new Set(results.map((result) => result.kind === 'cancelled' && result.reservation.cancelledAt)).size).toBe(1)
    expect(await books(eventId)).toMatchObject({ confirmed: 0, sold: 0, left: 100, rows: [{ id, status: 'cancelled' }] })
    expect((await cancel(shop, 'ko', person!.id, id)).kind).toBe('cancelled')
    expect(await books(eventId)).toMatchObject({ left: 100 })
  })

  test('gives back a part, once, keeps the rest, and remembers both', async () => {
    const { eventId, people: [person], wish, id } = await booked()
    const halves = await Promise.all(Array.from({ length: 5 }, () => cancel(shop, 'ko', person!.id, id, 1)))
    expect(
      halves.every((half) =>
        half.kind === 'cancelled' && half.reservation.status === 'confirmed' && half.reservation.quantity === 1
      ),
    ).toBe(true)
    expect(await books(eventId)).toMatchObject({
      confirmed: 1,
      sold: 1,
      left: 99,
      rows: [{ quantity: 1, booked: 2, status: 'confirmed' }],
    })
    // To keep more than there is changes nothing; the key still hears the first answer, also after a rebuild.
    expect(await cancel(shop, 'ko', person!.id, id, 2)).toMatchObject({ kind: 'cancelled', reservation: { quantity: 1 } })
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect(await reserve(shop, 'ko', wish)).toMatchObject({ kind: 'reserved', reservation: { id, quantity: 2 } })
    expect(await cancel(shop, 'ko', person!.id, id)).toMatchObject({ kind: 'cancelled', reservation: { status: 'cancelled' } })
    expect(await books(eventId)).toMatchObject({ confirmed: 0, sold: 0, left: 100 })
    const history = await shop.db.select().from(reservationChanges).where(eq(reservationChanges.reservationId, id))
    expect(history.map(({ kept }) => kept)).toEqual([1, 0])
  })

  test('does not find what belongs to somebody else', async () => {
    const { people: [, stranger], id } = await booked()
    expect(await cancel(shop, 'ko', stranger!.id, id)).toEqual({ kind: 'not_found' })
    expect(await findReservation(shop, 'ko', stranger!.id, id)).toEqual({ kind: 'not_found' })
  })

  test('says busy, and not that there is none, while the write-back cannot follow', async () => {
    const { people: [person], id } = await booked()
    await shop.writeBack.flushAll()
    const behind = { ...shop, writeBack: { ...shop.writeBack, flushAll: () => Promise.resolve(false) } }
    const unwritten = shop.newId()
    expect(await cancel(behind, 'ko', person!.id, unwritten)).toEqual({ kind: 'busy' })
    expect(await findReservation(behind, 'ko', person!.id, unwritten)).toEqual({ kind: 'busy' })
    expect((await findReservation(behind, 'ko', person!.id, id)).kind).toBe('found')
  })

  test('is closed on the day of the event', async () => {
    const { people: [person], id } = await booked({ startsInMs: 1_000, closesInMs: 900 })
    expect((await cancel(shop, 'ko', person!.id, id)).kind).toBe('cancel_closed')
  })

  test('works after Redis has lost the event', async () => {
    const { eventId, people: [person], id } = await booked()
    await shop.writeBack.flushAll()
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect((await cancel(shop, 'ko', person!.id, id)).kind).toBe('cancelled')
    expect(await books(eventId)).toMatchObject({ confirmed: 0, sold: 0, left: 100 })
  })
})

describe('listReservations()', () => {
  test('shows a person their own, newest first, in the page they ask for, as new as their last booking', async () => {
    const { eventId, ticketTypeId, people: [person] } = await onSale()
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      const result = await reserve(shop, 'ko', booking(person!, eventId, ticketTypeId))
      if (result.kind === 'reserved') ids.unshift(result.reservation.id)
      const { items, total } = await listReservations(shop, 'ko', person!.id, { page: 1, size: 2 })
      expect(items.map(({ id }) => id)).toEqual(ids.slice(0, 2))
      expect(total).toBe(ids.length)
    }
  })
})

describe('putOnSale()', () => {
  test('rebuilds a lost sale from MySQL: seats, limits and used keys', async () => {
    const { eventId, ticketTypeId, people: [person] } = await onSale({ seats: [10], limitPerPerson: 4 })
    const wish = booking(person!, eventId, ticketTypeId, { quantity: 3 })
    const first = await reserve(shop, 'ko', wish)
    await shop.writeBack.flushAll()
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect(await reserve(shop, 'ko', wish)).toEqual(first)
    expect(await reserve(shop, 'ko', booking(person!, eventId, ticketTypeId, { quantity: 2 }))).toMatchObject({
      kind: 'limit_exceeded',
      held: 3,
    })
    expect(await books(eventId)).toMatchObject({ confirmed: 3, sold: 3, left: 7 })
  })

  test('takes over what is still in the log when the counters are lost', async () => {
    const { eventId, ticketTypeId, people: [person] } = await onSale({ seats: [10] })
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
    expect(await books(eventId)).toMatchObject({ confirmed: 2, sold: 2, left: 8 })
  })

  test('tells operators what of the log is missing and what no row could be made of', async () => {
    const quiet = await openShop({ writeBackMs: 60_000 })
    const { eventId, ticketTypeIds: [ticketTypeId] } = await quiet.addSale()
    const [person] = await quiet.addPeople(1)
    for (const buyer of [person!, person!, { ...person!, id: 999_999_999 }]) {
      expect((await reserve(quiet, 'ko', booking(buyer, eventId, ticketTypeId!))).kind).toBe('reserved')
    }
    await quiet.redis.xdel(saleKeys(eventId).log, '1-1')
    await unloadSale(quiet.redis, eventId)
    const told: [string, unknown][] = []
    await putOnSale({ ...quiet, log: (event, facts) => void told.push([event, facts]) }, eventId)
    expect(told).toMatchObject([
      ['booking_log_gap', { eventId, after: { epoch: 1, seq: 0 } }],
      ['dead_letter_added', { eventId, epoch: 1, seq: 3, reason: expect.stringContaining('child row') }],
      ['sale_loaded', { eventId, epoch: 2 }],
    ])
    await quiet.close()
  })

  test('loads an event once, however many ask', async () => {
    const { eventId } = await onSale()
    const others = { ...shop, redis: shop.redis.duplicate() }
    defineSaleScripts(others.redis)
    await new Promise<void>((resolve) => others.redis.once('ready', () => resolve()).connect().catch(() => {}))
    await Promise.all([
      ...Array.from({ length: 5 }, () => putOnSale(shop, eventId)),
      ...Array.from({ length: 5 }, () => putOnSale(others, eventId)),
    ])
    expect((await readHeads(shop.redis, [eventId]))[0]).toMatchObject({ whole: true, last: { epoch: 1, seq: 0 } })
    others.redis.disconnect()
  })

  test('replaces a store that came back with old data', async () => {
    const { eventId, ticketTypeId, people } = await onSale({ seats: [10] }, 2)
    await reserve(shop, 'ko', booking(people[0]!, eventId, ticketTypeId))
    const keys = [saleKeys(eventId).sale, saleKeys(eventId).held, saleKeys(eventId).idempotency]
    const old = await Promise.all(keys.map((key) => shop.redis.dumpBuffer(key)))
    await reserve(shop, 'ko', booking(people[1]!, eventId, ticketTypeId, { quantity: 4 }))
    await shop.writeBack.flushAll()
    await Promise.all(keys.map((key, i) => shop.redis.restore(key, 0, old[i]!, 'REPLACE')))
    await putOnSale(shop, eventId)
    expect(await books(eventId)).toMatchObject({ confirmed: 5, sold: 5, left: 5 })
  })
})

describe('the write-back', () => {
  test('moves rows and watermark together: a batch that is drained twice is written once', async () => {
    const { eventId, ticketTypeId, people } = await onSale({ seats: [1_000] }, 300)
    await Promise.all(people.map((person) => reserve(shop, 'ko', booking(person, eventId, ticketTypeId))))
    const second = await openSecondWriteBack()
    await Promise.all([shop.writeBack.flushAll(), second.flushAll(), shop.writeBack.flushAll()])
    await second.close()
    expect(await books(eventId)).toMatchObject({ confirmed: 300, sold: 300, left: 700 })
    const [ledger] = await shop.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
    expect(ledger).toMatchObject({ epoch: 1, seq: 300 })
    expect(await shop.redis.xlen(saleKeys(eventId).log)).toBe(0)
  })

  test('would meet its rows again without the watermark, and set them aside (negative control)', async () => {
    const quiet = await openShop({ writeBackMs: 60_000 })
    const { eventId, ticketTypeIds: [ticketTypeId] } = await quiet.addSale()
    const [person] = await quiet.addPeople(1)
    expect((await reserve(quiet, 'ko', booking(person!, eventId, ticketTypeId!))).kind).toBe('reserved')
    // A drain that commits its rows and not its watermark: the next one meets the same entries, and the table's keys refuse them.
    await quiet.db.transaction(async (tx) => void await writeEntries(tx, quiet.redis, eventId, { epoch: 1, seq: 0 }, 1))
    await quiet.writeBack.flushEvent(eventId)
    expect(await quiet.db.select().from(deadLetters)).toMatchObject([{
      eventId,
      epoch: 1,
      seq: 1,
      reason: expect.stringContaining('Duplicate'),
    }])
    await quiet.close()
  })

  test('sets aside what no row can be made of, and writes all the rest', async () => {
    const { eventId, ticketTypeId, people } = await onSale({ seats: [100] }, 60)
    const nobody = { ...people[0]!, id: 999_999_999 }
    const ids: string[] = []
    for (const [i, person] of people.entries()) {
      if (i === 30) expect((await reserve(shop, 'ko', booking(nobody, eventId, ticketTypeId))).kind).toBe('reserved')
      const result = await reserve(shop, 'ko', booking(person, eventId, ticketTypeId))
      if (result.kind === 'reserved') ids.push(result.reservation.id)
    }
    const { last } = (await readHeads(shop.redis, [eventId]))[0]!
    await shop.redis.xadd(saleKeys(eventId).log, `${last!.epoch}-${last!.seq + 1}`, 'b', 'no json')
    await shop.redis.hincrby(saleKeys(eventId).sale, 'seq', 1)
    const after = await reserve(shop, 'ko', booking(people[0]!, eventId, ticketTypeId))
    const { rows, sold } = await books(eventId)
    expect(rows.map(({ id }) => id).sort()).toEqual([...ids, after.kind === 'reserved' ? after.reservation.id : ''].sort())
    expect(sold).toBe(61)
    const aside = await shop.db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))
    expect(aside.map(({ reason }) => reason.slice(0, 30)).sort()).toEqual([
      'Cannot add or update a child r',
      'The entry cannot be read',
    ])
    expect(await shop.metrics.text()).toContain('\nneticket_dead_letters_total 2\n')
  })

  test('sets aside the cancellation of what is not there, and takes nothing off the seats sold', async () => {
    const { eventId, ticketTypeId, people: [person] } = await onSale({ seats: [10] })
    await reserve(shop, 'ko', booking(person!, eventId, ticketTypeId, { quantity: 2 }))
    const unknown = { rowEpoch: 1, person: person!.id, reservation: shop.newId(), ticketTypeId, quantity: 2, keep: 0 }
    expect((await cancelSeats(shop.redis, eventId, unknown)).kind).toBe('cancelled')
    expect(await books(eventId)).toMatchObject({ confirmed: 2, sold: 2 })
    expect(await shop.db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))).toHaveLength(1)
  })

  async function openSecondWriteBack() {
    const { openWriteBack } = await import('./write-back.ts')
    return openWriteBack(shop, 10)
  }
})
