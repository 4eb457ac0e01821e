import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { scanKeys } from '../db/redis/client.ts'
import { REHEARSAL_LEASE_KEY, roomKeys } from '../db/redis/keys.ts'
import { audit, events, ledgers, rehearsals, users } from '../db/schema.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import type { Rehearsal } from '../edge/contract/rehearsals.ts'
import { reserve } from '../origin/reservations.ts'
import { openRehearsals } from '../origin/rehearsal/rehearsals.ts'
import { bookingRequest } from './booking.ts'
import { buyerHeaders, type Shop } from './shop.ts'
import { openSite, type Site } from './site.ts'

const MINUTE_MS = 60_000
let site: Site
let shop: Shop
let operator: Record<string, string>
let eventId: number

beforeAll(async () => {
  site = await openSite((edgeUrl) => ({ EDGE_URL: edgeUrl }))
  shop = site.shop
  const [manager, buyer] = await shop.addPeople(2)
  operator = await buyerHeaders({ ...manager!, role: 'manager' }, 1)
  const sale = await shop.addSale({ seats: [60, 40] })
  eventId = sale.eventId
  await reserve(shop, 'ko', bookingRequest(buyer!, eventId, sale.ticketTypeIds[0]!, { quantity: 2 }))
  expect((await call('PUT', `/api/admin/rooms/${eventRoom(eventId)}`, Object.assign({ reason: 'test' }, ROOM))).status)
    .toBe(200)
  await shop.writeBack.flushAll()
  // The booking was some minutes ago, so that the sale is not busy.
  await shop.db.update(ledgers).set({ writtenBackAt: new Date(Date.now() - 10 * MINUTE_MS) }).where(eq(ledgers.eventId, eventId))
})
afterAll(() => site.close())

/** Settings of the real room. */
const ROOM = { mode: 'fifo', perMinute: 45_678, capacity: 77, turnSeconds: 45, lobbySeconds: 0, work: 'always' }

const call = (method: string, path: string, body?: object) =>
  fetch(site.edgeUrl + path, { method, headers: operator, body: body ? JSON.stringify(body) : null })

const start = (load: object, id = eventId) => call('POST', `/api/admin/events/${id}/rehearsal`, load)
const latest = async (): Promise<Rehearsal> => {
  const response = await call('GET', `/api/admin/events/${eventId}/rehearsal`)
  return (await response.json() as { items: Rehearsal[] }).items[0]!
}
/** Waits, for at most a minute, for a value. */
const eventually = <Value>(find: () => Promise<Value>) => vi.waitUntil(find, { timeout: 60_000, interval: 50 })
const untilDone = () =>
  eventually(async () => {
    const rehearsal = await latest()
    return rehearsal.state === 'done' ? rehearsal : null
  })
const copyOf = (id: number) =>
  eventually(async () => (await shop.db.select().from(rehearsals).where(eq(rehearsals.id, id)))[0]?.copyId)

const TABLES = [
  'events',
  'ticket_types',
  'ledgers',
  'reservations',
  'reservation_changes',
  'dead_letters',
  'users',
  'refresh_tokens',
  'images',
]

/** Every row and every key, except those of jobs, and of the rooms of rehearsals, which an edge may hold for a while. */
async function snapshot() {
  const copies = await shop.db.select({ id: rehearsals.copyId }).from(rehearsals)
  const rows = await Promise.all(TABLES.map(async (table) => {
    const [found] = await shop.db.execute(sql`select * from ${sql.identifier(table)} order by 1`)
    return [table, JSON.stringify(found)]
  }))
  const keys: [string, string][] = []
  for await (const key of scanKeys(shop.redis, '*')) {
    // The live boards record every sale, second by second; their keys expire.
    const isOfJob = !key.startsWith('{') || key.startsWith('{live:')
    const isOfRoom = copies.some(({ id }) => id !== null && key.startsWith(`{r:${eventRoom(id)}}`))
    if (!isOfJob && !isOfRoom) keys.push([key, (await shop.redis.dumpBuffer(key)).toString('base64')])
  }
  return { rows: Object.fromEntries(rows), keys: Object.fromEntries(keys.sort()) }
}

