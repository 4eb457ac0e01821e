import type { ChildProcess } from 'node:child_process'
import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { freePort } from '../dev/processes.ts'
import { connectedForMs, openRedis, readScript, untilReady } from '../db/redis/client.ts'
import { INVENTORY_WATCH_KEY, saleKeys } from '../db/redis/keys.ts'
import { defineSeatScripts, reserveSeats } from '../db/redis/sale/seats.ts'
import { reservations } from '../db/schema.ts'
import type { Snapshot } from '../edge/contract/rooms.ts'
import type { Person } from '../origin/accounts.ts'
import { auditInventory } from '../origin/inventory-audit.ts'
import { openInventoryWatch } from '../origin/inventory-watch.ts'
import { cancel, reserve } from '../origin/reservations.ts'
import { putOnSale } from '../origin/sale-loader.ts'
import { openWriteBack } from '../origin/write-back.ts'
import { type RedisCluster, SLOTS, startCluster } from './redis-cluster.ts'
import { buyerHeaders, freshStores, openShop, type Shop, TOKEN_SECRET } from './shop.ts'
import { end, OPEN_ROOMS, startProgram } from './site.ts'
import { until } from './until.ts'

/** Three masters with one replica each. Each test has a sale on one master, which it may stop. */
let nodes: RedisCluster
let shop: Shop
let drop: () => Promise<void>
beforeAll(async () => {
  nodes = await startCluster(true)
  const stores = await freshStores()
  drop = stores.drop
  shop = await openShop({ writeBackMs: 50, acknowledge: 'mysql', stores: { mysqlUrl: stores.mysqlUrl, redisUrl: nodes.url } })
})
afterAll(async () => {
  await shop.close()
  await drop()
  await nodes.close()
})

const SEATS = 24
type Sale = { eventId: number; type: number; slot: number; people: Person[] }

function rethrowUnlessUnavailable(error: unknown): false {
  if (!isStoreUnavailable(error)) throw error
  return false
}

/** Puts an event on sale whose keys lie in one of the three slot ranges. */
async function saleOn(range: number, seats = SEATS): Promise<Sale> {
  const [first, last] = SLOTS[range]!
  for (let tries = 0; tries < 100; tries++) {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [seats] })
    const slot = await nodes.slotOf(saleKeys(eventId).sale)
    if (slot < first || slot > last) continue
    // A node may be failing over: its sales are unavailable meanwhile.
    await until(() => putOnSale(shop, eventId).then(() => true, rethrowUnlessUnavailable))
    return { eventId, type: type!, slot, people: await shop.addPeople(seats) }
  }
  throw new Error('No event id hashes to this slot range')
}
const request = ({ eventId, type }: Sale, person: Person, quantity = 4, idempotencyKey: string = randomUUID()) =>
  reserve(shop, 'ko', {
    eventId,
    ticketTypeId: type,
    person: person.id,
    quantity,
    idempotencyKey,
    pass: { id: randomUUID(), untilMs: Date.now() + 60_000 },
  })
async function book(sale: Sale, person: Person): Promise<string> {
  const result = await request(sale, person)
  if (result.kind !== 'reserved') throw new Error(result.kind)
  return result.reservation.id
}
/** The outcome of a booking: its kind, or 'unavailable' when Redis cannot serve. */
const tryToBook = (sale: Sale, person: Person, quantity?: number, key?: string): Promise<string> =>
  request(sale, person, quantity, key).then(
    ({ kind }) => kind,
    (error) => isStoreUnavailable(error) ? 'unavailable' : String(error),
  )
