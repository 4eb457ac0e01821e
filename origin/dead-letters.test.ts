import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saleKeys } from '../db/redis/keys.ts'
import { readSale, unloadSale } from '../db/redis/sale/sale.ts'
import { audit, deadLetters, reservations, ticketTypes } from '../db/schema.ts'
import { bookingRequest, openSale, readSeats } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { dismissDeadLetter, listDeadLetters, retryDeadLetter } from './dead-letters.ts'
import { auditInventory, hasDrift } from './inventory-audit.ts'
import { cancel, reserve } from './reservations.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

const actor = { id: 1, address: '192.0.2.7', requestId: 'r-1' }
const decision = (eventId: number, letterId: number) => ({ eventId, letterId, actor, reason: '확인했습니다' })
const actsOf = (eventId: number, action: string) =>
  shop.db.select().from(audit).where(and(eq(audit.subject, `event:${eventId}`), eq(audit.action, action)))

async function inventory(eventId: number) {
  const found = await auditInventory(shop, eventId)
  if (found.kind !== 'audited') throw new Error(found.kind)
  return { agreed: !hasDrift(found), type: found.ticketTypes[0]! }
}

/** A sale with a booking of 2 of 10 seats that MySQL refuses, because it has too few seats until `heal`. */
async function saleWithDeadBooking(limitPerPerson = 4) {
  const sale = await openSale(shop, { seats: [10], limitPerPerson }, 2)
  const { eventId, ticketTypeId, people: [person] } = sale
  await shop.putOnSale(eventId)
  const setSeats = (seats: number) => shop.db.update(ticketTypes).set({ seats }).where(eq(ticketTypes.id, ticketTypeId))
  await setSeats(1)
  const booked = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))
  if (booked.kind !== 'reserved') throw new Error(booked.kind)
  await shop.writeBack.flushEvent(eventId)
  const [letter] = await listDeadLetters(shop, eventId)
  return Object.assign({ letterId: letter!.id, letter: letter!, id: booked.reservation.id, heal: () => setSeats(10) }, sale)
}

describe('retrying a dead letter', () => {
  test('writes a booking exactly once, while the sale stays loaded and its seats add up', async () => {
    const { eventId, letterId, letter, id, heal } = await saleWithDeadBooking()
    expect(letter.entry).toMatchObject({ kind: 'booking', reservation: id, quantity: 2 })
    expect(await retryDeadLetter(shop, decision(eventId, letterId))).toMatchObject({ kind: 'refused' })
    expect(await listDeadLetters(shop, eventId)).toHaveLength(1)
    await heal()
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { sold: 0, deadLettered: 2, left: 8 } })
    const before = await readSale(shop.redis, eventId)

    const results = await Promise.all([1, 2, 3].map(() => retryDeadLetter(shop, decision(eventId, letterId))))
    expect(results.map(({ kind }) => kind).sort()).toEqual(['decided', 'not_found', 'not_found'])
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { sold: 2, deadLettered: 0, left: 8 } })
    expect((await readSale(shop.redis, eventId))?.last.epoch).toBe(before?.last.epoch)
    expect((await readSeats(shop, eventId)).rows).toMatchObject([{ id, quantity: 2, status: 'confirmed' }])
    expect(await actsOf(eventId, 'dead_letter.retry')).toMatchObject([{
      actorId: 1,
      address: '192.0.2.7',
      reason: '확인했습니다',
      detail: expect.stringContaining(id),
    }])
  })

  test('of an earlier load takes the seats from the present sale, and is refused once they are sold again', async () => {
    const { eventId, ticketTypeId, letterId, people, heal } = await saleWithDeadBooking(10)
    await heal()
    // A load counts the seats in MySQL, which does not have the booking.
    await unloadSale(shop.redis, eventId)
    await shop.putOnSale(eventId)
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { left: 10 } })
    // Unwritten bookings count as well.
    const book = (quantity: number) => reserve(shop, 'ko', bookingRequest(people[1]!, eventId, ticketTypeId, { quantity }))
    const all = await book(9)
    expect(await retryDeadLetter(shop, decision(eventId, letterId))).toMatchObject({ kind: 'refused' })
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { left: 1 } })
    if (all.kind !== 'reserved') throw new Error(all.kind)
    await cancel(shop, 'ko', people[1]!.id, all.reservation.id, 4)
    expect(await retryDeadLetter(shop, decision(eventId, letterId))).toMatchObject({ kind: 'decided' })
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { sold: 6, inFlight: 0, left: 4 } })
    expect(await book(5)).toMatchObject({ kind: 'sold_out', left: 4 })
  })

  test('is refused if the person would hold more than the limit', async () => {
    const { eventId, ticketTypeId, letterId, people, heal } = await saleWithDeadBooking(4)
    await heal()
    await unloadSale(shop.redis, eventId)
    await shop.putOnSale(eventId)
    expect((await reserve(shop, 'ko', bookingRequest(people[0]!, eventId, ticketTypeId, { quantity: 3 }))).kind).toBe('reserved')
    expect(await retryDeadLetter(shop, decision(eventId, letterId))).toMatchObject({
      kind: 'refused',
      cause: expect.stringContaining('limit'),
    })
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { left: 7 } })
    expect(await listDeadLetters(shop, eventId)).toHaveLength(1)
  })

  test('of a cancellation removes the drift that it had caused', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10] })
    const booked = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))
    if (booked.kind !== 'reserved') throw new Error(booked.kind)
    await shop.writeBack.flushEvent(eventId)
    const setQuantity = (quantity: number) =>
      shop.db.update(reservations).set({ quantity, booked: 3 }).where(eq(reservations.id, booked.reservation.id))
    const { last } = (await readSale(shop.redis, eventId))!
    expect((await cancel(shop, 'ko', person!.id, booked.reservation.id)).kind).toBe('cancelled')
    await setQuantity(3)
    await shop.writeBack.flushEvent(eventId)
    const [letter] = await listDeadLetters(shop, eventId)
    expect(letter).toMatchObject({ entry: { kind: 'cancellation', keep: 0 } })
    await setQuantity(2)
    expect(await inventory(eventId)).toMatchObject({ agreed: false, type: { drift: -2 } })
    expect(await retryDeadLetter(shop, decision(eventId, letter!.id))).toMatchObject({ kind: 'decided' })
    expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { sold: 0, left: 10 } })
    expect((await readSale(shop.redis, eventId))!.last.epoch, 'loaded again').toBeGreaterThan(last.epoch)
  })
})

