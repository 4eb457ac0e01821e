import { and, asc, eq, gt, isNull, lt } from 'drizzle-orm'
import type { Database } from '../../db/mysql.ts'
import { events, ledgers, ticketTypes } from '../../db/schema.ts'

/** No rehearsal runs this long before and after a real opening. */
const AROUND_OPENING_MS = 3_600_000
/** A sale that has sold within this time is busy. */
const BUSY_MS = 60_000

type EventName = { title: string; titleEn: string }

/** Why a rehearsal of an event must not start. */
export type Obstacle =
  | { kind: 'not_found' }
  /** The origin does not know the address of an edge (EDGE_URL). */
  | { kind: 'no_edge' }
  /** The event has no seats. */
  | { kind: 'no_seats' }
  /** Another one runs, or its data is being removed. */
  | { kind: 'running' }
  | { kind: 'opening'; event: EventName }
  | { kind: 'busy_sale'; event: EventName }

/** Finds what forbids a rehearsal now: a rehearsal loads the same edges, origins and stores as real sales. Null: nothing. */
export async function findObstacle(
  db: Database,
  { eventId, edgeUrl, now }: { eventId: number; edgeUrl: string | null; now: Date },
): Promise<Obstacle | null> {
  const [event] = await db.select({ id: events.id }).from(events).where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  if (!event) return { kind: 'not_found' }
  if (edgeUrl === null) return { kind: 'no_edge' }
  const [withSeats] = await db.select({ id: ticketTypes.id }).from(ticketTypes)
    .where(and(eq(ticketTypes.eventId, eventId), gt(ticketTypes.seats, 0))).limit(1)
  if (!withSeats) return { kind: 'no_seats' }
  const name = { title: events.title, titleEn: events.titleEn }
  const isReal = and(eq(events.published, true), isNull(events.rehearsalOf))
  const at = (ms: number) => new Date(now.getTime() + ms)
  const [opening] = await db.select(name).from(events)
    .where(and(isReal, gt(events.opensAt, now), lt(events.opensAt, at(AROUND_OPENING_MS)))).orderBy(asc(events.opensAt)).limit(1)
  if (opening) return { kind: 'opening', event: opening }
  const [busy] = await db.select(name).from(ledgers).innerJoin(events, eq(events.id, ledgers.eventId))
    .where(and(isReal, eq(ledgers.live, true), gt(ledgers.seq, 0), gt(ledgers.writtenBackAt, at(-BUSY_MS)))).limit(1)
  return busy ? { kind: 'busy_sale', event: busy } : null
}
