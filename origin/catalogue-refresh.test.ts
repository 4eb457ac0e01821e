import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { addPlainEvents } from '../test/plain-events.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { openCatalogue } from './catalogue-refresh.ts'
import { searchTerms } from './search-text.ts'
import type { MysqlHealth } from './mysql-health.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

const elapsedMs = () => performance.now()
const mysqlHealth: Pick<MysqlHealth, 'isAvailable' | 'orUnavailable'> = {
  isAvailable: () => true,
  orUnavailable: (work) => work(),
}

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
    return index.find({ terms: searchTerms(name), filter: {} }, Date.now(), { from: 0, count: 1 }).total
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

describe('A92: an unknown event', () => {
  /** A catalogue that only unknown ids refresh, on a clock that the test sets, and how often it has read MySQL. */
  async function open(health = mysqlHealth) {
    const clock = { ms: 0, reads: 0 }
    const db = new Proxy(shop.db, {
      get(target, name) {
        if (name === 'select') clock.reads++
        return Reflect.get(target, name, target)
      },
    })
    const catalogue = openCatalogue({ db, log: () => {}, mysqlHealth: health, elapsedMs: () => clock.ms }, 3_600_000)
    await catalogue.read()
    return { catalogue, clock }
  }
  const unknownIds = (count: number) => Array.from({ length: count }, (_, i) => 1_000_000 + i)

  test('costs a share of one refresh a second, however many are requested', async () => {
    const { catalogue, clock } = await open()
    const readsFor = async (ids: number[]) => {
      const before = clock.reads
      expect(new Set(await Promise.all(ids.map((id) => catalogue.findEvent(id))))).toEqual(new Set([null]))
      return clock.reads - before
    }
    clock.ms += 1
    const one = await readsFor(unknownIds(1))
    expect(one).toBeGreaterThan(0)
    expect(await readsFor(unknownIds(500))).toBe(0)
    clock.ms += 1_001
    expect(await readsFor(unknownIds(500))).toBe(one)
    await catalogue.close()
  })

  test('is found within a second of its publication', async () => {
    const { catalogue, clock } = await open()
    clock.ms += 1
    const [first] = await addPlainEvents(shop, [randomUUID()])
    expect(await catalogue.findEvent(first!), 'the first request').toMatchObject({ event: { id: first } })
    const [second] = await addPlainEvents(shop, [randomUUID()])
    expect(await catalogue.findEvent(second!)).toBe(null)
    clock.ms += 1_001
    expect(await catalogue.findEvent(second!)).toMatchObject({ event: { id: second } })
    await catalogue.close()
  })

  test('may exist while MySQL is unavailable, and a known one is found', async () => {
    const [known] = await addPlainEvents(shop, [randomUUID()])
    const away = { isAvailable: () => false, orUnavailable: () => Promise.reject(new StoreUnavailable('mysql', 'down')) }
    const health = Object.assign({}, mysqlHealth)
    const { catalogue } = await open(health)
    Object.assign(health, away)
    await expect(catalogue.findEvent(1_000_000)).rejects.toThrow(StoreUnavailable)
    expect(await catalogue.findEvent(known!)).toMatchObject({ event: { id: known } })
    await catalogue.close()
  })
})
