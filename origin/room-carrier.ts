import { LRUCache } from 'lru-cache'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Database } from '../db/mysql.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { carryRoom, readOpenRooms } from './admin/room-settings.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

export type RoomCarrier = {
  /** Compares once; the schedule does so too. Throws StoreUnavailable. */
  carry(): Promise<void>
  close(): Promise<void>
}

/** Rooms that were written are compared with Redis again after this many runs: it may have lost them. */
const RUNS_PER_CHECK = 5
const MAX_ROOMS = 5_000

/**
 * Writes to Redis what operators have set for rooms (origin/admin/room-settings.ts), where it differs: for events that were published since,
 * and after a failure. Every origin does this.
 */
export function openRoomCarrier({ db, redis, log, now }: Parts, everyMs: number): RoomCarrier {
  const stopped = new AbortController()
  /** The revision of each room that this origin has written. */
  const written = new LRUCache<string, number>({ max: MAX_ROOMS })
  let runs = 0

  async function carry(): Promise<void> {
    if (runs++ % RUNS_PER_CHECK === 0) written.clear()
    for (const { room, record } of await readOpenRooms(db, now())) {
      if (written.get(room) === record.revision) continue
      await carryRoom(redis, room, record)
      written.set(room, record.revision)
    }
  }
  async function runSchedule() {
    let isFailing = false
    while (!stopped.signal.aborted) {
      const failure = await carry().then(() => null, (error: unknown) => ({ error }))
      // Once per outage.
      if (failure && !isFailing) log('rooms_not_carried', describeError(failure.error))
      isFailing = failure !== null
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const schedule = runSchedule()
  return {
    carry,
    async close() {
      stopped.abort()
      await schedule
    },
  }
}
