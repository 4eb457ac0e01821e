import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLetters, events } from '../../db/schema.ts'
import { paths } from '../../edge/contract/paths.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import type { Role } from '../../edge/contract/roles.ts'
import { bookingRequest } from '../../test/booking.ts'
import { createOperator, type TestOperator } from '../../test/operator.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { until } from '../../test/until.ts'
import { createApp } from '../app.tsx'
import { readProgress } from '../event-cancellation.ts'
import { reserve } from '../reservations.ts'

let shop: Shop
let operator: TestOperator
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 20 })
  operator = await createOperator(shop, createApp(shop))
})
afterAll(() => shop.close())

const act = (id: number, name: string, fields: Record<string, string>) => operator.submit(`/admin/events/${id}/${name}`, fields)
const done = (id: number, what: string) => ({ status: 303, location: `/admin/events/${id}?done=${what}` })

test('stopping asks for a reason, shows the message to buyers, and resuming sells again', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale()
  const [buyer] = await shop.addPeople(1)
  const book = () => reserve(shop, 'ko', bookingRequest(buyer!, eventId, type!))
  const refused = await act(eventId, 'stop', { reason: '', message: '잠시만요' })
  expect([refused.status, refused.text.includes('value="잠시만요"')]).toEqual([422, true])
  expect((await book()).kind).toBe('reserved')
  expect(await act(eventId, 'stop', { reason: '점검', message: '잠시만요' })).toMatchObject(done(eventId, 'stopped'))
  expect(await book()).toEqual({ kind: 'sale_stopped', message: '잠시만요' })
  expect((await operator.open(`/admin/events/${eventId}?done=stopped`)).text).toContain('잠시만요')
  expect(await act(eventId, 'resume', { reason: '끝' })).toMatchObject(done(eventId, 'resumed'))
  expect((await book()).kind).toBe('reserved')
})

test('cancelling and deleting ask for the title; a cancelled event shows its progress and is closed to changes', async () => {
  const { eventId, ticketTypeIds: [type] } = await shop.addSale({ title: '밤의 공연' })
  const [buyer] = await shop.addPeople(1)
  expect((await reserve(shop, 'ko', bookingRequest(buyer!, eventId, type!))).kind).toBe('reserved')
  for (const name of ['cancel', 'delete']) {
    const wrong = await act(eventId, name, { reason: '우천', confirmation: '낮의 공연' })
    expect([wrong.status, wrong.text.includes('공연명이 다릅니다')]).toEqual([422, true])
  }
  expect(await act(eventId, 'delete', { reason: '우천', confirmation: '밤의 공연' })).toMatchObject({ status: 409 })
  expect(await act(eventId, 'cancel', { reason: '우천', confirmation: '밤의 공연' })).toMatchObject(done(eventId, 'cancelled'))
  await until(async () => (await readProgress(shop, eventId)).confirmed === 0)
  expect((await operator.open(`/admin/events/${eventId}`)).text).toContain('예매 1건이 모두 취소되었습니다')
  expect(await act(eventId, 'resume', { reason: '다시' })).toMatchObject({ status: 409 })
  expect(await operator.open(`/admin/events/${eventId}/edit`)).toMatchObject({ status: 409 })
  expect(await act(eventId, 'continue', {})).toMatchObject({ status: 303 })
})

test('copying to dates on the venue’s clock; a date that is none is refused', async () => {
  const { eventId } = await shop.addSale({ title: '복사될 공연' })
  expect(await act(eventId, 'duplicate', { reason: '연장', startsAt: '2030-02-30T19:00' })).toMatchObject({ status: 422 })
  const before = (await operator.call('GET', '/api/admin/events?q=복사될&status=draft')).body.total
  expect(await act(eventId, 'duplicate', { reason: '연장', startsAt: '2030-12-25T19:00' })).toMatchObject(
    done(eventId, 'duplicated'),
  )
  const { items, total } = (await operator.call('GET', '/api/admin/events?q=복사될&status=draft')).body
  expect([before, total, items[0].startsAt]).toEqual([0, 1, '2030-12-25T10:00:00.000Z'])
})

test('the preview shows a draft at any time, without scripts and without a form that works', async () => {
  const { eventId } = await shop.addSale({ opensInMs: 3_600_000 })
  await shop.db.execute(`update events set published = false where id = ${eventId}`)
  const preview = async (at: string) =>
    (await operator.open(`/admin/events/${eventId}/preview?at=${encodeURIComponent(at)}`)).text
  const now = await preview('')
  // A change of the language leads back to the preview: buyers find no draft.
  expect(now).toContain(`=${encodeURIComponent(paths.admin.previewEvent(eventId))}"`)
  expect(now).toContain('대기실 입장')
  expect(now).not.toMatch(/<script|hx-get/)
  expect(now).toContain('<fieldset class="static" disabled')
  expect(await preview('2090-01-01T00:00')).toContain('예매가 종료되었습니다')
  expect(await preview('never')).toContain('role="alert"')
})

