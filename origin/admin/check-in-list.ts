import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import { admissions, events, reservations, ticketTypes } from '../../db/schema.ts'
import type { CheckInEvent, CheckInList } from '../../edge/contract/check-in.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { Deps } from '../deps.ts'
import { catchUp } from '../reservation-list.ts'

type Parts = Pick<Deps, 'db' | 'writeBack' | 'ticketKeys' | 'now'>
type EventRow = typeof events.$inferSelect

/** Rows for each query, so that no query holds a connection for long. */
const BATCH = 5_000
/** Doors open before the event, and may stay open for a day. */
const AFTER_MS = 86_400_000
const MAX_EVENTS = 50

/** The events whose doors are open or will be, the next one first. */
export async function listCheckInEvents({ db, now }: Pick<Parts, 'db' | 'now'>, language: Language): Promise<CheckInEvent[]> {
  const rows = await db.select().from(events).where(and(
    eq(events.published, true),
    isNull(events.cancelledAt),
    gt(events.startsAt, new Date(now().getTime() - AFTER_MS)),
  )).orderBy(asc(events.startsAt), asc(events.id)).limit(MAX_EVENTS)
  return rows.map((row) => describe(row, language))
}

/** An event that admits people; null for a draft, for a rehearsal and for an unknown id. */
export async function findCheckInEvent({ db }: Pick<Parts, 'db'>, language: Language, id: number): Promise<CheckInEvent | null> {
  const [row] = await db.select().from(events)
    .where(and(eq(events.id, id), eq(events.published, true), isNull(events.rehearsalOf)))
  return row ? describe(row, language) : null
}

const describe = ({ id, title, titleEn, venue, venueEn, startsAt, zone }: EventRow, language: Language): CheckInEvent => ({
  id,
  title: language === 'ko' ? title : titleEn,
  venue: language === 'ko' ? venue : venueEn,
  startsAt: startsAt.toISOString(),
  zone,
})

/** Everything that a device needs to check the tickets of an event offline. */
export async function readCheckInList(parts: Parts, language: Language, event: CheckInEvent): Promise<CheckInList> {
  const { db, ticketKeys, now } = parts
  const asOf = now().toISOString()
  await catchUp(parts)
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, event.id)).orderBy(ticketTypes.sortOrder)
  return {
    event,
    ticketTypes: types.map(({ id, name, nameEn }) => ({ id, name: language === 'ko' ? name : nameEn })),
    reservations: await readReservations(parts, event.id),
    admitted: await readAdmitted(parts, event.id),
    keys: ticketKeys.publicKeys,
    asOf,
  }
}

async function readReservations({ db }: Pick<Parts, 'db'>, eventId: number): Promise<CheckInList['reservations']> {
  const all: CheckInList['reservations'] = []
  for (;;) {
    const last = all.at(-1)?.[0]
    const rows = await db.select({
      id: reservations.id,
      type: reservations.ticketTypeId,
      quantity: reservations.quantity,
      status: reservations.status,
    }).from(reservations).where(
      and(eq(reservations.eventId, eventId), last === undefined ? undefined : gt(reservations.id, last)),
    )
      .orderBy(asc(reservations.id)).limit(BATCH)
    for (const { id, type, quantity, status } of rows) all.push([id, type, status === 'confirmed' ? quantity : 0])
    if (rows.length < BATCH) return all
  }
}

async function readAdmitted({ db }: Pick<Parts, 'db'>, eventId: number): Promise<CheckInList['admitted']> {
  const rows = await db.select().from(admissions).where(eq(admissions.eventId, eventId))
  return rows.map(({ reservationId, ordinal, markId, at, device }) => ({
    reservation: reservationId,
    ordinal,
    markId,
    at: at.toISOString(),
    device,
  }))
}
