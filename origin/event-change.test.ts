import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readHeads, readLeft } from '../db/redis/sale/sale.ts'
import { audit, events, reservations, ticketTypes } from '../db/schema.ts'
import { bookingRequest, openSale } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { findEvent, listEvents } from './catalogue.ts'
import { changeEvent, type ChangeResult, type EventChange } from './event-change.ts'
import { auditInventory, hasDrift, type Inventory } from './inventory-audit.ts'
import { cancel, reserve } from './reservations.ts'
import type { Operator } from './audit-log.ts'

const operatorOf = ({ id }: { id: number }): Operator => ({ id, address: '192.0.2.7', requestId: 'r' })

const DAY_MS = 86_400_000

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 20 })))
afterAll(() => shop.close())

const book = (eventId: number, ticketTypeId: number, person: { id: number }, quantity = 1) =>
  reserve(shop, 'ko', bookingRequest(person, eventId, ticketTypeId, { quantity }))

/** Repeats what a busy machine could not do in time. A booking keeps its key, and a change sets the same values. */
const patiently = <Result extends { kind: string }>(work: () => Promise<Result>): Promise<Result> =>
  vi.waitFor(async () => {
    const result = await work()
    if (result.kind === 'busy') throw new Error(result.kind)
    return result
  }, { timeout: 60_000 })

/** Opens a loaded sale, and a function that changes it as the first of its people. */
async function openLoaded(sale: Parameters<Shop['addSale']>[0] = {}, people = 5) {
  const opened = await openSale(shop, sale, people)
  await shop.putOnSale(opened.eventId)
  const change = (changes: EventChange['changes'], version: number | null = null) =>
    changeEvent(shop, { eventId: opened.eventId, version, changes, actor: operatorOf(opened.people[0]!), reason: 'a test' })
  return { ...opened, change }
}

async function auditOf(eventId: number): Promise<Inventory> {
  const result = await auditInventory(shop, eventId)
  if (result.kind !== 'audited') throw new Error(result.kind)
  return result
}

const shown = async (eventId: number) => (await findEvent(shop, 'ko', eventId))!

function changed(result: ChangeResult) {
  if (result.kind !== 'changed') throw new Error(result.kind)
  return result.event
}

