import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { INVENTORY_WATCH_KEY } from '../../db/redis/keys.ts'
import { readHeads } from '../../db/redis/sale/sale.ts'
import { audit, events, ledgers, ticketTypes } from '../../db/schema.ts'
import type { Person } from '../../origin/accounts.ts'
import { auditInventory, hasDrift } from '../../origin/inventory-audit.ts'
import { type Answer, send } from '../http.ts'
import { buyerHeaders } from '../shop.ts'
import { openSite, type Site } from '../site.ts'
import { until } from '../until.ts'

let site: Site
beforeAll(async () => void (site = await openSite({ TRUSTED_PROXIES: '1', INVENTORY_WATCH_MS: '200' })))
afterAll(() => site.close())

/** A sale on the running site, with one ticket type, buyers, and an admin. */
async function openSale(sale: Parameters<Site['shop']['addSale']>[0] = {}) {
  const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale(sale)
  const [operator, ...buyers] = await site.shop.addPeople(30)
  const admin: Person = { id: operator!.id, nickname: operator!.nickname, role: 'owner', verified: true }
  const path = `/api/admin/events/${eventId}`
  const headersOf = async (person: Person) => {
    const { authorization, 'content-type': type } = await buyerHeaders(person, eventId)
    return { authorization, 'content-type': type }
  }
  return {
    eventId,
    ticketTypeId: ticketTypeId!,
    buyers,
    operate: async (method: string, body: unknown, action = ''): Promise<Answer> =>
      send(`${site.edgeUrl}${path}${action}`, { method, headers: await headersOf(admin), body: JSON.stringify(body) }),
    adminUrl: `${site.edgeUrl}${path}`,
    headersOf,
    admin,
    show: async (): Promise<Answer['body']> => (await send(`${site.edgeUrl}/api/events/${eventId}`, {})).body,
    book: async (person: Person, quantity = 1): Promise<Answer> =>
      send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
        method: 'POST',
        headers: await site.insider(person, eventId),
        body: JSON.stringify({ ticketTypeId, quantity }),
      }),
  }
}

async function expectNoDrift(eventId: number): Promise<void> {
  await until(async () => {
    const inventory = await auditInventory(site.shop, eventId)
    if (inventory.kind !== 'audited') return false
    expect(hasDrift(inventory)).toBe(false)
    return true
  })
}

/** Waits until the write-back has written the first booking, so that it needs none of the rows that the test locks. */
const untilWritten = (ticketTypeId: number) =>
  until(async () => {
    const [type] = await site.shop.db.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId))
    return type!.sold === 1
  })

/** Waits until MySQL executes, or delays because of a lock, a statement that begins like this. */
const untilExecuting = (statement: string) =>
  until(async () => {
    const [[found]] = await site.shop.db.execute(
      sql`select count(*) as n from information_schema.processlist where db = database() and info like ${`${statement}%`}`,
    ) as unknown as [[{ n: number }]]
    return Number(found.n) > 0
  })

test('A53: price, seats and limit that change while buyers book are shown and charged alike, without a drift', async () => {
  const { eventId, ticketTypeId, buyers, operate, show, book } = await openSale({ seats: [20] })
  await book(buyers[0]!)
  let { body: event } = await operate('PATCH', { version: 1 })
  const booked = Promise.all(buyers.slice(1, 20).map((buyer) => book(buyer)))
  for (let i = 1; i <= 10; i++) {
    const ticketType = { id: ticketTypeId, price: 1_000 * i, seats: 20 + 2 * i }
    const { status, body } = await operate('PATCH', { version: event.version, ticketTypes: [ticketType] })
    expect(status).toBe(200)
    event = body
    await expectNoDrift(eventId)
  }
  for (const { status, body } of await booked) expect([201, 503], body.code).toContain(status)
  await operate('PATCH', { version: event.version, limitPerPerson: 2 })
  await until(async () => (await show()).limitPerPerson === 2)
  expect((await show()).ticketTypes).toMatchObject([{ price: 10_000, total: 40 }])
  expect((await book(buyers[21]!, 2)).body.reservation).toMatchObject({ unitPrice: 10_000, totalPrice: 20_000 })
  expect(await book(buyers[22]!, 3)).toMatchObject({ status: 409, body: { code: 'limit_exceeded', limit: 2 } })
  const { left } = (await show()).ticketTypes[0]
  expect(await operate('PATCH', { version: 99, limitPerPerson: 3 })).toMatchObject({
    status: 409,
    body: { code: 'stale_version' },
  })
  const { body: latest } = await operate('POST', { reason: 'check' }, '/resume')
  expect(await operate('PATCH', { version: latest.version, ticketTypes: [{ id: ticketTypeId, seats: 39 - left }] }))
    .toMatchObject({ status: 409, body: { code: 'seats_below_sold' } })
})

