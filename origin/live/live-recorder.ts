import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/mysql.ts'
import { LIVE_KEYS } from '../../db/redis/keys.ts'
import { isAudited } from '../../db/redis/live/audited.ts'
import { readCounts, readLiveEvents } from '../../db/redis/live/live-counts.ts'
import { readProcesses } from '../../db/redis/live/processes.ts'
import { appendSecond } from '../../db/redis/live/recorded-seconds.ts'
import { readSaleFigures } from '../../db/redis/sale/sale-figures.ts'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import type { ProcessHealth } from '../../edge/contract/live.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import { holdLease } from '../lease.ts'
import { toRecordedSecond } from './recorded-second.ts'
import { createTimelineWriter } from './timeline-writer.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date; newId(): string }

/** Events that are recorded at once: those with the latest activity. */
const MAX_EVENTS = 50
/** An event is recorded for this long after its last activity, so that its board and its timeline show the end of it. */
const SILENT_SECONDS = 30
/** Processes send the counts of a second right after it; those of the second before the last have arrived. */
const BEHIND_SECONDS = 2
/** Seconds to make up for after a delay. */
const MAX_CATCH_UP = 5
const LEASE_MS = 5_000

/**
 * Records every second of the events with activity, in one origin at a time: adds up what all edges and origins have counted, reads the seats,
 * and keeps the result in Redis for the live boards of all origins, and every ten seconds or minute in MySQL. Nothing waits for it. When
 * it fails, seconds are missing from the board.
 */
export function openLiveRecorder(parts: Parts): { close(): Promise<void> } {
  const { redis, log, now } = parts
  const ownId = parts.newId()
  const stopped = new AbortController()
  const timelines = createTimelineWriter(parts)
  let recordedTo = 0

  async function record(): Promise<void> {
    if (!await holdLease(redis, LIVE_KEYS.recorder, ownId, LEASE_MS)) return
    const last = Math.floor(now().getTime() / 1000) - BEHIND_SECONDS
    const eventIds = await readLiveEvents(redis, last - SILENT_SECONDS, MAX_EVENTS)
    const processes = eventIds.length > 0 ? await readProcesses(redis, now().getTime()) : []
    for (let at = Math.max(recordedTo + 1, last - MAX_CATCH_UP + 1); at <= last; at++) {
      await Promise.all(eventIds.map((eventId) => recordSecond(redis, eventId, at, processes)))
      recordedTo = at
      // Not awaited: MySQL may be slow, and the board is not.
      for (const eventId of eventIds) timelines.onRecorded(eventId, at)
    }
  }

  async function runSchedule(): Promise<void> {
    while (!stopped.signal.aborted) {
      // In the middle of a second, away from the reports of all processes.
      const waitMs = 1000 - (now().getTime() + 500) % 1000
      await sleep(waitMs, undefined, { signal: stopped.signal }).catch(() => {})
      if (stopped.signal.aborted) return
      await record().catch((error) => isStoreUnavailable(error) || log('live_record_failed', describeError(error)))
    }
  }
  const schedule = runSchedule()
  return {
    async close() {
      stopped.abort()
      await schedule
      await timelines.finish()
    },
  }
}

async function recordSecond(redis: Redis, eventId: number, at: number, processes: ProcessHealth[]): Promise<void> {
  const [counts, sale, audited] = await Promise.all([
    readCounts(redis, eventId, at),
    readSaleFigures(redis, eventId),
    isAudited(redis, eventId),
  ])
  await appendSecond(redis, eventId, toRecordedSecond(at, { counts, sale, processes, isAudited: audited }))
}