describe('changes during a loaded sale', () => {
  test('a changed price is shown and charged alike', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded()
    const first = await book(eventId, ticketTypeId, people[1]!)
    changed(await change({ ticketTypes: [{ id: ticketTypeId, price: 30_000 }] }))
    expect((await shown(eventId)).ticketTypes).toMatchObject([{ price: 30_000 }])
    expect(await book(eventId, ticketTypeId, people[2]!)).toMatchObject({ kind: 'reserved', reservation: { unitPrice: 30_000 } })
    expect(first).toMatchObject({ reservation: { unitPrice: 10_000 } })
    await shop.writeBack.flushAll()
    const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
    expect(rows.map(({ unitPrice }) => unitPrice).sort()).toEqual([10_000, 30_000])
  })

  test.each(
    [
      ['later, so that cancelling is possible again', 0.25 * DAY_MS, 20 * DAY_MS, 'cancelled'],
      // It has begun, so that its day has begun too, whatever time of day this test runs at.
      ['earlier, so that cancelling is over', 20 * DAY_MS, -1_000, 'cancel_closed'],
    ] as const,
  )('the event is moved %s: the page and the cancellation agree', async (_, startsInMs, newStartsInMs, outcome) => {
    const { eventId, ticketTypeId, people: [, buyer], change } = await openLoaded({
      startsInMs,
      closesInMs: 60_000,
    })
    const booked = await book(eventId, ticketTypeId, buyer!)
    if (booked.kind !== 'reserved') throw new Error(booked.kind)
    const startsAt = new Date(Date.now() + newStartsInMs)
    const closesAt = new Date(Math.min(Date.now() + 60_000, startsAt.getTime()))
    changed(await change({ startsAt, closesAt }))
    const ttl = await shop.redis.pexpiretime(`{e:${eventId}}:log`)
    expect(Math.abs(ttl - startsAt.getTime() - 7 * DAY_MS)).toBeLessThan(1_000)
    expect((await cancel(shop, 'ko', buyer!.id, booked.reservation.id)).kind).toBe(outcome)
    expect((await shown(eventId)).startsAt).toBe(startsAt.toISOString())
  })

  test('a lowered limit is enforced, and people who hold more do not count as a drift', async () => {
    const { eventId, ticketTypeId, people: [, early, late], change } = await openLoaded({ limitPerPerson: 4 })
    await book(eventId, ticketTypeId, early!, 4)
    changed(await change({ limitPerPerson: 2 }))
    expect(await book(eventId, ticketTypeId, late!, 3)).toEqual({ kind: 'limit_exceeded', limit: 2, held: 0 })
    expect(await book(eventId, ticketTypeId, early!)).toEqual({ kind: 'limit_exceeded', limit: 2, held: 4 })
    expect((await shown(eventId)).limitPerPerson).toBe(2)
    await shop.writeBack.flushAll()
    expect(hasDrift(await auditOf(eventId))).toBe(false)
  })

  test('an opening that is postponed and a close that is brought forward take effect at once', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded()
    changed(await change({ opensAt: new Date(Date.now() + 60_000) }))
    expect((await book(eventId, ticketTypeId, people[1]!)).kind).toBe('sale_not_open')
    changed(await change({ opensAt: new Date(Date.now() - 60_000), closesAt: new Date(Date.now() - 1_000) }))
    expect((await book(eventId, ticketTypeId, people[1]!)).kind).toBe('sale_closed')
  })

  test('seats 2 → 12 of a sold-out event: event page, list and bookings agree', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded({ seats: [2] })
    await book(eventId, ticketTypeId, people[1]!, 2)
    expect((await shown(eventId)).status).toBe('sold_out')
    expect(changed(await change({ ticketTypes: [{ id: ticketTypeId, seats: 12 }] })).ticketTypes).toMatchObject([{ seats: 12 }])
    expect(await shown(eventId)).toMatchObject({ status: 'on_sale', ticketTypes: [{ total: 12, left: 10 }] })
    const list = await listEvents(shop, 'ko', { page: 1, size: 100 })
    expect(list!.items.find(({ id }) => id === eventId)).toMatchObject({ status: 'on_sale', total: 12, left: 10 })
    expect(await book(eventId, ticketTypeId, people[2]!, 4)).toMatchObject({ kind: 'reserved', left: 6 })
    expect(hasDrift(await auditOf(eventId))).toBe(false)
  })

  test('withdrawing more seats than are left is refused, and nothing of the request is applied', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded({ seats: [10] })
    await book(eventId, ticketTypeId, people[1]!, 4)
    const request = { limitPerPerson: 1, ticketTypes: [{ id: ticketTypeId, price: 1, seats: 3 }] }
    expect(await change(request)).toEqual({ kind: 'seats_below_sold', ticketTypeId, left: 6 })
    expect(await shown(eventId)).toMatchObject({ limitPerPerson: 4, ticketTypes: [{ price: 10_000, total: 10, left: 6 }] })
    changed(await change({ ticketTypes: [{ id: ticketTypeId, seats: 4 }] }))
    expect((await book(eventId, ticketTypeId, people[2]!)).kind).toBe('sold_out')
  })

  test('a stopped sale rejects bookings with the message, replays retries, and is shown as stopped until it resumes', async () => {
    const { eventId, ticketTypeId, people: [, buyer, other], change } = await openLoaded()
    const request = bookingRequest(buyer!, eventId, ticketTypeId)
    const first = await reserve(shop, 'ko', request)
    changed(await change({ saleState: 'stopped', stopMessage: '무대 점검 중입니다' }))
    expect(await book(eventId, ticketTypeId, other!)).toEqual({ kind: 'sale_stopped', message: '무대 점검 중입니다' })
    expect(await reserve(shop, 'ko', request)).toEqual(first)
    expect(await shown(eventId)).toMatchObject({ status: 'stopped', stopMessage: '무대 점검 중입니다' })
    const list = await listEvents(shop, 'ko', { page: 1, size: 100 })
    expect(list!.items.find(({ id }) => id === eventId)!.status).toBe('stopped')
    changed(await change({ saleState: 'on_sale', stopMessage: '' }))
    expect((await book(eventId, ticketTypeId, other!)).kind).toBe('reserved')
    expect((await shown(eventId)).status).toBe('on_sale')
  })

  test(
    'seats, prices and stops change 40 times while 400 people book and cancel: never a drift, never a wrong price',
    async () => {
      const { eventId, ticketTypeId, change } = await openLoaded({ seats: [200] })
      const people = await shop.addPeople(400)
      let selling = true
      const audits: number[] = []
      const watch = async () => {
        while (selling || audits.length === 0) {
          const result = await patiently(() => auditInventory(shop, eventId))
          if (result.kind === 'audited') audits.push(result.ticketTypes[0]!.drift)
        }
      }
      const sell = Promise.all(people.map(async (person, i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 5))
        const request = bookingRequest(person, eventId, ticketTypeId, { quantity: 1 + i % 2 })
        const booked = await patiently(() => reserve(shop, 'ko', request))
        if (booked.kind === 'reserved' && i % 3 === 0) await patiently(() => cancel(shop, 'ko', person.id, booked.reservation.id))
        return booked
      })).finally(() => (selling = false))
      const operate = async () => {
        for (let i = 0; i < 40; i++) {
          const seats = 50 + (i * 37) % 300
          const result = await patiently(() =>
            change({
              saleState: i % 5 === 4 ? 'stopped' : 'on_sale',
              ticketTypes: [{ id: ticketTypeId, seats, price: 1_000 * (i + 1) }],
            })
          )
          expect(['changed', 'seats_below_sold']).toContain(result.kind)
        }
        changed(await patiently(() => change({ saleState: 'on_sale' })))
      }
      const [outcomes] = await Promise.all([sell, watch(), operate()])
      await shop.writeBack.flushAll()
      expect(audits.filter((drift) => drift !== 0)).toEqual([])
      expect(hasDrift(await auditOf(eventId))).toBe(false)
      const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
      const confirmed = outcomes.flatMap((outcome) => outcome.kind === 'reserved' ? [outcome.reservation] : [])
      expect(rows.map(({ id, unitPrice }) => `${id} ${unitPrice}`).sort())
        .toEqual(confirmed.map(({ id, unitPrice }) => `${id} ${unitPrice}`).sort())
      const [type] = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId))
      expect((await readLeft(shop.redis, eventId))!.get(ticketTypeId)).toBe(type!.seats - type!.sold)
    },
    120_000,
  )
})

