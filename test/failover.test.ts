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
import { end, startProgram } from './site.ts'

/** Three masters with a replica each; each test has the sale of another master, and may end it. */
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

/** An event on sale whose keys lie on a master of one's own. */
async function saleOn(range: number, seats = SEATS): Promise<Sale> {
  const [first, last] = SLOTS[range]!
  for (let tries = 0; tries < 100; tries++) {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [seats] })
    const slot = await nodes.slotOf(saleKeys(eventId).sale)
    if (slot < first || slot > last) continue
    await putOnSale(shop, eventId)
    return { eventId, type: type!, slot, people: await shop.addPeople(seats) }
  }
  throw new Error('No event came to this range')
}
const ask = ({ eventId, type }: Sale, person: Person, quantity = 4) =>
  reserve(shop, 'ko', {
    ...{ eventId, ticketTypeId: type, person: person.id, quantity, idempotencyKey: randomUUID() },
    pass: { id: randomUUID(), untilMs: Date.now() + 60_000 },
  })
async function book(sale: Sale, person: Person): Promise<string> {
  const result = await ask(sale, person)
  if (result.kind !== 'reserved') throw new Error(result.kind)
  return result.reservation.id
}
/** What a buyer is told. */
const tell = (sale: Sale, person: Person, quantity?: number): Promise<string> =>
  ask(sale, person, quantity).then(({ kind }) => kind, (error) => isStoreUnavailable(error) ? 'away' : String(error))
const told = new Set<string>()
/** Until the replica has taken over: what a buyer would do who is told to try again. */
const bookAgain = (sale: Sale, person: Person, meanwhile = () => Promise.resolve()) =>
  expect.poll(async () => {
    const [kind] = await Promise.all([tell(sale, person), meanwhile()])
    told.add(kind)
    return kind
  }, { timeout: 20_000, interval: 100 })
const booksOf = async ({ eventId }: Sale) => {
  await shop.writeBack.flushAll()
  const books = await auditInventory(shop, eventId)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  return {
    drift: books.kind === 'audited' ? books.ticketTypes.map(({ drift }) => drift) : books.kind,
    seats: rows.reduce((sum, { quantity }) => sum + quantity, 0),
    ids: rows.map(({ id }) => id),
  }
}
/** Cuts the replica of a sale's master off, so that it knows nothing of what is sold from now on. */
async function cutReplica({ slot }: Sale): Promise<{ master: number; replica: number }> {
  const master = await nodes.masterOf(slot)
  const replica = await nodes.replicaOf(master)
  await nodes.ask(replica, async (node) => {
    await node.config('SET', 'masteruser', 'nobody')
    await node.config('SET', 'masterauth', 'wrong')
    await node.call('CLIENT', 'KILL', 'TYPE', 'master')
  })
  return { master, replica }
}
const tellsOf = (port: number, section: string, field: string) =>
  nodes.ask(port, async (node) => (await node.info(section)).match(`${field}:(\\w+)`)![1])
const joinReplica = (replica: number) =>
  nodes.ask(replica, async (node) => {
    await node.config('SET', 'masteruser', '')
    await node.config('SET', 'masterauth', '')
  })

test(
  'a master that was away and comes back with what its behind replica knew is another one: not a seat is sold twice',
  async () => {
    const sale = await saleOn(0)
    await book(sale, sale.people[0]!)
    const { master, replica } = await cutReplica(sale)
    for (const person of sale.people.slice(1, 6)) await book(sale, person)
    const [process, run] = [await tellsOf(master, 'server', 'run_id'), await tellsOf(master, 'replication', 'master_replid')]
    nodes.freeze(master)
    await expect.poll(() => nodes.masterOf(sale.slot), { timeout: 20_000, interval: 100 }).toBe(replica)
    await joinReplica(replica)
    nodes.thaw(master)
    await nodes.promote(master)
    // The process that sold is the master again, and has forgotten what it sold: nobody has asked for a seat in between.
    expect(await tellsOf(master, 'server', 'run_id')).toBe(process)
    expect(await nodes.ask(master, (node) => node.hmget(saleKeys(sale.eventId).sale, `left:${sale.type}`, 'run')))
      .toEqual([String(SEATS - 4), run])
    expect(await tellsOf(master, 'replication', 'master_replid')).not.toBe(run)
    await bookAgain(sale, sale.people[6]!).toBe('sold_out')
    expect(await booksOf(sale)).toMatchObject({ drift: [0], seats: SEATS })
  },
  60_000,
)

