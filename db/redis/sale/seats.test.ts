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
// The write-back sleeps, so that the log can be looked at.
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 })))
afterAll(() => shop.close())

const request = (wish: Partial<SeatRequest> & Pick<SeatRequest, 'person' | 'ticketTypeId'>): SeatRequest => ({
  reservation: shop.newId(),
  quantity: 1,
  idempotencyKey: randomUUID(),
  passId: randomUUID(),
  passMs: 60_000,
  backlogLimit: 100_000,
  ...wish,
})

async function openSale(sale: Parameters<Shop['addSale']>[0] = {}) {
  const { eventId, ticketTypeIds } = await shop.addSale(sale)
  await putOnSale(shop, eventId)
  return { eventId, ticketTypeIds, ticketTypeId: ticketTypeIds[0]! }
}

describe('reserveSeats()', () => {
  test('takes seats, counts them for the person and writes the log', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [10] })
    const wish = request({ person: 7, ticketTypeId, quantity: 3 })
    const reply = await reserveSeats(shop.redis, eventId, wish)
    expect(reply).toMatchObject({
      kind: 'reserved',
      reservation: wish.reservation,
      unitPrice: 10_000,
      left: 7,
      position: { seq: 1 },
    })
    expect(await readLeft(shop.redis, eventId)).toEqual(new Map([[ticketTypeId, 7]]))
    const log = await readBookingLog(shop.redis, eventId, { epoch: 0, seq: 0 }, 10)
    expect(log.map(({ kind, seq }) => [kind, seq])).toEqual([['booking', 1]])
  })

  test('answers a retry as the first time, and takes seats once', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [10] })
    const wish = request({ person: 7, ticketTypeId, quantity: 2 })
    const first = await reserveSeats(shop.redis, eventId, wish)
    const second = await reserveSeats(shop.redis, eventId, { ...wish, reservation: shop.newId() })
    expect(second).toEqual({ ...first, kind: 'replayed' })
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(8)
  })

  test('refuses a key that stands for another booking', async () => {
    const { eventId, ticketTypeId } = await openSale()
    const wish = request({ person: 7, ticketTypeId, quantity: 2 })
    await reserveSeats(shop.redis, eventId, wish)
    expect(await reserveSeats(shop.redis, eventId, { ...wish, quantity: 1 })).toEqual({ kind: 'mismatch' })
  })

  test('keeps the keys of two people apart', async () => {
    const { eventId, ticketTypeId } = await openSale()
    const wish = request({ person: 7, ticketTypeId })
    await reserveSeats(shop.redis, eventId, wish)
    const other = await reserveSeats(shop.redis, eventId, { ...wish, person: 8, passId: randomUUID() })
    expect(other.kind).toBe('reserved')
  })

  test('refuses more than the limit over all bookings', async () => {
    const { eventId, ticketTypeId } = await openSale({ limitPerPerson: 4 })
    await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId, quantity: 3 }))
    const reply = await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId, quantity: 2 }))
    expect(reply).toEqual({ kind: 'limit_exceeded', limit: 4, held: 3 })
  })

  test('counts the limit over all ticket types of an event', async () => {
    const { eventId, ticketTypeIds: [a, b] } = await openSale({ limitPerPerson: 2, seats: [5, 5] })
    await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId: a!, quantity: 2 }))
    const reply = await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId: b! }))
    expect(reply).toEqual({ kind: 'limit_exceeded', limit: 2, held: 2 })
  })

  test('says how many are left when they are not enough', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [3] })
    await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId, quantity: 2 }))
    expect(await reserveSeats(shop.redis, eventId, request({ person: 8, ticketTypeId, quantity: 2 }))).toEqual({
      kind: 'sold_out',
      left: 1,
    })
  })

  test('sells neither before the opening nor after the close, by the clock of Redis', async () => {
    const early = await openSale({ opensInMs: 60_000 })
    expect((await reserveSeats(shop.redis, early.eventId, request({ person: 7, ticketTypeId: early.ticketTypeId }))).kind).toBe(
      'not_open',
    )
    const late = await openSale({ opensInMs: -60_000, closesInMs: -1 })
    expect(await reserveSeats(shop.redis, late.eventId, request({ person: 7, ticketTypeId: late.ticketTypeId }))).toEqual({
      kind: 'closed',
    })
  })

  test('lets one pass book once, and one person only', async () => {
    const { eventId, ticketTypeId } = await openSale()
    const passId = randomUUID()
    await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId, passId }))
    const reply = await reserveSeats(shop.redis, eventId, request({ person: 8, ticketTypeId, passId }))
    expect(reply).toEqual({ kind: 'pass_spent', person: 7 })
  })

  test('takes no more bookings while too many wait for MySQL', async () => {
    const { eventId, ticketTypeId } = await openSale()
    for (let booked = 0; booked < 3; booked++) {
      expect((await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId, backlogLimit: 3 }))).kind).toBe(
        'reserved',
      )
    }
    expect(await reserveSeats(shop.redis, eventId, request({ person: 8, ticketTypeId, backlogLimit: 3 }))).toEqual({
      kind: 'backlogged',
    })
  })

  test('knows no ticket type of another event', async () => {
    const { eventId } = await openSale()
    const other = await openSale()
    const reply = await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId: other.ticketTypeId }))
    expect(reply).toEqual({ kind: 'unknown_type' })
  })

  test.each(['sale', 'held', 'idempotency', 'log'] as const)('sells nothing when the key %s is lost', async (lost) => {
    const { eventId, ticketTypeId } = await openSale()
    await shop.redis.del(saleKeys(eventId)[lost])
    expect(await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId }))).toEqual({ kind: 'not_loaded' })
    expect((await readHeads(shop.redis, [eventId]))[0]?.whole).toBe(false)
  })

  test('sells 100 seats to 1,000 people at once exactly 100 times', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [100] })
    const replies = await Promise.all(
      Array.from(
        { length: 1_000 },
        (_, person) => reserveSeats(shop.redis, eventId, request({ person: person + 1, ticketTypeId })),
      ),
    )
    expect(replies.filter(({ kind }) => kind === 'reserved')).toHaveLength(100)
    expect(replies.filter(({ kind }) => kind === 'sold_out')).toHaveLength(900)
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(0)
    expect((await readHeads(shop.redis, [eventId]))[0]?.last?.seq).toBe(100)
  })

  test('decides what comes together in its order, each as if it had come alone, for several events', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [6], limitPerPerson: 4 })
    const other = await openSale({ seats: [1] })
    const wish = (person: number, quantity: number, more: object = {}) => request({ person, quantity, ticketTypeId, ...more })
    const first = wish(1, 3)
    const asked = [
      ...[wish(9, 1), first, first, wish(1, 2), { ...wish(2, 1), passId: first.passId }, { ...first, quantity: 1 }],
      ...[wish(3, 3), wish(4, 2)],
    ].map((one) => reserveSeats(shop.redis, eventId, one))
    const elsewhere = reserveSeats(shop.redis, other.eventId, request({ person: 1, ticketTypeId: other.ticketTypeId }))
    expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual([
      ...['reserved', 'reserved', 'replayed', 'limit_exceeded', 'pass_spent', 'mismatch'],
      ...['sold_out', 'reserved'],
    ])
    expect((await elsewhere).kind).toBe('reserved')
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(0)
  })

  test('would oversell without its check of the seats left (negative control)', async () => {
    const { eventId, ticketTypeId } = await openSale({ seats: [100] })
    const unguarded = readScript('sale/reserve').replace('if left < quantity then', 'if false then')
    shop.redis.defineCommand('reserveSeats', { lua: unguarded })
    const replies = await Promise.all(
      Array.from(
        { length: 1_000 },
        (_, person) => reserveSeats(shop.redis, eventId, request({ person: person + 1, ticketTypeId })),
      ),
    )
    defineSeatScripts(shop.redis)
    expect(replies.filter(({ kind }) => kind === 'reserved').length).toBeGreaterThan(100)
    await shop.redis.del(...Object.values(saleKeys(eventId)))
  })
})

