import { expect, test } from 'vitest'
import { storeAhead } from './store-clock.ts'

test('a response of the store that was late does not make its clock late', () => {
  const measured = [-40, -3, -180, -60, -5]
  let ahead = -90
  for (const ms of measured) ahead = storeAhead(ahead, ms)
  expect(ahead).toBeCloseTo(-3.3)
})

test('clocks that drift apart are followed, and another clock is taken at once', () => {
  let ahead = 0
  for (let i = 0; i < 1_000; i++) ahead = storeAhead(ahead, -50)
  expect(ahead).toBe(-50)
  expect(storeAhead(ahead, -5_000)).toBe(-5_000)
})
