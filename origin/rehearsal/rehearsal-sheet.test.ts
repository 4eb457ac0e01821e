import { expect, test } from 'vitest'
import { createLoadFigures, peakRate } from './load-figures.ts'
import { forecastSale } from './rehearsal-forecast.ts'
import { type Integrity, makeSheet } from './rehearsal-sheet.ts'
import { scaleSeats } from './rehearsal-event.ts'
import { isSynthetic } from './synthetic-buyers.ts'

const INTEGRITY: Integrity = { seats: 100, sold: 96, left: 4, drift: 0, rows: 50, answered: 50, deadLetters: 0 }
const REAL = { buyers: 10_000, seats: 6_000 }

/** Fifty bookings of two seats, ten a second, each in `bookMs`. */
function load(bookMs = 20) {
  let ms = 0
  const figures = createLoadFigures(100, () => ms)
  for (let i = 0; i < 50; i++, ms += 100) {
    figures.joined()
    figures.admitted()
    figures.answered('book', bookMs, { status: 201, code: '' })
    figures.booked(2, 2_000)
  }
  return figures
}

test('measures rates, sell-out and response times', () => {
  const measured = load().measured()
  expect(measured).toMatchObject({ booked: 50, bookedSeats: 100, peakBookings: 10, meanBookings: 10, peakAdmissions: 10 })
  expect(measured).toMatchObject({ soldOutAfterMs: 4_900, meanVisitMs: 2_000, errors: 0 })
  expect(measured.steps.book).toEqual({ count: 50, p50Ms: 20, p95Ms: 20, p99Ms: 20 })
  expect(peakRate(new Map([[0, 5], [1, 5], [9, 9]]), 5)).toBe(2)
})

test('a sale that sold out, fast and exactly, is a go with settings and a forecast', () => {
  const sheet = makeSheet('completed', load().measured(), INTEGRITY)
  expect([sheet.verdict, sheet.reasons.map(({ code }) => code)]).toEqual(['go', ['sold_out', 'fast_bookings', 'seats_agree']])
  // 80 % of ten a second, for visits of 90 s.
  expect(sheet.suggestion).toEqual({ perMinute: 480, capacity: 720, visitSeconds: 90, isLowerBound: true })
  // By Little's law: 3,000 visits of two seats at eight a second, then the last visit.
  const { sellOutSeconds, longestWaitSeconds } = forecastSale(sheet.suggestion!, load().measured(), REAL)!
  expect(sellOutSeconds).toBeGreaterThan(375)
  expect(sellOutSeconds).toBeLessThan(2 * 465)
  expect(longestWaitSeconds).toBeGreaterThan(0.8 * 375)
  expect(longestWaitSeconds).toBeLessThan(sellOutSeconds!)
})

test('the forecast is the same for a scaled crowd, and finds seats that nobody needs', () => {
  const settings = { perMinute: 6_000, capacity: 9_000, visitSeconds: 90, isLowerBound: true }
  const large = forecastSale(settings, load().measured(), { buyers: 50_000, seats: 40_000 })!
  const small = forecastSale({ ...settings, perMinute: 600, capacity: 900 }, load().measured(), { buyers: 5_000, seats: 4_000 })!
  expect(large.sellOutSeconds).toBe(small.sellOutSeconds)
  expect(forecastSale(settings, load().measured(), { buyers: 1_000, seats: 40_000 })!.sellOutSeconds).toBeNull()
})

test('the load’s own limit is named and does not change the verdict', () => {
  const figures = load()
  figures.answered('join', 1, { status: 429, code: 'rate_limited' })
  const sheet = makeSheet('completed', figures.measured(), INTEGRITY)
  expect(sheet.verdict).toBe('go')
  expect(sheet.reasons).toContainEqual({ code: 'load_limited', isGood: false, value: 1 })
})

test.each([
  ['not_completed', () => makeSheet('stopped', load().measured(), INTEGRITY)],
  ['seats_disagree', () => makeSheet('completed', load().measured(), Object.assign({}, INTEGRITY, { drift: 1, left: 3 }))],
  ['seats_disagree', () => makeSheet('completed', load().measured(), Object.assign({}, INTEGRITY, { sold: 95 }))],
  ['bookings_lost', () => makeSheet('completed', load().measured(), Object.assign({}, INTEGRITY, { rows: 49 }))],
  ['dead_letters', () => makeSheet('completed', load().measured(), Object.assign({}, INTEGRITY, { deadLetters: 1 }))],
  ['never_sold', () => makeSheet('completed', createLoadFigures(100, () => 0).measured(), INTEGRITY)],
  ['not_sold_out', () => makeSheet('time_over', Object.assign(load().measured(), { soldOutAfterMs: null }), INTEGRITY)],
  ['slow_bookings', () => makeSheet('completed', load(1_001).measured(), INTEGRITY)],
  ['errors', () => makeSheet('completed', Object.assign(load().measured(), { errors: 1 }), INTEGRITY)],
  ['write_back_late', () => makeSheet('completed', Object.assign(load().measured(), { maxLagMs: 16_000 }), INTEGRITY)],
])('%s is a no go', (code, make) => {
  const sheet = make()
  expect(sheet.verdict).toBe('no_go')
  expect(sheet.reasons.filter(({ isGood }) => !isGood).map((reason) => reason.code)).toEqual([code])
})

test('every ticket type that has seats keeps one', () => {
  expect([scaleSeats(1_000, 0.1), scaleSeats(3, 0.01), scaleSeats(0, 0.5)]).toEqual([100, 1, 0])
})

test('no nickname that a sign-up accepts is synthetic', () => {
  expect(isSynthetic('~1.a')).toBe(true)
  for (const nickname of ['관객', 'rehearsal', 'r1']) expect(isSynthetic(nickname)).toBe(false)
})
