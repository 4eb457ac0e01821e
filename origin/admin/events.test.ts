import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit, events } from '../../db/schema.ts'
import { bookingRequest } from '../../test/booking.ts'
import { createOperator, type TestOperator } from '../../test/operator.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { auditInventory, hasDrift } from '../inventory-audit.ts'
import { reserve } from '../reservations.ts'

let shop: Shop
let operator: TestOperator
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 20 })
  operator = await createOperator(shop, createApp(shop))
})
afterAll(() => shop.close())

const HOUR_MS = 3_600_000
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString()
const concert = (more: Record<string, unknown> = {}) => ({
  title: '겨울 콘서트',
  titleEn: 'Winter concert',
  venue: '시험 홀',
  venueEn: 'Test Hall',
  startsAt: inHours(240),
  opensAt: inHours(-1),
  closesAt: inHours(200),
  limitPerPerson: 4,
  notice: { age: { ko: '8세 이상', en: 'Ages 8 and over' } },
  ticketTypes: [{ name: 'R석', nameEn: 'R', price: 50_000, seats: 10 }],
  ...more,
})

async function create(more: Record<string, unknown> = {}, isPublished = true) {
  const created = await operator.call('POST', '/api/admin/events', concert(more))
  expect(created.status).toBe(201)
  const { id } = created.body
  if (isPublished) expect((await operator.call('POST', `/api/admin/events/${id}/publish`, { reason: 'test' })).status).toBe(200)
  return { id: id as number, ticketTypeId: created.body.ticketTypes[0]?.id as number, path: `/api/admin/events/${id}` }
}

const book = async (eventId: number, ticketTypeId: number, quantity = 1) => {
  const [person] = await shop.addPeople(1)
  return { person: person!, ...await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity })) }
}
const actsOf = async (eventId: number) => {
  const rows = await shop.db.select().from(audit).where(eq(audit.subject, `event:${eventId}`)).orderBy(asc(audit.id))
  return rows.map(({ action, actorId, reason }) => ({ action, actorId, reason }))
}
const statusOf = async (id: number) => (await operator.call('GET', `/api/admin/events/${id}`)).body.status

