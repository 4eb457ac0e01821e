import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import type { Problem, ProblemCode } from '../edge/contract/problems.ts'
import type { Rehearsal, RehearsalSheet } from '../edge/contract/rehearsals.ts'
import type { Viewer } from '../web/admin/admin-document.tsx'
import { RehearsalPage, type RehearsalPageProps } from '../web/admin/pages/rehearsal.tsx'

const STARTED = '2026-11-28T08:00:00.000Z'

const times = (count: number, p50Ms: number) => ({ count, p50Ms, p95Ms: p50Ms * 3, p99Ms: p50Ms * 7 })

const sheet: RehearsalSheet = {
  end: 'completed',
  verdict: 'go',
  reasons: [
    { code: 'sold_out', isGood: true, value: 14 },
    { code: 'fast_bookings', isGood: true, value: 126 },
    { code: 'seats_agree', isGood: true, value: 480 },
    { code: 'load_limited', isGood: false, value: 37 },
  ],
  soldOutAfterMs: 14_200,
  joined: 1_000,
  admitted: 620,
  bookings: { count: 338, peakPerSecond: 61, meanPerSecond: 24.1 },
  cancellations: 17,
  steps: { join: times(1_000, 9), poll: times(4_821, 3), claim: times(702, 12), book: times(410, 18), cancel: times(17, 40) },
  refusals: [{ code: 'not_your_turn', count: 82 }, { code: 'sold_out', count: 72 }, { code: 'rate_limited', count: 37 }],
  errors: 0,
  requests: 6_950,
  maxLagMs: 1_240,
  integrity: { seats: 500, sold: 480, left: 20, drift: 0, rows: 338, answered: 338, deadLetters: 0 },
  suggestion: { perMinute: 2_880, capacity: 4_320, visitSeconds: 90, isLowerBound: true },
  forecast: { buyers: 50_000, seats: 25_000, sellOutSeconds: 437, longestWaitSeconds: 347 },
}

const failed: RehearsalSheet = Object.assign({}, sheet, {
  end: 'time_over',
  verdict: 'no_go',
  reasons: [
    { code: 'not_sold_out', isGood: false, value: 212 },
    { code: 'slow_bookings', isGood: false, value: 2_310 },
    { code: 'seats_agree', isGood: true, value: 288 },
  ],
  soldOutAfterMs: null,
  suggestion: Object.assign({}, sheet.suggestion, { isLowerBound: false }),
})

const done: Rehearsal = {
  id: 2,
  state: 'done',
  buyers: 1_000,
  seconds: 60,
  expected: 50_000,
  startedAt: STARTED,
  endedAt: STARTED,
  progress: null,
  sheet,
}
const running: Rehearsal = Object.assign({}, done, {
  state: 'running',
  endedAt: null,
  progress: { elapsedSeconds: 11, joined: 1_000, admitted: 412, booked: 290, seatsLeft: 61 },
  sheet: null,
})

/** The page of rehearsals in each state. */
export function rehearsalPreviews(
  language: Language,
  viewer: Viewer,
  failure: (code: ProblemCode, field?: string) => Problem,
): Record<string, VNode> {
  const page = (items: Rehearsal[], problem?: Problem) => {
    const props: RehearsalPageProps = {
      language,
      viewer,
      event: { id: 2, title: '낮과 밤 사이', titleEn: 'Between day and night' },
      items,
      input: { buyers: '500', seconds: '60', expected: '50000' },
      problem,
    }
    return <RehearsalPage {...props} />
  }
  return {
    'rehearsal, none': page([]),
    'rehearsal, wrong input': page([], failure('validation_failed', 'buyers')),
    'rehearsal, refused': page([done], failure('rehearsal_refused')),
    'rehearsal, preparing': page([Object.assign({}, running, { progress: null })]),
    'rehearsal, running': page([running]),
    'rehearsal, stopping': page([Object.assign({}, running, { state: 'stopping' })]),
    'rehearsal, removing': page([Object.assign({}, running, { state: 'removing' })]),
    'rehearsal, go': page([
      done,
      Object.assign({}, done, { id: 1, sheet: failed }),
      Object.assign({}, done, { id: 0, sheet: null }),
    ]),
    'rehearsal, no go': page([Object.assign({}, done, { sheet: failed })]),
    'rehearsal, interrupted': page([Object.assign({}, done, { sheet: null })]),
  }
}
