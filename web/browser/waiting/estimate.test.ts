import { expect, test } from 'vitest'
import { reviseEnd } from './estimate.ts'

const NOW = 1_000_000
const inSeconds = (seconds: number) => NOW + 1000 * seconds

test('announces the first estimate without an explanation', () => {
  expect(reviseEnd(0, inSeconds(60), NOW)).toEqual({ endMs: inSeconds(60), explanation: 'keep' })
})

test('keeps an announced end while the estimate is at most 30 seconds or 15 % later', () => {
  expect(reviseEnd(inSeconds(60), inSeconds(90), NOW)).toEqual({ endMs: inSeconds(60), explanation: 'keep' })
  expect(reviseEnd(inSeconds(1_000), inSeconds(1_150), NOW)).toEqual({ endMs: inSeconds(1_000), explanation: 'keep' })
})

test('explains an end that is later than that, and removes the explanation for an earlier one', () => {
  expect(reviseEnd(inSeconds(60), inSeconds(91), NOW)).toEqual({ endMs: inSeconds(91), explanation: 'show' })
  expect(reviseEnd(inSeconds(91), inSeconds(90), NOW)).toEqual({ endMs: inSeconds(90), explanation: 'hide' })
})
