/**
 * Data for benches and fault injection, written to the stores directly: events on sale, people, tickets, bookings. Benches access
 * the measured programs over HTTP only.
 */
import { eq, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import { readScript } from '../db/redis/client.ts'
import { passKey, roomKeys, saleKeys } from '../db/redis/keys.ts'
import { defineRoomScripts, joinRoom } from '../db/redis/room/room.ts'
import { isAfter } from '../db/redis/sale/log-position.ts'
import { readSale } from '../db/redis/sale/sale.ts'
import { defineSeatScripts, reserveSeats } from '../db/redis/sale/seats.ts'
import { events, ledgers, reservations, ticketTypes, users } from '../db/schema.ts'
import { catalogue } from './demo/catalogue.ts'
import { addEvent } from './demo/load.ts'
import type { Database } from './fresh-database.ts'

const HOUR_MS = 3_600_000
type Stores = { db: Database; redis: Redis }

/** Adds an event that is on sale from an hour ago until tomorrow, with one ticket type for each number of seats. */
export async function addEventOnSale(
  db: Database,
  seats: number[],
  limitPerPerson: number,
  now: Date,
): Promise<{ eventId: number; ticketTypeIds: number[] }> {
  const at = (hours: number) => new Date(now.getTime() + hours * HOUR_MS)
  const eventId = await addEvent(db, {
    title: '측정 공연',
    titleEn: 'A measured concert',
    venue: '측정 홀',
    venueEn: 'Bench Hall',
    startsAt: at(240),
    opensAt: at(-1),
    closesAt: at(24),
    limitPerPerson,
    ticketTypes: seats.map((count, i) => ({ name: `${i + 1}등석`, nameEn: `Type ${i + 1}`, price: 10_000, seats: count })),
  }, { now })
  const types = await db.select({ id: ticketTypes.id }).from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
    .orderBy(ticketTypes.sortOrder)
  return { eventId, ticketTypeIds: types.map(({ id }) => id) }
}

/** The e-mail address of the i-th account that `addUsers` adds. */
export const emailOfUser = (i: number): string => `${i.toString(36)}@bench.example`

/** Adds accounts with one password; returns their consecutive ids. Without a hash of a password they cannot log in. */
export async function addUsers(db: Database, count: number, now: Date, passwordHash = '-'): Promise<number[]> {
  const ids: number[] = []
  for (let start = 0; start < count; start += 5_000) {
    const numbers = Array.from({ length: Math.min(5_000, count - start) }, (_, i) => start + i)
    const [{ insertId }] = await db.insert(users).values(
      numbers.map((i) => ({ email: emailOfUser(i), passwordHash, nickname: i.toString(36), createdAt: now })),
    )
    numbers.forEach((_, i) => ids.push(insertId + i))
  }
  return ids
}

/** Adds `count` published events to an empty database: repeats the demo catalogue, with numbered titles. */
export async function addManyEvents(db: Database, count: number, now: Date): Promise<void> {
  const demo = catalogue(now)
  const [known] = await db.select({ last: sql<number>`coalesce(max(id), 0)`.mapWith(Number) }).from(events)
  for (let start = 0; start < count; start += 2_000) {
    const chunk = Array.from({ length: Math.min(2_000, count - start) }, (_, i) => ({
      event: demo[(start + i) % demo.length]!,
      id: known!.last + start + i + 1,
    }))
    await db.insert(events).values(chunk.map(({ event: { ticketTypes: _types, genre: _genre, ...facts }, id }) => ({
      ...facts,
      id,
      title: `${facts.title} ${id}`,
      titleEn: `${facts.titleEn} ${id}`,
      published: true,
      createdAt: now,
      updatedAt: now,
    })))
    await db.insert(ticketTypes).values(chunk.map(({ event, id }) => ({ eventId: id, sortOrder: 0, ...event.ticketTypes[0]! })))
    await db.insert(ledgers).values(chunk.map(({ id }) => ({ eventId: id })))
  }
}

/** An event's figures in both stores, in seats unless stated otherwise. */
export type StoredSale = {
  /** Reservations in MySQL, cancelled ones included. */
  rows: number
  /** Reservations that share their person and idempotency key with another. */
  duplicates: number
  /** Seats of confirmed reservations in MySQL. */
  seatsInRows: number
  /** The sum of the ticket types' `sold`. */
  sold: number
  total: number
  /** Seats left in Redis. */
  left: number
  /** Whether MySQL has everything that Redis has logged. */
  isWrittenBack: boolean
  /** When the watermark moved last; null before the first time. */
  writtenBackAtMs: number | null
}

export async function readStoredSale({ db, redis }: Stores, eventId: number): Promise<StoredSale> {
  const state = await readSale(redis, eventId)
  const [ledger] = await db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
  const [types] = await db.select({ sold: sumOf(ticketTypes.sold), total: sumOf(ticketTypes.seats) }).from(ticketTypes)
    .where(eq(ticketTypes.eventId, eventId))
  const [found] = await db.select({
    rows: sql<number>`count(*)`.mapWith(Number),
    keys: sql<number>`count(distinct ${reservations.userId}, ${reservations.idempotencyKey})`.mapWith(Number),
    seats: sql<number>`coalesce(sum(if(${reservations.status} = 'confirmed', ${reservations.quantity}, 0)), 0)`.mapWith(Number),
  }).from(reservations).where(eq(reservations.eventId, eventId))
  return {
    rows: found!.rows,
    duplicates: found!.rows - found!.keys,
    seatsInRows: found!.seats,
    sold: types!.sold,
    total: types!.total,
    left: [...state?.left.values() ?? []].reduce((all, one) => all + one, 0),
    isWrittenBack: state !== null && ledger?.epoch === state.last.epoch && !isAfter(state.last, ledger),
    writtenBackAtMs: ledger?.writtenBackAt?.getTime() ?? null,
  }
}

const sumOf = (column: typeof ticketTypes.sold | typeof ticketTypes.seats) =>
  sql<number>`coalesce(sum(${column}), 0)`.mapWith(Number)

/** The watermark's `seq` of an event: the log entries of its present epoch that are in MySQL. */
export async function readWatermarkSeq(db: Database, eventId: number): Promise<number> {
  const [ledger] = await db.select({ seq: ledgers.seq }).from(ledgers).where(eq(ledgers.eventId, eventId))
  return ledger?.seq ?? 0
}

export const listReservations = (db: Database, eventId: number): Promise<{ id: string; person: number }[]> =>
  db.select({ id: reservations.id, person: reservations.userId }).from(reservations).where(eq(reservations.eventId, eventId))

/** A booking for `bookDirectly`: one seat, with its own idempotency key and pass. */
export type DirectBooking = { person: number; reservation: string; key: string }

/** Books one seat each by the booking script alone, without HTTP. Throws when the script refuses one. */
export async function bookDirectly(
  redis: Redis,
  { eventId, ticketTypeId }: { eventId: number; ticketTypeId: number },
  bookings: DirectBooking[],
): Promise<void> {
  defineSeatScripts(redis)
  const replies = await Promise.all(bookings.map(({ person, reservation, key }) =>
    reserveSeats(redis, eventId, {
      person,
      reservation,
      ticketTypeId,
      quantity: 1,
      idempotencyKey: key,
      passId: key,
      passMs: 60_000,
      backlogLimit: 100_000_000,
    })
  ))
  const refused = replies.find(({ kind }) => kind !== 'reserved')
  if (refused) throw new Error(`The booking script replied ${refused.kind}`)
}

/** The booking script and its arguments for `redis-benchmark`, which replaces `random` by another number of 12 digits in each call. */
export function bookingScriptCall(eventId: number, ticketTypeId: number, random: string): { script: string; args: string[] } {
  const keys = saleKeys(eventId)
  return {
    script: readScript('sale/reserve'),
    args: [
      '5',
      keys.sale,
      keys.held,
      keys.idempotency,
      keys.log,
      passKey(eventId, random),
      '100000000',
      random,
      `00000000-0000-7000-8000-${random}`,
      String(ticketTypeId),
      '1',
      `k-${random}`,
      '60000',
    ],
  }
}

/** Issues `count` queue tickets of a live room by the join script alone: the store records a waiting visitor only as an index. */
export async function joinDirectly(redis: Redis, room: string, count: number): Promise<void> {
  defineRoomScripts(redis)
  for (let issued = 0; issued < count; issued += 1_000) {
    const visitors = Array.from({ length: Math.min(1_000, count - issued) }, () => null)
    if (!await joinRoom(redis, room, visitors, { epoch: 0, issued: 0 })) throw new Error(`The room ${room} does not exist`)
  }
}

/** Bytes that Redis uses for a room's state, without passes and turns. */
export const readRoomBytes = async (redis: Redis, room: string): Promise<number> =>
  Number(await redis.memory('USAGE', roomKeys(room).room))

export const countActiveVisits = (redis: Redis, room: string): Promise<number> => redis.zcard(roomKeys(room).passes)
