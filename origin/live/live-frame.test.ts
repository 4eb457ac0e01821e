import { expect, test } from 'vitest'
import type { RecordedSecond } from '../../db/redis/live/recorded-seconds.ts'
import { isActive, projectSellOut, toFrame, toPoint } from './live-frame.ts'
import { toRecordedSecond } from './recorded-second.ts'
import { joinPoints } from './sale-timeline.ts'
import { dividePoints } from './timeline-writer.ts'

const AT = 1_800_000_000

function second(at: number, left: number, more: Partial<RecordedSecond> = {}): RecordedSecond {
  const sale = {
    opensAtMs: (AT - 60) * 1000,
    closesAtMs: (AT + 86_400) * 1000,
    isStopped: false,
    isPaused: false,
    ticketTypes: [{ id: 1, left, total: 1_000 }],
  }
  return Object.assign(toRecordedSecond(at, { counts: {}, sale, processes: [], isAudited: true }), more)
}

test('the projection follows the seats sold on balance in the last half minute', () => {
  // 10 seats a second; the minute before was twice as fast and does not count.
  const seconds = Array.from({ length: 61 }, (_, i) => second(AT + i, i < 30 ? 1_600 - 20 * i : 1_300 - 10 * i))
  expect(projectSellOut(seconds)).toBe(new Date((AT + 60 + 70) * 1000).toISOString())
})

test.each<[string, RecordedSecond[]]>([
  ['nothing is sold', [second(AT, 500), second(AT + 30, 500)]],
  ['more seats come back than are sold', [second(AT, 500), second(AT + 30, 520)]],
  ['too little time has passed', [second(AT, 500), second(AT + 2, 400)]],
  ['the sale is stopped', [second(AT, 500), second(AT + 30, 400, { status: 'stopped' })]],
  ['seats were withdrawn', [second(AT, 500), second(AT + 30, 100, { ticketTypes: [{ id: 1, left: 100, total: 600 }] })]],
  ['there is no second', []],
])('nothing is projected when %s', (_, seconds) => expect(projectSellOut(seconds)).toBe(null))

test.each(
  [
    ['upcoming', { opensAtMs: (AT + 1) * 1000 }],
    ['on_sale', {}],
    ['sold_out', { ticketTypes: [{ id: 1, left: 0, total: 5 }] }],
    ['closed', { closesAtMs: AT * 1000 }],
    ['stopped', { isStopped: true }],
    ['paused', { isStopped: true, isPaused: true }],
  ] as const,
)('the state of a sale is %s', (status, more) => {
  const sale = {
    opensAtMs: 0,
    closesAtMs: Infinity,
    isStopped: false,
    isPaused: false,
    ticketTypes: [{ id: 1, left: 1, total: 5 }],
  }
  const parts = {
    counts: {},
    sale: { ...sale, ...more, ticketTypes: [...'ticketTypes' in more ? more.ticketTypes : sale.ticketTypes] },
  }
  expect(toRecordedSecond(AT, { ...parts, processes: [], isAudited: true }).status).toBe(status)
})

test('the inventory light is green only after a recent audit, and red while a drift pauses the sale', () => {
  const lightOf = (more: Partial<RecordedSecond>) => toFrame([second(AT, 5, more)], []).inventory
  expect([lightOf({}), lightOf({ isAudited: false }), lightOf({ status: 'paused' })]).toEqual(['agreed', 'unknown', 'drift'])
})

test('the lag is that of the origin with the latest write-back; a silent origin tells none', () => {
  const origin = (lagMs: number, ageMs: number) => ({
    id: String(lagMs),
    kind: 'origin' as const,
    version: '1',
    upSince: '',
    reportedAt: new Date(AT * 1000 - ageMs).toISOString(),
    redisMs: 1,
    isHealthy: true,
    lagMs,
    dropped: 0,
  })
  const lagOf = (processes: ReturnType<typeof origin>[]) =>
    toRecordedSecond(AT, { counts: {}, sale: null, processes, isAudited: false }).lagMs
  expect(lagOf([origin(900, 1_000), origin(400, 1_000), origin(100, 20_000)])).toBe(400)
  expect(lagOf([origin(100, 20_000)])).toBe(null)
})

test('intervals are short around the opening and long else, complete, and in order', () => {
  const opensAtMs = (AT + 3_600) * 1000
  const seconds = Array.from({ length: 1_500 }, (_, i) => second(AT + 1_020 + i, 500))
  const { points, to } = dividePoints(seconds, 0, opensAtMs)
  const begins = points.map(({ at }) => Date.parse(at) / 1000)
  expect(points[0]).toMatchObject({ at: new Date((AT + 1_020) * 1000).toISOString(), seconds: 60 })
  // Half an hour before the opening.
  expect(points.find(({ seconds }) => seconds === 10)?.at).toBe(new Date((AT + 1_800) * 1000).toISOString())
  begins.slice(1).forEach((begin, i) => expect(begin).toBe(begins[i]! + points[i]!.seconds))
  expect(to).toBe(begins.at(-1)! + points.at(-1)!.seconds)
  // What was written is not written again, and an interval that has not ended is not written.
  expect(dividePoints(seconds, to, opensAtMs).points).toEqual([])
})

test('an interval whose beginning is no longer known is left out', () => {
  const seconds = Array.from({ length: 1_800 }, (_, i) => second(AT + 25 + i, 500))
  expect(Date.parse(dividePoints(seconds, 0, null).points[0]!.at) / 1000).toBe(AT + 60)
})

test('a point adds counts and merges durations; without counts and visitors it is not active', () => {
  const quiet = toPoint(AT, 10, [second(AT, 7)])
  expect([isActive(quiet), quiet.left, quiet.p50]).toEqual([false, 7, null])
  const busy = toPoint(AT, 10, [
    second(AT, 7, { bookings: 2, refused: { sold_out: 3, busy: 1 }, origin: { 5: 99 } }),
    second(AT + 1, 4, { bookings: 1, origin: { 10: 1 } }),
  ])
  expect(busy).toMatchObject({ bookings: 3, refused: 4, left: 4, p50: 10, p99: 10 })
  expect(isActive(busy)).toBe(true)
})

test('a long timeline is joined without losing a booking', () => {
  const points = Array.from(
    { length: 1_001 },
    (_, i) => toPoint(AT + 10 * i, 10, [second(AT + 10 * i, 1_000 - i, { bookings: i })]),
  )
  const joined = joinPoints(points, 300)
  expect(joined.length).toBeLessThanOrEqual(300)
  const sum = (all: typeof points) => all.reduce((total, { bookings, seconds }) => total + bookings + seconds, 0)
  expect(sum(joined)).toBe(sum(points))
  expect(joined.at(-1)!.left).toBe(0)
})