describe('cancelSeats()', () => {
  async function booked() {
    const sale = await openSale({ seats: [10] })
    const wish = request({ person: 7, ticketTypeId: sale.ticketTypeId, quantity: 2 })
    const reply = await reserveSeats(shop.redis, sale.eventId, wish)
    if (reply.kind !== 'reserved') throw new Error(reply.kind)
    const cancellation = {
      rowEpoch: reply.position.epoch,
      person: 7,
      reservation: wish.reservation,
      ticketTypeId: sale.ticketTypeId,
      quantity: 2,
      keep: 0,
    }
    return { ...sale, wish, cancellation }
  }

  test('returns the seats once, however often it is called', async () => {
    const { eventId, ticketTypeId, cancellation } = await booked()
    const replies = await Promise.all(Array.from({ length: 20 }, () => cancelSeats(shop.redis, eventId, cancellation)))
    expect(replies.filter(({ kind }) => kind === 'cancelled')).toHaveLength(1)
    expect(replies.filter(({ kind }) => kind === 'unchanged')).toHaveLength(19)
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(10)
  })

  test('gives the person their share of the limit back', async () => {
    const { eventId, ticketTypeId, cancellation } = await booked()
    await cancelSeats(shop.redis, eventId, cancellation)
    expect((await reserveSeats(shop.redis, eventId, request({ person: 7, ticketTypeId, quantity: 4 }))).kind).toBe('reserved')
  })

  test('still answers the cancelled booking to a retry of its key, and takes nothing', async () => {
    const { eventId, ticketTypeId, wish, cancellation } = await booked()
    await cancelSeats(shop.redis, eventId, cancellation)
    expect((await reserveSeats(shop.redis, eventId, wish)).kind).toBe('replayed')
    expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId)).toBe(10)
  })

  test('refuses a row that was read before the last load', async () => {
    const { eventId, cancellation } = await booked()
    expect(await cancelSeats(shop.redis, eventId, { ...cancellation, rowEpoch: cancellation.rowEpoch - 1 })).toEqual({
      kind: 'stale',
    })
  })

  test('is too late once the day of the event has begun', async () => {
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

describe('readLog()', () => {
  const ID = '019aab12-6f00-7000-8000-00000000002a'
  const good = [ID, '7', '1', 2, '10000', 1_764_000_000_000, 'key']
  const BAD: [why: string, field: string, value: string][] = [
    ['no JSON', 'b', 'no json'],
    ['no array', 'b', '{"length":7}'],
    ['a field too few', 'b', JSON.stringify(good.slice(0, 6))],
    ['a field too many', 'c', JSON.stringify([...good.slice(0, 6), 1])],
    ['no UUID', 'b', JSON.stringify(["1'); drop table users; --", ...good.slice(1)])],
    ['no number', 'b', JSON.stringify([ID, 'seven', ...good.slice(2)])],
    ['an empty number', 'b', JSON.stringify([ID, '', ...good.slice(2)])],
    ['null for a number', 'c', JSON.stringify([ID, null, '1', 2, 1_764_000_000_000, 0])],
    ['a fraction', 'b', JSON.stringify([ID, '7', '1', 1.5, ...good.slice(4)])],
    ['more than a number can hold', 'b', JSON.stringify([ID, '9007199254740993', ...good.slice(2)])],
    ['a key that is no text', 'b', JSON.stringify([...good.slice(0, 6), ['key']])],
    ['an unknown kind', 'x', JSON.stringify(good)],
  ]

  test('hands on what it cannot read as it is, and reads the rest', async () => {
    const log = saleKeys(999_001).log
    const entries = [['b', JSON.stringify(good)], ...BAD.map(([, field, value]) => [field, value]), ['l', '']] as [
      string,
      string,
    ][]
    for (const [i, [field, value]] of entries.entries()) await shop.redis.xadd(log, `3-${i}`, field, value)
    const read = await readBookingLog(shop.redis, 999_001, { epoch: 2, seq: 5 }, 100)
    expect(read).toEqual([
      {
        ...{ epoch: 3, seq: 0, kind: 'booking', reservation: ID, person: 7, ticketTypeId: 1, quantity: 2, unitPrice: 10_000 },
        ...{ atMs: 1_764_000_000_000, idempotencyKey: 'key' },
      },
      ...BAD.map(([, field, value], i) => ({ epoch: 3, seq: i + 1, kind: 'unreadable', raw: `${field} ${value}` })),
      { epoch: 3, seq: BAD.length + 1, kind: 'load' },
    ])
    await shop.redis.del(log)
  })
})