describe('an event from draft to deletion', () => {
  test('a draft is for operators only; published it is sold; each act is in the audit log', async () => {
    const { id, ticketTypeId, path } = await create({}, false)
    const shown = () => operator.call('GET', `/api/events/${id}`)
    expect([(await shown()).status, await statusOf(id)]).toEqual([404, 'draft'])
    expect(await operator.open(`/admin/events/${id}/preview`)).toMatchObject({ status: 200 })
    expect((await operator.call('POST', `${path}/publish`, { reason: 'ready' })).body).toMatchObject({
      status: 'on_sale',
      version: 2,
    })
    expect((await shown()).body).toMatchObject({ status: 'on_sale', notice: [{ part: 'age', text: '8세 이상' }] })
    expect((await book(id, ticketTypeId)).kind).toBe('reserved')
    expect((await operator.call('POST', `${path}/stop`, { reason: 'check', message: '점검' })).body.status).toBe('stopped')
    expect(await book(id, ticketTypeId)).toMatchObject({ kind: 'sale_stopped', message: '점검' })
    expect((await operator.call('POST', `${path}/resume`, { reason: 'done' })).body.status).toBe('on_sale')
    const entry = (action: string, reason: string) => ({ action, actorId: operator.id, reason })
    expect(await actsOf(id)).toEqual([
      entry('event.create', ''),
      entry('event.publish', 'ready'),
      entry('event.stop', 'check'),
      entry('event.resume', 'done'),
    ])
  })

  test('an incomplete draft is saved and not published; a published event keeps what it needs', async () => {
    const { id, path } = await create({ titleEn: '', venueEn: '', ticketTypes: [], notice: {} }, false)
    const refused = await operator.call('POST', `${path}/publish`, { reason: 'test' })
    expect(refused).toMatchObject({ status: 422, code: 'validation_failed' })
    expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual(['titles', 'venues', 'ticketTypes', 'seats'])
    const page = await operator.open(`/admin/events/${id}`)
    expect(page.text.match(/class="missing"/g)).toHaveLength(4)

    const live = await create()
    expect(await operator.call('PATCH', live.path, { version: 2, titleEn: '' })).toMatchObject({ status: 422 })
    expect((await operator.call('GET', live.path)).body.titleEn).toBe('Winter concert')
  })

  test('only an event that nobody has booked is deleted, even if the booking is in Redis alone', async () => {
    const empty = await create()
    await shop.putOnSale(empty.id)
    expect((await operator.call('DELETE', empty.path)).status).toBe(204)
    expect((await operator.call('GET', empty.path)).status).toBe(404)
    expect(await shop.redis.keys(`{e:${empty.id}}:*`)).toEqual([])
    expect((await actsOf(empty.id)).at(-1)).toMatchObject({ action: 'event.delete' })

    const sold = await create()
    expect((await book(sold.id, sold.ticketTypeId)).kind).toBe('reserved')
    expect(await operator.call('DELETE', sold.path)).toMatchObject({ status: 409, code: 'event_has_reservations' })
    expect((await book(sold.id, sold.ticketTypeId)).kind).toBe('reserved')
  })

  test('copies have the settings of the room, but not its message and its pause', async () => {
    const { id, path } = await create()
    const room = (of: number) => `/api/admin/rooms/event-${of}`
    const settings = { perMinute: 1_234, capacity: 56, mode: 'fifo', message: { ko: '잠시만요', en: 'One moment' } }
    expect((await operator.call('PUT', room(id), Object.assign({ reason: 'r' }, settings))).status).toBe(200)
    expect((await operator.call('POST', `${room(id)}/pause`, { reason: 'r' })).status).toBe(200)
    const { body: { events: copies } } = await operator.call('POST', `${path}/duplicate`, {
      startsAt: [inHours(300), inHours(324)],
    })
    for (const copy of copies) {
      const { body } = await operator.call('GET', room(copy.id))
      expect(body).toMatchObject({ paused: false, settings: { perMinute: 1_234, capacity: 56, mode: 'fifo' } })
      expect(body.settings.message).toBeUndefined()
    }
    const [act] = await shop.db.select().from(audit).where(eq(audit.subject, `event:${copies[1].id}`))
    expect(JSON.parse(act!.detail!).after.room).toEqual({ perMinute: 1_234, capacity: 56, mode: 'fifo' })
  })

  test('copies are drafts that keep the distance of their times, or the opening of the original', async () => {
    const { id, path } = await create()
    const { body: original } = await operator.call('GET', path)
    const distance = (event: { startsAt: string; opensAt: string }) => Date.parse(event.startsAt) - Date.parse(event.opensAt)
    const startsAt = [inHours(300), inHours(324)]
    const moved = await operator.call('POST', `${path}/duplicate`, { startsAt })
    expect(moved.status).toBe(201)
    expect(moved.body.events).toMatchObject(
      startsAt.map((time) => ({ startsAt: time, status: 'draft', title: '겨울 콘서트', version: 1 })),
    )
    for (const copy of moved.body.events) expect(distance(copy)).toBe(distance(original))
    expect(moved.body.events[0].ticketTypes).toMatchObject([{ name: 'R석', seats: 10, sold: 0 }])
    const kept = await operator.call('POST', `${path}/duplicate`, { startsAt, keepsOpening: true })
    for (const copy of kept.body.events) expect(copy.opensAt).toBe(original.opensAt)
    expect(await actsOf(kept.body.events[1].id)).toMatchObject([{ action: 'event.duplicate' }])
    expect(await statusOf(id)).toBe('on_sale')
  })
})

