import { expect, test } from 'vitest'
import { monthOf, monthsAround } from './opening-months.ts'

/** Already December in Korea. */
const NOW = new Date('2026-11-30T15:30:00Z')

test.each([
  ['2027-01', '2027-01'],
  ['2025-12', '2025-12'],
  ['2025-11', null],
  ['2028-12', '2028-12'],
  ['2029-01', null],
  ['2027-13', null],
  ['soon', null],
  ['', null],
  [undefined, '2026-12'],
])('the month %s is shown as %s', (requested, month) => expect(monthOf(requested, NOW)).toBe(month))

test('a month begins and ends in Korea, and has neighbours within reach', () => {
  expect(monthsAround('2026-12', NOW)).toEqual({
    from: new Date('2026-11-30T15:00:00Z'),
    until: new Date('2026-12-31T15:00:00Z'),
    previous: '2026-11',
    next: '2027-01',
  })
  expect(monthsAround('2025-12', NOW).previous).toBe(null)
  expect(monthsAround('2028-12', NOW).next).toBe(null)
})
