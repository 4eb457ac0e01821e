/**
 * How many visitors of a sale got how far, and how long they waited. The timeline of the sale (origin/live/sale-timeline.ts) has the counts. The
 * room has the turns that were called, until Redis drops it 30 days after its last change, and only since its last reset.
 */
import { eq, sql } from 'drizzle-orm'
import { saleTimeline } from '../../db/schema.ts'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { calledOf } from '../../edge/waiting-room/room-state.ts'
import type { Deps } from '../deps.ts'
import { readRoomState } from './room-figures.ts'

/** Counts over the whole sale. `called` and `noShows`: null if Redis does not have the room. */
export type SaleFunnel = {
  joined: number
  /** Turns that were called. */
  called: number | null
  /** Turns that nobody claimed. */
  noShows: number | null
  /** Passes issued. */
  entered: number
  booked: number
  cancelled: number
  /** With the time before the opening. By Little's law: the waiting visitors, summed over time, per visitor who joined. Null if nobody joined. */
  meanWaitSeconds: number | null
  /** The most visitors who waited at once. */
  longestQueue: number
}

/** Null if nothing of the sale was recorded. Throws StoreUnavailable. */
export async function readFunnel({ db, redis }: Pick<Deps, 'db' | 'redis'>, eventId: number): Promise<SaleFunnel | null> {
  const total = (expression: ReturnType<typeof sql>) => sql<number>`coalesce(sum(${expression}), 0)`.mapWith(Number)
  const { joins, passes, bookings, cancellations, waiting, seconds } = saleTimeline
  const [[sums], room] = await Promise.all([
    db.select({
      intervals: sql<number>`count(*)`.mapWith(Number),
      joined: total(sql`${joins}`),
      entered: total(sql`${passes}`),
      booked: total(sql`${bookings}`),
      cancelled: total(sql`${cancellations}`),
      waited: total(sql`${waiting} * ${seconds}`),
      longestQueue: sql<number>`coalesce(max(${waiting}), 0)`.mapWith(Number),
    }).from(saleTimeline).where(eq(saleTimeline.eventId, eventId)),
    readRoomState(redis, eventRoom(eventId)).catch((error: unknown) => {
      if (isStoreUnavailable(error)) return null
      throw error
    }),
  ])
  if (!sums || sums.intervals === 0) return null
  const { entered, booked, cancelled, waited, longestQueue } = sums
  // The timeline begins with the first look at a sale; who joined before is in the room only.
  const joined = Math.max(sums.joined, room?.issued ?? 0)
  return {
    joined,
    called: room && calledOf(room),
    noShows: room && room.missed,
    entered,
    booked,
    cancelled,
    meanWaitSeconds: joined === 0 ? null : Math.round(waited / joined),
    longestQueue,
  }
}
