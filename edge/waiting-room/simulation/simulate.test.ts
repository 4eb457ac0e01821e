import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { tau } from '../../../test/kendall.ts'
import type { Admission } from '../room-plan.ts'
import { stepRoom } from '../admission.ts'
import { MAX_HOLD_MS } from '../room-state.ts'
import type { Report, Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

const ADMISSION: Admission = {
  mode: 'fifo',
  perMinute: 12_000,
  capacity: 5_000,
  turnMs: 60_000,
  passMs: 600_000,
  idleMs: 180_000,
  lobbyMs: 1_800_000,
  stepMs: 250,
}
/** 60,000 visitors arrive in the minute before the opening. The origin can serve 2,000 requests a second; admitted visitors send 1,000. */
const OPENING: Scenario = {
  seed: 1,
  admission: ADMISSION,
  opensAtMs: 60_000,
  untilMs: 240_000,
  arrivals: [{ people: 60_000, fromMs: 0, toMs: 60_000 }],
  noShows: 0,
  visit: { requests: 5, pauseMs: 1_000, seats: 1, buys: 1 },
  seats: null,
  origin: { workers: 16, serviceMs: 8 },
}
/** A full room: 1,000 active visits of one minute each. */
const FULL: Scenario = {
  ...OPENING,
  untilMs: 500_000,
  admission: { ...ADMISSION, perMinute: 60_000, capacity: 1_000 },
  visit: { requests: 10, pauseMs: 6_000, seats: 1, buys: 1 },
  origin: { workers: 64, serviceMs: 5 },
}
const SLOW = { fromMs: 120_000, toMs: 200_000, times: 4 }

/** Mean utilisation of the capacity, from second `from` on, over the seconds in which visitors were waiting. */
function utilisation(report: Report, capacity: number, from: number): number {
  const busy = report.seconds.slice(from).filter(({ waiting }) => waiting > 0)
  return busy.reduce((sum, { activeVisits }) => sum + activeVisits, 0) / busy.length / capacity
}

describe('a simulated room', { tags: ['slow'] }, () => {
  test('gives identical results for the same seed and different ones for another', () => {
    const bytes = (seed: number) =>
      createHash('sha256').update(JSON.stringify(simulate({ ...OPENING, seed, untilMs: 100_000 }).seconds)).digest('hex')
    expect(bytes(7)).toBe(bytes(7))
    expect(bytes(7)).not.toBe(bytes(8))
  })

  test('admits all of a million visitors who claim, and rejects none during a visit', () => {
    const report = simulate({
      ...OPENING,
      noShows: 0.1,
      untilMs: 900_000,
      arrivals: [{ people: 800_000, fromMs: 0, toMs: 60_000 }, { people: 200_000, fromMs: 60_000, toMs: 300_000 }],
      admission: { ...ADMISSION, perMinute: 120_000, capacity: 20_000 },
      visit: { requests: 4, pauseMs: 2_000, seats: 1, buys: 1 },
      origin: { workers: 64, serviceMs: 4 },
    })
    expect(report.entered).toBeGreaterThan(890_000)
    expect(report.entered).toBe(report.booked)
    expect([report.missed, report.rejected]).toEqual([0, 0])
    expect(report.maxActiveVisits).toBeLessThanOrEqual(20_000)
  })

  test('admits in order of arrival: Kendall’s tau of arrival and entry is at least 0.999', () => {
    const report = simulate({ ...OPENING, untilMs: 420_000 })
    const entries = [...report.enteredAtMs].filter((atMs) => atMs >= 0)
    expect(entries).toHaveLength(60_000)
    // Visitors called in one step enter in the order of their polls, so entries are compared in slots of five seconds.
    expect(tau(entries.map((atMs) => Math.floor(atMs / 5_000)))).toBeGreaterThanOrEqual(0.999)
  })

  test('stays full with 30 % no-shows, and never exceeds its capacity', () => {
    const report = simulate({ ...FULL, noShows: 0.3 })
    expect(utilisation(report, 1_000, 90)).toBeGreaterThanOrEqual(0.98)
    expect(report.maxActiveVisits).toBeLessThanOrEqual(1_000)
    expect(report.missed).toBe(0)
  })

  test('does not stay full if capacity is reserved for ten seconds for every called visitor (negative control)', () => {
    const report = simulate({
      ...FULL,
      noShows: 0.3,
      decide: (state, opening, admission, draw) => {
        const allClaim = { ...state, showRate: 1, settledShows: state.settleTo - state.settled }
        const step = stepRoom(allClaim, opening, admission, draw)
        return step && { ...step, holdMs: MAX_HOLD_MS }
      },
    })
    expect(utilisation(report, 1_000, 90)).toBeLessThan(0.95)
  })

  test('stays within its capacity, and uses it, at any size', () => {
    for (const [capacity, seed] of [[1, 1], [3, 2], [20, 3], [200, 4]] as const) {
      const report = simulate({
        ...FULL,
        seed,
        noShows: 0.2,
        untilMs: 400_000,
        arrivals: [{ people: 100 * capacity + 50, fromMs: 0, toMs: 60_000 }],
        admission: { ...FULL.admission, capacity },
      })
      expect(report.maxActiveVisits).toBe(capacity)
      expect(utilisation(report, capacity, 90), `capacity ${capacity}`).toBeGreaterThanOrEqual(0.8)
    }
  })

  test('brings the p95 of an origin that becomes four times slower back within its bound in ten seconds, and rejects no visit', () => {
    for (const seed of [1, 2, 3, 4]) {
      const report = simulate({ ...OPENING, seed, origin: { ...OPENING.origin, slow: SLOW } })
      const p95At = (second: number) => report.seconds[second]!.p95Ms
      expect(Math.max(...report.seconds.slice(100, 120).map(({ p95Ms }) => p95Ms))).toBeLessThan(500)
      expect(Math.max(p95At(122), p95At(124))).toBeGreaterThan(500)
      // Each figure describes the second before it.
      const shareWithin = (from: number, to: number) =>
        report.seconds.slice(from, to).filter(({ p95Ms }) => p95Ms < 500).length / (to - from)
      expect(shareWithin(131, 150), `seed ${seed}`).toBe(1)
      expect(shareWithin(131, 200), `seed ${seed}`).toBeGreaterThanOrEqual(0.95)
      expect(report.rejected).toBe(0)
      // Admission continues at the pace that the slow origin can carry.
      expect(report.seconds[200]!.entered - report.seconds[140]!.entered).toBeGreaterThan(3_000)
    }
  })

  test('leaves the origin slow without health steering (negative control)', () => {
    const report = simulate({
      ...OPENING,
      origin: { ...OPENING.origin, slow: SLOW },
      decide: (state, opening, admission, draw) => stepRoom({ ...state, slow: 0 }, opening, admission, draw),
    })
    for (let second = 131; second < 200; second++) expect(report.seconds[second]!.p95Ms).toBeGreaterThan(500)
  })

  test('returns to its full rate when the origin recovers', () => {
    const report = simulate({ ...OPENING, untilMs: 330_000, origin: { ...OPENING.origin, slow: { ...SLOW, toMs: 150_000 } } })
    const [from, to] = [report.seconds[280]!, report.seconds[320]!]
    expect((to.entered - from.entered) / 40).toBeGreaterThan(0.95 * 200)
  })

  test('recovers within seconds from an outage of one second', () => {
    const report = simulate({ ...OPENING, origin: { ...OPENING.origin, slow: { fromMs: 120_000, toMs: 121_000, times: 100 } } })
    const perSecond = (from: number, to: number) => (report.seconds[to]!.entered - report.seconds[from]!.entered) / (to - from)
    expect(perSecond(100, 120)).toBeGreaterThan(190)
    expect(perSecond(121, 125)).toBeLessThan(100)
    expect(perSecond(127, 135)).toBeGreaterThan(0.7 * 200)
    expect(perSecond(135, 150)).toBeGreaterThan(0.9 * 200)
  })

  test('keeps its rate when visitors who claim follow a crowd of no-shows', () => {
    const report = simulate({
      ...FULL,
      untilMs: 500_000,
      arrivals: [{ people: 3_000, fromMs: 0, toMs: 60_000 }, { people: 3_000, fromMs: 60_000, toMs: 61_000 }],
      noShows: (ticket) => ticket < 3_000,
      admission: { ...ADMISSION, perMinute: 600, capacity: 100_000 },
    })
    const perMinute = report.seconds.slice(60).map(({ entered }, i) => entered - report.seconds[i]!.entered)
    expect(Math.max(...perMinute)).toBeGreaterThan(400)
    // The show rate needs the length of a hold to rise again.
    expect(Math.max(...perMinute)).toBeLessThan(2 * 600)
  })

  test('admits at full rate at the opening even if the origin was slow during the lobby', () => {
    const entered = (fromMs: number, toMs: number) =>
      simulate({
        ...OPENING,
        untilMs: 90_000,
        admission: { ...ADMISSION, perMinute: 60_000 },
        decide: (state, opening, admission, draw) => {
          const isSlow = state.nowMs >= fromMs && state.nowMs < toMs
          return stepRoom(isSlow ? { ...state, answered: 20, slow: 8 } : state, opening, admission, draw)
        },
      }).seconds[75]!.entered
    expect(entered(50_000, 60_500)).toBe(entered(0, 0))
    expect(entered(62_000, 65_000)).toBeLessThan(entered(0, 0))
  })

  test('calls at most two visitors per seat left, and none when sold out', () => {
    const report = simulate({
      ...FULL,
      seats: 3_000,
      untilMs: 900_000,
      visit: { ...FULL.visit, buys: 0.9, seats: 2 },
    })
    expect(report.seconds.at(-1)!.seatsLeft).toBe(0)
    // 1,500 visitors bought two seats each; one in ten bought none; near the end two were called for each seat.
    expect(report.booked).toBe(1_500)
    expect(report.entered).toBeLessThan(2_500)
    const soldOutAt = report.seconds.findIndex(({ seatsLeft }) => seatsLeft === 0)
    expect(report.seconds.at(-1)!.entered - report.seconds[soldOutAt + 3]!.entered).toBe(0)
  })

  test('calls no visitor during a pause, and lets no turn lapse in it', () => {
    const pausedBetween = { fromMs: 100_000, toMs: 180_000 }
    const report = simulate({ ...OPENING, untilMs: 500_000, pausedBetween, admission: { ...ADMISSION, turnMs: 10_000 } })
    // Some visitors who were called before the pause poll only now.
    expect(report.seconds[180]!.entered - report.seconds[102]!.entered).toBeLessThan(10)
    expect([report.missed, report.entered]).toEqual([0, 60_000])
  })

  test('admits visitors who claim late within the second chance, and no later', () => {
    const late = { share: 0.2, byMs: 120_000 }
    const report = simulate({ ...FULL, untilMs: 800_000, arrivals: [{ people: 4_000, fromMs: 0, toMs: 60_000 }], late })
    expect([report.entered, report.missed]).toEqual([4_000, 0])
    const tooLate = simulate({
      ...FULL,
      untilMs: 1_200_000,
      arrivals: [{ people: 4_000, fromMs: 0, toMs: 60_000 }],
      late: { share: 0.2, byMs: 400_000 },
    })
    expect(tooLate.missed).toBeGreaterThan(500)
    expect(tooLate.entered + tooLate.missed).toBe(4_000)
  })

  test('estimates an upper bound of the wait: 90 % of visitors wait no longer than estimated on joining', () => {
    const report = simulate({ ...FULL, noShows: 0.1, arrivals: [{ people: 5_000, fromMs: 0, toMs: 200_000 }] })
    let [kept, all] = [0, 0]
    report.enteredAtMs.forEach((enteredAtMs, i) => {
      if (enteredAtMs < 0 || report.estimatedWaitMs[i]! < 0) return
      all++
      if (enteredAtMs - report.arrivedAtMs[i]! <= report.estimatedWaitMs[i]! + 3_000) kept++
    })
    expect(all).toBeGreaterThan(4_000)
    expect(kept / all).toBeGreaterThanOrEqual(0.9)
  })
})
