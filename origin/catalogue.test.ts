import { and, asc, eq, inArray, like, sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Queryable } from '../db/mysql.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { listEvents, listOpeningSoon, searchWords } from './catalogue.ts'
import { followEvents, openCatalogue } from './catalogue-refresh.ts'
import { moveWatermark } from './ledger.ts'
import { cancel, reserve } from './reservations.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 50 })))
afterAll(() => shop.close())

const HOUR_MS = 3_600_000
const search = async (query: string, now = new Date()) =>
  await listEvents({ ...shop, now: () => now }, 'ko', { page: 1, size: 100, words: searchWords(query) })
const titlesOf = async (query: string) => (await search(query)).items.map(({ title }) => title)

/** What a listing was before it was in memory: the definition of its content and order. */
async function listBySql(db: Database, at: Date, { page, size, words }: { page: number; size: number; words: string[] }) {
  const grades = db.select({
    eventId: ticketTypes.eventId,
    left: sql<number>`sum(${ticketTypes.seats} - ${ticketTypes.sold})`.mapWith(Number).as('seats_left'),
  }).from(ticketTypes).groupBy(ticketTypes.eventId).as('grades')
  const rank = sql`case
    when ${events.closesAt} <= ${at} then 3
    when ${events.opensAt} > ${at} then 1
    when ${grades.left} = 0 then 2
    else 0 end`
  const wanted = words.map((word) => like(events.searchText, `%${word.replace(/[\\%_]/g, '\\$&')}%`))
  const rows = await db.select({ id: events.id }).from(events).innerJoin(grades, eq(grades.eventId, events.id))
    .where(and(eq(events.published, true), ...wanted)).orderBy(rank, asc(events.startsAt), asc(events.id))
  return { ids: rows.map(({ id }) => id).slice((page - 1) * size, page * size), total: rows.length }
}

async function addPlainEvents(titles: string[], times: Partial<Record<'startsAt' | 'opensAt' | 'closesAt', Date>> = {}) {
  const now = new Date()
  const [{ insertId }] = await shop.db.insert(events).values(titles.map((title) => ({
    ...{ title, titleEn: title, venue: '시험 홀', venueEn: 'Hall', published: true, createdAt: now, updatedAt: now },
    ...{ startsAt: new Date(now.getTime() + 48 * HOUR_MS), opensAt: now, closesAt: new Date(now.getTime() + HOUR_MS), ...times },
  })))
  const ids = titles.map((_, i) => insertId + i)
  await shop.db.insert(ticketTypes).values(
    ids.map((eventId) => ({ eventId, sortOrder: 0, name: '석', nameEn: 'S', price: 1_000, seats: 1 })),
  )
  await shop.db.insert(ledgers).values(ids.map((eventId) => ({ eventId })))
  return ids
}

async function deleteEvents(ids: number[]): Promise<void> {
  await shop.db.delete(ledgers).where(inArray(ledgers.eventId, ids))
  await shop.db.delete(ticketTypes).where(inArray(ticketTypes.eventId, ids))
  await shop.db.delete(events).where(inArray(events.id, ids))
}

test('a listing is what the tables print, whatever is searched, whenever, and whatever is edited between', async () => {
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
    'a_b',
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
  const facts = (made: typeof event extends fc.Arbitrary<infer E> ? E : never) => ({
    ...{ title: made.title, titleEn: made.titleEn, published: made.published },
    opensAt: new Date(base + made.opens * HOUR_MS),
    closesAt: new Date(base + (made.opens + made.lasts) * HOUR_MS),
    startsAt: new Date(base + (made.opens + made.lasts + made.wait) * HOUR_MS),
  })
  const asked = fc.record({
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
      fc.array(fc.record({ edits: fc.array(edit, { maxLength: 3 }), asked }), { minLength: 3, maxLength: 8 }),
      async (made, steps) => {
        const ids = await addPlainEvents(made.map(({ title }) => title))
        const write = async (id: number, what: typeof made[number]) => {
          await shop.db.update(ticketTypes).set({ seats: 5, sold: what.sold[0]! + what.sold[1]! })
            .where(eq(ticketTypes.eventId, id))
          await shop.db.update(events).set({ ...facts(what), changedAt: sql`current_timestamp(3)` }).where(eq(events.id, id))
        }
        for (const [i, what] of made.entries()) await write(ids[i]!, what)
        for (const { edits, asked } of steps) {
          for (const { which, to } of edits) await write(ids[which % ids.length]!, to)
          const at = new Date(base + asked.hour * HOUR_MS)
          const wish = { page: asked.page, size: asked.size, words: searchWords(asked.words.join(' ')) }
          const listed = await listEvents({ ...shop, now: () => at }, 'ko', wish)
          expect({ ids: listed.items.map(({ id }) => id), total: listed.total }).toEqual(await listBySql(shop.db, at, wish))
        }
        await deleteEvents(ids)
      },
    ),
    { numRuns: 30, endOnFailure: true },
  )
})

