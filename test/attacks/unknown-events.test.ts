import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { send } from '../http.ts'
import { ownMysql } from '../shop.ts'
import { openSite, type Site } from '../site.ts'
import { until } from '../until.ts'
import { inBatches } from './shop-target.ts'

// The statements of this MySQL are counted, so it belongs to this file alone.
let mysql: Awaited<ReturnType<typeof ownMysql>>
let site: Site
beforeAll(async () => {
  mysql = await ownMysql()
  site = await openSite({ CATALOGUE_MAX_AGE_MS: '1000', TRUSTED_PROXIES: '1' }, mysql.stores)
})
afterAll(async () => {
  await site.close()
  await mysql.close()
})

/** How many SELECT statements MySQL has executed. */
async function countSelects(): Promise<number> {
  const [rows] = await site.shop.db.execute(sql`show global status like 'Com_select'`)
  return z.tuple([z.object({ Value: z.coerce.number() })]).parse(rows)[0].Value
}

/** Each address asks for fewer pages than its limit on what no cache has. */
const open = (eventId: number) =>
  send(`${site.edgeUrl}/api/events/${eventId}`, { headers: { 'x-forwarded-for': `203.0.113.${eventId % 100}` } })

test('A92: a thousand unknown events cost MySQL less than a statement each, and a new event is found', async () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => 1_000_000 + 7 * i)
  const before = await countSelects()
  const responses = await inBatches(ids, open)
  // What is executed follows the clock: some thirty statements a second, with or without these requests.
  expect(await countSelects() - before).toBeLessThan(ids.length)
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([404]))
  const { eventId } = await site.shop.addSale()
  await until(async () => (await open(eventId)).status === 200)
})
