import { expect, test } from 'vitest'
import { openRecent } from './recent.ts'

test('keeps what is touched, forgets what is not, and never holds more than it may', () => {
  const recent = openRecent<number>(1_000)
  recent.set('kept', 1)
  recent.set('forgotten', 2)
  for (let i = 0; i < 1_000_000; i++) {
    recent.set(`other ${i}`, i)
    if (i % 400 === 0) expect(recent.get('kept')).toBe(1)
    if (i % 1_000 === 0) expect(recent.size()).toBeLessThanOrEqual(1_000)
  }
  expect(recent.get('forgotten')).toBeUndefined()
  recent.delete('kept')
  expect(recent.get('kept')).toBeUndefined()
})
