import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit, reservations } from '../db/schema.ts'
import { bookingRequest, openSale, readSeats } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { until } from '../test/until.ts'
import { readReservation } from './admin/reservation-history.ts'
import { findEvent } from './catalogue.ts'
import { cancelEvent, continueCancellation, readProgress } from './event-cancellation.ts'
import { auditInventory, hasDrift } from './inventory-audit.ts'
import { findReservation } from './reservation-list.ts'
import { reserve } from './reservations.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 20 })))
afterAll(() => shop.close())

const PEOPLE = 260

/** A sale in which everybody has booked two seats, and a function that cancels the event. */
async function openSold(people = PEOPLE, sale: Parameters<Shop['addSale']>[0] = {}) {
  const { eventId, ticketTypeId, people: all } = await openSale(shop, { seats: [1_000], ...sale }, people + 1)
  const [operator, ...buyers] = all
  const book = (person: { id: number }) => reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId, { quantity: 2 }))
  const booked = await Promise.all(buyers.map(book))
  expect(new Set(booked.map(({ kind }) => kind))).toEqual(new Set(['reserved']))
  const actor = { id: operator!.id, address: null, requestId: null }
  return {
    eventId,
    operator: operator!,
    buyers,
    book,
    booked: booked.flatMap((one) => one.kind === 'reserved' ? [one.reservation.id] : []),
    cancel: () => cancelEvent(shop, { eventId, actor, reason: '우천', message: '비로 취소되었습니다' }),
  }
}

async function expectAllReturned(eventId: number, people: number) {
  const { rows, confirmed, left, sold, seats } = await readSeats(shop, eventId)
  expect([rows.length, confirmed, left, sold]).toEqual([people, 0, seats, 0])
  expect(rows.every(({ quantity, booked }) => quantity === 2 && booked === 2)).toBe(true)
  const inventory = await auditInventory(shop, eventId)
  expect(inventory.kind === 'audited' && hasDrift(inventory)).toBe(false)
}

describe('cancelling an event', () => {
  test('ends the sale, cancels each reservation once, also on the day of the event, and tells its buyers', async () => {
    const MINUTE_MS = 60_000
    const { eventId, operator, buyers, booked, book, cancel } = await openSold(PEOPLE, {
      startsInMs: 10 * MINUTE_MS,
      closesInMs: 9 * MINUTE_MS,
    })
    expect((await cancel()).kind).toBe('changed')
    expect((await book(operator)).kind).toBe('sale_closed')
    const runs = await Promise.all([continueCancellation(shop, eventId), continueCancellation(shop, eventId)])
    expect(runs.map(({ kind }) => kind).sort()).toEqual(['busy', 'finished'])
    await expectAllReturned(eventId, PEOPLE)
    expect(await continueCancellation(shop, eventId)).toEqual({ kind: 'finished' })
    await expectAllReturned(eventId, PEOPLE)

    expect(await findEvent(shop, 'ko', eventId)).toMatchObject({ status: 'cancelled', stopMessage: '비로 취소되었습니다' })
    const found = await findReservation(shop, 'ko', buyers[0]!.id, booked[0]!)
    expect(found).toMatchObject({ reservation: { status: 'cancelled', event: { cancelledAt: expect.any(String) } } })
    expect((await cancel()).kind).toBe('event_cancelled')
    const acts = await shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`))
    expect(acts.map(({ action, reason }) => [action, reason])).toEqual([['event.cancel', '우천']])
  })

  test('a process that is lost in the middle leaves each reservation cancelled or confirmed; the job of another continues', async () => {
    const { eventId, cancel } = await openSold()
    expect((await cancel()).kind).toBe('changed')
    const cancelSeats = shop.redis.cancelSeats.bind(shop.redis)
    let calls = 0
    const dying = Object.create(shop.redis, {
      cancelSeats: {
        value: (...args: (string | number)[]) => {
          if (++calls > 90) throw new Error('lost')
          return cancelSeats(...args)
        },
      },
    })
    await expect(continueCancellation({ ...shop, redis: dying }, eventId)).rejects.toThrow('lost')
    await shop.writeBack.flushEvent(eventId)
    expect(await readProgress(shop, eventId)).toEqual({ confirmed: PEOPLE - 90, cancelled: 90 })
    const half = await auditInventory(shop, eventId)
    expect(half.kind === 'audited' && hasDrift(half)).toBe(false)

    const other = await openShop({ stores: shop, writeBackMs: 20 })
    try {
      await until(async () => (await readProgress(shop, eventId)).confirmed === 0)
    } finally {
      await other.close()
    }
    await expectAllReturned(eventId, PEOPLE)
  })

  test('a sale that Redis has lost is loaded first', async () => {
    const { eventId, cancel } = await openSold(5)
    expect((await cancel()).kind).toBe('changed')
    await shop.redis.del(`{e:${eventId}}:sale`)
    expect(await continueCancellation(shop, eventId)).toEqual({ kind: 'finished' })
    await expectAllReturned(eventId, 5)
  })

  test('cancels after the deadline of buyers, too, and the history names the operator', async () => {
    const { eventId, cancel, operator, booked } = await openSold(3)
    expect((await cancel()).kind).toBe('changed')
    // As after a load by an origin that did not know of the cancellation.
    await shop.redis.hset(`{e:${eventId}}:sale`, 'cancel_until', 1)
    await until(async () => (await continueCancellation(shop, eventId)).kind !== 'busy')
    await expectAllReturned(eventId, 3)
    const found = await readReservation(shop, booked[0]!)
    expect(found.kind === 'found' && found.reservation.history.map(({ kind, by }) => [kind, by])).toEqual([
      ['booked', null],
      ['cancelled', { nickname: operator.nickname, reason: '우천' }],
    ])
  })

  test('drafts and events of long ago are not cancelled', async () => {
    const [operator] = await shop.addPeople(1)
    const actor = { id: operator!.id, address: null, requestId: null }
    const { eventId } = await shop.addSale({
      opensInMs: -9 * 86_400_000,
      closesInMs: -8.5 * 86_400_000,
      startsInMs: -8 * 86_400_000,
    })
    const cancel = (id: number) => cancelEvent(shop, { eventId: id, actor, reason: 'r', message: '' })
    expect([(await cancel(eventId)).kind, (await cancel(999_999)).kind]).toEqual(['event_over', 'not_found'])
    expect(await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))).toEqual([])
  })
})
