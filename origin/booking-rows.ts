import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '../db/mysql.ts'
import type { BookingLogEntry } from '../db/redis/sale/booking-log.ts'
import { reservationChanges, reservations, ticketTypes } from '../db/schema.ts'

type Booking = Extract<BookingLogEntry, { kind: 'booking' }>
type Cancellation = Extract<BookingLogEntry, { kind: 'cancellation' }>

/** Cancellations per statement. MySQL compares each row with each case of the statement, so the cost is quadratic. */
const CANCEL_BATCH = 200

/** Writes entries of one event's log as rows. Throws if one of them cannot be written; the caller then rolls all of them back. */
export async function writeRows(tx: Queryable, eventId: number, entries: BookingLogEntry[]): Promise<void> {
  if (entries.some(({ kind }) => kind === 'unreadable')) throw new TypeError('The entry cannot be read')
  const bookings = entries.filter((entry) => entry.kind === 'booking')
  const cancellations = entries.filter((entry) => entry.kind === 'cancellation')

  if (bookings.length > 0) await insertBookings(tx, eventId, bookings)
  for (const batch of inBatches(cancellations)) await writeCancellations(tx, batch)
  await moveSold(tx, soldDeltas([...bookings, ...cancellations]))
}

/** Inserts all rows through one parameter, which the client expands: a query-builder expression per value costs more than the insert. */
async function insertBookings(tx: Queryable, eventId: number, bookings: Booking[]): Promise<void> {
  const { id, ticketTypeId, userId, quantity, booked, unitPrice, idempotencyKey, createdAt } = reservations
  const columns = [id, reservations.eventId, ticketTypeId, userId, quantity, booked, unitPrice, idempotencyKey, createdAt]
  const rows = bookings.map((booking) => [
    id.mapToDriverValue(booking.reservation),
    eventId,
    booking.ticketTypeId,
    booking.person,
    booking.quantity,
    booking.quantity,
    booking.unitPrice,
    booking.idempotencyKey,
    createdAt.mapToDriverValue(new Date(booking.atMs)),
  ])
  const names = sql.join(columns.map(({ name }) => sql.identifier(name)), sql`, `)
  await tx.execute(sql`insert into ${reservations} (${names}) values ${sql.param(rows)}`)
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

/** The part of a log entry that moves seats. */
export type SeatChange = Pick<Booking | Cancellation, 'kind' | 'ticketTypeId' | 'quantity'>

/** Seats that entries take (positive) or return (negative), by ticket type. */
export function soldDeltas(entries: SeatChange[]): Map<number, number> {
  const deltas = new Map<number, number>()
  for (const { kind, ticketTypeId, quantity } of entries) {
    const seats = kind === 'booking' ? quantity : -quantity
    deltas.set(ticketTypeId, (deltas.get(ticketTypeId) ?? 0) + seats)
  }
  return deltas
}

async function moveSold(tx: Queryable, deltas: Map<number, number>): Promise<void> {
  const moved = [...deltas].filter(([, delta]) => delta !== 0)
  if (moved.length === 0) return
  const cases = moved.map(([id, delta]) => sql`when ${id} then ${delta}`)
  await tx.update(ticketTypes).set({ sold: sql`${ticketTypes.sold} + case ${ticketTypes.id} ${sql.join(cases, sql` `)} end` })
    .where(inArray(ticketTypes.id, moved.map(([id]) => id)))
}