test('sells a copy of the event through the edge, and leaves every real row and key as it was', async () => {
  const before = await snapshot()
  const started = await start({ buyers: 40, seconds: 60, expected: 200 })
  expect(started.status).toBe(202)
  const { id } = await started.json() as { id: number }
  const copyId = (await copyOf(id))!
  expect((await start({ buyers: 40, seconds: 60, expected: 200 })).status, 'one at a time').toBe(409)
  const readRoom = async () => {
    const [mode, perMinute, capacity, settings] = await shop.redis.hmget(
      roomKeys(eventRoom(copyId)).room,
      ...['mode', 'perMinute', 'capacity', 'settings'],
    )
    return settings ? [mode, perMinute, capacity, settings] : null
  }
  expect(await eventually(readRoom), 'the pace of the real room').toEqual(['fifo', '45678', '77', '{"turnSeconds":45}'])
  await expectHidden(copyId)
  expect(await page(), 'the page follows the progress').toContain('hx-trigger="every 2s"')

  const done = await untilDone()
  const { sheet } = done
  // A fifth of the buyers get a fifth of the seats.
  expect(sheet).toMatchObject({ end: 'completed', joined: 40, integrity: { seats: 20, drift: 0, deadLetters: 0 }, errors: 0 })
  const { sold, left, rows, answered } = sheet!.integrity
  expect(sheet!.soldOutAfterMs, 'every seat was sold').not.toBeNull()
  expect([sold + left, rows]).toEqual([20, answered])
  expect(sheet!.bookings.count).toBeGreaterThanOrEqual(10)
  expect(sheet!.steps.claim.count).toBeGreaterThanOrEqual(sheet!.bookings.count)
  expect(sheet!.suggestion!.perMinute).toBeGreaterThan(0)
  expect(sheet!.forecast).toMatchObject({ buyers: 200, seats: 100 })

  const html = await page()
  expect(html).toContain(sheet!.verdict === 'go' ? '>Go<' : '>No go<')
  expect(html).not.toContain('hx-trigger')
  const after = await snapshot()
  expect(after).toEqual(before)
  const acts = await shop.db.select({ action: audit.action }).from(audit).where(eq(audit.subject, `event:${eventId}`))
  expect(acts).toEqual([{ action: 'rehearsal.start' }])

  // Negative control: the comparison finds a change of a row and of a key.
  await shop.db.update(users).set({ nickname: 'changed' }).where(
    sql`${users.nickname} = (select n from (select max(nickname) n from users) m)`,
  )
  const [key] = Object.keys(before.keys).filter((name) => name.endsWith(':sale'))
  await shop.redis.hincrby(key!, 'seq', 1)
  const changed = await snapshot()
  expect(changed.rows).not.toEqual(before.rows)
  expect(changed.keys).not.toEqual(before.keys)
  await shop.redis.hincrby(key!, 'seq', -1)
  expect((await snapshot()).keys).toEqual(before.keys)
})

/** The page in English. */
async function page(): Promise<string> {
  const headers = Object.assign({}, operator, { accept: 'text/html', 'accept-language': 'en' })
  return await (await fetch(`${site.edgeUrl}/admin/events/${eventId}/rehearsal`, { headers })).text()
}

/** Only the edge itself knows the copy: no list, no page, and no booking of a real buyer. */
async function expectHidden(copyId: number): Promise<void> {
  for (const path of [`/api/events/${copyId}`, `/events/${copyId}`]) expect((await call('GET', path)).status).toBe(404)
  const list = await (await call('GET', '/api/events?size=100')).json() as { items: { id: number }[] }
  expect(list.items.map(({ id }) => id)).toEqual([eventId])
  const [real] = await shop.addPeople(1)
  const [type] = await shop.db.query.ticketTypes.findMany({ where: (types, { eq }) => eq(types.eventId, copyId) })
  expect(await reserve(shop, 'ko', bookingRequest(real!, copyId, type!.id))).toEqual({ kind: 'not_found' })
  await expect(shop.db.update(events).set({ published: true }).where(eq(events.id, copyId))).rejects.toThrow()
  await shop.db.delete(users).where(eq(users.id, real!.id))
}

