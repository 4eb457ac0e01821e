import { expect, test } from 'vitest'
import type { EventDetail } from '../edge/contract/events.ts'
import { calendarOf } from './event-calendar.ts'

const event: EventDetail = {
  id: 7,
  title: '한여름, 밤의 \\ 콘서트; 앙코르와 아주 긴 제목이 일흔다섯 바이트를 넘어 줄이 나뉩니다',
  venue: '남산소리극장, 서울',
  zone: 'Asia/Seoul',
  genre: null,
  region: null,
  startsAt: '2026-12-24T10:00:00.000Z',
  opensAt: '2026-11-30T11:00:00.000Z',
  closesAt: '2026-12-23T08:00:00.000Z',
  imageUrl: null,
  image: null,
  color: null,
  status: 'upcoming',
  limitPerPerson: 4,
  cancelUntil: '2026-12-23T15:00:00.000Z',
  stopMessage: '',
  notice: [],
  ticketTypes: [],
  room: 'event-7',
  serverTime: '2026-11-28T09:00:00.000Z',
}
const bytes = (line: string) => new TextEncoder().encode(line).byteLength

test('an event is a calendar file in UTC, with escaped and folded text and a reminder on the day before', () => {
  const text = calendarOf(event, 'event', 'ko', 'https://shop.example')
  const lines = text.split('\r\n')
  expect(lines.every((line) => bytes(line) <= 75)).toBe(true)
  const unfolded = text.replaceAll('\r\n ', '')
  for (
    const line of [
      'UID:event-7@neticket',
      'DTSTAMP:20261128T090000Z',
      'DTSTART:20261224T100000Z',
      'DTEND:20261224T120000Z',
      'LOCATION:남산소리극장\\, 서울',
      'TRIGGER:-P1D',
    ]
  ) expect(unfolded.split('\r\n')).toContain(line)
  expect(unfolded).toContain('SUMMARY:한여름\\, 밤의 \\\\ 콘서트\\; 앙코르와')
  expect(unfolded).toContain('https://shop.example/events/7')
})

test('the opening is an entry of its own, a quarter of an hour ahead', () => {
  const unfolded = calendarOf(event, 'opening', 'en', null).replaceAll('\r\n ', '')
  for (const line of ['UID:opening-7@neticket', 'DTSTART:20261130T110000Z', 'DTEND:20261130T111000Z', 'TRIGGER:-PT15M']) {
    expect(unfolded.split('\r\n')).toContain(line)
  }
  expect(unfolded).toMatch(/SUMMARY:Opens: 한여름/)
  expect(unfolded).not.toContain('http')
})
