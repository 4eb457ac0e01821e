import { and, desc, eq, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import * as z from 'zod'
import type { Database } from '../db/mysql.ts'
import { cancelSeats, type ReserveSeats } from '../db/redis/sale/seats.ts'
import { events, images, ledgers, reservations, ticketTypes } from '../db/schema.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import type { PageOf } from '../edge/contract/paging.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { findCommitted } from './group-commit.ts'
import type { Log } from '../runtime/log.ts'
import { putOnSale } from './sales.ts'
import { startOfDay } from './venue-time.ts'
import type { WriteBack } from './write-back.ts'

type Parts = {
  db: Database
  redis: Redis
  reserveSeats: ReserveSeats
  writeBack: Pick<WriteBack, 'flushAll' | 'flushEvent'>
  acknowledge: 'redis' | 'mysql'
  backlogLimit: number
  log: Log
  now(): Date
  newId(): string
}

export const bookingInput = z.object({
  ticketTypeId: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER),
  quantity: z.coerce.number().int().min(1).max(100),
})
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,64}$/)

export type BookingRequest = z.infer<typeof bookingInput> & {
  eventId: number
  person: number
  idempotencyKey: string
  pass: { id: string; untilMs: number }
}

export type BookingResult =
  | { kind: 'reserved'; reservation: Reservation; left: number }
  | { kind: 'not_found' }
  | { kind: 'unknown_ticket_type' }
  | { kind: 'idempotency_mismatch' }
  | { kind: 'pass_invalid' }
  | { kind: 'pass_in_use' }
  | { kind: 'sale_not_open'; opensAtMs: number }
  | { kind: 'sale_closed' }
  | { kind: 'limit_exceeded'; limit: number; held: number }
  | { kind: 'sold_out'; left: number }
  | { kind: 'busy' }

/**
 * Books seats. Redis decides and logs in one script; MySQL follows by the write-back.
 *
 * If the process dies before the script: nothing has happened. After it: the booking is in Redis and its log, and reaches MySQL
 * whoever lives; the buyer, who has no answer, retries with the same key and hears the same. With `mysql` acknowledgement the answer
 * waits for the commit; when that fails the answer is `busy`, and a retry with the same key waits again.
 */
export async function reserve(parts: Parts, language: Language, request: BookingRequest): Promise<BookingResult> {
  const { eventId, person, ticketTypeId, quantity, idempotencyKey, pass } = request
  const seats = {
    person,
    reservation: parts.newId(),
    ticketTypeId,
    quantity,
    idempotencyKey,
    passId: pass.id,
    passMs: pass.untilMs - parts.now().getTime() + 60_000,
    backlogLimit: parts.backlogLimit,
  }
  let reply = await parts.reserveSeats(eventId, seats)
  if (reply.kind === 'not_loaded') {
    const put = await putOnSale(parts, eventId)
    if (put.kind === 'no_sale') return { kind: 'not_found' }
    if (put.kind === 'busy') return { kind: 'busy' }
    reply = await parts.reserveSeats(eventId, seats)
  }
  switch (reply.kind) {
    case 'reserved':
    case 'replayed': {
      if (parts.acknowledge === 'mysql' && !await findCommitted(parts, eventId, reply.reservation)) return { kind: 'busy' }
      parts.log('booking', { kind: reply.kind, eventId, reservation: reply.reservation, quantity, left: reply.left })
      return {
        kind: 'reserved',
        left: reply.left,
        reservation: {
          id: reply.reservation,
          ...await describeSale(parts, language, eventId, ticketTypeId),
          quantity,
          unitPrice: reply.unitPrice,
          totalPrice: reply.unitPrice * quantity,
          status: 'confirmed',
          createdAt: new Date(reply.createdAtMs).toISOString(),
          cancelledAt: null,
        },
      }
    }
    case 'mismatch':
      return { kind: 'idempotency_mismatch' }
    case 'pass_spent':
      return { kind: reply.person === person ? 'pass_invalid' : 'pass_in_use' }
    case 'unknown_type':
      return { kind: 'unknown_ticket_type' }
    case 'not_open':
      return { kind: 'sale_not_open', opensAtMs: reply.opensAtMs }
    case 'closed':
      return { kind: 'sale_closed' }
    case 'not_loaded':
    case 'backlogged':
    case 'paused':
      return { kind: 'busy' }
    default:
      return reply
  }
}

