import { afterAll, beforeAll, expect, test } from 'vitest'
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
  expect(now).toContain('대기실 입장')
  expect(now).not.toMatch(/<script|hx-get/)
  expect(now).toContain('<fieldset class="static" disabled')
  expect(await preview('2090-01-01T00:00')).toContain('예매가 종료되었습니다')
  expect(await preview('never')).toContain('role="alert"')
})