test(
  'a master falls silent: sales of the other nodes are booked, cancelled, written and watched as if nothing were',
  async () => {
    const [sale, other] = [await saleOn(0, 100), await saleOn(1, 100)]
    const kept = await book(other, other.people[0]!)
    // Each makes one round, here and now.
    const writeBack = openWriteBack(shop, 3_600_000)
    await writeBack.flushAll()
    await shop.redis.del(INVENTORY_WATCH_KEY)
    const master = await nodes.masterOf(sale.slot)
    nodes.freeze(master)
    const round = writeBack.flushAll()
    const watch = openInventoryWatch(shop, 3_600_000)
    const cancelled = cancel(shop, 'ko', other.people[0]!.id, kept)
    const together = sale.people.slice(1, 60).map((person, i) => [tell(sale, person, 1), tell(other, other.people[i + 1]!, 1)])
    expect(new Set(await Promise.all(together.map(([, elsewhere]) => elsewhere)))).toEqual(new Set(['reserved']))
    expect(new Set(await Promise.all(together.map(([here]) => here)))).toEqual(new Set(['away']))
    expect(await round).toBe(false)
    expect(await cancelled).toMatchObject({ kind: 'cancelled' })
    await expect.poll(() => watch.last().map(({ eventId }) => eventId), { timeout: 10_000 }).toContain(other.eventId)
    expect(watch.last().map(({ eventId }) => eventId)).not.toContain(sale.eventId)
    await watch.close()
    await writeBack.close()
    expect(await booksOf(other)).toMatchObject({ drift: [0] })
    nodes.thaw(master)
    await nodes.promote(master)
    await bookAgain(sale, sale.people[0]!).toBe('reserved')
    expect(await booksOf(sale)).toMatchObject({ drift: [0] })
  },
  60_000,
)

test('a slot is given to another node while it sells: nothing is sold in between, and there it is checked anew', async () => {
  const sale = await saleOn(1)
  const before = [await book(sale, sale.people[0]!), await book(sale, sale.people[1]!)]
  const to = await nodes.masterOf(SLOTS[0][0])
  const runOf = (port: number) => nodes.ask(port, (node) => node.hget(saleKeys(sale.eventId).sale, 'run'))
  const run = await runOf(await nodes.masterOf(sale.slot))
  await nodes.moveSlot(sale.slot, to, async () => expect(await tell(sale, sale.people[2]!)).toBe('away'))
  expect(await runOf(to)).toBe(run)
  await bookAgain(sale, sale.people[2]!).toBe('reserved')
  expect(await runOf(to)).toBe(await tellsOf(to, 'replication', 'master_replid'))
  const { drift, seats, ids } = await booksOf(sale)
  expect({ drift, seats }).toEqual({ drift: [0], seats: 12 })
  expect(ids).toEqual(expect.arrayContaining(before))
})

test('a master that must have more replicas than it has takes no booking: the store is away', async () => {
  const sale = await saleOn(1)
  const demand = async (replicas: string) =>
    nodes.ask(await nodes.masterOf(sale.slot), (node) => node.config('SET', 'min-replicas-to-write', replicas))
  await demand('5')
  expect(await tell(sale, sale.people[0]!)).toBe('away')
  await demand('0')
  expect(await tell(sale, sale.people[0]!)).toBe('reserved')
})

test(
  'the master of a sale is killed: its replica sells on, nothing that was acknowledged is lost, and another sale is refused at no moment',
  async () => {
    const sale = await saleOn(0)
    const other = await saleOn(1, 400)
    const before = [await book(sale, sale.people[0]!), await book(sale, sale.people[1]!)]
    const heard: string[] = []
    const listener = openRedis(nodes.url, (state) => heard.push(state))
    await untilReady(listener)
    await listener.exists(saleKeys(sale.eventId).sale)
    const beganAt = performance.now()
    await nodes.kill(await nodes.masterOf(sale.slot))
    const meanwhile: string[] = []
    await bookAgain(sale, sale.people[2]!, async () => {
      meanwhile.push(await tell(other, other.people[meanwhile.length]!, 1))
    }).toBe('reserved')
    expect(meanwhile.length).toBeGreaterThan(2)
    expect(new Set(meanwhile)).toEqual(new Set(['reserved']))
    const { drift, seats, ids } = await booksOf(sale)
    expect({ drift, seats }).toEqual({ drift: [0], seats: 12 })
    expect(ids).toEqual(expect.arrayContaining(before))
    expect(await booksOf(other)).toMatchObject({ drift: [0], seats: meanwhile.length })
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['ready', 'lost', 'ready'])
    expect(connectedForMs(listener)).toBeLessThan(performance.now() - beganAt)
    listener.disconnect()
    expect(heard).toEqual(['ready', 'lost', 'ready'])
  },
  60_000,
)

