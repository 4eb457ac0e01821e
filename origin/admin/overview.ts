import { and, asc, count, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { deadLetters, events, ticketTypes } from '../../db/schema.ts'
import { readSale } from '../../db/redis/sale/sale.ts'
import type { Deps } from '../deps.ts'
import { readLiveLedgers } from '../ledger.ts'

type Parts = Pick<Deps, 'db' | 'redis' | 'writeBack' | 'now'>
type EventName = { id: number; title: string; titleEn: string }

/** What operators should look at now, the most urgent first. */
export type Attention =
  /** The seats in Redis and MySQL disagree; the sale is paused until someone repairs it. */
  | { kind: 'paused'; event: EventName }
  /** Bookings that could not be written as rows. */
  | { kind: 'dead_letters'; event: EventName; entries: number }
  /** A cancelled event with seats that are still booked. `isLate`: it should have finished. */
  | { kind: 'cancelling'; event: EventName; seats: number; isLate: boolean }
  /** Log entries wait for MySQL for longer than usual. */
  | { kind: 'write_back_late'; seconds: number }
  | { kind: 'stopped'; event: EventName; message: string }
  | { kind: 'opens_soon'; event: EventName; opensAt: Date }

export type Opening = EventName & { opensAt: Date; venue: string; venueEn: string }
export type Overview = { attention: Attention[]; openings: Opening[] }

const SOON_MS = 3_600_000
/** The write-back normally needs a second or two. */
const LATE_SECONDS = 15
const MAX_OPENINGS = 20
/** Cancelling the reservations of an event takes some minutes at most. */
const CANCELLED_WITHIN_MS = 600_000
const MAX_CANCELLATIONS = 20

/** Reads what the first admin page shows. Throws StoreUnavailable. */
export async function readOverview(parts: Parts): Promise<Overview> {
  const { db, writeBack, now } = parts
  const at = now()
  const name = { id: events.id, title: events.title, titleEn: events.titleEn }
  const [paused, cancelling, letters, stopped, openings] = await Promise.all([
    readPaused(parts),
    readCancelling(parts),
    db.select({ id: events.id, title: events.title, titleEn: events.titleEn, entries: count() }).from(deadLetters)
      .innerJoin(events, eq(events.id, deadLetters.eventId)).where(isNull(events.rehearsalOf)).groupBy(
        events.id,
        events.title,
        events.titleEn,
      ),
    db.select({ event: name, message: events.stopMessage }).from(events)
      .where(
        and(eq(events.published, true), eq(events.saleState, 'stopped'), isNull(events.cancelledAt), gt(events.closesAt, at)),
      ),
    db.select({
      id: events.id,
      title: events.title,
      titleEn: events.titleEn,
      opensAt: events.opensAt,
      venue: events.venue,
      venueEn: events.venueEn,
    })
      .from(events).where(and(eq(events.published, true), isNull(events.cancelledAt), gt(events.opensAt, at))).orderBy(
        asc(events.opensAt),
      ).limit(
        MAX_OPENINGS,
      ),
  ])
  const lateSeconds = Math.round(writeBack.status().lagMs / 1000)
  const attention: Attention[] = [
    paused.map((event): Attention => ({ kind: 'paused', event })),
    letters.map(({ entries, ...event }): Attention => ({ kind: 'dead_letters', event, entries })),
    cancelling,
    lateSeconds > LATE_SECONDS ? [{ kind: 'write_back_late', seconds: lateSeconds } satisfies Attention] : [],
    stopped.map((row): Attention => ({ kind: 'stopped', event: row.event, message: row.message })),
    openings.filter(({ opensAt }) => opensAt.getTime() - at.getTime() <= SOON_MS)
      .map(({ opensAt, ...event }): Attention => ({ kind: 'opens_soon', event, opensAt })),
  ].flat()
  return { attention, openings }
}

/** The sales that the inventory watch has paused. */
async function readPaused({ db, redis, now }: Parts): Promise<EventName[]> {
  const live = await readLiveLedgers(db, now())
  const sales = await Promise.all(live.map(({ eventId }) => readSale(redis, eventId)))
  const ids = live.flatMap(({ eventId }, i) => sales[i]?.paused ? [eventId] : [])
  if (ids.length === 0) return []
  return await db.select({ id: events.id, title: events.title, titleEn: events.titleEn }).from(events).where(
    and(inArray(events.id, ids), isNull(events.rehearsalOf)),
  )
}

/** Cancelled events of which MySQL still has seats as sold (origin/event-cancellation.ts), the earliest cancellation first. */
async function readCancelling({ db, now }: Parts): Promise<Attention[]> {
  const seats = sql<number>`sum(${ticketTypes.sold})`.mapWith(Number)
  const late = new Date(now().getTime() - CANCELLED_WITHIN_MS)
  const rows = await db.select({
    id: events.id,
    title: events.title,
    titleEn: events.titleEn,
    cancelledAt: events.cancelledAt,
    seats,
  }).from(events).innerJoin(ticketTypes, eq(ticketTypes.eventId, events.id))
    .where(and(isNotNull(events.cancelledAt), isNull(events.rehearsalOf)))
    .groupBy(events.id, events.title, events.titleEn, events.cancelledAt)
    .having(sql`sum(${ticketTypes.sold}) > 0`)
    .orderBy(asc(events.cancelledAt)).limit(MAX_CANCELLATIONS)
  return rows.map(({ seats, cancelledAt, ...event }) => ({ kind: 'cancelling', event, seats, isLate: cancelledAt! <= late }))
}
