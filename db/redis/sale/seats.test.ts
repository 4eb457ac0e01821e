import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomUUID } from 'node:crypto'
import { openShop, type Shop } from '../../../test/shop.ts'
import { putOnSale } from '../../../origin/sale-loader.ts'
import { saleKeys } from '../keys.ts'
import { readScript } from '../client.ts'
import { readBookingLog } from './booking-log.ts'
import { readHeads, readLeft } from './sale.ts'
import { cancelSeats, defineSeatScripts, reserveSeats, type SeatRequest } from './seats.ts'

let shop: Shop
// The write-back does not run during these tests, so the booking log keeps its entries.
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 })))
afterAll(() => shop.close())

const seatRequest = (fields: Partial<SeatRequest> & Pick<SeatRequest, 'person' | 'ticketTypeId'>): SeatRequest => ({
  reservation: shop.newId(),
  quantity: 1,
  idempotencyKey: randomUUID(),
  passId: randomUUID(),
  passMs: 60_000,
  backlogLimit: 100_000,
  ...fields,
})

async function openSale(sale: Parameters<Shop['addSale']>[0] = {}) {
  const { eventId, ticketTypeIds } = await shop.addSale(sale)
  await putOnSale(shop, eventId)
  return { eventId, ticketTypeIds, ticketTypeId: ticketTypeIds[0]! }
}

describe('reserveSeats()', () => {
  test('takes seats, counts them for the person and appends to the booking log', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [10] })
    const booking = seatRequest({ person: 7, ticketTypeId, quantity: 3 })
    const reply = await reserveSeats(shop.redis, eventId, booking)
    expect(reply).toMatchObject({
      kind: 'reserved',
      reservation: booking.reservation,
      unitPrice: 10_000,
      left: 7,
      position: { seq: 1 },
    })
    expect(await readLeft(shop.redis, eventId)).toEqual(new Map([[ticketTypeId, 7]]))
    const log = await readBookingLog(shop.redis, eventId, { epoch: 0, seq: 0 }, 10)
    expect(log.map(({ kind, seq }) => [kind, seq])).toEqual([['booking', 1]])
  })

  test('replays the first reply to a retry, and takes seats once', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [10] })
    const booking = seatRequest({ person: 7, ticketTypeId, quantity: 2 })
    const first = await reserveSeats(shop.redis, eventId, booking)
    const second = await reserveSeats(shop.redis, eventId, { ...booking, reservation: shop.newId() })
    expect(second).toEqual({ ...first, kind: 'replayed', cancelledAtMs: 0, isPassUsed: true })
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(8)
  })

  test('rejects an idempotency key that belongs to another booking', async () => {
    const { eventId, ticketTypeId } = await openSale()
    const booking = seatRequest({ person: 7, ticketTypeId, quantity: 2 })
    await reserveSeats(shop.redis, eventId, booking)
    expect(await reserveSeats(shop.redis, eventId, { ...booking, quantity: 1 })).toEqual({ kind: 'mismatch' })
  })

  test('keeps the idempotency keys of two people apart', async () => {
    const { eventId, ticketTypeId } = await openSale()
    const booking = seatRequest({ person: 7, ticketTypeId })
    await reserveSeats(shop.redis, eventId, booking)
    const other = await reserveSeats(shop.redis, eventId, { ...booking, person: 8, passId: randomUUID() })
    expect(other.kind).toBe('reserved')
  })

  test('applies the limit per person to the sum of all bookings', async () => {
    const { eventId, ticketTypeId } = await openSale({ limitPerPerson: 4 })
    await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId, quantity: 3 }))
    const reply = await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId, quantity: 2 }))
    expect(reply).toEqual({ kind: 'limit_exceeded', limit: 4, held: 3 })
  })

  test('applies the limit per person across all ticket types of an event', async () => {
    const { eventId, ticketTypeIds: [a, b] } = await openSale({ limitPerPerson: 2, seats: [5, 5] })
    await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId: a!, quantity: 2 }))
    const reply = await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId: b! }))
    expect(reply).toEqual({ kind: 'limit_exceeded', limit: 2, held: 2 })
  })

  test('returns the number of seats left when there are too few', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [3] })
    await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId, quantity: 2 }))
    expect(await reserveSeats(shop.redis, eventId, seatRequest({ person: 8, ticketTypeId, quantity: 2 }))).toEqual({
      kind: 'sold_out',
      left: 1,
    })
  })

  test('sells neither before the opening nor after the close, by the clock of Redis', async () => {
    const early = await openSale({ opensInMs: 60_000 })
    expect((await reserveSeats(shop.redis, early.eventId, seatRequest({ person: 7, ticketTypeId: early.ticketTypeId }))).kind)
      .toBe(
        'not_open',
      )
    const late = await openSale({ opensInMs: -60_000, closesInMs: -1 })
    expect(await reserveSeats(shop.redis, late.eventId, seatRequest({ person: 7, ticketTypeId: late.ticketTypeId }))).toEqual({
      kind: 'closed',
    })
  })

  test('accepts a pass for one booking only', async () => {
    const { eventId, ticketTypeId } = await openSale()
    const passId = randomUUID()
    await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId, passId }))
    const reply = await reserveSeats(shop.redis, eventId, seatRequest({ person: 8, ticketTypeId, passId }))
    expect(reply).toEqual({ kind: 'pass_spent', person: 7 })
  })

  test('rejects bookings while the log holds too many entries', async () => {
    const { eventId, ticketTypeId } = await openSale()
    for (let booked = 0; booked < 3; booked++) {
      expect((await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId, backlogLimit: 3 }))).kind).toBe(
        'reserved',
      )
    }
    expect(await reserveSeats(shop.redis, eventId, seatRequest({ person: 8, ticketTypeId, backlogLimit: 3 }))).toEqual({
      kind: 'backlogged',
    })
  })

  test('rejects the ticket type of another event', async () => {
    const { eventId } = await openSale()
    const other = await openSale()
    const reply = await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId: other.ticketTypeId }))
    expect(reply).toEqual({ kind: 'unknown_type' })
  })

  test.each(['sale', 'held', 'idempotency', 'log'] as const)('sells nothing when the key %s is missing', async (lost) => {
    const { eventId, ticketTypeId } = await openSale()
    await shop.redis.del(saleKeys(eventId)[lost])
    expect(await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId }))).toEqual({ kind: 'not_loaded' })
    expect((await readHeads(shop.redis, [eventId]))[0]?.whole).toBe(false)
  })
})

