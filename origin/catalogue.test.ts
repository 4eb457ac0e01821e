import { and, asc, eq, like, sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../db/mysql.ts'
import { events, ticketTypes } from '../db/schema.ts'
import { bookingRequest } from '../test/booking.ts'
import { addPlainEvents, deleteEvents } from '../test/plain-events.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { createCatalogueFollower } from './catalogue-follower.ts'
import { listOpeningSoon, listSelection, searchWords } from './catalogue.ts'
import { cancel, reserve } from './reservations.ts'
import { searchTerms } from './search-text.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 50 })))
afterAll(() => shop.close())

const HOUR_MS = 3_600_000

async function list({ page, size, words }: { page: number; size: number; words: string[] }, at = new Date()) {
  return await listSelection({ ...shop, now: () => at }, 'ko', { page, size }, searchTerms(words.join(' ')))
}
const search = (text: string, at?: Date) => list({ page: 1, size: 100, words: searchWords(text) }, at)
const titlesOf = async (text: string) => (await search(text)).items.map(({ title }) => title)

/** The definition of a listing's content and order, in SQL. */
async function listBySql(db: Database, at: Date, { page, size, words }: { page: number; size: number; words: string[] }) {
  const totals = db.select({
    eventId: ticketTypes.eventId,
    left: sql<number>`sum(${ticketTypes.seats} - ${ticketTypes.sold})`.mapWith(Number).as('seats_left'),
  }).from(ticketTypes).groupBy(ticketTypes.eventId).as('totals')
  const rank = sql`case
    when ${events.closesAt} <= ${at} then 3
    when ${events.opensAt} > ${at} then 1
    when ${totals.left} = 0 then 2
    else 0 end`
  // Punctuation is no word.
  const conditions = words.filter((word) => searchTerms(word).length > 0).map((word) =>
    like(events.searchText, `%${word.replace(/[\\%_]/g, '\\$&')}%`)
  )
  const rows = await db.select({ id: events.id }).from(events).innerJoin(totals, eq(totals.eventId, events.id))
    .where(and(eq(events.published, true), ...conditions)).orderBy(rank, asc(events.startsAt), asc(events.id))
  return { ids: rows.map(({ id }) => id).slice((page - 1) * size, page * size), total: rows.length }
}

test('a listing equals the same query in SQL, for any search, time and sequence of edits', async () => {
  const base = Date.now()
  const pieces = [
    '재즈',
    '밤',
    '서울',
    '한여름',
    'Jazz',
    'NIGHT',
    'Café',
    '100%',
    // A term of several words is found at the beginning of a word only, unlike by SQL, so this one has one letter.
    '_b',
    '\\',
    'ＷＩＤＥ',
    '〈달〉',
    '2026',
    'é',
    ' ',
  ]
  const words = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 })
  const hour = fc.integer({ min: -3, max: 3 })
  const event = fc.record({
    title: words.map((parts) => parts.join('')),
    titleEn: words.map((parts) => parts.join(' ')),
    opens: hour,
    lasts: fc.integer({ min: 1, max: 4 }),
    wait: fc.integer({ min: 0, max: 2 }),
    published: fc.boolean(),
    sold: fc.constantFrom([0, 0], [2, 0], [2, 3]),
  })
  const columnsOf = (made: typeof event extends fc.Arbitrary<infer E> ? E : never) => ({
    title: made.title,
    titleEn: made.titleEn,
    published: made.published,
    opensAt: new Date(base + made.opens * HOUR_MS),
    closesAt: new Date(base + (made.opens + made.lasts) * HOUR_MS),
    startsAt: new Date(base + (made.opens + made.lasts + made.wait) * HOUR_MS),
  })
  const query = fc.record({
    words: fc.array(fc.constantFrom(...pieces, 'jAZZ', 'zz', 'CAFE', 'wide', '여름', 'ight', '%', '_', '시험', '없다'), {
      maxLength: 3,
    }),
    hour,
    page: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 12 }),
  })
  const edit = fc.record({ which: fc.nat(), to: event })
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 25 }),
      fc.array(fc.record({ edits: fc.array(edit, { maxLength: 3 }), query }), { minLength: 3, maxLength: 8 }),
      async (made, steps) => {
        const ids = await addPlainEvents(shop, made.map(({ title }) => title))
        const write = async (id: number, what: typeof made[number]) => {
          await shop.db.update(ticketTypes).set({ seats: 5, sold: what.sold[0]! + what.sold[1]! })
            .where(eq(ticketTypes.eventId, id))
          await shop.db.update(events).set({ ...columnsOf(what), changedAt: sql`current_timestamp(3)` }).where(eq(events.id, id))
        }
        for (const [i, what] of made.entries()) await write(ids[i]!, what)
        for (const { edits, query } of steps) {
          for (const { which, to } of edits) await write(ids[which % ids.length]!, to)
          const at = new Date(base + query.hour * HOUR_MS)
          const page = { page: query.page, size: query.size, words: searchWords(query.words.join(' ')) }
          const listed = await list(page, at)
          expect({ ids: listed.items.map(({ id }) => id), total: listed.total }).toEqual(await listBySql(shop.db, at, page))
        }
        await deleteEvents(shop, ids)
      },
    ),
    { numRuns: 30, endOnFailure: true },
  )
})

