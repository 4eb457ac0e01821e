import { expect, test } from 'vitest'
import { isTitle } from './act-input.ts'

test('a confirmation is the title in either language, and never empty', () => {
  const event = { title: '밤의 공연', titleEn: 'Night' }
  expect(['밤의 공연', 'Night', 'night', ''].map((text) => isTitle(text, event))).toEqual([true, true, false, false])
  expect(isTitle('', { title: '밤의 공연', titleEn: '' })).toBe(false)
})