describe('createSeatBatcher()', () => {
  test('sells each of 100 seats once to 1,000 concurrent buyers', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [100] })
    const replies = await Promise.all(
      Array.from(
        { length: 1_000 },
        (_, person) => shop.reserveSeats(eventId, seatRequest({ person: person + 1, ticketTypeId })),
      ),
    )
    expect(replies.filter(({ kind }) => kind === 'reserved')).toHaveLength(100)
    expect(replies.filter(({ kind }) => kind === 'sold_out')).toHaveLength(900)
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(0)
    expect((await readHeads(shop.redis, [eventId]))[0]?.last?.seq).toBe(100)
  })

  test('decides the requests of a batch in order, as if each had been sent alone', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [6], limitPerPerson: 4 })
    const other = await openSale({ seats: [1] })
    const book = (person: number, quantity: number) => seatRequest({ person, quantity, ticketTypeId })
    const first = book(1, 3)
    const replies = Promise.all(
      [
        book(9, 1),
        first,
        first,
        book(1, 2),
        { ...book(2, 1), passId: first.passId },
        { ...first, quantity: 1 },
        book(3, 3),
        book(4, 2),
      ].map((one) => shop.reserveSeats(eventId, one)),
    )
    const elsewhere = shop.reserveSeats(other.eventId, seatRequest({ person: 1, ticketTypeId: other.ticketTypeId }))
    expect((await replies).map(({ kind }) => kind)).toEqual([
      'reserved',
      'reserved',
      'replayed',
      'limit_exceeded',
      'pass_spent',
      'mismatch',
      'sold_out',
      'reserved',
    ])
    expect((await elsewhere).kind).toBe('reserved')
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(0)
  })

  test('oversells without the check of the seats left (negative control)', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [100] })
    const unguarded = readScript('sale/reserve').replace('if left < quantity then', 'if false then')
    shop.redis.defineCommand('reserveSeats', { lua: unguarded })
    const replies = await Promise.all(
      Array.from(
        { length: 1_000 },
        (_, person) => shop.reserveSeats(eventId, seatRequest({ person: person + 1, ticketTypeId })),
      ),
    )
    defineSeatScripts(shop.redis)
    expect(replies.filter(({ kind }) => kind === 'reserved').length).toBeGreaterThan(100)
    await shop.redis.del(...Object.values(saleKeys(eventId)))
  })
})

