import type { RecordedSecond } from '../../db/redis/live/recorded-seconds.ts'
import type { InventoryLight, LiveFrame, Percentiles, ProcessHealth, TimelinePoint } from '../../edge/contract/live.ts'
import { percentileOf } from '../../runtime/latency-histogram.ts'

/** The time over which the rate of a projection is measured. */
const PROJECTION_SECONDS = 30
/** An edge may report a room late; its figures count for this long. */
const QUEUE_SECONDS = 5
/** A rate over less time than this is chance. */
const MIN_PROJECTION_SECONDS = 5

/** The last of these seconds, oldest first, as operators see it. */
export function toFrame(seconds: readonly RecordedSecond[], processes: ProcessHealth[]): LiveFrame {
  const second = seconds.at(-1)!
  const { left, total } = seatsOf(second)
  return {
    at: new Date(second.at * 1000).toISOString(),
    status: second.status,
    inventory: inventoryOf(second),
    bookingsPerSecond: second.bookings,
    seatsPerSecond: second.seats,
    cancellationsPerSecond: second.cancellations,
    errorsPerSecond: second.errors,
    joinsPerSecond: second.joins,
    passes: second.passes,
    refusals: second.refused,
    queue: seconds.findLast(({ at, queue }) => queue !== null && at > second.at - QUEUE_SECONDS)?.queue ?? null,
    seats: second.ticketTypes.map(({ id, left, total }) => ({ id, left, sold: total - left, total })),
    left,
    total,
    latency: { edge: percentilesOf([second.edge]), origin: percentilesOf([second.origin]) },
    writeBackLagMs: second.lagMs,
    projectedSellOutAt: projectSellOut(seconds),
    processes,
  }
}

function inventoryOf({ status, isAudited }: RecordedSecond): InventoryLight {
  if (status === 'paused') return 'drift'
  return isAudited ? 'agreed' : 'unknown'
}

function seatsOf({ ticketTypes }: RecordedSecond): { left: number; total: number } {
  const sum = (pick: (type: { left: number; total: number }) => number) => ticketTypes.reduce((all, type) => all + pick(type), 0)
  return { left: sum((type) => type.left), total: sum((type) => type.total) }
}

/**
 * When the last seat is sold if seats go on to sell as in the last half minute, cancellations included. Null when none were sold on balance,
 * when the sale does not sell, or when its capacity changed meanwhile.
 */
export function projectSellOut(seconds: readonly RecordedSecond[]): string | null {
  const now = seconds.at(-1)
  if (!now || now.status !== 'on_sale') return null
  const then = seconds.find(({ at, ticketTypes }) => at >= now.at - PROJECTION_SECONDS && ticketTypes.length > 0)
  if (!then || now.at - then.at < MIN_PROJECTION_SECONDS) return null
  const [before, after] = [seatsOf(then), seatsOf(now)]
  const sold = before.left - after.left
  if (before.total !== after.total || sold <= 0) return null
  const secondsLeft = after.left * (now.at - then.at) / sold
  return new Date(Math.round((now.at + secondsLeft) * 1000)).toISOString()
}

/** The percentiles of several seconds together. */
function percentilesOf(buckets: readonly Record<string, number>[]): Percentiles {
  const counts = new Map<number, number>()
  for (const [bucket, count] of buckets.flatMap((each) => Object.entries(each))) {
    counts.set(Number(bucket), (counts.get(Number(bucket)) ?? 0) + count)
  }
  const p50 = percentileOf(counts, 0.5)
  const p95 = percentileOf(counts, 0.95)
  const p99 = percentileOf(counts, 0.99)
  return p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 }
}

/** An interval of a timeline from the seconds that were recorded in it, oldest first; at least one. `at`: seconds since the epoch. */
export function toPoint(at: number, length: number, seconds: readonly RecordedSecond[]): TimelinePoint {
  const sum = (pick: (second: RecordedSecond) => number) => seconds.reduce((all, second) => all + pick(second), 0)
  const last = seconds.at(-1)!
  const queue = seconds.findLast((second) => second.queue !== null)?.queue ?? null
  const seats = last.ticketTypes.length > 0 ? seatsOf(last) : null
  // Buyers wait for the edge. Without measurements there, as in a site without edges, those of the origin.
  const latency = percentilesOf(seconds.map(({ edge }) => edge)) ?? percentilesOf(seconds.map(({ origin }) => origin))
  return {
    at: new Date(at * 1000).toISOString(),
    seconds: length,
    bookings: sum(({ bookings }) => bookings),
    seats: sum(({ seats }) => seats),
    cancellations: sum(({ cancellations }) => cancellations),
    refused: sum(({ refused }) => Object.values(refused).reduce((all, count) => all + count, 0)),
    errors: sum(({ errors }) => errors),
    joins: sum(({ joins }) => joins),
    passes: sum(({ passes }) => passes),
    waiting: queue?.waiting ?? 0,
    lobby: queue?.lobby ?? 0,
    active: queue?.active ?? 0,
    left: seats?.left ?? null,
    total: seats?.total ?? null,
    p50: latency?.p50 ?? null,
    p95: latency?.p95 ?? null,
    p99: latency?.p99 ?? null,
    lagMs: last.lagMs,
  }
}

/** Whether anything happened in an interval. */
export const isActive = (point: TimelinePoint): boolean =>
  point.bookings + point.cancellations + point.refused + point.errors + point.joins + point.passes + point.waiting +
      point.active > 0
