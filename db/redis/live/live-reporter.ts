import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessHealth, QueueFigures } from '../../../edge/contract/live.ts'
import { isStoreUnavailable } from '../../store-unavailable.ts'
import { addCounts, type CounterName } from './live-counts.ts'
import { reportProcess } from './processes.ts'

type Parts = {
  redis: Redis
  process: Pick<ProcessHealth, 'id' | 'kind' | 'version'>
  /** The health of this process, at each report. */
  health(): Pick<ProcessHealth, 'isHealthy' | 'lagMs'>
  /** The rooms of events that this process ticks; an origin has none. */
  rooms(): RoomOfEvent[]
  /** The time, in milliseconds since the epoch. */
  now(): number
  log(event: string, facts?: object): void
}
export type RoomOfEvent = { eventId: number; figures: QueueFigures }

/** Events that are counted in one second, and those of them that are reported: the ones with the most activity. */
const MAX_COUNTED = 1_000
const MAX_REPORTED = 100
/** After a report that took longer, one is skipped: its counts are sent with the next one. */
const SLOW_MS = 300
/** How long after the end of a second its counts are sent. */
const AFTER_SECOND_MS = 20

export type LiveReporter = {
  /** Counts something of an event in the present second. Makes no store call. */
  add(eventId: number, name: CounterName, by?: number): void
  /** Reports that were not sent, because Redis was slow or unreachable. */
  dropped(): number
  close(): Promise<void>
}

type Counts = Map<number, Map<CounterName, number>>

/**
 * Counts what happens to each event, and adds it to Redis once a second, in one pipeline, together with a report of this process's health.
 * Nobody waits for it: while Redis is slow, reports are skipped, and those that fail are lost. `dropped` counts both.
 */
export function openLiveReporter(parts: Parts): LiveReporter {
  const { redis, now, log } = parts
  const stopped = new AbortController()
  const upSince = new Date(now()).toISOString()
  let counts: Counts = new Map()
  let dropped = 0
  let redisMs = 0

  async function report(second: number): Promise<void> {
    if (redisMs > SLOW_MS) {
      redisMs = 0
      dropped++
      return
    }
    const counted = counts
    counts = new Map()
    const startedAt = performance.now()
    const process = { ...parts.process, ...parts.health(), upSince, reportedAt: new Date(now()).toISOString(), redisMs, dropped }
    const sent = mostActive(counted, parts.rooms()).map(({ eventId, counts, room }) =>
      addCounts(redis, eventId, second, { counts, room })
    )
    try {
      await Promise.all(sent.concat(reportProcess(redis, process)))
    } catch (error) {
      dropped++
      // The client reports that Redis is lost and found again.
      if (!isStoreUnavailable(error)) log('live_report_failed', { error: String(error) })
    }
    redisMs = Math.round(performance.now() - startedAt)
  }

  async function runSchedule(): Promise<void> {
    while (!stopped.signal.aborted) {
      const second = Math.floor(now() / 1000)
      const waitMs = (second + 1) * 1000 - now() + AFTER_SECOND_MS
      await sleep(waitMs, undefined, { signal: stopped.signal }).catch(() => {})
      await report(second)
    }
  }
  const schedule = runSchedule()

  return {
    add(eventId, name, by = 1) {
      let own = counts.get(eventId)
      if (!own) {
        if (counts.size >= MAX_COUNTED) return
        own = new Map()
        counts.set(eventId, own)
      }
      own.set(name, (own.get(name) ?? 0) + by)
    },
    dropped: () => dropped,
    async close() {
      stopped.abort()
      await schedule
    },
  }
}

/** The events to report: those with the most counts and visitors. A room without visitors is reported only with counts. */
function mostActive(counted: Counts, rooms: readonly RoomOfEvent[]) {
  const byEvent = new Map(rooms.map(({ eventId, figures }) => [eventId, figures]))
  const eventIds = new Set([
    ...counted.keys(),
    ...rooms.filter(({ figures }) => visitorsIn(figures) > 0).map(({ eventId }) => eventId),
  ])
  const events = [...eventIds].map((eventId) => {
    const counts: ReadonlyMap<CounterName, number> = counted.get(eventId) ?? new Map()
    const room = byEvent.get(eventId) ?? null
    const activity = [...counts.values()].reduce((sum, count) => sum + count, 0) + (room ? visitorsIn(room) : 0)
    return { eventId, counts, room, activity }
  })
  return events.sort((a, b) => b.activity - a.activity).slice(0, MAX_REPORTED)
}

const visitorsIn = ({ waiting, active }: QueueFigures): number => waiting + active
