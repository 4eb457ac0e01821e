import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { MySqlColumn, MySqlTable } from 'drizzle-orm/mysql-core'
import type { Queryable } from '../db/mysql.ts'
import { actorOf, recordAct } from './audit-log.ts'
import type { BookingLogEntry } from '../db/redis/sale/booking-log.ts'
import type { LogPosition } from '../db/redis/sale/log-position.ts'
import { events, reservationChanges, reservationMails, reservations, ticketTypes } from '../db/schema.ts'

type Booking = Extract<BookingLogEntry, { kind: 'booking' }>
type Cancellation = Extract<BookingLogEntry, { kind: 'cancellation' }>
/** An operator's change of the number of seats, from a booking log or made while no sale is loaded. */
export type SeatChange = Omit<Extract<BookingLogEntry, { kind: 'seats' }>, keyof LogPosition | 'kind'>

/** Cancellations per statement. MySQL compares each row with each case of the statement, so the cost is quadratic. */
const CANCEL_BATCH = 200

/** Writes entries of one event's log as rows. Throws if one of them cannot be written; the caller then rolls all of them back. */
export async function writeRows(tx: Queryable, eventId: number, entries: BookingLogEntry[]): Promise<void> {
  if (entries.some(({ kind }) => kind === 'unreadable')) throw new TypeError('The entry cannot be read')
  const bookings = entries.filter((entry) => entry.kind === 'booking')
  const cancellations = entries.filter((entry) => entry.kind === 'cancellation')

  if (bookings.length > 0) await insertBookings(tx, eventId, bookings)
  for (const batch of inBatches(cancellations)) await writeCancellations(tx, batch)
  if (bookings.length + cancellations.length > 0) await requestMails(tx, [...bookings, ...cancellations])
  const seatChanges = entries.filter((entry) => entry.kind === 'seats')
  await moveSeats(tx, soldDeltas([...bookings, ...cancellations]), totalDeltas(seatChanges))
  for (const change of seatChanges) await recordSeatChange(tx, eventId, change)
}

/** Changes numbers of seats directly, for an event whose sale is not loaded. Throws if fewer than those sold would remain. */
export async function writeSeatChange(tx: Queryable, eventId: number, change: SeatChange): Promise<void> {
  await moveSeats(tx, new Map(), totalDeltas([change]))
  await recordSeatChange(tx, eventId, change)
}

async function recordSeatChange(tx: Queryable, eventId: number, { actor, reason, atMs, totals }: SeatChange): Promise<void> {
  const at = new Date(atMs)
  await tx.update(events).set({ version: sql`${events.version} + 1`, updatedAt: at }).where(eq(events.id, eventId))
  const detail = { seats: totals }
  await recordAct(tx, { at, actor: actorOf(actor), action: 'event.seats', subject: `event:${eventId}`, reason, detail })
}

/** Inserts all rows through one parameter, which the client expands: a query-builder expression per value costs more than the insert. */
async function insertBookings(tx: Queryable, eventId: number, bookings: Booking[]): Promise<void> {
  const { id, ticketTypeId, userId, quantity, booked, unitPrice, idempotencyKey, language, createdAt } = reservations
  const columns = [
    id,
    reservations.eventId,
    ticketTypeId,
    userId,
    quantity,
    booked,
    unitPrice,
    idempotencyKey,
    language,
    createdAt,
  ]
  const rows = bookings.map((booking) => [
    id.mapToDriverValue(booking.reservation),
    eventId,
    booking.ticketTypeId,
    booking.person,
    booking.quantity,
    booking.quantity,
    booking.unitPrice,
    booking.idempotencyKey,
    booking.language,
    createdAt.mapToDriverValue(new Date(booking.atMs)),
  ])
  await insertRows(tx, reservations, columns, rows)
}

/** Leaves a note for the mail about each booking and cancellation (mail/reservation-mails.ts). */
async function requestMails(tx: Queryable, entries: (Booking | Cancellation)[]): Promise<void> {
  const { reservationId, returned, kept, at } = reservationMails
  const rows = entries.map((entry) => [
    reservationId.mapToDriverValue(entry.reservation),
    entry.kind === 'booking' ? 0 : entry.quantity,
    entry.kind === 'booking' ? entry.quantity : entry.keep,
    at.mapToDriverValue(new Date(entry.atMs)),
  ])
  await insertRows(tx, reservationMails, [reservationId, returned, kept, at], rows)
}

