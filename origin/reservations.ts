import { SPENT_PASS_MS } from '../db/redis/keys.ts'
import type { Redis } from 'ioredis'
import type { Database } from '../db/mysql.ts'
import type { RememberBooking } from '../db/redis/sale/recent-bookings.ts'
import { REVOKED_PERSON } from '../db/redis/room/visitors.ts'
import {
  type CancelReply,
  type CancelRequest,
  cancelSeats,
  type Reserved,
  type ReserveReply,
  type ReserveSeats,
} from '../db/redis/sale/seats.ts'
import type { Language } from '../edge/contract/language.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { describeError, type Log } from '../runtime/log.ts'
import type { FindCommitted } from './group-commit.ts'
import type { MysqlHealth } from './mysql-health.ts'
import { type BookingFacts, describeBooking } from './recent-reservations.ts'
import type { BookingInput } from './reservation-input.ts'
import { describeRow, type ReservationRow, selectCurrent, selectOwn } from './reservation-list.ts'
import type { FindSaleFacts } from './sale-facts.ts'
import type { PutOnSale } from './sale-loader.ts'
import type { WriteBack } from './write-back.ts'

export type ReservationParts = {
  db: Database
  redis: Redis
  reserveSeats: ReserveSeats
  rememberBooking: RememberBooking
  putOnSale(eventId: number): Promise<PutOnSale>
  findSaleFacts: FindSaleFacts
  findCommitted: FindCommitted
  mysqlHealth: MysqlHealth
  writeBack: Pick<WriteBack, 'flushAll' | 'flushEvent'>
  /** Whether a booking is confirmed when Redis has it, or when MySQL has committed it. */
  acknowledge: 'redis' | 'mysql'
  backlogLimit: number
  log: Log
  now(): Date
  newId(): string
}

export type BookingRequest = BookingInput & {
  eventId: number
  person: number
  idempotencyKey: string
  pass: { id: string; untilMs: number }
  /** Whether a synthetic buyer books, who may book in rehearsals only. */
  isSynthetic?: boolean
}

export type BookingResult =
  /** Booked now, or by an earlier request with the same key. `endsVisit`: the pass of this request booked it, and is used up. */
  | { kind: 'reserved'; reservation: Reservation; left: number; endsVisit: boolean }
  | { kind: 'not_found' }
  | { kind: 'unknown_ticket_type' }
  | { kind: 'idempotency_mismatch' }
  | { kind: 'pass_invalid' }
  | { kind: 'pass_in_use' }
  | { kind: 'sale_not_open'; opensAtMs: number }
  | { kind: 'sale_closed' }
  | { kind: 'sale_stopped'; message: string }
  | { kind: 'limit_exceeded'; limit: number; held: number }
  | { kind: 'sold_out'; left: number }
  | { kind: 'busy' }

/**
 * Books seats. One Redis script decides and logs; the write-back copies the log to MySQL.
 *
 * If the process dies before the script, nothing has happened. If it dies after the script, the booking is in Redis and in its log, and any
 * origin writes it to MySQL; the buyer, who got no response, retries with the same key and gets the same reservation. In `mysql` mode the
 * response waits for the commit; if that fails the result is `busy`, and a retry with the same key waits again.
 *
 * Nothing here reads MySQL in `redis` mode while the sale is in Redis and the event is in memory. Throws StoreUnavailable, as soon as MySQL is
 * unavailable, for a sale or an event that must be loaded, and in `mysql` mode. If the seats were taken by then, a retry with the same key gets
 * them.
 */
