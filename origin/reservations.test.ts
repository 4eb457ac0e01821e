import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { passKey, saleKeys } from '../db/redis/keys.ts'
import { reservationChanges, reservations } from '../db/schema.ts'
import { bookingRequest, openSale, readSeats } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { findReservation } from './reservation-list.ts'
import { cancel, reserve } from './reservations.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 50 })))
afterAll(() => shop.close())

describe('reserve()', () => {
  test('loads the sale on demand and returns the reservation that the list will show', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop)
    const result = await reserve(shop, 'en', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))
    if (result.kind !== 'reserved') throw new Error(result.kind)
    expect(result.left).toBe(98)
    expect(await findReservation(shop, 'en', person!.id, result.reservation.id)).toEqual({
      kind: 'found',
      reservation: result.reservation,
    })
  })

  test('sells exactly 100 seats to 1,000 people, in both stores', async () => {
    const { eventId, ticketTypeId, people } = await openSale(shop, { seats: [100] }, 1_000)
    const results = await Promise.all(people.map((person) => reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId))))
    expect(results.filter(({ kind }) => kind === 'reserved')).toHaveLength(100)
    expect(results.filter(({ kind }) => kind === 'sold_out')).toHaveLength(900)
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 100, sold: 100, left: 0, rows: { length: 100 } })
  })

  test('A130: a pass stays used for longer than any token of it is valid', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { limitPerPerson: 4 })
    const request = bookingRequest(person!, eventId, ticketTypeId)
    const [{ pass }, nowMs] = [request, Date.now()]
    const earlier = Object.assign({}, request, { pass: Object.assign({}, pass, { untilMs: nowMs + 1_000 }) })
    expect((await reserve(shop, 'ko', earlier)).kind).toBe('reserved')
    expect(await shop.redis.pttl(passKey(eventId, pass.id))).toBeGreaterThan(86_400_000)
    const later = Object.assign({}, request, {
      idempotencyKey: 'another',
      pass: Object.assign({}, pass, { untilMs: nowMs + 900_000 }),
    })
    expect((await reserve(shop, 'ko', later)).kind).toBe('pass_invalid')
  })

  test('rejects an unknown event and a ticket type of another event', async () => {
    const { eventId, people: [person] } = await openSale(shop)
    expect(await reserve(shop, 'ko', bookingRequest(person!, 999_999, 1))).toEqual({ kind: 'not_found' })
    expect(await reserve(shop, 'ko', bookingRequest(person!, eventId, 999_999))).toEqual({ kind: 'unknown_ticket_type' })
  })

  test('in `mysql` mode returns after the row is committed', async () => {
    const { eventId, ticketTypeId, people } = await openSale(shop, {}, 20)
    const afterCommit = { ...shop, acknowledge: 'mysql' as const }
    await Promise.all(people.map(async (person) => {
      const result = await reserve(afterCommit, 'ko', bookingRequest(person, eventId, ticketTypeId))
      if (result.kind !== 'reserved') throw new Error(result.kind)
      const rows = await shop.db.select().from(reservations).where(eq(reservations.id, result.reservation.id))
      expect(rows).toHaveLength(1)
    }))
  })
})

