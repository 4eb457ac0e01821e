import { expect, test } from 'vitest'
import type { EventDetail } from '../../edge/contract/events.ts'
import { renderPage } from '../render.tsx'
import { EventPage } from './event.tsx'

const EVENT: EventDetail = {
  id: 7,
  title: '여정',
  venue: '남산소리극장',
  zone: 'Asia/Seoul',
  genre: 'jazz',
  region: 'seoul',
  color: null,
  startsAt: '2027-01-16T10:00:00Z',
  cancelUntil: '2027-01-15T15:00:00Z',
  opensAt: '2026-12-01T09:00:00Z',
  closesAt: '2027-01-16T08:00:00Z',
  imageUrl: null,
  image: null,
  limitPerPerson: 4,
  status: 'on_sale',
  stopMessage: '',
  notice: [],
  ticketTypes: [
    { id: 1, name: 'R석', price: 150_000, total: 100, left: 0 },
    { id: 2, name: 'S석', price: 90_000, total: 100, left: 3 },
  ],
  room: 'event-7',
  serverTime: '2026-12-02T09:00:00Z',
}
const pageOf = (change: Partial<EventDetail> = {}, language: 'ko' | 'en' = 'ko') =>
  renderPage(<EventPage language={language} event={Object.assign({}, EVENT, change)} />)
const textOf = (page: string) => page.replace(/^[^]*<main/, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
const hasDoor = (page: string) => page.includes('action="/queue/event-7/tickets"')

test('the limit, the deadline to cancel and the payment are said before booking; a day ends at 23:59', () => {
  const text = textOf(pageOf())
  expect(text).toContain('1인 4매까지')
  expect(text).toContain('2027년 1월 15일 (금) 23:59까지 마이페이지에서 취소할 수 있습니다')
  expect(text).toContain('예매할 때 결제하지 않습니다')
})

test('the price of an offer is the lowest that is left, and each ticket type says what is left', () => {
  const text = textOf(pageOf())
  expect(text).toContain('90,000원부터 3석 남음')
  expect(text).toMatch(/R석 150,000원 매진/)
})

test('three weeks before the opening the page offers a reminder and no door; a day before, the waiting room', () => {
  const far = pageOf({ status: 'upcoming', opensAt: '2026-12-23T09:00:00Z' })
  expect([hasDoor(far), far.includes('class="button wide" href="/events/7/calendar?of=opening"')]).toEqual([false, true])
  expect(hasDoor(pageOf({ status: 'upcoming', opensAt: '2026-12-03T08:00:00Z' }))).toBe(true)
})

test.each(
  [
    ['an hour before the opening', { status: 'upcoming', opensAt: '2026-12-02T10:00:00Z' }, true],
    ['40 minutes before it', { status: 'upcoming', opensAt: '2026-12-02T09:40:00Z' }, false],
    ['during the sale', {}, false],
  ] as const,
)('the reminder by mail: %s', (_, change, isOffered) => {
  expect(pageOf(change).includes('action="/events/7/reminder"')).toBe(isOffered)
})

test('a sold-out event has a door to the queue for returned tickets', () => {
  const page = pageOf({ status: 'sold_out', ticketTypes: [{ id: 1, name: 'R석', price: 1, total: 9, left: 0 }] })
  expect([hasDoor(page), textOf(page).includes('취소표 대기하기')]).toEqual([true, true])
  expect(page).toContain('hx-trigger="every 3s, refresh"')
})

test.each(['closed', 'cancelled'] as const)('an event that is %s says nothing about seats left or how to book', (status) => {
  const page = pageOf({ status })
  expect(hasDoor(page)).toBe(false)
  expect(textOf(page)).not.toMatch(/남음|대기|매까지/)
})

test('without a poster the page shows the first character of the title, as people see it', () => {
  for (const first of ['👨‍👩‍👧‍👦', '🇰🇷', '여']) {
    expect(pageOf({ title: ` ${first}정` })).toContain(`<span class="poster placeholder" aria-hidden="true">${first}</span>`)
  }
})

test('times are those of the venue, and another zone than Korea’s is named', () => {
  expect(textOf(pageOf({ zone: 'America/New_York' }))).toContain('2027년 1월 16일 (토) 05:00 (America/New_York)')
  expect(textOf(pageOf({ zone: 'America/New_York' }, 'en'))).toContain('Sat, Jan 16, 2027, 05:00 (America/New_York)')
})
