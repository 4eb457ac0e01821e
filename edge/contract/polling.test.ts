import { describe, expect, test } from 'vitest'
import { type Snapshot } from './rooms.ts'
import { nextPollMs } from './polling.ts'
import { estimateWaitMs } from './wait-estimate.ts'
import { createSeededRandom } from '../../runtime/seeded-random.ts'

const SNAPSHOT: Snapshot = {
  room: 'event-1',
  phase: 'open',
  epoch: 1,
  serving: 1_000,
  issued: 200_000,
  gone: 0,
  drawn: null,
  commitment: null,
  seed: null,
  opensAt: null,
  serverTime: '2026-11-28T09:00:00.000Z',
  perMinute: 6_000,
  vacant: 0,
  outflow: 6_000,
  heldBy: 'rate',
  seatsLeft: null,
  message: null,
  pollAfterMs: 2_000,
}
const inSeconds = (seconds: number) => new Date(Date.parse(SNAPSHOT.serverTime) + seconds * 1000).toISOString()

describe('estimateWaitMs()', () => {
  test('calls the vacant positions at the full rate and later ones at the outflow, plus a quarter', () => {
    expect(estimateWaitMs({ ...SNAPSHOT, vacant: 500, outflow: 600 }, 1_099)).toBe(1.25 * 100 * 10)
    expect(estimateWaitMs({ ...SNAPSHOT, vacant: 100, outflow: 600 }, 1_199)).toBe(1.25 * (100 * 10 + 100 * 100))
  })

  test('adds the time to the opening, and counts all tickets as ahead before a draw', () => {
    const lobby: Snapshot = { ...SNAPSHOT, phase: 'lobby', serving: 0, opensAt: inSeconds(60) }
    expect(estimateWaitMs(lobby, 0)).toBe(60_000 + 12.5)
    expect(estimateWaitMs({ ...lobby, commitment: 'c' }, 0)).toBe(60_000 + 12.5 * 200_000)
  })

  test('is finite for extreme figures', () => {
    for (const [perMinute, outflow, vacant] of [[1, 1, 0], [10_000_000, 1, 10_000_000], [1, 10_000_000, 1]] as const) {
      for (const position of [0, 999, 1_000, 10_000_000]) {
        expect(Number.isFinite(estimateWaitMs({ ...SNAPSHOT, perMinute, outflow, vacant }, position))).toBe(true)
      }
    }
  })
})

describe('nextPollMs()', () => {
  test('is an eighth of the wait, at most 25 seconds, with 20 % of jitter', () => {
    const next = (position: number, random: number) =>
      nextPollMs(SNAPSHOT, position, estimateWaitMs(SNAPSHOT, position), random, false)
    expect([next(5_000, 0), next(5_000, 1)].map(Math.round)).toEqual([5_001, 7_502])
    expect([next(100_000, 0), next(100_000, 1)].map(Math.round)).toEqual([20_000, 30_000])
    expect(next(9_000, 0.5)).toBeCloseTo(8_001 * 12.5 / 8)
  })

  test('is 1 s for visitors who are next, and 2.5 s at least from 3,125 others ahead', () => {
    const next = (ahead: number, isFirst = false) => Math.round(nextPollMs(SNAPSHOT, 1_000 + ahead, 0, 0.5, isFirst))
    expect([0, 1_250, 2_500, 3_125, 100_000].map((ahead) => next(ahead))).toEqual([1_000, 1_000, 2_000, 2_500, 2_500])
    expect([next(10, true), next(100_000, true)]).toEqual([1_500, 3_750])
  })

  test('lets visitors who are next cause at most 2,400 polls a second, for any capacity and estimate', () => {
    let perSecond = 0
    for (let ahead = 0; ahead < 3_125; ahead++) perSecond += 1_000 / nextPollMs(SNAPSHOT, 1_000 + ahead, 0, 0.5, false)
    expect(perSecond).toBeLessThanOrEqual(2_400)
  })

  test('is a 64th of the wait in a crowd that causes fewer than 5,000 polls a second', () => {
    const next = (issued: number, wait: number) => nextPollMs({ ...SNAPSHOT, issued }, 100, wait, 0.5, false)
    expect([next(51_000, 160_000), next(151_000, 160_000), next(2_000, 160_000), next(2_000, 320_000)])
      .toEqual([10_000, 20_000, 2_500, 5_000])
  })

  test('is at most ten seconds in a small crowd, for any estimated wait', () => {
    const next = (issued: number) => nextPollMs({ ...SNAPSHOT, issued, outflow: 300 }, 3_000, 4_000_000, 0.5, false)
    expect([next(3_000), next(51_000), next(101_000)]).toEqual([10_000, 10_000, 20_000])
  })

  test('spreads visitors who joined at once: the busiest tenth of a second has at most 1.3 times the mean', () => {
    expect(peakOverMean(createSeededRandom(1))).toBeLessThanOrEqual(1.3)
  })

  test('polls in waves without jitter (negative control)', () => {
    expect(peakOverMean(() => 0.5)).toBeGreaterThan(10)
  })

  test('moves a poll that would fall after the opening to a time that depends on the size of the crowd', () => {
    const lobby: Snapshot = { ...SNAPSHOT, phase: 'lobby', serving: 0, opensAt: inSeconds(5), commitment: 'c', issued: 50_000 }
    const next = (random: number) => nextPollMs(lobby, 3, estimateWaitMs(lobby, 3), random, false)
    expect([next(0), next(1)]).toEqual([5_500, 10_500])
    expect(nextPollMs({ ...lobby, opensAt: inSeconds(600) }, 3, 640_000, 0.5, false)).toBe(10_000)
  })

  test('is about 1.7 seconds when the seats may be sold out soon, also for first polls', () => {
    const ending: Snapshot = { ...SNAPSHOT, seatsLeft: 2_000, outflow: 6_000, issued: 51_000 }
    const [few, next] = [
      { ...ending, issued: 35_000 },
      (random: number, isFirst = false) => nextPollMs(few, 9_000, 1_000_000, random, isFirst),
    ]
    expect([next(0), next(0.5), next(1), next(0, true), next(1, true)].map(Math.round)).toEqual([1_360, 1_700, 2_040, 300, 2_000])
    expect(nextPollMs(ending, 100_000, 1_000_000, 0.5, false)).toBe(2_500)
    expect(nextPollMs({ ...ending, issued: 201_000 }, 100_000, 1_000_000, 0.5, false)).toBe(10_000)
    expect(nextPollMs({ ...ending, seatsLeft: 5_000 }, 100_000, 2_000_000, 0.5, false)).toBe(10_000)
  })
})

/** Peak over mean of the polls of 200,000 visitors who joined at once, in minutes two to five. */
function peakOverMean(random: () => number): number {
  const polls = new Uint32Array(3_000)
  for (let visitor = 0; visitor < 200_000; visitor++) {
    const waitMs = 3_600_000
    let atMs = nextPollMs(SNAPSHOT, visitor, waitMs, random(), true)
    while (atMs < 300_000) {
      polls[Math.floor(atMs / 100)]!++
      atMs += nextPollMs(SNAPSHOT, visitor, waitMs, random(), false)
    }
  }
  const steady = polls.subarray(600)
  return Math.max(...steady) / (steady.reduce((sum, count) => sum + count, 0) / steady.length)
}