export async function reserve(parts: ReservationParts, language: Language, request: BookingRequest): Promise<BookingResult> {
  const { eventId, person, ticketTypeId, quantity, idempotencyKey, pass } = request
  // Before the script, so that no seats are taken for an answer that would be incomplete.
  const facts = await parts.findSaleFacts(eventId, ticketTypeId)
  if (!facts || (facts.event.rehearsalOf !== null) !== (request.isSynthetic ?? false)) return { kind: 'not_found' }
  const mustCommit = parts.acknowledge === 'mysql'
  // While MySQL is unavailable, no seats are taken for a booking that could not be confirmed.
  if (mustCommit) await parts.mysqlHealth.orUnavailable(() => Promise.resolve())
  const seats = {
    person,
    reservation: parts.newId(),
    ticketTypeId,
    quantity,
    idempotencyKey,
    passId: pass.id,
    passMs: SPENT_PASS_MS,
    backlogLimit: parts.backlogLimit,
    language,
  }
  let reply = await parts.reserveSeats(eventId, seats)
  if (reply.kind === 'not_loaded') {
    const put = await parts.mysqlHealth.orUnavailable(() => parts.putOnSale(eventId))
    if (put.kind === 'no_sale') return { kind: 'not_found' }
    if (put.kind === 'busy') return { kind: 'busy' }
    reply = await parts.reserveSeats(eventId, seats)
  }
  if (!isReserved(reply)) return explainRejection(reply, person)
  const { reservation, left } = reply
  if (mustCommit && !await parts.mysqlHealth.orUnavailable(() => parts.findCommitted(eventId, reservation))) {
    return { kind: 'busy' }
  }
  await remember(parts, request, reply)
  parts.log('booking', { kind: reply.kind, eventId, reservation, quantity, left })
  const endsVisit = reply.kind === 'reserved' || reply.isPassUsed
  return { kind: 'reserved', left, endsVisit, reservation: describeBooking(facts, language, booked(request, reply)) }
}

/** The booking as it was made, and whether it is cancelled by now. */
function booked({ eventId, ticketTypeId, quantity }: BookingRequest, reply: ReservedReply): BookingFacts {
  const { reservation, unitPrice, createdAtMs } = reply
  const cancelledAtMs = reply.kind === 'replayed' ? reply.cancelledAtMs : 0
  return { reservation, eventId, ticketTypeId, quantity, unitPrice, createdAtMs, cancelledAtMs }
}

/** Awaited, because the next request for the reservation may reach another origin. If it fails, the reservation is found in MySQL. */
async function remember(
  { rememberBooking, log }: Pick<ReservationParts, 'rememberBooking' | 'log'>,
  request: BookingRequest,
  reserved: Reserved,
): Promise<void> {
  const { eventId, person, idempotencyKey } = request
  const { reservation, position: { epoch } } = reserved
  await rememberBooking(person, { reservation, eventId, epoch, idempotencyKey })
    .catch((error) => log('booking_not_remembered', { reservation, ...describeError(error) }))
}

type ReservedReply = Extract<ReserveReply, Reserved>

const isReserved = (reply: ReserveReply): reply is ReservedReply => reply.kind === 'reserved' || reply.kind === 'replayed'

function explainRejection(reply: Exclude<ReserveReply, Reserved>, person: number): BookingResult {
  switch (reply.kind) {
    case 'mismatch':
      return { kind: 'idempotency_mismatch' }
    case 'pass_spent':
      return { kind: reply.person === person || reply.person === REVOKED_PERSON ? 'pass_invalid' : 'pass_in_use' }
    case 'unknown_type':
      return { kind: 'unknown_ticket_type' }
    case 'not_open':
      return { kind: 'sale_not_open', opensAtMs: reply.opensAtMs }
    case 'closed':
      return { kind: 'sale_closed' }
    case 'stopped':
      return { kind: 'sale_stopped', message: reply.message }
    case 'not_loaded':
    case 'backlogged':
    case 'paused':
      return { kind: 'busy' }
    case 'limit_exceeded':
    case 'sold_out':
      return reply
    default:
      return reply satisfies never
  }
}

export type CancelResult =
  | { kind: 'cancelled'; reservation: Reservation }
  | { kind: 'not_found' }
  | { kind: 'cancel_closed'; cancelUntil: string }
  | { kind: 'busy' }

const CANCEL_ATTEMPTS = 3

