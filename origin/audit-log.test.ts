import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { audit, auditHead } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { type Actor, recordAct, verifyAuditLog } from './audit-log.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())
beforeEach(async () => {
  await shop.db.delete(audit)
  await shop.db.update(auditHead).set({ lastId: 0, hash: Buffer.alloc(32) })
})

const actor: Actor = { id: 7, address: '192.0.2.1', requestId: 'request' }
const record = (action: string, detail?: unknown) =>
  shop.db.transaction((tx) =>
    recordAct(tx, { at: new Date(), actor, action, subject: 'event:1', reason: '사유 "따옴표"', detail })
  )
const idsOf = async () => (await shop.db.select({ id: audit.id }).from(audit)).map(({ id }) => id)

test('records who, what, before, after, when, from where and why, and the chain is intact', async () => {
  expect(await verifyAuditLog(shop)).toMatchObject({ kind: 'intact', rows: 0 })
  const hash = await record('event.change', { before: { price: 1 }, after: { price: 2 } })
  const [row] = await shop.db.select().from(audit)
  expect(row).toMatchObject({
    actorId: 7,
    address: '192.0.2.1',
    requestId: 'request',
    action: 'event.change',
    reason: '사유 "따옴표"',
  })
  expect(JSON.parse(row!.detail!)).toEqual({ before: { price: 1 }, after: { price: 2 } })
  expect(await verifyAuditLog(shop)).toEqual({ kind: 'intact', rows: 1, hash })
})

test('concurrent acts make one chain', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => record(`act.${i}`)))
  expect(await verifyAuditLog(shop)).toMatchObject({ kind: 'intact', rows: 20 })
})

test('an act that is rolled back leaves the chain intact', async () => {
  await record('first')
  await expect(shop.db.transaction(async (tx) => {
    await recordAct(tx, { at: new Date(), actor, action: 'lost', subject: 'event:1' })
    throw new Error('rolled back')
  })).rejects.toThrow('rolled back')
  await record('second')
  expect(await verifyAuditLog(shop)).toMatchObject({ kind: 'intact', rows: 2 })
})

const CHANGES: [string, Partial<typeof audit.$inferInsert>][] = [
  ['actor', { actorId: 8 }],
  ['time', { at: new Date('2026-01-01') }],
  ['action', { action: 'event.publish' }],
  ['subject', { subject: 'event:2' }],
  ['reason', { reason: 'another' }],
  ['detail', { detail: '{"n":9}' }],
  ['address', { address: null }],
  ['request', { requestId: null }],
  ['hash', { hash: Buffer.alloc(32, 1) }],
  ['missing hash', { hash: null }],
]
test.each(CHANGES)('finds a row whose %s was changed', async (_, change) => {
  for (const n of [1, 2, 3]) await record('event.change', { n })
  const ids = await idsOf()
  await shop.db.update(audit).set(change).where(eq(audit.id, ids[1]!))
  expect(await verifyAuditLog(shop)).toEqual({ kind: 'tampered', rows: 1, id: ids[1] })
})

test.each([0, 1])('finds that row %i of three was removed', async (removed) => {
  for (const n of [1, 2, 3]) await record('event.change', { n })
  const ids = await idsOf()
  await shop.db.delete(audit).where(eq(audit.id, ids[removed]!))
  expect(await verifyAuditLog(shop)).toEqual({ kind: 'tampered', rows: removed, id: ids[removed + 1] })
})

test('finds that the last rows were removed, and a row that was inserted', async () => {
  for (const n of [1, 2]) await record('event.change', { n })
  const ids = await idsOf()
  await shop.db.delete(audit).where(eq(audit.id, ids[1]!))
  expect(await verifyAuditLog(shop)).toEqual({ kind: 'tampered', rows: 1, id: null })
  await shop.db.insert(audit).values({ at: new Date(), action: 'event.change', subject: 'event:1', hash: Buffer.alloc(32) })
  expect(await verifyAuditLog(shop)).toMatchObject({ kind: 'tampered', rows: 1 })
})