test('A53: an origin that is killed before Redis has changed leaves everything as it was', async () => {
  const { eventId, ticketTypeId, buyers, operate, show, book } = await openSale({ seats: [10] })
  await book(buyers[0]!)
  await untilWritten(ticketTypeId)
  await site.shop.db.transaction(async (tx) => {
    await tx.select().from(events).where(eq(events.id, eventId)).for('update')
    const patch = operate('PATCH', { version: 1, limitPerPerson: 2, ticketTypes: [{ id: ticketTypeId, seats: 30, price: 1 }] })
    await untilExecuting('update `events`')
    await site.killOrigin()
    await patch
  })
  await site.startOrigin()
  expect((await book(buyers[1]!, 4)).body.reservation).toMatchObject({ unitPrice: 10_000 })
  expect(await show()).toMatchObject({ limitPerPerson: 4, ticketTypes: [{ price: 10_000, total: 10 }] })
  await expectNoDrift(eventId)
})

test('A53: an origin that is killed between Redis and MySQL: seats converge with an audit row, the rest is as it was', async () => {
  const { eventId, ticketTypeId, buyers, operate, show, book } = await openSale({ seats: [10] })
  await book(buyers[0]!)
  await untilWritten(ticketTypeId)
  await site.shop.db.transaction(async (tx) => {
    await tx.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId)).for('update')
    const patch = operate('PATCH', { version: 1, limitPerPerson: 2, ticketTypes: [{ id: ticketTypeId, seats: 30 }] })
    await untilExecuting('update `ticket_types`')
    await site.killOrigin()
    await patch
  })
  await site.startOrigin()
  expect(await book(buyers[1]!, 4)).toMatchObject({ status: 201, body: { left: 25 } })
  await until(async () => (await show()).ticketTypes[0].total === 30)
  expect(await show()).toMatchObject({ limitPerPerson: 4 })
  await expectNoDrift(eventId)
  const rows = await site.shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`))
  expect(rows.map(({ action }) => action)).toEqual(['event.seats'])
})

const isSuspended = async (eventId: number) => (await readHeads(site.shop.redis, [eventId]))[0]!.isSuspended

/** Waits until the origin has taken over the audits, and has resumed a sale. */
async function untilResumed(eventId: number): Promise<void> {
  await site.shop.redis.del(INVENTORY_WATCH_KEY)
  await until(async () => !await isSuspended(eventId))
}

test('A93: an origin that is killed between Redis and MySQL: another one resumes the sale with the former rules, without a booking', async () => {
  const { eventId, ticketTypeId, buyers, operate, book } = await openSale({ seats: [10] })
  await book(buyers[0]!)
  await untilWritten(ticketTypeId)
  await site.shop.db.transaction(async (tx) => {
    await tx.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId)).for('update')
    const patch = operate('PATCH', { version: 1, limitPerPerson: 2, ticketTypes: [{ id: ticketTypeId, seats: 3 }] })
    await untilExecuting('update `ticket_types`')
    await site.killOrigin()
    await patch
  })
  expect(await isSuspended(eventId)).toBe(true)
  await site.startOrigin()
  await untilResumed(eventId)
  expect((await book(buyers[1]!, 3)).body.code).toBe('sold_out')
  expect(await book(buyers[1]!, 2)).toMatchObject({ status: 201, body: { left: 0 } })
  await expectNoDrift(eventId)
  const [event] = await site.shop.db.select().from(events).where(eq(events.id, eventId))
  expect(event!.limitPerPerson).toBe(4)
})

test('A93: an origin that is killed after the commit: another one resumes the sale with the new rules, without a booking', async () => {
  const { eventId, ticketTypeId, buyers, operate, book } = await openSale({ seats: [10] })
  await book(buyers[0]!)
  await untilWritten(ticketTypeId)
  const { db } = site.shop
  let hasLedger = Promise.resolve()
  const killed = Promise.withResolvers<void>()
  await db.transaction(async (tx) => {
    await tx.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId)).for('update')
    const patch = operate('PATCH', { version: 1, ticketTypes: [{ id: ticketTypeId, seats: 3, price: 7 }] })
    void patch.then(() => killed.resolve())
    await untilExecuting('update `ticket_types`')
    // Next in the queue for the ledger, so that the origin commits, and cannot approve.
    hasLedger = db.transaction(async (next) => {
      await next.select().from(ledgers).where(eq(ledgers.eventId, eventId)).for('update')
      await untilExecuting('update `ledgers`')
      await site.killOrigin()
      await killed.promise
    })
    await untilExecuting('select `event_id`')
  })
  await hasLedger
  expect(await isSuspended(eventId)).toBe(true)
  await site.startOrigin()
  await untilResumed(eventId)
  expect((await book(buyers[1]!, 3)).body.code).toBe('sold_out')
  expect((await book(buyers[1]!, 2)).body).toMatchObject({ left: 0, reservation: { unitPrice: 7 } })
  await expectNoDrift(eventId)
})

test('A54: buyers learn on every page and from the API that a sale is stopped, and the room calls no one until it resumes', async () => {
  const { eventId, buyers, operate, show, book } = await openSale()
  const phase = async () => (await send(`${site.edgeUrl}/queue/event-${eventId}`, {})).body.phase
  expect(['open', 'idle']).toContain(await phase())
  expect((await operate('POST', { reason: 'smoke in the hall', message: '안전 점검 중입니다' }, '/stop')).status).toBe(200)
  expect(await book(buyers[0]!)).toMatchObject({
    status: 409,
    body: { code: 'sale_stopped', title: '주최 측이 예매를 잠시 멈췄습니다', detail: '안전 점검 중입니다' },
  })
  await until(async () => (await show()).status === 'stopped')
  await until(async () => (await phase()) === 'paused')
  const page = await fetch(`${site.edgeUrl}/events/${eventId}`, { headers: { 'accept-language': 'en' } })
  expect(await page.text()).toContain('The sale is stopped for now')
  expect((await operate('POST', { reason: 'all clear' }, '/resume')).status).toBe(200)
  expect((await book(buyers[0]!)).status).toBe(201)
  await until(async () => ['open', 'idle'].includes(await phase()))
})

test('A54: an unpublished event becomes visible when an admin publishes it', async () => {
  const { eventId, operate, adminUrl } = await openSale()
  await site.shop.db.update(events).set({ published: false }).where(eq(events.id, eventId))
  expect((await send(adminUrl.replace('/admin', ''), {})).status).toBe(404)
  expect(await operate('POST', { reason: 'ready' }, '/publish')).toMatchObject({ status: 200, body: { published: true } })
  await until(async () => (await send(adminUrl.replace('/admin', ''), {})).status === 200)
})

test('A54: changes need an admin and exact JSON', async () => {
  const { adminUrl, admin, headersOf, buyers, operate } = await openSale()
  const request = (method: string, url: string, headers: Record<string, string>, body: unknown) =>
    send(url, { method, headers, body: JSON.stringify(body) })
  for (
    const [method, url] of [['PATCH', adminUrl], ['POST', `${adminUrl}/publish`], ['POST', `${adminUrl}/stop`], [
      'POST',
      `${adminUrl}/resume`,
    ]] as const
  ) {
    const body = { version: 1, reason: 'mine' }
    expect(await request(method, url, { 'content-type': 'application/json' }, body)).toMatchObject({ status: 401 })
    expect(await request(method, url, await headersOf(buyers[0]!), body)).toMatchObject({ status: 403 })
    const form = { authorization: (await headersOf(admin)).authorization, 'content-type': 'application/x-www-form-urlencoded' }
    expect((await send(url, { method, headers: form, body: 'version=1&reason=mine' })).status).toBe(400)
  }
  for (
    const body of [
      {},
      { version: '1' },
      { version: 1, limitPerPerson: '2' },
      { version: 1, limitPerPerson: 0 },
      { version: 1, limitPerPerson: 1.5 },
      { version: 1, price: 1 },
      { version: 1, startsAt: 'tomorrow' },
      { version: 1, startsAt: '2026-12-24T19:00:00+09:00' },
      { version: 1, ticketTypes: [{ id: 1, seats: -1 }] },
      { version: 1, ticketTypes: [{ id: 1, seats: 1 }, { id: 1, seats: 2 }] },
      { version: 1, ticketTypes: [{ id: 999_999, seats: 1 }] },
      { version: 1, closesAt: '2199-01-01T00:00:00Z' },
      null,
      [],
    ]
  ) expect(await operate('PATCH', body), JSON.stringify(body)).toMatchObject({ status: 422, body: { code: 'validation_failed' } })
  expect(await operate('POST', { message: 'no reason' }, '/stop')).toMatchObject({ status: 422 })
})