test('dismissing a booking returns its seats to the sale, frees the person’s limit, and keeps the entry in the audit log', async () => {
  const { eventId, ticketTypeId, letterId, people, id, heal } = await saleWithDeadBooking(2)
  await heal()
  const again = () => reserve(shop, 'ko', bookingRequest(people[0]!, eventId, ticketTypeId, { quantity: 2 }))
  expect((await again()).kind).toBe('limit_exceeded')
  expect(await dismissDeadLetter(shop, decision(eventId, letterId))).toMatchObject({ kind: 'decided' })
  expect(await inventory(eventId)).toMatchObject({ agreed: true, type: { sold: 0, deadLettered: 0, left: 10 } })
  expect((await again()).kind).toBe('reserved')
  expect(await retryDeadLetter(shop, decision(eventId, letterId))).toEqual({ kind: 'not_found' })
  expect(await shop.db.select().from(deadLetters).where(eq(deadLetters.eventId, eventId))).toEqual([])
  expect(await actsOf(eventId, 'dead_letter.dismiss')).toMatchObject([{ detail: expect.stringContaining(id) }])
})

test('an unreadable entry can be dismissed and not retried; the letter of another event is not found', async () => {
  const { eventId } = await openSale(shop, { seats: [10] })
  const other = await openSale(shop)
  await shop.putOnSale(eventId)
  await shop.redis.xadd(saleKeys(eventId).log, '1-1', 'b', '["half')
  await shop.redis.hincrby(saleKeys(eventId).sale, 'seq', 1)
  await shop.writeBack.flushEvent(eventId)
  const [letter] = await listDeadLetters(shop, eventId)
  expect(letter).toMatchObject({ entry: null })
  expect(await retryDeadLetter(shop, decision(eventId, letter!.id))).toMatchObject({ kind: 'refused' })
  expect(await dismissDeadLetter(shop, decision(other.eventId, letter!.id))).toEqual({ kind: 'not_found' })
  expect(await dismissDeadLetter(shop, decision(eventId, letter!.id))).toMatchObject({ kind: 'decided' })
  expect((await inventory(eventId)).agreed).toBe(true)
})
