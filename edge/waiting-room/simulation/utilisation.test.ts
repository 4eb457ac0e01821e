import { describe, expect, test } from 'vitest'
import { stepRoom } from '../admission.ts'
import { MAX_HOLD_MS } from '../room-state.ts'
import type { Report, Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

const OPENS_AT_MS = 10_000
/** A room of less than a second's rate is filled by now: the first visitors have claimed, and others in place of the no-shows. */
const FILL_SECONDS = 5
/** Larger rooms fill at their rate. They have measured their no-shows by now. */
const WARM_UP_SECONDS = 30

type Case = {
  capacity: number
  visitMs: number
  clients: 'polling' | 'streaming'
  noShows: number
  seed: number
  measuredSeconds: number
}

/** A room with a waiting crowd from the opening to the end. */
function fullRoom({ capacity, visitMs, clients, noShows, seed, measuredSeconds }: Case): Scenario {
  const seconds = WARM_UP_SECONDS + measuredSeconds
  const visits = capacity * (1 + seconds * 1_000 / visitMs)
  return {
    seed,
    clients,
    noShows,
    admission: {
      mode: 'fifo',
      perMinute: 120_000,
      capacity,
      turnMs: 60_000,
      passMs: 1_200_000,
      idleMs: 600_000,
      lobbyMs: 1_800_000,
      stepMs: 250,
    },
    opensAtMs: OPENS_AT_MS,
    untilMs: OPENS_AT_MS + seconds * 1_000,
    arrivals: [{ people: Math.ceil(1.3 * visits / (1 - noShows)) + 50, fromMs: 0, toMs: OPENS_AT_MS }],
    visit: { requests: 5, pauseMs: visitMs / 5, seats: 1, buys: 1 },
    seats: null,
    origin: { workers: 64, serviceMs: 2 },
    slowMs: 10_000,
  }
}

/** The mean share of the capacity in use between two times after the opening. Fails if the queue was empty at the end. */
function utilisation({ seconds }: Report, capacity: number, fromSecond: number, toSecond = Infinity): number {
  const opensAt = OPENS_AT_MS / 1_000
  const measured = seconds.slice(opensAt + fromSecond, opensAt + toSecond)
  expect(measured.at(-1)!.waiting).toBeGreaterThan(0)
  return measured.reduce((sum, { activeVisits }) => sum + activeVisits, 0) / measured.length / capacity
}

const TARGETS = [
  { capacity: 100, visitMs: 20_000, clients: 'polling', target: 0.98 },
  { capacity: 50, visitMs: 10_000, clients: 'streaming', target: 0.96 },
  { capacity: 50, visitMs: 10_000, clients: 'polling', target: 0.94 },
] as const
const SEEDS = [1, 2, 3, 4, 5]

describe('a small room with 30 % no-shows', { tags: ['slow'] }, () => {
  test.each(TARGETS)('of $capacity with $clients clients is $target full, and never over its capacity', ({ target, ...room }) => {
    const reports = SEEDS.map((seed) => simulate(fullRoom({ ...room, noShows: 0.3, seed, measuredSeconds: 120 })))
    const mean = (from: number, to?: number) =>
      reports.reduce((sum, report) => sum + utilisation(report, room.capacity, from, to), 0) / reports.length
    expect(mean(FILL_SECONDS)).toBeGreaterThanOrEqual(target)
    // It loses at most a hundredth while it fills.
    expect(mean(FILL_SECONDS, WARM_UP_SECONDS)).toBeGreaterThanOrEqual(target - 0.01)
    expect(Math.max(...reports.map(({ maxActiveVisits }) => maxActiveVisits))).toBe(room.capacity)
    expect(reports.map(({ missed, rejected }) => missed + rejected)).toEqual(SEEDS.map(() => 0))
  })

  test.each(TARGETS)(
    'of $capacity with $clients clients misses $target if all are expected to claim within ten seconds (negative control)',
    ({ target, ...room }) => {
      const scenario = fullRoom({ ...room, noShows: 0.3, seed: 1, measuredSeconds: 120 })
      const report = simulate({
        ...scenario,
        decide: (state, opening, admission, draw) => {
          const allClaim = { ...state, showRate: 1, settledShows: state.settleTo - state.settled, delayMs: 1_500, timedClaims: 0 }
          const step = stepRoom(allClaim, opening, admission, draw)
          return step && { ...step, holdMs: MAX_HOLD_MS }
        },
      })
      expect(utilisation(report, room.capacity, FILL_SECONDS)).toBeLessThan(target)
    },
  )

  test.each(TARGETS)(
    'of $capacity with $clients clients fills late if it reserves ten seconds for its first visitors (negative control)',
    ({ target, ...room }) => {
      const report = simulate({
        ...fullRoom({ ...room, noShows: 0.3, seed: 1, measuredSeconds: 30 }),
        decide: (state, opening, admission, draw) => {
          const step = stepRoom(state, opening, admission, draw)
          return step && state.nowMs < OPENS_AT_MS + MAX_HOLD_MS ? { ...step, holdMs: MAX_HOLD_MS } : step
        },
      })
      expect(utilisation(report, room.capacity, FILL_SECONDS, WARM_UP_SECONDS)).toBeLessThan(target - 0.02)
    },
  )
})

/** The least share that a room of this size must reach: visits of a few seconds are shorter than two polls of a visitor. */
const leastShare = ({ capacity, visitMs }: Case): number =>
  Math.min(capacity < 50 ? 0.94 : capacity < 1_000 ? 0.97 : 0.98, visitMs <= 5_000 ? (capacity < 100 ? 0.82 : 0.93) : 1)

const SIZES = [20, 100, 1_000, 5_000, 20_000]
const VISITS_MS = [5_000, 20_000, 60_000, 600_000]
/** Rooms of up to 334 visits a second: the simulation of others takes too long for a test. */
const SWEEP = SIZES.flatMap((capacity) => VISITS_MS.map((visitMs) => ({ capacity, visitMs })))
  .filter(({ capacity, visitMs }) => capacity / visitMs <= 0.334)

describe('rooms of 20 to 20,000', { tags: ['slow'] }, () => {
  test.each(SWEEP)('of $capacity with visits of $visitMs ms stay full with 0 to 60 % no-shows, polling or streaming', (room) => {
    for (const clients of ['polling', 'streaming'] as const) {
      for (const [seed, noShows] of [0, 0.3, 0.6].entries()) {
        const one = { ...room, clients, noShows, seed: seed + 11, measuredSeconds: 60 }
        const report = simulate(fullRoom(one))
        const name = JSON.stringify(one)
        expect(utilisation(report, room.capacity, WARM_UP_SECONDS), name).toBeGreaterThanOrEqual(leastShare(one))
        expect(report.maxActiveVisits, name).toBeLessThanOrEqual(room.capacity)
        expect([report.missed, report.rejected], name).toEqual([0, 0])
      }
    }
  }, 900_000)
})