describe('cancelSeats()', () => {
  async function bookTwoSeats() {
    const sale = await openSale({ seats: [10] })
    const booking = seatRequest({ person: 7, ticketTypeId: sale.ticketTypeId, quantity: 2 })
    const reply = await reserveSeats(shop.redis, sale.eventId, booking)
    if (reply.kind !== 'reserved') throw new Error(reply.kind)
    const cancellation = {
      rowEpoch: reply.position.epoch,
      person: 7,
      reservation: booking.reservation,
      ticketTypeId: sale.ticketTypeId,
      quantity: 2,
      keep: 0,
    }
    return { ...sale, booking, cancellation }
  }

  test('returns the seats once when it is called 20 times', async () => {
    const { eventId, ticketTypeId, cancellation } = await bookTwoSeats()
    const replies = await Promise.all(Array.from({ length: 20 }, () => cancelSeats(shop.redis, eventId, cancellation)))
    expect(replies.filter(({ kind }) => kind === 'cancelled')).toHaveLength(1)
    expect(replies.filter(({ kind }) => kind === 'unchanged')).toHaveLength(19)
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(10)
  })

  test('reduces the number of seats that count towards the limit per person', async () => {
    const { eventId, ticketTypeId, cancellation } = await bookTwoSeats()
    await cancelSeats(shop.redis, eventId, cancellation)
    expect((await reserveSeats(shop.redis, eventId, seatRequest({ person: 7, ticketTypeId, quantity: 4 }))).kind).toBe('reserved')
  })

  test('a retry of a cancelled booking reports the cancellation, takes no seats, and uses up no other pass', async () => {
    const { eventId, ticketTypeId, booking, cancellation } = await bookTwoSeats()
    await cancelSeats(shop.redis, eventId, { ...cancellation, keep: 1 })
    expect(await reserveSeats(shop.redis, eventId, booking)).toMatchObject({ kind: 'replayed', cancelledAtMs: 0 })
    const cancelled = await cancelSeats(shop.redis, eventId, cancellation)
    const cancelledAtMs = cancelled.kind === 'cancelled' ? cancelled.atMs : 0
    expect(cancelledAtMs).toBeGreaterThan(0)
    expect(await reserveSeats(shop.redis, eventId, booking)).toMatchObject({ kind: 'replayed', cancelledAtMs, isPassUsed: true })
    const newPass = { ...booking, passId: randomUUID() }
    expect(await reserveSeats(shop.redis, eventId, newPass)).toMatchObject({ kind: 'replayed', cancelledAtMs, isPassUsed: false })
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(10)
  })

  test('rejects a row that was read before the last load', async () => {
    const { eventId, cancellation } = await bookTwoSeats()
    expect(await cancelSeats(shop.redis, eventId, { ...cancellation, rowEpoch: cancellation.rowEpoch - 1 })).toEqual({
      kind: 'stale',
    })
  })

  test('rejects a cancellation once the day of the event has begun', async () => {
    const sale = await openSale({ opensInMs: -7_200_000, closesInMs: -3_600_000, startsInMs: 1_000 })
    const head = (await readHeads(shop.redis, [sale.eventId]))[0]?.last
    await shop.redis.hset(saleKeys(sale.eventId).sale, 'cancel_until', Date.now() - 1)
    const reply = await cancelSeats(shop.redis, sale.eventId, {
      rowEpoch: head!.epoch,
      person: 7,
      reservation: shop.newId(),
      ticketTypeId: sale.ticketTypeId,
      quantity: 1,
      keep: 0,
    })
    expect(reply).toEqual({ kind: 'too_late' })
  })
})