test('a replica that was behind takes over: the sale is counted from MySQL, and not a seat is sold twice', async () => {
  const sale = await saleOn(1)
  await book(sale, sale.people[0]!)
  const { master } = await cutReplica(sale)
  for (const person of sale.people.slice(1, 5)) await book(sale, person)
  await nodes.kill(master)
  await bookAgain(sale, sale.people[5]!).toBe('reserved')
  expect((await ask(sale, sale.people[6]!, 1)).kind).toBe('sold_out')
  expect(await booksOf(sale)).toMatchObject({ drift: [0], seats: SEATS })
})

test('without the check of the server’s run a replica that was behind sells what is sold (negative control)', async () => {
  const sale = await saleOn(2)
  await book(sale, sale.people[0]!)
  const { master } = await cutReplica(sale)
  for (const person of sale.people.slice(1, 6)) await book(sale, person)
  await nodes.kill(master)
  const careless = openRedis(nodes.url)
  await untilReady(careless)
  defineSeatScripts(careless)
  const unfenced = readScript('sale/reserve').replace('and sale[5] == run', '')
  expect(unfenced).not.toBe(readScript('sale/reserve'))
  careless.defineCommand('reserveSeats', { lua: unfenced })
  const sell = (person: Person) =>
    reserveSeats(careless, sale.eventId, {
      ...{ person: person.id, reservation: randomUUID(), ticketTypeId: sale.type, quantity: 4, idempotencyKey: randomUUID() },
      ...{ passId: randomUUID(), passMs: 60_000, backlogLimit: 1_000 },
    }).then(({ kind }) => kind, () => 'away')
  await expect.poll(() => sell(sale.people[7]!), { timeout: 20_000, interval: 100 }).toBe('reserved')
  careless.disconnect()
})

test('the real edge and the real origin run on a cluster: a line, a turn, a booking', async () => {
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale({ seats: [10] })
  const [person] = await shop.addPeople(1)
  const { s3 } = inject('stores')
  const [originUrl, edgeUrl] = (await Promise.all([freePort(), freePort()])).map((port) => `http://127.0.0.1:${port}`)
  const settings = {
    ...process.env,
    ...{ REDIS_URL: nodes.url, MYSQL_URL: shop.mysqlUrl, TOKEN_SECRET, ORIGIN_URL: originUrl, EDGE_METRICS_PORT: '0' },
    ...{ S3_ENDPOINT: s3.endpoint, S3_BUCKET: s3.bucket, AWS_REGION: s3.region },
    ...{ AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
  }
  const programs: ChildProcess[] = []
  try {
    programs.push(await startProgram('origin', originUrl!, settings))
    programs.push(await startProgram('edge', edgeUrl!, settings))
    const line = `${edgeUrl}/queue/event-${eventId}`
    const { ticket } = await (await fetch(`${line}/tickets`, { method: 'POST' })).json() as { ticket: string }
    let pass = ''
    await expect.poll(async () => {
      const answer = await fetch(`${line}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })
      pass = (await answer.json() as { pass?: string }).pass ?? ''
      return answer.status
    }, { timeout: 20_000 }).toBe(201)
    const booked = await fetch(`${edgeUrl}/api/events/${eventId}/reservations`, {
      method: 'POST',
      headers: { ...await buyerHeaders(person!, eventId), 'x-queue-pass': pass },
      body: JSON.stringify({ ticketTypeId, quantity: 2 }),
    })
    expect(booked.status).toBe(201)
    await expect.poll(async () => (await (await fetch(`${line}/snapshot`)).json() as Snapshot).issued).toBe(1)
  } finally {
    for (const program of programs) await end(program, 'SIGTERM')
  }
})

test('while nobody held the sale, buyers were told that the store is away, or to try again', () => {
  expect([...told].sort()).toEqual(expect.arrayContaining(['away', 'reserved']))
  expect([...told].filter((kind) => !['away', 'busy', 'reserved', 'sold_out'].includes(kind))).toEqual([])
})

test.each(
  ['?cluster=maybe', '?claster=yes', '?cluster=yes&cluster=no', '?cluster=', '/3?cluster=yes'].map((end) =>
    `redis://127.0.0.1:1${end}`
  ),
)('the address %s is refused', (url) => {
  expect(() => openRedis(url)).toThrow('REDIS_URL has')
})