export type CancelResult =
  | { kind: 'cancelled'; reservation: Reservation }
  | { kind: 'not_found' }
  | { kind: 'cancel_closed'; cancelUntil: string }
  | { kind: 'busy' }

/** Seats to keep of a reservation. */
export const keepInput = z.object({ quantity: z.coerce.number().int().min(0).max(100) })

/**
 * Cancels a person's reservation in whole (`keep` 0) or in part, once; asked again it changes nothing and says the same. The row is read
 * first, after the write-back has passed it; the script then gives the seats back and remembers what is kept, so that two calls at once
 * return them once. A row read before a rebuild of the sale is refused by its epoch and read again.
 */
export async function cancel(parts: Parts, language: Language, person: number, id: string, keep = 0): Promise<CancelResult> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const isCurrent = await parts.writeBack.flushAll()
    const [row] = await selectReservations(parts.db, and(eq(reservations.id, id), eq(reservations.userId, person)))
    // A row may be missing because it is not written yet; that must not be told as its absence.
    if (!row) return { kind: isCurrent ? 'not_found' : 'busy' }
    const found = describe(row, language)
    if (found.status === 'cancelled' || keep >= found.quantity) return { kind: 'cancelled', reservation: found }
    if (parts.now() >= new Date(found.cancelUntil)) return { kind: 'cancel_closed', cancelUntil: found.cancelUntil }

    const { eventId, ticketTypeId, quantity } = row.reservation
    const reply = await cancelSeats(parts.redis, eventId, {
      rowEpoch: row.epoch,
      person,
      reservation: id,
      ticketTypeId,
      quantity,
      keep,
    })
    switch (reply.kind) {
      case 'cancelled':
      case 'unchanged':
        if (parts.acknowledge === 'mysql') {
          const written = await findCommitted(parts, eventId, id)
          // As with a booking: a Redis that came back older has forgotten it, and it is tried again.
          if (!written || (written.status !== 'cancelled' && written.quantity > keep)) break
        }
        parts.log('cancellation', { kind: reply.kind, eventId, reservation: id, kept: reply.quantity })
        return { kind: 'cancelled', reservation: afterCancelling(found, reply.quantity, reply.atMs) }
      case 'too_late':
        return { kind: 'cancel_closed', cancelUntil: found.cancelUntil }
      case 'not_loaded': {
        const put = await putOnSale(parts, eventId)
        if (put.kind !== 'on_sale') return { kind: 'busy' }
        break
      }
      case 'stale':
        break
      default:
        reply satisfies never
    }
  }
  return { kind: 'busy' }
}

function afterCancelling(found: Reservation, kept: number, atMs: number): Reservation {
  if (kept === 0) return { ...found, status: 'cancelled', cancelledAt: new Date(atMs).toISOString() }
  return { ...found, quantity: kept, totalPrice: found.unitPrice * kept }
}

export type FindResult = { kind: 'found'; reservation: Reservation } | { kind: 'not_found' } | { kind: 'busy' }

/** A person's own reservation, as new as their last answer; somebody else's is not found. `busy`: it may not be written yet. */
export async function findReservation(parts: Parts, language: Language, person: number, id: string): Promise<FindResult> {
  const isCurrent = await catchUp(parts)
  const [row] = await selectReservations(parts.db, and(eq(reservations.id, id), eq(reservations.userId, person)))
  if (row) return { kind: 'found', reservation: describe(row, language) }
  return { kind: isCurrent ? 'not_found' : 'busy' }
}

/** A person's reservations, newest first, as new as their last answer. */
export async function listReservations(
  parts: Parts,
  language: Language,
  person: number,
  wish: { page: number; size: number },
): Promise<PageOf<Reservation>> {
  await catchUp(parts)
  const mine = eq(reservations.userId, person)
  const [rows, [count]] = await Promise.all([
    selectReservations(parts.db, mine).orderBy(desc(reservations.createdAt), desc(reservations.id))
      .limit(wish.size).offset((wish.page - 1) * wish.size),
    parts.db.select({ total: sql<number>`count(*)`.mapWith(Number) }).from(reservations).where(mine),
  ])
  return { items: rows.map((row) => describe(row, language)), page: wish.page, size: wish.size, total: count?.total ?? 0 }
}

