import { asc, eq } from 'drizzle-orm'
import { events, mails, openingReminders, reservationChanges, reservations, ticketTypes, users } from '../../db/schema.ts'
import type { Deps } from '../deps.ts'
import { catchUp } from '../reservation-list.ts'
import { listSessions } from '../session-list.ts'

/** More than an account can have within the limits of bookings; each has a few hundred bytes. */
const MAX_ROWS = 5_000

/** Everything that the shop stores about a person, except secrets; null if there is no such account. Times are ISO 8601 in JSON. */
export async function readOwnData(parts: Pick<Deps, 'db' | 'writeBack' | 'now'>, userId: number) {
  const { db, now } = parts
  const [user] = await db.select().from(users).where(eq(users.id, userId))
  if (!user || user.deletedAt) return null
  const isComplete = await catchUp(parts)
  const booked = await db.select({
    id: reservations.id,
    event: events.title,
    startsAt: events.startsAt,
    ticketType: ticketTypes.name,
    quantity: reservations.quantity,
    booked: reservations.booked,
    unitPrice: reservations.unitPrice,
    status: reservations.status,
    createdAt: reservations.createdAt,
    cancelledAt: reservations.cancelledAt,
  }).from(reservations).innerJoin(events, eq(events.id, reservations.eventId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .where(eq(reservations.userId, userId)).orderBy(asc(reservations.createdAt)).limit(MAX_ROWS)
  const changes = await db.select({
    reservation: reservationChanges.reservationId,
    at: reservationChanges.at,
    kept: reservationChanges.kept,
  })
    .from(reservationChanges).innerJoin(reservations, eq(reservations.id, reservationChanges.reservationId))
    .where(eq(reservations.userId, userId)).orderBy(asc(reservationChanges.id)).limit(MAX_ROWS)
  const sent = await db.select({ kind: mails.kind, to: mails.recipient, state: mails.state, createdAt: mails.createdAt }).from(
    mails,
  )
    .where(eq(mails.userId, userId)).orderBy(asc(mails.id)).limit(MAX_ROWS)
  const reminders = await db.select({
    event: events.title,
    opensAt: events.opensAt,
    createdAt: openingReminders.createdAt,
    remindedOf: openingReminders.remindedOf,
  })
    .from(openingReminders).innerJoin(events, eq(events.id, openingReminders.eventId))
    .where(eq(openingReminders.userId, userId)).orderBy(asc(openingReminders.createdAt)).limit(MAX_ROWS)
  const { email, nickname, role, emailVerifiedAt, termsVersion, termsAcceptedAt, createdAt } = user
  return {
    exportedAt: now(),
    /** False if bookings of the last seconds may be missing. */
    isComplete,
    account: { id: userId, email, nickname, role, emailVerifiedAt, termsVersion, termsAcceptedAt, createdAt },
    sessions: await listSessions(parts, userId),
    reservations: booked,
    reservationChanges: changes,
    mails: sent,
    openingReminders: reminders,
  }
}