describe('cancel()', () => {
  async function booked(sale: Parameters<Shop['addSale']>[0] = {}) {
    const { eventId, ticketTypeId, people } = await openSale(shop, sale, 2)
    const request = bookingRequest(people[0]!, eventId, ticketTypeId, { quantity: 2 })
    const result = await reserve(shop, 'ko', request)
    if (result.kind !== 'reserved') throw new Error(result.kind)
    return { eventId, ticketTypeId, people, request, id: result.reservation.id }
  }

  test('returns the seats once and keeps the row', async () => {
    const { eventId, people: [person], id } = await booked()
    const results = await Promise.all(Array.from({ length: 10 }, () => cancel(shop, 'ko', person!.id, id)))
    expect(new Set(results.map((result) => result.kind === 'cancelled' && result.reservation.cancelledAt)).size).toBe(1)
    expect(await readSeats(shop, eventId)).toMatchObject({
      confirmed: 0,
      sold: 0,
      left: 100,
      rows: [{ id, status: 'cancelled' }],
    })
    expect((await cancel(shop, 'ko', person!.id, id)).kind).toBe('cancelled')
    expect(await readSeats(shop, eventId)).toMatchObject({ left: 100 })
  })

  test('returns some of the seats once, keeps the rest, and records both steps', async () => {
    const { eventId, people: [person], request, id } = await booked()
    const halves = await Promise.all(Array.from({ length: 5 }, () => cancel(shop, 'ko', person!.id, id, 1)))
    expect(
      halves.every((half) =>
        half.kind === 'cancelled' && half.reservation.status === 'confirmed' && half.reservation.quantity === 1
      ),
    ).toBe(true)
    expect(await readSeats(shop, eventId)).toMatchObject({
      confirmed: 1,
      sold: 1,
      left: 99,
      rows: [{ quantity: 1, booked: 2, status: 'confirmed' }],
    })
    // Keeping more seats than are held changes nothing. The key still returns the first result, also after a rebuild.
    expect(await cancel(shop, 'ko', person!.id, id, 2)).toMatchObject({ kind: 'cancelled', reservation: { quantity: 1 } })
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect(await reserve(shop, 'ko', request)).toMatchObject({ kind: 'reserved', reservation: { id, quantity: 2 } })
    expect(await cancel(shop, 'ko', person!.id, id)).toMatchObject({ kind: 'cancelled', reservation: { status: 'cancelled' } })
    const cancelledAt = expect.stringMatching(/^\d{4}-/)
    const replayed = { kind: 'reserved', endsVisit: false, reservation: { id, quantity: 2, status: 'cancelled', cancelledAt } }
    const newPass = { id: shop.newId(), untilMs: Date.now() + 60_000 }
    expect(await reserve(shop, 'ko', { ...request, pass: newPass }), 'the key does not answer `confirmed`').toMatchObject(
      replayed,
    )
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 0, sold: 0, left: 100 })
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect(await reserve(shop, 'ko', { ...request, pass: newPass }), 'after a rebuild').toMatchObject(replayed)
    const history = await shop.db.select().from(reservationChanges).where(eq(reservationChanges.reservationId, id))
    expect(history.map(({ kept }) => kept)).toEqual([1, 0])
  })

  test('does not find a reservation of someone else', async () => {
    const { people: [, stranger], id } = await booked()
    expect(await cancel(shop, 'ko', stranger!.id, id)).toEqual({ kind: 'not_found' })
  })

  test('is busy, not not_found, while the write-back is behind', async () => {
    const { people: [person] } = await booked()
    const behind = {
      ...shop,
      writeBack: { flushAll: () => Promise.resolve(false), flushEvent: () => Promise.reject(new Error('behind')) },
    }
    expect(await cancel(behind, 'ko', person!.id, shop.newId())).toEqual({ kind: 'busy' })
  })

  test('is closed from the beginning of the event’s day', async () => {
    const { people: [person], id } = await booked()
    const found = await findReservation(shop, 'ko', person!.id, id)
    if (found.kind !== 'found') throw new Error(found.kind)
    const deadlineMs = Date.parse(found.reservation.cancelUntil)
    const cancelAt = async (ms: number) => (await cancel({ ...shop, now: () => new Date(ms) }, 'ko', person!.id, id)).kind
    expect(await cancelAt(deadlineMs)).toBe('cancel_closed')
    expect(await cancelAt(deadlineMs - 1)).toBe('cancelled')
  })

  test('is not forgotten when the sale is loaded again and the booking is repeated with its key', async () => {
    const { eventId, people: [person], request, id } = await booked()
    await cancel(shop, 'ko', person!.id, id)
    await shop.writeBack.flushAll()
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect(await reserve(shop, 'ko', request)).toMatchObject({ kind: 'reserved', reservation: { id, status: 'cancelled' } })
    expect(await findReservation(shop, 'ko', person!.id, id)).toMatchObject({ reservation: { status: 'cancelled' } })
  })

  test('works after Redis has lost the sale', async () => {
    const { eventId, people: [person], id } = await booked()
    await shop.writeBack.flushAll()
    await shop.redis.del(...Object.values(saleKeys(eventId)))
    expect((await cancel(shop, 'ko', person!.id, id)).kind).toBe('cancelled')
    expect(await readSeats(shop, eventId)).toMatchObject({ confirmed: 0, sold: 0, left: 100 })
  })
})
