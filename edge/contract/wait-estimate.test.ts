import { expect, test } from 'vitest'
import { aheadOf } from './wait-estimate.ts'

test.each([
  ['no one has left', { serving: 10, issued: 30, gone: 0 }, 20, 10],
  ['the turn has come', { serving: 10, issued: 30, gone: 5 }, 9, 0],
  ['nine of ten have left the lobby, and the tenth waits alone', { serving: 0, issued: 10, gone: 9 }, 9, 0],
  ['half of the others have left', { serving: 0, issued: 101, gone: 50 }, 100, 50],
  ['all who are left are behind', { serving: 0, issued: 1, gone: 0 }, 0, 0],
])('the number of visitors ahead when %s', (_, snapshot, position, ahead) => {
  expect(aheadOf(snapshot, position)).toBe(ahead)
})