describe('a listing follows', () => {
  test('the sale of the last seat and its return', async () => {
    const name = randomUUID()
    const full = await shop.addSale({ title: `${name} 매진`, seats: [1], startsInMs: 200 * HOUR_MS })
    await shop.addSale({ title: `${name} 여유`, startsInMs: 300 * HOUR_MS })
    const [person] = await shop.addPeople(1)
    const booked = await reserve(shop, 'ko', bookingRequest(person!, full.eventId, full.ticketTypeIds[0]!))
    if (booked.kind !== 'reserved') throw new Error(booked.kind)
    await shop.writeBack.flushAll()
    expect((await search(name)).items.map(({ status, left }) => [status, left])).toEqual([['on_sale', 100], ['sold_out', 0]])
    expect(await cancel(shop, 'ko', person!.id, booked.reservation.id)).toMatchObject({ kind: 'cancelled' })
    await shop.writeBack.flushAll()
    expect((await search(name)).items.map(({ status, left }) => [status, left])).toEqual([['on_sale', 1], ['on_sale', 100]])
  })

  test('a changed title, and an event that is withdrawn, published again, and deleted', async () => {
    const [name, other] = [randomUUID(), randomUUID()]
    const [id] = await addPlainEvents(shop, [name])
    expect(await titlesOf(name)).toEqual([name])
    await shop.db.update(events).set({ title: other, titleEn: other }).where(eq(events.id, id!))
    expect([await titlesOf(name), await titlesOf(other)]).toEqual([[], [other]])
    await shop.db.update(events).set({ published: false }).where(eq(events.id, id!))
    expect((await search(other)).total).toBe(0)
    await shop.db.update(events).set({ published: true }).where(eq(events.id, id!))
    expect((await search(other)).total).toBe(1)
    await deleteEvents(shop, [id!])
    expect((await search(other)).total).toBe(0)
  })

  test('the clock, without reading the tables', async () => {
    const name = randomUUID()
    const at = (hours: number) => new Date(Date.UTC(2030, 0, 1) + hours * HOUR_MS)
    await addPlainEvents(shop, [name], { opensAt: at(1), closesAt: at(2), startsAt: at(3) })
    const { index, step } = createCatalogueFollower(shop.db)
    await step()
    expect(index.findOpeningSoon(at(1).getTime() - 1, 1)).toHaveLength(1)
    expect(index.findOpeningSoon(at(1).getTime(), 1)).toHaveLength(0)
    const soon = await listOpeningSoon({ ...shop, now: () => at(0.5) }, 'ko', 1)
    expect(soon).toMatchObject([{ title: name, status: 'upcoming', priceFrom: 1_000, total: 1, left: 1 }])
    for (const [hours, status] of [[0.99, 'upcoming'], [1, 'on_sale'], [1.99, 'on_sale'], [2, 'closed']] as const) {
      expect((await search(name, at(hours))).items).toMatchObject([{ status }])
    }
  })
})