describe('a listing follows', () => {
  test('the last seat and the first one that comes back', async () => {
    const name = randomUUID()
    const full = await shop.addSale({ title: `${name} 매진`, seats: [1], startsInMs: 200 * HOUR_MS })
    await shop.addSale({ title: `${name} 여유`, startsInMs: 300 * HOUR_MS })
    const [person] = await shop.addPeople(1)
    const booked = await reserve(shop, 'ko', {
      ...{ eventId: full.eventId, ticketTypeId: full.ticketTypeIds[0]!, person: person!.id, quantity: 1 },
      ...{ idempotencyKey: randomUUID(), pass: { id: randomUUID(), untilMs: Date.now() + 60_000 } },
    })
    if (booked.kind !== 'reserved') throw new Error(booked.kind)
    await shop.writeBack.flushAll()
    expect((await search(name)).items.map(({ status, left }) => [status, left])).toEqual([['on_sale', 100], ['sold_out', 0]])
    expect(await cancel(shop, 'ko', person!.id, booked.reservation.id)).toMatchObject({ kind: 'cancelled' })
    await shop.writeBack.flushAll()
    expect((await search(name)).items.map(({ status, left }) => [status, left])).toEqual([['on_sale', 1], ['on_sale', 100]])
  })

  test('a title that is edited, an event that is withdrawn, published again, and deleted', async () => {
    const [name, other] = [randomUUID(), randomUUID()]
    const [id] = await addPlainEvents([name])
    expect(await titlesOf(name)).toEqual([name])
    await shop.db.update(events).set({ title: other, titleEn: other }).where(eq(events.id, id!))
    expect([await titlesOf(name), await titlesOf(other)]).toEqual([[], [other]])
    await shop.db.update(events).set({ published: false }).where(eq(events.id, id!))
    expect((await search(other)).total).toBe(0)
    await shop.db.update(events).set({ published: true }).where(eq(events.id, id!))
    expect((await search(other)).total).toBe(1)
    await deleteEvents([id!])
    expect((await search(other)).total).toBe(0)
  })

  test('the clock, without a look at the tables', async () => {
    const name = randomUUID()
    const at = (hours: number) => new Date(Date.UTC(2030, 0, 1) + hours * HOUR_MS)
    await addPlainEvents([name], { opensAt: at(1), closesAt: at(2), startsAt: at(3) })
    const { index, step } = followEvents(shop.db)
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

test('what the write-back sells is told by the watermark, without the sweep', async () => {
  const name = randomUUID()
  const ids = await addPlainEvents(Array.from({ length: 6 }, (_, i) => `${name} ${i}`))
  const { index, step } = followEvents(shop.db, { chunk: 1 })
  await step()
  await step()
  const sell = async (sold: number, watermark: (tx: Queryable) => Promise<void>) => {
    await shop.db.transaction(async (tx) => {
      await tx.update(ticketTypes).set({ sold }).where(eq(ticketTypes.eventId, ids[4]!))
      await watermark(tx)
    })
    await step()
    return index.find([name], Date.now() + 1_000, { from: 0, count: 6 }).ids
  }
  const [a, b, c, d, e, f] = ids
  expect(await sell(1, (tx) => moveWatermark(tx, e!, { epoch: 1, seq: 1 }, new Date()))).toEqual([a, b, c, d, f, e])
  expect(await sell(0, (tx) => moveWatermark(tx, e!, { epoch: 1, seq: 2 }, new Date()))).toEqual([a, b, c, d, e, f])
  // Without the watermark nobody would know (negative control). The stamps of before must be out of sight.
  const blind = followEvents(shop.db, { chunk: 1, overlapSeconds: 0 })
  await blind.step()
  await shop.db.execute(sql`select sleep(0.01)`)
  await blind.step()
  await shop.db.update(ticketTypes).set({ sold: 1 }).where(eq(ticketTypes.eventId, e!))
  await blind.step()
  expect(blind.index.find([name], Date.now() + 1_000, { from: 0, count: 6 }).ids).toEqual([a, b, c, d, e, f])
})

describe('a change that is committed after later ones were seen', () => {
  /** Edits an event in a transaction that stays open while the index takes a step, and says what the step after it knows. */
  async function editSlowly(overlapSeconds: number): Promise<string[]> {
    const name = randomUUID()
    const ids = await addPlainEvents(Array.from({ length: 6 }, (_, i) => `${name} ${i}`))
    // A sweep of one event a step is far from the last one.
    const { index, step } = followEvents(shop.db, { overlapSeconds, chunk: 1 })
    await step()
    await step()
    await shop.db.transaction(async (tx) => {
      await tx.update(events).set({ title: `${name} late` }).where(eq(events.id, ids[5]!))
      await shop.db.execute(sql`select sleep(0.01)`)
      await step()
    })
    await step()
    const { ids: found } = index.find([name, 'late'], Date.now(), { from: 0, count: 10 })
    return found.map((id) => (id === ids[5] ? 'the edited one' : String(id)))
  }

  test('is seen, since each round looks back behind the last', async () => {
    expect(await editSlowly(10)).toEqual(['the edited one'])
  })

  test('is missed without the look back (negative control)', async () => {
    expect(await editSlowly(0)).toEqual([])
  })

  test('is found by the sweep when it was open for longer than the look back, as is a row that is gone', async () => {
    const name = randomUUID()
    const ids = await addPlainEvents([`${name} stays`, `${name} moves`, `${name} goes`])
    const { index, step } = followEvents(shop.db, { overlapSeconds: 0, chunk: 1 })
    await step()
    await shop.db.execute(sql`select sleep(0.01)`)
    await step()
    await shop.db.update(events).set({ title: `${name} late`, changedAt: '2020-01-01 00:00:00' }).where(eq(events.id, ids[1]!))
    await deleteEvents([ids[2]!])
    const count = async () => (await shop.db.select({ id: events.id }).from(events)).length
    const find = (word: string) => index.find([name, word], Date.now(), { from: 0, count: 10 }).total
    await step()
    expect([find('late'), find('goes')]).toEqual([0, 1])
    for (let left = await count() + 1; left > 0; left--) await step()
    expect([find('late'), find('goes'), find('stays')]).toEqual([1, 0, 1])
  })
})

describe('without MySQL', () => {
  test('a catalogue that was never loaded is a store failure, and is loaded when MySQL is there; then it stays', async () => {
    let away = true
    const db = new Proxy(shop.db, {
      get(target, name) {
        if (away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
        return Reflect.get(target, name, target)
      },
    })
    const said: string[] = []
    const catalogue = openCatalogue({ db, log: (event) => said.push(event) }, 0)
    const failure = await catalogue.fresh().catch((error: unknown) => error)
    expect(isStoreUnavailable(failure)).toBe(true)
    away = false
    const name = randomUUID()
    await addPlainEvents([name])
    const find = async () => (await catalogue.fresh()).find([name], Date.now(), { from: 0, count: 1 }).total
    expect(await find()).toBe(1)
    away = true
    expect(await find()).toBe(1)
    await catalogue.close()
    expect(said).toContain('catalogue_not_refreshed')
  })
})
