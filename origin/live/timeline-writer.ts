import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'
import type { Database } from '../../db/mysql.ts'
import { KEPT_SECONDS, readSeconds, type RecordedSecond } from '../../db/redis/live/recorded-seconds.ts'
import { readSaleFigures } from '../../db/redis/sale/sale-figures.ts'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import type { TimelinePoint } from '../../edge/contract/live.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import { isActive, toPoint } from './live-frame.ts'
import { writePoints } from './sale-timeline.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** Intervals around the opening, and at all other times, in seconds. A minute is divided into intervals of one length. */
const SHORT = 10
const LONG = 60
/** The short intervals begin before the opening, when the lobby fills, and end when most sales are over. */
const BEFORE_OPENING_MS = 30 * 60_000
const AFTER_OPENING_MS = 3 * 3_600_000
const MAX_EVENTS = 1_000

/**
 * Writes the timelines of sales to MySQL from the seconds in Redis. Rows are computed from what is in Redis and replace themselves, so writing
 * an interval again changes nothing: after an outage of MySQL or a change of the recording origin, the last half hour is written again.
 */
export function createTimelineWriter(parts: Parts) {
  /** Up to which second each event has been written; 0 at first, which writes what Redis has. */
  const writtenTo = new LRUCache<number, number>({ max: MAX_EVENTS })
  const limit = pLimit(1)
  const waiting = new Set<number>()

  async function write(eventId: number): Promise<void> {
    const from = writtenTo.get(eventId) ?? 0
    const nowSecond = Math.floor(parts.now().getTime() / 1000)
    const max = Math.min(KEPT_SECONDS, nowSecond - from + LONG)
    const [seconds, sale] = await Promise.all([readSeconds(parts.redis, eventId, max), readSaleFigures(parts.redis, eventId)])
    const { points, to } = dividePoints(seconds, from, sale?.opensAtMs ?? null)
    await writePoints(parts.db, eventId, points.filter(isActive))
    writtenTo.set(eventId, to)
  }

  return {
    /** Writes the intervals of an event that have ended, in the background. `at`: the last recorded second. */
    onRecorded(eventId: number, at: number): void {
      if ((at + 1) % SHORT !== 0 || waiting.has(eventId)) return
      waiting.add(eventId)
      void limit(() => write(eventId))
        .catch((error) => isStoreUnavailable(error) || parts.log('timeline_failed', { eventId, ...describeError(error) }))
        .finally(() => waiting.delete(eventId))
    },
    /** Resolves when nothing is being written. */
    finish: () => limit(() => Promise.resolve()),
  }
}

/**
 * The complete intervals after `from` (seconds since the epoch) in these seconds, oldest first, and up to when they reach. An interval whose
 * beginning Redis has dropped is left out.
 */
export function dividePoints(
  seconds: readonly RecordedSecond[],
  from: number,
  opensAtMs: number | null,
): { points: TimelinePoint[]; to: number } {
  const [first, last] = [seconds.at(0), seconds.at(-1)]
  if (!first || !last) return { points: [], to: from }
  const isDropped = seconds.length >= KEPT_SECONDS - LONG
  const points: TimelinePoint[] = []
  let to = from
  let begin = minuteOf(Math.max(from, first.at))
  for (let next = begin; begin <= last.at; begin = next) {
    const length = lengthOf(begin, opensAtMs)
    next = begin + length
    if (next > last.at + 1) break
    if (begin < from || (isDropped && begin < first.at)) continue
    const inside = seconds.filter(({ at }) => at >= begin && at < next)
    if (inside.length > 0) points.push(toPoint(begin, length, inside))
    to = next
  }
  return { points, to }
}

const minuteOf = (second: number) => second - second % LONG

/** The length of the interval that begins at a second. */
function lengthOf(begin: number, opensAtMs: number | null): number {
  const sinceOpeningMs = opensAtMs === null ? Infinity : minuteOf(begin) * 1000 - opensAtMs
  return sinceOpeningMs >= -BEFORE_OPENING_MS && sinceOpeningMs < AFTER_OPENING_MS ? SHORT : LONG
}