/**
 * Cancels a person's reservation in whole (`keep` 0) or in part. A repeated call changes nothing and returns the same result.
 *
 * The row is read after the write-back has caught up. The script then returns the seats and records how many are kept, so that two
 * concurrent calls return them once. If the sale was rebuilt after the row was read, the script rejects the row's epoch and the row is
 * read again. Throws StoreUnavailable as soon as MySQL is unavailable.
 */
export function cancel(parts: ReservationParts, language: Language, person: number, id: string, keep = 0): Promise<CancelResult> {
  const cancellation: Cancellation = {
    id,
    keep,
    isByOperator: false,
    findRow: () => selectOwn(parts.db, person, id),
    run: (eventId, request) => cancelSeats(parts.redis, eventId, request),
  }
  return parts.mysqlHealth.orUnavailable(() => cancelWritten(parts, language, cancellation))
}

/** What to cancel, and how the script is run. */
export type Cancellation = {
  id: string
  keep: number
  isByOperator: boolean
  findRow(): Promise<ReservationRow | undefined>
  run(eventId: number, request: CancelRequest): Promise<CancelReply>
}

/** Cancels a reservation that the write-back has written. Used by `cancel` and by `cancelForBuyer`. */
export async function cancelWritten(
  parts: ReservationParts,
  language: Language,
  cancellation: Cancellation,
): Promise<CancelResult> {
  const { keep, isByOperator, findRow } = cancellation
  for (let attempt = 0; attempt < CANCEL_ATTEMPTS; attempt++) {
    const { row, isCurrent } = await selectCurrent(parts, findRow)
    // If the write-back is behind, a missing row may only be unwritten.
    if (!row) return { kind: isCurrent ? 'not_found' : 'busy' }
    const found = describeRow(row, language)
    if (found.status === 'cancelled' || keep >= found.quantity) return { kind: 'cancelled', reservation: found }
    const isLate = parts.now() >= new Date(found.cancelUntil)
    if (isLate && !isByOperator) return { kind: 'cancel_closed', cancelUntil: found.cancelUntil }
    const result = await cancelRow(parts, row, found, cancellation)
    if (result.kind !== 'retry') return result
  }
  return { kind: 'busy' }
}

/** One attempt to return the seats of a row. `retry`: the row is of an older load of the sale, or the cancellation was lost. */
async function cancelRow(
  parts: ReservationParts,
  { reservation: { id, eventId, userId, ticketTypeId, quantity }, epoch }: ReservationRow,
  found: Reservation,
  { keep, isByOperator, run }: Cancellation,
): Promise<CancelResult | { kind: 'retry' }> {
  const reply = await run(eventId, {
    rowEpoch: epoch,
    person: userId,
    reservation: id,
    ticketTypeId,
    quantity,
    keep,
    isByOperator,
  })
  switch (reply.kind) {
    case 'cancelled':
    case 'unchanged':
      if (parts.acknowledge === 'mysql') {
        const written = await parts.findCommitted(eventId, id)
        // A Redis that was restored from an older copy has forgotten the cancellation.
        if (!written || (written.status !== 'cancelled' && written.quantity > keep)) return { kind: 'retry' }
      }
      parts.log('cancellation', { kind: reply.kind, eventId, reservation: id, kept: reply.quantity })
      return { kind: 'cancelled', reservation: describeCancelled(found, reply.quantity, reply.atMs) }
    case 'too_late':
      return { kind: 'cancel_closed', cancelUntil: found.cancelUntil }
    case 'not_loaded': {
      const put = await parts.putOnSale(eventId)
      if (put.kind === 'no_sale') return { kind: 'cancel_closed', cancelUntil: found.cancelUntil }
      return { kind: put.kind === 'on_sale' ? 'retry' : 'busy' }
    }
    case 'stale':
      return { kind: 'retry' }
    default:
      return reply satisfies never
  }
}

function describeCancelled(found: Reservation, kept: number, atMs: number): Reservation {
  if (kept === 0) return { ...found, status: 'cancelled', cancelledAt: new Date(atMs).toISOString() }
  return { ...found, quantity: kept, totalPrice: found.unitPrice * kept }
}