/** Every outcome of `bookAgain` in all tests. */
const outcomes = new Set<string>()
/** Repeats a booking with the same key, as a buyer does, until it has the expected outcome: a response may be lost after the booking. */
const bookAgain = (sale: Sale, person: Person, meanwhile = () => Promise.resolve()) => {
  const key = randomUUID()
  return expect.poll(async () => {
    const [kind] = await Promise.all([tryToBook(sale, person, undefined, key), meanwhile()])
    outcomes.add(kind)
    return kind
  }, { timeout: 60_000, interval: 100 })
}
/** Writes back, and returns the drift by ticket type and what the reservations in MySQL hold. */
const auditSale = async ({ eventId }: Sale) => {
  await shop.writeBack.flushAll()
  const inventory = await auditInventory(shop, eventId)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  return {
    drift: inventory.kind === 'audited' ? inventory.ticketTypes.map(({ drift }) => drift) : inventory.kind,
    seats: rows.reduce((sum, { quantity }) => sum + quantity, 0),
    ids: rows.map(({ id }) => id),
  }
}
/** The slot ranges that do not hold a key. */
async function rangesWithout(key: string): Promise<number[]> {
  const slot = await nodes.slotOf(key)
  return SLOTS.flatMap(([first, last], range) => slot >= first && slot <= last ? [] : [range])
}
/** Disconnects the replica of a sale's master, so that it receives no further writes. */
async function cutReplica({ slot }: Sale): Promise<{ master: number; replica: number }> {
  const master = await nodes.masterOf(slot)
  const replica = await nodes.replicaOf(master)
  await nodes.runOn(replica, async (node) => {
    await node.config('SET', 'masteruser', 'unknown')
    await node.config('SET', 'masterauth', 'wrong')
    await node.call('CLIENT', 'KILL', 'TYPE', 'master')
  })
  return { master, replica }
}
const infoField = (port: number, section: string, field: string) =>
  nodes.runOn(port, async (node) => (await node.info(section)).match(`${field}:(\\w+)`)![1])
const joinReplica = (replica: number) =>
  nodes.runOn(replica, async (node) => {
    await node.config('SET', 'masteruser', '')
    await node.config('SET', 'masterauth', '')
  })

test(
  'a master that returns with the data of its stale replica is not approved: no seat is sold twice',
  async () => {
    const sale = await saleOn(0)
    await book(sale, sale.people[0]!)
    const { master, replica } = await cutReplica(sale)
    for (const person of sale.people.slice(1, 6)) await book(sale, person)
    const [process, run] = [await infoField(master, 'server', 'run_id'), await infoField(master, 'replication', 'master_replid')]
    nodes.freeze(master)
    await expect.poll(() => nodes.masterOf(sale.slot), { timeout: 60_000, interval: 100 }).toBe(replica)
    await joinReplica(replica)
    nodes.thaw(master)
    await nodes.promote(master)
    // The process that sold is the master again, but has lost what it sold. It has received no booking in between.
    expect(await infoField(master, 'server', 'run_id')).toBe(process)
    expect(await nodes.runOn(master, (node) => node.hmget(saleKeys(sale.eventId).sale, `left:${sale.type}`, 'run')))
      .toEqual([String(SEATS - 4), run])
    expect(await infoField(master, 'replication', 'master_replid')).not.toBe(run)
    await bookAgain(sale, sale.people[6]!).toBe('sold_out')
    expect(await auditSale(sale)).toMatchObject({ drift: [0], seats: SEATS })
  },
  60_000,
)

test(
  'while a master does not respond, sales on other nodes are booked, cancelled, written back and audited',
  async () => {
    const [frozenRange, otherRange] = await rangesWithout(INVENTORY_WATCH_KEY)
    const [sale, other] = [await saleOn(frozenRange!, 100), await saleOn(otherRange!, 100)]
    const kept = await book(other, other.people[0]!)
    // The interval of an hour leaves one run of each, at a known time.
    const writeBack = openWriteBack(shop, 3_600_000)
    await writeBack.flushAll()
    await shop.redis.del(INVENTORY_WATCH_KEY)
    const master = await nodes.masterOf(sale.slot)
    nodes.freeze(master)
    const flushed = writeBack.flushAll()
    const watch = openInventoryWatch(shop, 3_600_000)
    const cancelled = cancel(shop, 'ko', other.people[0]!.id, kept)
    const bookings = sale.people.slice(1, 60).map((person, i) => ({
      onFrozenNode: tryToBook(sale, person, 1),
      onOtherNode: tryToBook(other, other.people[i + 1]!, 1),
    }))
    expect(new Set(await Promise.all(bookings.map(({ onOtherNode }) => onOtherNode)))).toEqual(new Set(['reserved']))
    expect(new Set(await Promise.all(bookings.map(({ onFrozenNode }) => onFrozenNode)))).toEqual(new Set(['unavailable']))
    expect(await flushed).toBe(false)
    expect(await cancelled).toMatchObject({ kind: 'cancelled' })
    await expect.poll(() => watch.last().map(({ eventId }) => eventId), { timeout: 60_000 }).toContain(other.eventId)
    expect(watch.last().map(({ eventId }) => eventId)).not.toContain(sale.eventId)
    await watch.close()
    await writeBack.close()
    expect(await auditSale(other)).toMatchObject({ drift: [0] })
    nodes.thaw(master)
    await nodes.promote(master)
    await bookAgain(sale, sale.people[0]!).toBe('reserved')
    expect(await auditSale(sale)).toMatchObject({ drift: [0] })
  },
  60_000,
)

