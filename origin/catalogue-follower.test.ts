import { eq, sql } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Queryable } from '../db/mysql.ts'
import { events, ticketTypes } from '../db/schema.ts'
import { addPlainEvents, deleteEvents } from '../test/plain-events.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { createCatalogueFollower } from './catalogue-follower.ts'
import { searchTerms } from './search-text.ts'
import { moveWatermark } from './ledger.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

test('a sale becomes visible through the watermark, without the sweep', async () => {
  const name = randomUUID()
  const ids = await addPlainEvents(shop, Array.from({ length: 6 }, (_, i) => `${name} ${i}`))
  const { index, step } = createCatalogueFollower(shop.db, { chunk: 1 })
  await step()
  await step()
  const sell = async (sold: number, watermark: (tx: Queryable) => Promise<void>) => {
    await shop.db.transaction(async (tx) => {
      await tx.update(ticketTypes).set({ sold }).where(eq(ticketTypes.eventId, ids[4]!))
      await watermark(tx)
    })
    await step()
    return index.find({ terms: searchTerms(name), filter: {} }, Date.now() + 1_000, { from: 0, count: 6 }).ids
  }
  const [a, b, c, d, e, f] = ids
  expect(await sell(1, (tx) => moveWatermark(tx, e!, { epoch: 1, seq: 1 }, new Date()))).toEqual([a, b, c, d, f, e])
  expect(await sell(0, (tx) => moveWatermark(tx, e!, { epoch: 1, seq: 2 }, new Date()))).toEqual([a, b, c, d, e, f])
  // Without a moved watermark the sale stays invisible (negative control). Earlier timestamps must be out of the overlap.
  const blind = createCatalogueFollower(shop.db, { chunk: 1, overlapSeconds: 0 })
  await blind.step()
  await shop.db.execute(sql`select sleep(0.01)`)
  await blind.step()
  await shop.db.update(ticketTypes).set({ sold: 1 }).where(eq(ticketTypes.eventId, e!))
  await blind.step()
  expect(blind.index.find({ terms: searchTerms(name), filter: {} }, Date.now() + 1_000, { from: 0, count: 6 }).ids).toEqual([
    a,
    b,
    c,
    d,
    e,
    f,
  ])
})

describe('a change that is committed after a later step', () => {
  /** Edits an event in a transaction that stays open during one step, and returns what a search finds after the next step. */
  async function editSlowly(overlapSeconds: number): Promise<string[]> {
    const name = randomUUID()
    const ids = await addPlainEvents(shop, Array.from({ length: 6 }, (_, i) => `${name} ${i}`))
    // With one event per step, the sweep does not reach the edited event in time.
    const { index, step } = createCatalogueFollower(shop.db, { overlapSeconds, chunk: 1 })
    await step()
    await step()
    await shop.db.transaction(async (tx) => {
      await tx.update(events).set({ title: `${name} late` }).where(eq(events.id, ids[5]!))
      await shop.db.execute(sql`select sleep(0.01)`)
      await step()
    })
    await step()
    const { ids: found } = index.find({ terms: searchTerms(`${name} late`), filter: {} }, Date.now(), { from: 0, count: 10 })
    return found.map((id) => (id === ids[5] ? 'the edited event' : String(id)))
  }

  test('is found, because each step rereads an overlap', async () => {
    expect(await editSlowly(10)).toEqual(['the edited event'])
  })

  test('is missed without the overlap (negative control)', async () => {
    expect(await editSlowly(0)).toEqual([])
  })

  test('is found by the sweep if the transaction was open for longer than the overlap, as is a deleted row', async () => {
    const name = randomUUID()
    const ids = await addPlainEvents(shop, [`${name} stays`, `${name} moves`, `${name} goes`])
    const { index, step } = createCatalogueFollower(shop.db, { overlapSeconds: 0, chunk: 1 })
    await step()
    await shop.db.execute(sql`select sleep(0.01)`)
    await step()
    await shop.db.update(events).set({ title: `${name} late`, changedAt: '2020-01-01 00:00:00' }).where(eq(events.id, ids[1]!))
    await deleteEvents(shop, [ids[2]!])
    const count = async () => (await shop.db.select({ id: events.id }).from(events)).length
    const find = (word: string) =>
      index.find({ terms: searchTerms(`${name} ${word}`), filter: {} }, Date.now(), { from: 0, count: 10 }).total
    await step()
    expect([find('late'), find('goes')]).toEqual([0, 1])
    for (let left = await count() + 1; left > 0; left--) await step()
    expect([find('late'), find('goes'), find('stays')]).toEqual([1, 0, 1])
  })
})
