import { expect, test } from 'vitest'
import { aheadOf } from './wait-estimate.ts'

test.each([
  ['no one has left', { serving: 10, issued: 30, gone: 0 }, 20, 10],
  ['the turn has come', { serving: 10, issued: 30, gone: 5 }, 9, 0],
  ['nine of ten have left the lobby, and the tenth waits alone', { serving: 0, issued: 10, gone: 9 }, 9, 0],
  ['half of the others have left', { serving: 0, issued: 101, gone: 50 }, 100, 50],
  ['the snapshot does not count the visitor’s ticket yet', { serving: 0, issued: 1, gone: 0 }, 1, 1],
  ['it counts nobody yet', { serving: 0, issued: 0, gone: 0 }, 5, 5],
  ['it counts one who has left, and not the visitor', { serving: 0, issued: 1, gone: 1 }, 1, 0],
  ['all who are left are behind', { serving: 0, issued: 1, gone: 0 }, 0, 0],
])('the number of visitors ahead when %s', (_, snapshot, position, ahead) => {
  expect(aheadOf(snapshot, position)).toBe(ahead)
})

test('the number ahead is a number of people for every snapshot, also one that is older than the ticket', () => {
  for (const serving of [0, 1, 2, 3]) {
    for (const issued of [0, 1, 2, 3, 4]) {
      for (const gone of [0, 1, 2]) {
        for (const position of [0, 1, 2, 3, 9]) {
          const ahead = aheadOf({ serving, issued, gone }, position)
          expect(Number.isInteger(ahead) && ahead >= 0, JSON.stringify({ serving, issued, gone, position, ahead })).toBe(true)
        }
      }
    }
  }
})