describe('versions and the audit trail', () => {
  test('a change of a version that is no longer the latest is refused; of two concurrent ones, one succeeds', async () => {
    const { eventId, ticketTypeId, change } = await openLoaded()
    const { version } = changed(await change({ limitPerPerson: 3 }))
    const kinds = await Promise.all([1, 2].map((limit) => change({ limitPerPerson: limit }, version)))
    expect(kinds.map(({ kind }) => kind).sort()).toEqual(['changed', 'stale_version'])
    const latest = changed(await change({ ticketTypes: [{ id: ticketTypeId, seats: 50 }] }))
    expect(await change({ limitPerPerson: 9 }, version)).toEqual({ kind: 'stale_version', version: latest.version })
    expect((await shown(eventId)).limitPerPerson).toBeLessThan(3)
  })

  test('the audit trail has who, what, before, after, when and why; a change to the same values writes nothing', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded()
    changed(await change({ limitPerPerson: 3, ticketTypes: [{ id: ticketTypeId, price: 7, seats: 90 }] }))
    const again = changed(await change({ limitPerPerson: 3, ticketTypes: [{ id: ticketTypeId, price: 7, seats: 90 }] }))
    const rows = await shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`))
      .orderBy(asc(audit.id))
    expect(
      rows.map(({ action, actorId, reason, address, detail }) => ({
        action,
        actorId,
        reason,
        address,
        detail: JSON.parse(detail!),
      })),
    ).toEqual([
      {
        action: 'event.seats',
        actorId: people[0]!.id,
        reason: 'a test',
        address: null,
        detail: { seats: [{ ticketTypeId, before: 100, after: 90 }] },
      },
      {
        action: 'event.change',
        actorId: people[0]!.id,
        reason: 'a test',
        address: '192.0.2.7',
        detail: {
          before: { limitPerPerson: 4 },
          after: { limitPerPerson: 3 },
          prices: [{ ticketTypeId, before: 10_000, after: 7 }],
          seats: [{ ticketTypeId, before: 100, after: 90 }],
        },
      },
    ])
    expect(rows.every(({ at }) => Math.abs(at.getTime() - Date.now()) < 600_000)).toBe(true)
    expect(again.version).toBe(3)
  })

  test('times in a wrong order and ticket types of other events are refused', async () => {
    const { change } = await openLoaded()
    const other = await openLoaded()
    expect(await change({ closesAt: new Date(Date.now() + 300 * DAY_MS) })).toEqual({ kind: 'invalid', field: 'closesAt' })
    expect(await change({ ticketTypes: [{ id: other.ticketTypeId, price: 1 }] })).toEqual({
      kind: 'invalid',
      field: 'ticketTypes',
    })
    const unknown = { eventId: 999_999, version: null, changes: {}, actor: operatorOf({ id: 1 }), reason: '' }
    expect(await changeEvent(shop, unknown)).toEqual({ kind: 'not_found' })
  })
})

describe('sales that are not loaded, and interrupted changes', () => {
  test('a sale that was never loaded changes in MySQL alone, and is not loaded by that', async () => {
    const { eventId, ticketTypeId, people } = await openSale(shop, { seats: [5] }, 2)
    const change = (seats: number) => {
      const changes = { limitPerPerson: 2, ticketTypes: [{ id: ticketTypeId, seats }] }
      return changeEvent(shop, { eventId, version: null, changes, actor: operatorOf(people[0]!), reason: '' })
    }
    changed(await change(8))
    expect((await readHeads(shop.redis, [eventId]))[0]!.last).toBeNull()
    expect(await book(eventId, ticketTypeId, people[1]!, 2)).toMatchObject({ kind: 'reserved', left: 6 })
  })

  test('a sale that Redis has lost with bookings in its log counts them before seats are withdrawn', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded({ seats: [10] })
    await book(eventId, ticketTypeId, people[1]!, 4)
    await shop.redis.del(`{e:${eventId}}:sale`)
    expect(await change({ ticketTypes: [{ id: ticketTypeId, seats: 3 }] })).toEqual({
      kind: 'seats_below_sold',
      ticketTypeId,
      left: 6,
    })
    changed(await change({ ticketTypes: [{ id: ticketTypeId, seats: 4 }] }))
    expect((await book(eventId, ticketTypeId, people[2]!)).kind).toBe('sold_out')
  })

  test('a sale that waits for approval after a failover of Redis is approved first', async () => {
    const { eventId, ticketTypeId, change } = await openLoaded({ seats: [10] })
    await shop.redis.hdel(`{e:${eventId}}:sale`, 'run')
    changed(await change({ ticketTypes: [{ id: ticketTypeId, seats: 12 }] }))
    expect((await readLeft(shop.redis, eventId))!.get(ticketTypeId)).toBe(12)
    expect(hasDrift(await auditOf(eventId))).toBe(false)
  })

  test('an origin that is lost after the commit: the next booking charges the new price', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded()
    const approve = shop.redis.approveSale
    shop.redis.approveSale = () => Promise.reject(new Error('lost'))
    changed(await change({ ticketTypes: [{ id: ticketTypeId, price: 500 }] }))
    shop.redis.approveSale = approve
    expect(await book(eventId, ticketTypeId, people[1]!)).toMatchObject({ reservation: { unitPrice: 500 } })
  })

  test('a change whose commit fails leaves the former rules, and its seats with their audit row', async () => {
    const { eventId, ticketTypeId, people, change } = await openLoaded({ seats: [10] })
    const transaction: typeof shop.db.transaction = (run) =>
      shop.db.transaction(async (tx) => {
        await run(tx)
        throw new Error('lost before the commit')
      })
    const failing = { ...shop, db: Object.assign(Object.create(shop.db), { transaction }) }
    const changes = { limitPerPerson: 1, ticketTypes: [{ id: ticketTypeId, price: 1, seats: 20 }] }
    const interrupted = { eventId, version: null, changes, actor: operatorOf(people[0]!), reason: 'interrupted' }
    await expect(changeEvent(failing, interrupted)).rejects.toThrow('lost before the commit')
    expect(await book(eventId, ticketTypeId, people[1]!, 2)).toMatchObject({ left: 18, reservation: { unitPrice: 10_000 } })
    await shop.writeBack.flushAll()
    expect(hasDrift(await auditOf(eventId))).toBe(false)
    const [event] = await shop.db.select().from(events).where(eq(events.id, eventId))
    expect(event).toMatchObject({ limitPerPerson: 4, version: 2 })
    const rows = await shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`))
    expect(rows.map(({ action }) => action)).toEqual(['event.seats'])
    changed(await change({ limitPerPerson: 3 }, 2))
  })
})