test('an operator stops a rehearsal; its sheet says no', async () => {
  const { id } = await (await start({ buyers: 200, seconds: 300, expected: 200 })).json() as { id: number }
  await copyOf(id)
  expect((await call('POST', `/api/admin/events/${eventId}/rehearsal/stop`)).status).toBe(202)
  const acts = await shop.db.select({ action: audit.action }).from(audit).where(eq(audit.subject, `event:${eventId}`))
  expect(acts).toContainEqual({ action: 'rehearsal.stop' })
  const done = await untilDone()
  expect(done.sheet).toMatchObject({ end: 'stopped', verdict: 'no_go' })
  expect(done.sheet!.reasons).toContainEqual({ code: 'not_completed', isGood: false, value: 0 })
  expect((await call('POST', `/api/admin/events/${eventId}/rehearsal/stop`)).status).toBe(404)
})

test('does not start around a real opening or while a real sale is busy', async () => {
  const load = { buyers: 10, seconds: 10, expected: 10 }
  const soon = await shop.addSale({ opensInMs: 30 * MINUTE_MS, closesInMs: 90 * MINUTE_MS })
  expect(await (await start(load)).json()).toMatchObject({ code: 'rehearsal_refused', reason: 'opening' })
  await shop.db.update(events).set({ published: false }).where(eq(events.id, soon.eventId))
  await shop.db.update(ledgers).set({ writtenBackAt: new Date() }).where(eq(ledgers.eventId, eventId))
  expect(await (await start(load)).json()).toMatchObject({ code: 'rehearsal_refused', reason: 'busy_sale' })
  await shop.db.update(ledgers).set({ writtenBackAt: new Date(Date.now() - 10 * MINUTE_MS) }).where(eq(ledgers.eventId, eventId))
  expect((await start(load, 999_999)).status).toBe(404)
  expect((await start({ buyers: 20_001, seconds: 10, expected: 10 })).status, 'bounded').toBe(422)
  const headers = Object.assign({}, operator, { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' })
  const form = await fetch(`${site.edgeUrl}/admin/events/${eventId}/rehearsal`, {
    method: 'POST',
    headers,
    body: 'buyers=5&seconds=10&expected=77',
  })
  expect([form.status, (await form.text()).includes('value="77"')], 'the input is kept').toEqual([422, true])
})

test('another origin removes the data of a rehearsal whose origin was killed', async () => {
  const before = await snapshot()
  const { id } = await (await start({ buyers: 300, seconds: 300, expected: 300 })).json() as { id: number }
  const copyId = (await copyOf(id))!
  const countBooked = async () => (await shop.redis.hlen(`{e:${copyId}}:held`)) > 3
  await eventually(countBooked)
  await site.killOrigin()
  // Its lease ends by itself after some seconds.
  await shop.redis.del(REHEARSAL_LEASE_KEY)
  const later = openRehearsals(
    { ...shop, elapsedMs: () => performance.now(), now: () => new Date(Date.now() + 5 * MINUTE_MS) },
    { edgeUrl: null, everyMs: 3_600_000 },
  )
  await shop.rehearsals.upkeep()
  const [row] = await shop.db.select().from(rehearsals).where(eq(rehearsals.id, id))
  expect(row).toMatchObject({ state: 'done', sheet: null, removedAt: null })
  expect(await snapshot()).toEqual(before)
  await later.upkeep()
  expect(await shop.redis.exists(...Object.values(roomKeys(eventRoom(copyId))).slice(1))).toBe(0)
  expect((await shop.db.select().from(rehearsals).where(eq(rehearsals.id, id)))[0]!.removedAt).not.toBeNull()
  await later.close()
})