describe('changes of a live event', () => {
  test('a ticket type that is added during a sale sells at its price, without a drift', async () => {
    const { id, ticketTypeId, path } = await create()
    await book(id, ticketTypeId, 2)
    const type = { name: 'S석', nameEn: 'S', price: 30_000, seats: 5 }
    const { body } = await operator.call('PATCH', path, { version: 2, ticketTypes: [type] })
    const added = body.ticketTypes[1]
    expect(body.ticketTypes).toMatchObject([{ id: ticketTypeId, seats: 10 }, type])
    expect(await book(id, added.id, 2)).toMatchObject({ kind: 'reserved', left: 3, reservation: { unitPrice: 30_000 } })
    const inventory = await auditInventory(shop, id)
    expect(inventory.kind === 'audited' && !hasDrift(inventory) && inventory.ticketTypes.length).toBe(2)
  })

  test('a ticket type whose transaction fails is neither sold nor counted', async () => {
    const { id, ticketTypeId } = await create()
    await book(id, ticketTypeId)
    const before = await shop.redis.hkeys(`{e:${id}}:sale`)
    const transaction: typeof shop.db.transaction = (run) =>
      shop.db.transaction(async (tx) => {
        await run(tx)
        throw new Error('lost before the commit')
      })
    const db = Object.assign(Object.create(shop.db), { transaction })
    const failing = { ...shop, db, operatorDb: db }
    const lost = await createOperator(shop, createApp(failing))
    const change = { version: 2, ticketTypes: [{ name: 'S', nameEn: 'S', price: 1, seats: 5 }] }
    expect((await lost.call('PATCH', `/api/admin/events/${id}`, change)).status).toBe(500)
    const phantom = (await shop.redis.hkeys(`{e:${id}}:sale`)).filter((key) => key.startsWith('left:') && !before.includes(key))
    expect(phantom).toHaveLength(1)
    expect((await book(id, Number(phantom[0]!.slice(5)))).kind).toBe('unknown_ticket_type')
    expect((await book(id, ticketTypeId)).kind).toBe('reserved')
    await shop.writeBack.flushAll()
    const inventory = await auditInventory(shop, id)
    expect(inventory.kind === 'audited' && !hasDrift(inventory) && inventory.ticketTypes.length).toBe(1)
  })
})

describe('the list', () => {
  test('filters by state and words, and pages', async () => {
    const word = `목록${Date.now()}`
    const title = (name: string) => `${word} ${name}`
    const made: Record<string, number> = {
      draft: (await create({ title: title('초안') }, false)).id,
      upcoming: (await create({ title: title('예정'), opensAt: inHours(2) })).id,
      on_sale: (await create({ title: title('판매_100%') })).id,
      stopped: (await create({ title: title('중지') })).id,
      sold_out: (await create({ title: title('매진'), ticketTypes: [{ name: 'R', nameEn: 'R', price: 0, seats: 1 }] })).id,
      closed: (await create({ title: title('종료') })).id,
      cancelled: (await create({ title: title('취소') })).id,
    }
    await operator.call('POST', `/api/admin/events/${made.stopped}/stop`, { reason: 'test' })
    await operator.call('POST', `/api/admin/events/${made.cancelled}/cancel`, { reason: 'test' })
    await shop.db.update(events).set({ closesAt: new Date(Date.now() - 1_000) }).where(eq(events.id, made.closed!))
    const { body: { ticketTypes: [type] } } = await operator.call('GET', `/api/admin/events/${made.sold_out}`)
    await book(made.sold_out!, type.id)
    await shop.writeBack.flushAll()
    const list = async (query: string) =>
      (await operator.call('GET', `/api/admin/events?q=${encodeURIComponent(word)}${query}`)).body
    for (const [status, id] of Object.entries(made)) {
      expect((await list(`&status=${status}`)).items).toMatchObject([{ id, status }])
    }
    expect((await list('')).total).toBe(7)
    expect((await list('&size=3&page=3')).items).toHaveLength(1)
    expect((await list('%20100%25')).items).toMatchObject([{ id: made.on_sale }])
    expect((await list('%20_00')).total).toBe(0)
    const page = await operator.open(`/admin/events?q=${encodeURIComponent(word)}&status=sold_out`)
    expect([page.status, page.text.includes(title('매진')), page.text.includes(title('중지'))]).toEqual([200, true, false])
  })
})
