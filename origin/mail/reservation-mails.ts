/**
 * Mails about reservations.
 *
 *   write-back: rows and one note per booking or cancellation, in one transaction ──▶ this job: mail queued, note deleted, in one transaction
 *     ──▶ mailer.ts
 *
 * So each booking and cancellation in MySQL causes one mail, whichever process dies, and none waits for it. The job keeps few of them in the
 * outbox at a time: after a sale, a link that somebody waits for must not be sent after thousands of confirmations.
 */
import { asc, count, eq, inArray } from 'drizzle-orm'
import type { Database, Queryable } from '../../db/mysql.ts'
import { events, reservationMails, reservations, ticketTypes, users } from '../../db/schema.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import type { Log } from '../../runtime/log.ts'
import type { MailMessage } from '../../web/mail/messages.ts'
import { startOfDay } from '../venue-time.ts'
import { accountBuckets, takeAllowance } from './mail-allowance.ts'
import { hasRoom, queueMail } from './outbox.ts'

type Parts = { db: Database; tokenKeys: TokenKeys; log: Log; now(): Date }

/** A mail about a reservation is of no use after this time. */
const LIFE_MS = 3 * 86_400_000
/** The cancellation of a reservation with its event is at most this much older than that of the event, by other clocks. */
const CLOCK_TOLERANCE_MS = 60_000
const DROP_BATCH = 10_000

type Note = typeof reservationMails.$inferSelect

/** Queues the next mails, at most `limit`, and none while enough are due already. Returns how many notes it has removed. */
export async function queueReservationMails(parts: Parts, limit: number): Promise<number> {
  const { db } = parts
  const [first] = await db.select({ id: reservationMails.id }).from(reservationMails).limit(1)
  if (!first || !await hasRoom(parts)) return 0
  return await db.transaction(async (tx) => {
    // Each note goes to one of the origins. At "read committed" no lock is in the way of the write-back, which appends.
    const notes = await tx.select().from(reservationMails).orderBy(asc(reservationMails.id)).limit(limit)
      .for('update', { skipLocked: true })
    if (notes.length === 0) return 0
    const found = await readReservations(tx, notes)
    for (const note of notes) {
      const reservation = found.get(note.reservationId)
      if (reservation) await queueOne(tx, parts, note, reservation)
    }
    await tx.delete(reservationMails).where(inArray(reservationMails.id, notes.map(({ id }) => id)))
    return notes.length
  })
}

/** Removes all notes in a shop that sends no mail. */
export async function dropReservationMails(db: Database): Promise<void> {
  for (let removed = DROP_BATCH; removed === DROP_BATCH;) {
    const [{ affectedRows }] = await db.delete(reservationMails).orderBy(asc(reservationMails.id)).limit(DROP_BATCH)
    removed = affectedRows
  }
}

/** Notes that wait. */
export async function countReservationMails(db: Database): Promise<number> {
  const [row] = await db.select({ waiting: count() }).from(reservationMails)
  return row?.waiting ?? 0
}

type Found = Awaited<ReturnType<typeof selectReservations>>[number]

const selectReservations = (tx: Queryable, ids: string[]) =>
  tx.select({ reservation: reservations, event: events, ticketType: ticketTypes, user: users }).from(reservations)
    .innerJoin(events, eq(events.id, reservations.eventId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .innerJoin(users, eq(users.id, reservations.userId))
    .where(inArray(reservations.id, ids))

async function readReservations(tx: Queryable, notes: Note[]): Promise<Map<string, Found>> {
  const rows = await selectReservations(tx, [...new Set(notes.map(({ reservationId }) => reservationId))])
  return new Map(rows.map((row) => [row.reservation.id, row]))
}

async function queueOne(tx: Queryable, parts: Parts, note: Note, found: Found): Promise<void> {
  const { event, reservation: { language }, user } = found
  const now = parts.now()
  // Synthetic buyers of a rehearsal have no mailbox, and the row of a deleted account has no address.
  if (event.rehearsalOf !== null || user.deletedAt !== null || note.at.getTime() + LIFE_MS < now.getTime()) return
  // Nobody has shown that they want mails at this address.
  if (user.emailVerifiedAt === null) {
    const allowance = await takeAllowance(tx, accountBuckets('reservation', user), now)
    if (allowance.kind === 'limited') return parts.log('reservation_mail_limited', { person: user.id })
  }
  const key = `reservation-${note.reservationId}-${note.id}`
  const expiresAt = new Date(now.getTime() + LIFE_MS)
  await queueMail(tx, parts, { key, to: user.email, userId: user.id, language, message: messageOf(note, found), expiresAt })
}

function messageOf({ at, returned, kept }: Note, { reservation, event, ticketType, user }: Found): MailMessage {
  const { language } = reservation
  const inKorean = language === 'ko'
  const facts = {
    nickname: user.nickname,
    reservation: reservation.id,
    event: inKorean ? event.title : event.titleEn,
    venue: inKorean ? event.venue : event.venueEn,
    startsAt: event.startsAt.toISOString(),
    zone: event.zone,
    ticketType: inKorean ? ticketType.name : ticketType.nameEn,
    unitPrice: reservation.unitPrice,
    at: at.toISOString(),
  }
  if (returned === 0) {
    const cancelUntil = startOfDay(event.startsAt, event.zone).toISOString()
    return Object.assign({ kind: 'reservation_confirmed' as const, quantity: kept, cancelUntil }, facts)
  }
  const isWithEvent = event.cancelledAt !== null && at.getTime() >= event.cancelledAt.getTime() - CLOCK_TOLERANCE_MS
  const notice = isWithEvent ? event.stopMessage : ''
  return Object.assign({ kind: 'reservation_cancelled' as const, returned, kept, isWithEvent, notice }, facts)
}
