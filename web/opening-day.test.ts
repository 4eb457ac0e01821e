import { expect, test } from 'vitest'
import { isJustOpened, openingDay } from './opening-day.ts'

/** 23:30 in Korea. */
const NOW = '2026-11-28T14:30:00Z'

test.each([
  ['2026-11-28T14:45:00Z', '오늘 23:45 오픈', 'Today 23:45'],
  ['2026-11-28T15:00:00Z', '내일 00:00 오픈', 'Tomorrow 00:00'],
  ['2026-11-30T11:00:00Z', '오픈 D-2', 'In 2 days'],
  ['2026-12-12T11:00:00Z', '오픈 D-14', 'In 14 days'],
  ['2026-12-24T11:00:00Z', '12월 24일 오픈', 'Opens Dec 24'],
])('a sale that opens at %s opens %s', (opensAt, ko, en) => {
  expect([openingDay(opensAt, NOW, 'ko'), openingDay(opensAt, NOW, 'en')]).toEqual([ko, en])
})

test('an event on sale is just opened for six hours', () => {
  const opened = (opensAt: string, status: 'on_sale' | 'sold_out' = 'on_sale') => isJustOpened({ status, opensAt }, NOW)
  expect([opened('2026-11-28T08:31:00Z'), opened('2026-11-28T08:30:00Z'), opened('2026-11-28T14:00:00Z', 'sold_out')])
    .toEqual([true, false, false])
})
