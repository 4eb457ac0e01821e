import type { RehearsalEnd, RehearsalReason, RehearsalSheet } from '../../edge/contract/rehearsals.ts'
import type { MeasuredLoad } from './load-figures.ts'

/** From 99 % of bookings: slower than this is noticed by buyers. */
const SLOW_BOOKING_MS = 1_000
/** The same threshold as on the first admin page. */
const LATE_MS = 15_000
const MAX_ERROR_SHARE = 0.01
/** Room for what a rehearsal does not have, such as images and slow networks. */
const SAFETY = 0.8
/** A person needs longer than a synthetic buyer. A room that has sold before learns the real mean. */
const REAL_VISIT_SECONDS = 90
const ROUND_TO = 10

export type Integrity = RehearsalSheet['integrity']

/** Judges a rehearsal, and suggests settings of the room for the real opening. A pure function of what was measured. The forecast follows. */
export function makeSheet(end: RehearsalEnd, load: MeasuredLoad, integrity: Integrity): RehearsalSheet {
  const reasons = judge(end, load, integrity)
  const isGo = reasons.every(({ code, isGood }) => isGood || code === 'load_limited')
  const suggestion = suggest(load, isGo)
  return {
    end,
    verdict: isGo ? 'go' : 'no_go',
    reasons,
    soldOutAfterMs: load.soldOutAfterMs,
    joined: load.joined,
    admitted: load.admitted,
    bookings: { count: load.booked, peakPerSecond: load.peakBookings, meanPerSecond: Math.round(load.meanBookings * 10) / 10 },
    cancellations: load.cancelled,
    steps: load.steps,
    refusals: load.refusals,
    errors: load.errors,
    requests: load.requests,
    maxLagMs: Math.round(load.maxLagMs),
    integrity,
    suggestion,
    forecast: null,
  }
}

function judge(end: RehearsalEnd, load: MeasuredLoad, integrity: Integrity): RehearsalReason[] {
  const { seats, sold, left, drift, rows, answered, deadLetters } = integrity
  const reasons: RehearsalReason[] = []
  const add = (isGood: boolean, code: RehearsalReason['code'], value: number) => void reasons.push({ code, isGood, value })
  const p99Ms = load.steps.book.p99Ms
  const errorShare = load.requests > 0 ? load.errors / load.requests : 0
  if (end === 'stopped' || end === 'interrupted' || end === 'failed') add(false, 'not_completed', 0)
  if (drift !== 0 || sold + left !== seats) add(false, 'seats_disagree', seats - sold - left)
  if (rows < answered) add(false, 'bookings_lost', answered - rows)
  if (deadLetters > 0) add(false, 'dead_letters', deadLetters)
  if (load.booked === 0) add(false, 'never_sold', 0)
  else if (load.soldOutAfterMs === null && end === 'time_over') add(false, 'not_sold_out', left)
  if (p99Ms > SLOW_BOOKING_MS) add(false, 'slow_bookings', p99Ms)
  if (errorShare > MAX_ERROR_SHARE) add(false, 'errors', load.errors)
  if (load.maxLagMs > LATE_MS) add(false, 'write_back_late', Math.round(load.maxLagMs / 1_000))
  if (load.soldOutAfterMs !== null) add(true, 'sold_out', Math.round(load.soldOutAfterMs / 1_000))
  if (load.booked > 0 && p99Ms <= SLOW_BOOKING_MS) add(true, 'fast_bookings', p99Ms)
  if (drift === 0 && sold + left === seats && rows >= answered) add(true, 'seats_agree', sold)
  const limited = load.refusals.find(({ code }) => code === 'rate_limited')?.count ?? 0
  if (limited > 0) add(false, 'load_limited', limited)
  return reasons
}

/** What the shop has carried without harm is a lower bound of what it can carry. */
function suggest(load: MeasuredLoad, isLowerBound: boolean): RehearsalSheet['suggestion'] {
  if (load.peakAdmissions === 0 || load.booked === 0) return null
  const carried = load.peakAdmissions * 60 * (isLowerBound ? SAFETY : SAFETY / 2)
  const perMinute = Math.max(ROUND_TO, Math.floor(carried / ROUND_TO) * ROUND_TO)
  const capacity = Math.max(ROUND_TO, Math.ceil(perMinute / 60 * REAL_VISIT_SECONDS / ROUND_TO) * ROUND_TO)
  return { perMinute, capacity, visitSeconds: REAL_VISIT_SECONDS, isLowerBound }
}
