import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bookingRequest, openSale } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { findReservation, listReservations } from './reservation-list.ts'
import { reserve } from './reservations.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 50 })))
afterAll(() => shop.close())

describe('findReservation()', () => {
  async function booked() {
    const { eventId, ticketTypeId, people } = await openSale(shop, {}, 2)
    const result = await reserve(shop, 'ko', bookingRequest(people[0]!, eventId, ticketTypeId))
    if (result.kind !== 'reserved') throw new Error(result.kind)
    return { people, id: result.reservation.id }
  }

  test('does not find a reservation of someone else', async () => {
    const { people: [, stranger], id } = await booked()
    expect(await findReservation(shop, 'ko', stranger!.id, id)).toEqual({ kind: 'not_found' })
  })

  test('is busy, not not_found, while the write-back is behind; finds what is written', async () => {
    const { people: [person], id } = await booked()
    await shop.writeBack.flushAll()
    const behind = {
      ...shop,
      writeBack: { flushAll: () => Promise.resolve(false), flushEvent: () => Promise.reject(new Error('behind')) },
    }
    expect(await findReservation(behind, 'ko', person!.id, shop.newId())).toEqual({ kind: 'busy' })
    expect((await findReservation(behind, 'ko', person!.id, id)).kind).toBe('found')
  })
})

describe('listReservations()', () => {
  test('returns a page of the person’s own reservations, newest first, including the latest booking', async () => {
    const { eventId, ticketTypeId, people: [person] } = await openSale(shop)
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      const result = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId))
      if (result.kind === 'reserved') ids.unshift(result.reservation.id)
      const { items, total } = await listReservations(shop, 'ko', person!.id, { page: 1, size: 2 })
      expect(items.map(({ id }) => id)).toEqual(ids.slice(0, 2))
      expect(total).toBe(ids.length)
    }
  })
})
