import { expect, test } from 'vitest'
import { instantAt, isZone, localMinute, moveWithClock, startOfDay, ZONES } from './venue-time.ts'

test('startOfDay() returns midnight at the venue, in any zone of the server', () => {
  expect(startOfDay(new Date('2026-11-28T09:00:00Z'), 'Asia/Seoul').toISOString()).toBe('2026-11-27T15:00:00.000Z')
  expect(startOfDay(new Date('2026-11-28T14:59:59Z'), 'Asia/Seoul').toISOString()).toBe('2026-11-27T15:00:00.000Z')
  expect(startOfDay(new Date('2026-11-28T15:00:00Z'), 'Asia/Seoul').toISOString()).toBe('2026-11-28T15:00:00.000Z')
})

test('startOfDay() is right on days when summer time begins or ends', () => {
  expect(startOfDay(new Date('2026-03-29T18:00:00Z'), 'Europe/Berlin').toISOString()).toBe('2026-03-28T23:00:00.000Z')
  expect(startOfDay(new Date('2026-10-25T18:00:00Z'), 'Europe/Berlin').toISOString()).toBe('2026-10-24T22:00:00.000Z')
})

test('localMinute() and instantAt() convert between the clock of the venue and instants', () => {
  const opening = new Date('2026-11-28T11:00:30Z')
  expect(localMinute(opening, 'Asia/Seoul')).toBe('2026-11-28T20:00')
  expect(instantAt('2026-11-28T20:00', 'Asia/Seoul')).toEqual(new Date('2026-11-28T11:00:00Z'))
  expect(instantAt('2026-11-28T20:00:00', 'America/New_York')).toEqual(new Date('2026-11-29T01:00:00Z'))
})

test('instantAt() refuses a minute that the clock skips, and takes the earlier one of two', () => {
  expect(instantAt('2026-03-08T02:30', 'America/New_York')).toBeNull()
  expect(instantAt('2026-11-01T01:30', 'America/New_York')).toEqual(new Date('2026-11-01T05:30:00Z'))
  for (const text of ['', 'x', '2026-02-30T10:00', '2026-11-28 20:00', '2026-11-28T20:00Z']) {
    expect(instantAt(text, 'Asia/Seoul')).toBeNull()
  }
})

test('moveWithClock() keeps the hour on the wall clock across summer time', () => {
  const at = (text: string) => instantAt(text, 'America/New_York')!
  const moved = moveWithClock(at('2026-10-24T20:00'), at('2026-10-30T19:00'), at('2026-11-06T18:30'), 'America/New_York')
  expect(localMinute(moved, 'America/New_York')).toBe('2026-10-31T19:30')
  const later = moveWithClock(at('2026-10-30T20:00'), at('2026-10-31T19:00'), at('2026-11-06T19:00'), 'America/New_York')
  expect(localMinute(later, 'America/New_York')).toBe('2026-11-05T20:00')
})

test('isZone() knows the zones of the time zone database only', () => {
  expect([isZone('Asia/Seoul'), isZone('UTC'), isZone('Mars/Base'), isZone('')]).toEqual([true, true, false, false])
  expect(ZONES.length).toBeGreaterThan(300)
})