test('a sale whose slot moves to another node rejects bookings meanwhile, and is approved again there', async () => {
  const sale = await saleOn(1)
  const before = [await book(sale, sale.people[0]!), await book(sale, sale.people[1]!)]
  const to = await nodes.masterOf(SLOTS[0][0])
  const runOf = (port: number) => nodes.runOn(port, (node) => node.hget(saleKeys(sale.eventId).sale, 'run'))
  const run = await runOf(await nodes.masterOf(sale.slot))
  await nodes.moveSlot(sale.slot, to, async () => expect(await tryToBook(sale, sale.people[2]!)).toBe('unavailable'))
  expect(await runOf(to)).toBe(run)
  await bookAgain(sale, sale.people[2]!).toBe('reserved')
  expect(await runOf(to)).toBe(await infoField(to, 'replication', 'master_replid'))
  const { drift, seats, ids } = await auditSale(sale)
  expect({ drift, seats }).toEqual({ drift: [0], seats: 12 })
  expect(ids).toEqual(expect.arrayContaining(before))
})

test('a master with too few replicas rejects bookings as unavailable', async () => {
  const sale = await saleOn(1)
  const requireReplicas = async (replicas: string) =>
    nodes.runOn(await nodes.masterOf(sale.slot), (node) => node.config('SET', 'min-replicas-to-write', replicas))
  await requireReplicas('5')
  expect(await tryToBook(sale, sale.people[0]!)).toBe('unavailable')
  await requireReplicas('0')
  expect(await tryToBook(sale, sale.people[0]!)).toBe('reserved')
})

test(
  'after a master is killed its replica continues the sale without losing acknowledged bookings, and another sale never stops',
  async () => {
    const sale = await saleOn(0)
    const other = await saleOn(1, 400)
    const before = [await book(sale, sale.people[0]!), await book(sale, sale.people[1]!)]
    const changes: string[] = []
    const listener = openRedis(nodes.url, (state) => changes.push(state))
    await untilReady(listener)
    await listener.exists(saleKeys(sale.eventId).sale)
    const killedAtMs = performance.now()
    await nodes.kill(await nodes.masterOf(sale.slot))
    const meanwhile: string[] = []
    await bookAgain(sale, sale.people[2]!, async () => {
      meanwhile.push(await tryToBook(other, other.people[meanwhile.length]!, 1))
    }).toBe('reserved')
    expect(meanwhile.length).toBeGreaterThan(2)
    expect(new Set(meanwhile)).toEqual(new Set(['reserved']))
    const { drift, seats, ids } = await auditSale(sale)
    expect({ drift, seats }).toEqual({ drift: [0], seats: 12 })
    expect(ids).toEqual(expect.arrayContaining(before))
    expect(await auditSale(other)).toMatchObject({ drift: [0], seats: meanwhile.length })
    await expect.poll(() => changes, { timeout: 60_000 }).toEqual(['ready', 'lost', 'ready'])
    expect(connectedForMs(listener)).toBeLessThan(performance.now() - killedAtMs)
    listener.disconnect()
    expect(changes).toEqual(['ready', 'lost', 'ready'])
  },
  60_000,
)