type SaleFacts = {
  event: typeof events.$inferSelect
  imageKey: string | null
  ticketTypes: (typeof ticketTypes.$inferSelect)[]
  cancelUntil: string
}
const FACTS_FRESH_MS = 5_000
const FACTS_KEPT = 1_000
const FACTS_PATIENCE_MS = 500
type KnownFacts = { askedAtMs: number; answer: Promise<SaleFacts | null> }
const facts = new WeakMap<Database, Map<number, KnownFacts>>()

/**
 * An event's names, read from MySQL once in five seconds however many book. A booking that is made must be answered whatever MySQL
 * does: old names are answered at once while new ones are read, and none are waited for longer than half a second.
 */
function saleFacts({ db, now }: Pick<Parts, 'db' | 'now'>, eventId: number): Promise<SaleFacts | null> {
  const known = facts.get(db) ?? new Map<number, KnownFacts>()
  facts.set(db, known)
  const last = known.get(eventId)
  if (last && now().getTime() - last.askedAtMs < FACTS_FRESH_MS) return last.answer
  const asked = readSaleFacts(db, eventId).catch(() => null)
  const answer = last ? last.answer : Promise.race([asked, patience(FACTS_PATIENCE_MS)])
  if (known.size >= FACTS_KEPT) known.delete(known.keys().next().value!)
  known.set(eventId, { askedAtMs: now().getTime(), answer })
  asked.then((read) => read && known.set(eventId, { askedAtMs: now().getTime(), answer: Promise.resolve(read) }))
  return answer
}

const patience = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms))

async function readSaleFacts(db: Database, eventId: number): Promise<SaleFacts | null> {
  const [row] = await db.select({ event: events, imageKey: images.key }).from(events).leftJoin(
    images,
    eq(images.id, events.imageId),
  )
    .where(eq(events.id, eventId))
  if (!row) return null
  return {
    ...row,
    ticketTypes: await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)),
    cancelUntil: startOfDay(row.event.startsAt, row.event.zone).toISOString(),
  }
}

async function describeSale(parts: Pick<Parts, 'db' | 'now'>, language: Language, eventId: number, ticketTypeId: number) {
  const sale = await saleFacts(parts, eventId)
  const type = sale?.ticketTypes.find(({ id }) => id === ticketTypeId)
  return {
    event: sale
      ? describeEvent(sale.event, sale.imageKey, language)
      : { id: eventId, title: '', venue: '', startsAt: '', imageUrl: null },
    ticketType: { id: ticketTypeId, name: (language === 'ko' ? type?.name : type?.nameEn) ?? '' },
    cancelUntil: sale?.cancelUntil ?? '',
  }
}

function describeEvent(event: SaleFacts['event'], imageKey: string | null, language: Language): Reservation['event'] {
  return {
    id: event.id,
    title: language === 'ko' ? event.title : event.titleEn,
    venue: language === 'ko' ? event.venue : event.venueEn,
    startsAt: event.startsAt.toISOString(),
    imageUrl: imageKey && paths.image(imageKey),
  }
}

const CATCH_UP_MS = 2_000

/** Waits for the write-back, at most two seconds, and says whether it has come as far as the caller. */
async function catchUp({ writeBack }: Pick<Parts, 'writeBack'>): Promise<boolean> {
  const round = writeBack.flushAll().catch(() => false)
  return await Promise.race([round, patience(CATCH_UP_MS).then(() => false)])
}

type Row = Awaited<ReturnType<typeof selectReservations>>[number]

const selectReservations = (db: Database, wanted: ReturnType<typeof and>) =>
  db.select({ reservation: reservations, event: events, ticketType: ticketTypes, imageKey: images.key, epoch: ledgers.epoch })
    .from(reservations)
    .innerJoin(events, eq(events.id, reservations.eventId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .innerJoin(ledgers, eq(ledgers.eventId, reservations.eventId))
    .leftJoin(images, eq(images.id, events.imageId))
    .where(wanted)
    .$dynamic()

function describe({ reservation, event, ticketType, imageKey }: Row, language: Language): Reservation {
  return {
    id: reservation.id,
    event: describeEvent(event, imageKey, language),
    ticketType: { id: ticketType.id, name: language === 'ko' ? ticketType.name : ticketType.nameEn },
    quantity: reservation.quantity,
    unitPrice: reservation.unitPrice,
    totalPrice: reservation.unitPrice * reservation.quantity,
    status: reservation.status,
    createdAt: reservation.createdAt.toISOString(),
    cancelledAt: reservation.cancelledAt?.toISOString() ?? null,
    cancelUntil: startOfDay(event.startsAt, event.zone).toISOString(),
  }
}
