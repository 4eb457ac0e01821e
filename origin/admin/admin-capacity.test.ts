import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { buyerHeaders, openShop, type Shop } from '../../test/shop.ts'
import { until } from '../../test/until.ts'
import { createApp } from '../app.tsx'

/** The connections of the pool for everything but the admin pages (`db/mysql.ts`). */
const POOL = 10

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

test('an admin page is answered while buyers hold every other connection to MySQL; every other query waits', async () => {
  const app = createApp(shop)
  const [person] = await shop.addPeople(1)
  const release = Promise.withResolvers<void>()
  let held = 0
  const holders = Array.from({ length: POOL }, () =>
    shop.db.transaction(async (tx) => {
      await tx.execute(sql`select 1`)
      held++
      await release.promise
    }))
  await until(() => held === POOL)

  let isOtherAnswered = false
  const other = shop.db.execute(sql`select 1`).finally(() => (isOtherAnswered = true))
  const headers = Object.assign(await buyerHeaders({ ...person!, role: 'owner' }, 1), { accept: 'text/html' })
  const response = await app.request('/admin', { headers })
  expect([response.status, isOtherAnswered]).toEqual([200, false])
  release.resolve()
  await Promise.all(holders)
  await other
  expect(isOtherAnswered).toBe(true)
})
