import { and, asc, eq, inArray } from 'drizzle-orm'
import { audit, reservationChanges, users } from '../../db/schema.ts'
import { reservationNumber } from '../../edge/contract/reservation-number.ts'
import type { Deps } from '../deps.ts'
import { catchUp, selectReservation } from '../reservation-list.ts'
import { startOfDay } from '../venue-time.ts'
import type { FoundReservation } from './reservation-search.ts'

/** A step in the life of a reservation. `by`: null for the buyer. `writtenAt`: when MySQL had it, at the latest. */
export type ReservationStep = {
  kind: 'booked' | 'kept' | 'cancelled'
  at: Date
  writtenAt: Date
  /** Seats held after the step. */
  seats: number
  by: { nickname: string | null; reason: string } | null
}

export type ReservationDetail = Omit<FoundReservation, 'id'> & { cancelUntil: Date; history: ReservationStep[] }

/** `busy`: the reservation may exist but not be written yet. */
export type DetailResult = { kind: 'found'; reservation: ReservationDetail } | { kind: 'not_found' } | { kind: 'busy' }

/** A reservation has at most as many changes as seats. */
const MAX_CHANGES = 300
const MAX_ACTS = 200

/** Anybody's reservation with its whole history, including recent bookings and cancellations. Throws StoreUnavailable. */
export async function readReservation(parts: Pick<Deps, 'db' | 'writeBack'>, id: string): Promise<DetailResult> {
  const { db } = parts
  const isCurrent = await catchUp(parts)
  const row = await selectReservation(db, id)
  if (!row) return { kind: isCurrent ? 'not_found' : 'busy' }
  const { reservation, event, ticketType } = row
  const [person] = await db.select({ id: users.id, nickname: users.nickname, email: users.email }).from(users)
    .where(eq(users.id, reservation.userId))
  const { quantity, booked, unitPrice, status, createdAt, cancelledAt, writtenAt } = reservation
  const first: ReservationStep = { kind: 'booked', at: createdAt, writtenAt, seats: booked, by: null }
  return {
    kind: 'found',
    reservation: {
      number: id,
      shortNumber: reservationNumber(id),
      event: { id: event.id, title: event.title, titleEn: event.titleEn },
      ticketType: { name: ticketType.name, nameEn: ticketType.nameEn },
      person: person!,
      quantity,
      booked,
      unitPrice,
      status,
      createdAt,
      cancelledAt,
      cancelUntil: startOfDay(event.startsAt, event.zone),
      history: [first].concat(await readChanges(parts, id, event.id)),
    },
  }
}

async function readChanges({ db }: Pick<Deps, 'db'>, id: string, eventId: number): Promise<ReservationStep[]> {
  const changes = await db.select().from(reservationChanges).where(eq(reservationChanges.reservationId, id))
    .orderBy(asc(reservationChanges.at), asc(reservationChanges.id)).limit(MAX_CHANGES)
  if (changes.length === 0) return []
  const acts = await db.select({ act: audit, nickname: users.nickname }).from(audit).leftJoin(users, eq(users.id, audit.actorId))
    .where(and(
      inArray(audit.subject, [`reservation:${id}`, `event:${eventId}`]),
      inArray(audit.action, ['reservation.cancel', 'event.cancel']),
    )).orderBy(asc(audit.id)).limit(MAX_ACTS)
  return changes.map(({ at, kept, writtenAt }) => {
    // Each change keeps fewer seats than the one before, so the number identifies it. Cancelling an event cancels whole reservations.
    const found = acts.find(({ act }) => act.action === 'reservation.cancel' && keptOf(act.detail) === kept) ??
      acts.find(({ act }) => act.action === 'event.cancel' && kept === 0 && act.at <= at)
    return {
      kind: kept === 0 ? 'cancelled' as const : 'kept' as const,
      at,
      writtenAt,
      seats: kept,
      by: found ? { nickname: found.nickname, reason: found.act.reason } : null,
    }
  })
}

function keptOf(detail: string | null): unknown {
  try {
    return (JSON.parse(detail ?? '') as { after?: { quantity?: unknown } }).after?.quantity
  } catch {
    return undefined
  }
}