const pagesOf = (id: number) => [
  paths.admin.event(id),
  paths.admin.eventImage(id),
  paths.admin.rehearsal(id),
  paths.admin.live(id),
  paths.admin.room(eventRoom(id)),
  paths.admin.eventSeats(id),
  paths.admin.eventReservations(id),
  paths.admin.report(id),
]
/** The links of the navigation between an event's pages, and those that are marked as current. */
function readEventNav(html: string) {
  const links = [...html.matchAll(/<nav class="event-nav"[^]*?<\/nav>/g)].flatMap(([nav]) => [...nav.matchAll(/<a [^>]*>/g)])
    .map(([link]) => link)
  const hrefs = (of: string[]) => of.map((link) => link.match(/href="([^"]*)"/)![1])
  return { links: hrefs(links), current: hrefs(links.filter((link) => link.includes('aria-current="page"'))) }
}

test('each page of an event links to all others that the operator may see, also of a draft', async () => {
  const { eventId } = await shop.addSale()
  const draft = (await shop.addSale()).eventId
  await shop.db.update(events).set({ published: false }).where(eq(events.id, draft))
  for (const id of [eventId, draft]) {
    for (const path of pagesOf(id)) {
      const page = await operator.open(path)
      expect([page.status, readEventNav(page.text)], path).toEqual([200, { links: pagesOf(id), current: [path] }])
    }
  }
  const edit = await operator.open(paths.admin.editEvent(eventId))
  expect(readEventNav(edit.text)).toEqual({ links: pagesOf(eventId), current: [] })
  const as = async (role: Role) => {
    const other = await createOperator(shop, createApp(shop), role)
    return readEventNav((await other.open(paths.admin.event(eventId))).text).links
  }
  const [event, , , live, room, seats, reservations, report] = pagesOf(eventId)
  expect(await as('viewer')).toEqual([event, live, room, seats, report])
  expect(await as('support')).toEqual([event, live, room, seats, reservations])
})

test('a rehearsal’s event is in no list, on no page and open to no act', async () => {
  const real = await shop.addSale({ title: '진짜 공연' })
  // A number that is part of no other one.
  await shop.db.execute('alter table events auto_increment = 987654')
  const copy = await shop.addSale({ title: '연습 공연' })
  const [buyer] = await shop.addPeople(1)
  expect((await reserve(shop, 'ko', bookingRequest(buyer!, copy.eventId, copy.ticketTypeIds[0]!))).kind).toBe('reserved')
  await shop.writeBack.flushAll()
  await shop.db.insert(deadLetters)
    .values({ eventId: copy.eventId, epoch: 1, seq: 99, entry: '{}', reason: 'test', at: new Date() })
  const lists = ['events?size=100', 'seats', 'rooms', 'reservations', 'reservations?event=연습', 'reports/events']
  const shown = async () => {
    const found = lists.map(async (list) => (await operator.call('GET', `/api/admin/${list}`)).text.includes(`${copy.eventId}`))
    return await Promise.all(found)
  }
  expect(await shown(), 'a real event').toEqual(lists.map(() => true))
  await shop.db.update(events).set({ published: false, rehearsalOf: real.eventId }).where(eq(events.id, copy.eventId))
  expect(await shown()).toEqual(lists.map(() => false))

  const isReservations = (path: string) => path === paths.admin.eventReservations(copy.eventId)
  for (const path of [...pagesOf(copy.eventId), paths.admin.previewEvent(copy.eventId), paths.admin.editEvent(copy.eventId)]) {
    const page = await operator.open(path)
    expect([page.status, page.text.includes('연습 공연')], path).toEqual([isReservations(path) ? 200 : 404, false])
  }
  for (const name of ['publish', 'stop', 'delete', 'cancel', 'seats/load', 'seats/unload', 'rehearsal']) {
    expect((await act(copy.eventId, name, { reason: 'r', confirmation: '연습 공연' })).status, name).toBe(404)
    if (name === 'delete') continue
    const called = await operator.call('POST', `/api/admin/events/${copy.eventId}/${name}`, { reason: 'r' })
    expect([404, 422], name).toContain(called.status)
  }
  expect((await operator.call('DELETE', `/api/admin/events/${copy.eventId}`)).status).toBe(404)
  expect((await operator.call('PUT', `/api/admin/rooms/${eventRoom(copy.eventId)}`, { perMinute: 5, reason: 'r' })).status)
    .toBe(404)
})