test('after a stale replica takes over, the sale is loaded from MySQL: no seat is sold twice', async () => {
  const sale = await saleOn(1)
  await book(sale, sale.people[0]!)
  const { master } = await cutReplica(sale)
  for (const person of sale.people.slice(1, 5)) await book(sale, person)
  await nodes.kill(master)
  await bookAgain(sale, sale.people[5]!).toBe('reserved')
  expect((await request(sale, sale.people[6]!, 1)).kind).toBe('sold_out')
  expect(await auditSale(sale)).toMatchObject({ drift: [0], seats: SEATS })
})

test('without the check of the server’s run, a stale replica sells seats twice (negative control)', async () => {
  const sale = await saleOn(2)
  await book(sale, sale.people[0]!)
  const { master } = await cutReplica(sale)
  for (const person of sale.people.slice(1, 6)) await book(sale, person)
  await nodes.kill(master)
  const unchecked = openRedis(nodes.url)
  await untilReady(unchecked)
  defineSeatScripts(unchecked)
  const lua = readScript('sale/reserve').replace('and sale[5] == run', '')
  expect(lua).not.toBe(readScript('sale/reserve'))
  unchecked.defineCommand('reserveSeats', { lua: lua })
  // The same booking each time: the response to the one that sells may be lost.
  const [reservation, idempotencyKey, passId] = [randomUUID(), randomUUID(), randomUUID()]
  const sell = (person: Person) =>
    reserveSeats(unchecked, sale.eventId, {
      person: person.id,
      reservation,
      ticketTypeId: sale.type,
      quantity: 4,
      idempotencyKey,
      passId,
      passMs: 60_000,
      backlogLimit: 1_000,
    }).then(({ kind }) => kind, () => 'unavailable')
  await expect.poll(() => sell(sale.people[7]!), { timeout: 60_000, interval: 100 }).toMatch(/^(reserved|replayed)$/)
  unchecked.disconnect()
})

test('the edge and the origin run on a cluster: a visitor queues, claims a turn and books', async () => {
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale({ seats: [10] })
  const [person] = await shop.addPeople(1)
  const { s3 } = inject('stores')
  const [originUrl, edgeUrl] = (await Promise.all([freePort(), freePort()])).map((port) => `http://127.0.0.1:${port}`)
  const settings = {
    ...process.env,
    REDIS_URL: nodes.url,
    MYSQL_URL: shop.mysqlUrl,
    TOKEN_SECRET,
    ORIGIN_URL: originUrl,
    EDGE_METRICS_PORT: '0',
    ...OPEN_ROOMS,
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: s3.bucket,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  }
  const programs: ChildProcess[] = []
  try {
    programs.push(await startProgram('origin', originUrl!, settings))
    programs.push(await startProgram('edge', edgeUrl!, settings))
    const room = `${edgeUrl}/queue/event-${eventId}`
    const { ticket } = await (await fetch(`${room}/tickets`, { method: 'POST' })).json() as { ticket: string }
    let pass = ''
    await expect.poll(async () => {
      const response = await fetch(`${room}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })
      pass = (await response.json() as { pass?: string }).pass ?? ''
      return response.status
    }, { timeout: 60_000 }).toBe(201)
    const booked = await fetch(`${edgeUrl}/api/events/${eventId}/reservations`, {
      method: 'POST',
      headers: { ...await buyerHeaders(person!, eventId), 'x-queue-pass': pass },
      body: JSON.stringify({ ticketTypeId, quantity: 2 }),
    })
    expect(booked.status).toBe(201)
    await expect.poll(async () => (await (await fetch(`${room}/snapshot`)).json() as Snapshot).issued).toBe(1)
  } finally {
    for (const program of programs) await end(program, 'SIGTERM')
  }
})

test('during failovers, bookings are either unavailable or busy, never rejected for another reason', () => {
  expect([...outcomes].sort()).toEqual(expect.arrayContaining(['unavailable', 'reserved']))
  expect([...outcomes].filter((kind) => !['unavailable', 'busy', 'reserved', 'sold_out'].includes(kind))).toEqual([])
})

test.each(
  ['?cluster=maybe', '?claster=yes', '?cluster=yes&cluster=no', '?cluster=', '/3?cluster=yes'].map((rest) =>
    `redis://127.0.0.1:1${rest}`
  ),
)('openRedis() rejects the address %s', (url) => {
  expect(() => openRedis(url)).toThrow('REDIS_URL has')
})