async function insertRows(tx: Queryable, table: MySqlTable, columns: MySqlColumn[], rows: unknown[][]): Promise<void> {
  const names = sql.join(columns.map(({ name }) => sql.identifier(name)), sql`, `)
  await tx.execute(sql`insert into ${table} (${names}) values ${sql.param(rows)}`)
}

/** Splits cancellations, in their order, so that no batch is too large or has one reservation twice. */
function inBatches(cancellations: Cancellation[]): Cancellation[][] {
  const batches: Cancellation[][] = []
  let present = new Set<string>()
  for (const cancellation of cancellations) {
    if (present.size === 0 || present.size >= CANCEL_BATCH || present.has(cancellation.reservation)) {
      batches.push([])
      present = new Set()
    }
    batches.at(-1)!.push(cancellation)
    present.add(cancellation.reservation)
  }
  return batches
}

async function writeCancellations(tx: Queryable, cancellations: Cancellation[]): Promise<void> {
  const byReservation = (value: (cancellation: Cancellation) => SQL) => {
    const cases = cancellations.map((one) => sql`when ${sql.param(one.reservation, reservations.id)} then ${value(one)}`)
    return sql`case ${reservations.id} ${sql.join(cases, sql` `)} end`
  }
  const [{ affectedRows }] = await tx.update(reservations).set({
    status: byReservation(({ keep }) => sql`${keep === 0 ? 'cancelled' : 'confirmed'}`),
    cancelledAt: byReservation(({ keep, atMs }) =>
      sql`${sql.param(keep === 0 ? new Date(atMs) : null, reservations.cancelledAt)}`
    ),
    quantity: byReservation(({ keep, quantity }) => sql`${keep === 0 ? quantity : keep}`),
  }).where(and(
    inArray(reservations.id, cancellations.map(({ reservation }) => reservation)),
    eq(reservations.status, 'confirmed'),
    // The row must hold as many seats as it had when the script returned some of them.
    sql`${reservations.quantity} = ${byReservation(({ keep, quantity }) => sql`${keep + quantity}`)}`,
  ))
  // Without a matching row, the seats of the cancellation must not be subtracted from those sold.
  if (affectedRows !== cancellations.length) throw new RangeError('No confirmed reservation has that many seats')
  await tx.insert(reservationChanges).values(
    cancellations.map(({ reservation, atMs, keep }) => ({ reservationId: reservation, at: new Date(atMs), kept: keep })),
  )
}

/** The part of a log entry that takes or returns seats. */
export type SeatMove = Pick<Booking | Cancellation, 'kind' | 'ticketTypeId' | 'quantity'>

/** Seats that entries take (positive) or return (negative), by ticket type. */
export function soldDeltas(entries: SeatMove[]): Map<number, number> {
  const deltas = new Map<number, number>()
  for (const { kind, ticketTypeId, quantity } of entries) {
    const seats = kind === 'booking' ? quantity : -quantity
    deltas.set(ticketTypeId, (deltas.get(ticketTypeId) ?? 0) + seats)
  }
  return deltas
}

/** Seats that operators have added (positive) or withdrawn (negative), by ticket type. */
export function totalDeltas(changes: Pick<SeatChange, 'totals'>[]): Map<number, number> {
  const deltas = new Map<number, number>()
  for (const { ticketTypeId, before, after } of changes.flatMap(({ totals }) => totals)) {
    deltas.set(ticketTypeId, (deltas.get(ticketTypeId) ?? 0) + after - before)
  }
  return deltas
}

/** Moves `sold` and `seats` in one statement: MySQL checks that `sold <= seats` holds after each. */
async function moveSeats(tx: Queryable, sold: Map<number, number>, totals: Map<number, number>): Promise<void> {
  const ids = [...new Set([...sold.keys(), ...totals.keys()])].filter((id) => sold.get(id) || totals.get(id))
  if (ids.length === 0) return
  const deltaOf = (deltas: Map<number, number>) => {
    const cases = ids.map((id) => sql`when ${id} then ${deltas.get(id) ?? 0}`)
    return sql`case ${ticketTypes.id} ${sql.join(cases, sql` `)} end`
  }
  await tx.update(ticketTypes)
    .set({ sold: sql`${ticketTypes.sold} + ${deltaOf(sold)}`, seats: sql`${ticketTypes.seats} + ${deltaOf(totals)}` })
    .where(inArray(ticketTypes.id, ids))
}
