import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Queryable } from '../db/mysql.ts'
import type { SeatTotal } from '../db/redis/sale/sale-change.ts'
import { events, reservations, ticketTypes } from '../db/schema.ts'
import type { AdminEvent } from '../edge/contract/admin-events.ts'
import { describeAdminEvent } from './admin-event.ts'
import { type Operator, recordAct } from './audit-log.ts'
import { type ChangePlan, FIELDS } from './event-change-plan.ts'
import { parseNotice } from './event-notice.ts'

/** Whether there is an event with this id that is no rehearsal. */
export async function isEvent(db: Pick<Queryable, 'select'>, eventId: number): Promise<boolean> {
  const [event] = await db.select({ id: events.id }).from(events).where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  return event !== undefined
}

/** An event with its ticket types; null if there is none, and for a rehearsal, which operators neither see nor change. */
export async function readEvent(tx: Pick<Queryable, 'select'>, eventId: number) {
  const [event] = await tx.select().from(events).where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  if (!event) return null
  const types = await tx.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  return {
    event,
    types,
    soldOf: (ticketTypeId: number): number => types.find(({ id }) => id === ticketTypeId)?.sold ?? 0,
    describe: (now: Date): AdminEvent => describeAdminEvent(event, types, now),
  }
}

/**
 * Writes everything of a plan but seats, and raises the version. Returns the seats to move, with those of added ticket types, which have none
 * yet. Writes nothing if only seats change.
 */
export async function writePlan(
  tx: Queryable,
  plan: ChangePlan,
  { eventId, at }: { eventId: number; at: Date },
): Promise<SeatTotal[]> {
  const { event, fields, prices, names, added, removed, seats } = plan
  if (Object.keys(fields).length + prices.length + names.length + added.length + removed.length === 0) return seats
  await tx.update(events).set({
    ...fields,
    // People may keep what they booked under the former limit.
    highestLimit: fields.limitPerPerson === undefined
      ? event.highestLimit
      : Math.max(event.highestLimit ?? 0, event.limitPerPerson),
    version: sql`${events.version} + 1`,
    updatedAt: at,
  }).where(eq(events.id, eventId))
  const ofType = (id: number) => and(eq(ticketTypes.id, id), eq(ticketTypes.eventId, eventId))
  for (const { ticketTypeId, after } of prices) await tx.update(ticketTypes).set({ price: after }).where(ofType(ticketTypeId))
  for (const { ticketTypeId, after } of names) await tx.update(ticketTypes).set(after).where(ofType(ticketTypeId))
  if (removed.length > 0) await tx.delete(ticketTypes).where(inArray(ticketTypes.id, removed.map(({ id }) => id)))
  return seats.concat(await addTypes(tx, plan, eventId))
}

async function addTypes(tx: Queryable, { added, nextSortOrder }: ChangePlan, eventId: number): Promise<SeatTotal[]> {
  const totals: SeatTotal[] = []
  for (const [i, { name, nameEn, price, seats }] of added.entries()) {
    const row = { eventId, sortOrder: nextSortOrder + i, name, nameEn, price, seats: 0 }
    const [{ insertId }] = await tx.insert(ticketTypes).values(row)
    if (seats > 0) totals.push({ ticketTypeId: insertId, before: 0, after: seats })
  }
  return totals
}

/** Whether one of these ticket types has a reservation, even a cancelled one. */
export async function haveReservations(tx: Queryable, ticketTypeIds: number[]): Promise<boolean> {
  if (ticketTypeIds.length === 0) return false
  const [found] = await tx.select({ id: reservations.id }).from(reservations)
    .where(inArray(reservations.ticketTypeId, ticketTypeIds)).limit(1)
  return found !== undefined
}

type ChangeAct = { eventId: number; actor: Operator; reason: string; at: Date; action: string }

/** Records a change in the audit log. Seats have one more row of their own, which also exists if the process dies meanwhile (booking-rows.ts). */
export async function recordChange(
  tx: Queryable,
  plan: ChangePlan,
  { eventId, actor, reason, at, action }: ChangeAct,
): Promise<void> {
  const { event, fields, prices, names, seats, added, removed } = plan
  const readable = (row: Partial<typeof event>) => ({
    ...Object.fromEntries(FIELDS.filter((field) => field in fields).map((field) => [field, row[field]])),
    ...('notice' in fields && { notice: parseNotice(row.notice ?? null) }),
  })
  const detail = {
    before: readable(event),
    after: readable(fields),
    prices,
    seats,
    ...(names.length > 0 && { names }),
    ...(added.length > 0 && { added }),
    ...(removed.length > 0 && { removed: removed.map(({ id, name }) => ({ id, name })) }),
  }
  await recordAct(tx, { at, actor, action, subject: `event:${eventId}`, reason, detail })
}
