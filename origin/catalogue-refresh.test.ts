import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { addPlainEvents } from '../test/plain-events.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { openCatalogue } from './catalogue-refresh.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

const elapsedMs = () => performance.now()
const mysqlHealth = { isAvailable: () => true }

test('a catalogue that cannot be loaded throws the error of MySQL; once loaded, it works without MySQL', async () => {
  let isDown = true
  const db = new Proxy(shop.db, {
    get(target, name) {
      if (isDown) throw new StoreUnavailable('mysql', 'down')
      return Reflect.get(target, name, target)
    },
  })
  const logged: string[] = []
  const catalogue = openCatalogue({ db, log: (event) => logged.push(event), mysqlHealth, elapsedMs }, 0)
  await expect(catalogue.read()).rejects.toThrow(StoreUnavailable)
  isDown = false
  const name = randomUUID()
  await addPlainEvents(shop, [name])
  const countFound = async () => {
    const { index } = await catalogue.read()
    return index.find([name], Date.now(), { from: 0, count: 1 }).total
  }
  expect(await countFound()).toBe(1)
  isDown = true
  expect(await countFound()).toBe(1)
  await catalogue.close()
  expect(logged).toContain('catalogue_not_refreshed')
})

test('a catalogue is unavailable while its first load takes longer than a second', async () => {
  const db = new Proxy(shop.db, {
    get(target, name) {
      if (name !== 'select') return Reflect.get(target, name, target)
      return () => ({ from: () => new Promise((_, reject) => setTimeout(reject, 1_500, new Error('too late'))) })
    },
  })
  const catalogue = openCatalogue({ db, log: () => {}, mysqlHealth, elapsedMs }, 0)
  await expect(catalogue.read()).rejects.toThrow(StoreUnavailable)
  await catalogue.close()
})
