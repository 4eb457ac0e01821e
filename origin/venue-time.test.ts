import { expect, test } from 'vitest'
import { startOfDay } from './venue-time.ts'

test('startOfDay() returns midnight at the venue, in any zone of the server', () => {
  expect(startOfDay(new Date('2026-11-28T09:00:00Z'), 'Asia/Seoul').toISOString()).toBe('2026-11-27T15:00:00.000Z')
  expect(startOfDay(new Date('2026-11-28T14:59:59Z'), 'Asia/Seoul').toISOString()).toBe('2026-11-27T15:00:00.000Z')
  expect(startOfDay(new Date('2026-11-28T15:00:00Z'), 'Asia/Seoul').toISOString()).toBe('2026-11-28T15:00:00.000Z')
})

test('startOfDay() is right on days when summer time begins or ends', () => {
  expect(startOfDay(new Date('2026-03-29T18:00:00Z'), 'Europe/Berlin').toISOString()).toBe('2026-03-28T23:00:00.000Z')
  expect(startOfDay(new Date('2026-10-25T18:00:00Z'), 'Europe/Berlin').toISOString()).toBe('2026-10-24T22:00:00.000Z')
})
