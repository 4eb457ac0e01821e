import type { Redis } from 'ioredis'
import * as z from 'zod'
import { type Language, LANGUAGES } from '../../../edge/contract/language.ts'
import { saleKeys } from '../keys.ts'
import type { LogPosition } from './log-position.ts'
import type { SeatTotal } from './sale-change.ts'

/** What an entry of a booking log records. */
type EntryContent =
  | {
    kind: 'booking'
    reservation: string
    person: number
    ticketTypeId: number
    quantity: number
    unitPrice: number
    atMs: number
    idempotencyKey: string
    /** Of the request. Entries of releases before it have Korean. */
    language: Language
  }
  /** `quantity` seats were returned, `keep` remain. */
  | {
    kind: 'cancellation'
    reservation: string
    person: number
    ticketTypeId: number
    quantity: number
    atMs: number
    keep: number
  }
  /** An operator has added or withdrawn seats. */
  | { kind: 'seats'; actor: number; reason: string; atMs: number; totals: SeatTotal[] }
  | { kind: 'load' }
  /** An entry that could not be parsed. */
  | { kind: 'unreadable'; raw: string }

export type BookingLogEntry = LogPosition & EntryContent

/** Reads at most `count` entries of an event's log after a position, oldest first. */
export async function readBookingLog(
  redis: Redis,
  eventId: number,
  after: LogPosition,
  count: number,
): Promise<BookingLogEntry[]> {
  const entries = await redis.xrange(saleKeys(eventId).log, `(${after.epoch}-${after.seq}`, '+', 'COUNT', count)
  return entries.map(([id, fields]) => {
    const [epoch, seq] = id.split('-').map(Number) as [number, number]
    return { epoch, seq, ...readEntry(fields) }
  })
}

/** Deletes the entries up to and including a position, after they are in MySQL. */
export async function trimBookingLog(redis: Redis, eventId: number, upTo: LogPosition): Promise<void> {
  await redis.xtrim(saleKeys(eventId).log, 'MINID', `${upTo.epoch}-${upTo.seq + 1}`)
}

/** The greatest epoch in an event's log, trimmed entries included; 0 without a log. */
export async function lastBookingLogEpoch(redis: Redis, eventId: number): Promise<number> {
  const keys = saleKeys(eventId)
  if (!(await redis.exists(keys.log))) return 0
  const info = z.array(z.unknown()).parse(await redis.xinfo('STREAM', keys.log))
  const lastId = String(info[info.indexOf('last-generated-id') + 1])
  return Number(lastId.split('-')[0])
}

/** Parses the fields of an entry, which `load.lua`, `reserve.lua`, `cancel.lua` and `change.lua` write. */
function readEntry([field, value = '', , language]: string[]): EntryContent {
  try {
    if (field === 'l') return { kind: 'load' }
    if (field === 'b') return readBooking(value, language)
    if (field === 'c') return readCancellation(value)
    if (field === 's') return readSeats(value)
  } catch {
    // The caller gets the entry unparsed.
  }
  return { kind: 'unreadable', raw: `${field} ${value}` }
}

function readBooking(value: string, language: string | undefined): EntryContent {
  const [reservation, person, ticketTypeId, quantity, unitPrice, atMs, key] = tuple(value, 7)
  return {
    kind: 'booking',
    reservation: uuid(reservation),
    person: integer(person),
    ticketTypeId: integer(ticketTypeId),
    quantity: integer(quantity),
    unitPrice: integer(unitPrice),
    atMs: integer(atMs),
    idempotencyKey: text(key),
    language: LANGUAGES.find((known) => known === language) ?? 'ko',
  }
}

function readCancellation(value: string): EntryContent {
  const [reservation, person, ticketTypeId, quantity, atMs, keep] = tuple(value, 6)
  return {
    kind: 'cancellation',
    reservation: uuid(reservation),
    person: integer(person),
    ticketTypeId: integer(ticketTypeId),
    quantity: integer(quantity),
    atMs: integer(atMs),
    keep: integer(keep),
  }
}

function readSeats(value: string): EntryContent {
  const [actor, reason, atMs, ...totals] = array(JSON.parse(value))
  return {
    kind: 'seats',
    actor: integer(actor),
    reason: text(reason),
    atMs: integer(atMs),
    totals: totals.map((total) => {
      const [ticketTypeId, before, after] = array(total)
      return { ticketTypeId: integer(ticketTypeId), before: integer(before), after: integer(after) }
    }),
  }
}

// These checks are written by hand: a zod schema takes more than twice as long, and its coercion reads null as 0.
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i

function tuple(json: string, length: number): unknown[] {
  const value = array(JSON.parse(json))
  if (value.length !== length) throw new TypeError(`Expected an array of ${length}`)
  return value
}

function array(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError('Expected an array')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('Expected a string')
  return value
}

function uuid(value: unknown): string {
  const id = text(value)
  if (!UUID.test(id)) throw new TypeError('Expected a UUID')
  return id
}

/** An integer, or a string with one: a script writes its arguments, which are strings, unchanged. */
function integer(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw new TypeError('Expected an integer')
  return number
}
