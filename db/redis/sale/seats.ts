import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { createMicroBatcher } from '../../../runtime/micro-batcher.ts'
import { readScript } from '../client.ts'
import { passKey, saleKeys } from '../keys.ts'
import type { LogPosition } from './log-position.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    reserveSeats(...args: (string | number)[]): Result<unknown, Context>
    cancelSeats(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Makes the scripts that sell seats and take them back known to a connection. */
export function defineSeatScripts(redis: Redis): void {
  redis.defineCommand('reserveSeats', { lua: readScript('sale/reserve') })
  redis.defineCommand('cancelSeats', { numberOfKeys: 4, lua: readScript('sale/cancel') })
}

export type SeatRequest = {
  person: number
  /** The id that a new booking gets: a UUID of version 7. */
  reservation: string
  ticketTypeId: number
  quantity: number
  idempotencyKey: string
  passId: string
  /** How long the pass could still be used. */
  passMs: number
  /** Entries that the log may hold before it takes no more bookings. */
  backlogLimit: number
}

export type Reserved = { reservation: string; position: LogPosition; unitPrice: number; createdAtMs: number; left: number }
export type ReserveReply =
  | ({ kind: 'reserved' | 'replayed' } & Reserved)
  | { kind: 'mismatch' }
  | { kind: 'not_loaded' }
  | { kind: 'paused' }
  | { kind: 'backlogged' }
  | { kind: 'pass_spent'; person: number }
  | { kind: 'unknown_type' }
  | { kind: 'not_open'; opensAtMs: number }
  | { kind: 'closed' }
  | { kind: 'limit_exceeded'; limit: number; held: number }
  | { kind: 'sold_out'; left: number }

const number = z.coerce.number().int()
const reserveReplies = z.array(z.union([
  z.tuple([z.enum(['reserved', 'replayed']), z.string(), number, number, number, number, number]),
  z.tuple([z.enum(['mismatch', 'not_loaded', 'paused', 'backlogged', 'unknown_type', 'closed'])]),
  z.tuple([z.enum(['pass_spent', 'not_open', 'sold_out']), number]),
  z.tuple([z.literal('limit_exceeded'), number, number]),
]))

type Gather = (request: SeatRequest) => Promise<ReserveReply>
const gathers = new WeakMap<Redis, Map<number, Gather>>()
const GATHERS_KEPT = 1_000

/**
 * Decides a booking by the one script that sells; those of a sale that come within a millisecond share a call. Throws when Redis does not
 * answer; the booking may then have happened.
 */
export function reserveSeats(redis: Redis, eventId: number, request: SeatRequest): Promise<ReserveReply> {
  const known = gathers.get(redis) ?? new Map<number, Gather>()
  gathers.set(redis, known)
  // Each sale by itself: one whose node of a cluster is silent holds no other up.
  let gather = known.get(eventId)
  if (!gather) {
    if (known.size >= GATHERS_KEPT) known.clear()
    gather = createMicroBatcher((requests) => decide(redis, eventId, requests), { maxSize: 64, maxWaitMs: 1, concurrency: 16 })
    known.set(eventId, gather)
  }
  return gather(request)
}

async function decide(redis: Redis, eventId: number, requests: SeatRequest[]): Promise<ReserveReply[]> {
  const keys = saleKeys(eventId)
  const passKeys = requests.map(({ passId }) => passKey(eventId, passId))
  const replies = reserveReplies.parse(
    await redis.reserveSeats(
      4 + passKeys.length,
      ...[keys.sale, keys.held, keys.idempotency, keys.log, ...passKeys],
      Math.min(...requests.map(({ backlogLimit }) => backlogLimit)),
      ...requests.flatMap(({ person, reservation, ticketTypeId, quantity, idempotencyKey, passMs }) => [
        ...[person, reservation, ticketTypeId, quantity, idempotencyKey],
        Math.max(1, Math.ceil(passMs)),
      ]),
    ),
  )
  return replies.map((reply) => {
    switch (reply[0]) {
      case 'reserved':
      case 'replayed': {
        const [kind, reservation, epoch, seq, unitPrice, createdAtMs, left] = reply
        return { kind, reservation, position: { epoch, seq }, unitPrice, createdAtMs, left }
      }
      case 'pass_spent':
        return { kind: 'pass_spent', person: reply[1] }
      case 'not_open':
        return { kind: 'not_open', opensAtMs: reply[1] }
      case 'sold_out':
        return { kind: 'sold_out', left: reply[1] }
      case 'limit_exceeded':
        return { kind: 'limit_exceeded', limit: reply[1], held: reply[2] }
      default:
        return { kind: reply[0] }
    }
  })
}

export type CancelReply =
  | { kind: 'cancelled' | 'unchanged'; quantity: number; atMs: number; position: LogPosition }
  | { kind: 'too_late' }
  | { kind: 'not_loaded' }
  | { kind: 'stale' }

const cancelReply = z.union([
  z.tuple([z.enum(['cancelled', 'unchanged']), number, number, number, number]),
  z.tuple([z.enum(['too_late', 'not_loaded', 'stale'])]),
])

export type CancelRequest = {
  /** The epoch of the ledger when the reservation's row was read. */
  rowEpoch: number
  person: number
  reservation: string
  ticketTypeId: number
  /** Seats that the row holds. */
  quantity: number
  /** Seats that shall remain; 0 cancels the whole. */
  keep: number
}

/** Gives seats of a reservation back until `keep` remain. `unchanged`: no more than that were held. Throws as `reserveSeats` does. */
export async function cancelSeats(redis: Redis, eventId: number, request: CancelRequest): Promise<CancelReply> {
  const keys = saleKeys(eventId)
  const { rowEpoch, person, reservation, ticketTypeId, quantity, keep } = request
  const reply = cancelReply.parse(
    await redis.cancelSeats(
      ...[keys.sale, keys.held, keys.cancelled, keys.log],
      ...[rowEpoch, person, reservation, ticketTypeId, quantity, keep],
    ),
  )
  if (reply.length === 1) return { kind: reply[0] }
  const [kind, held, atMs, epoch, seq] = reply
  return { kind, quantity: held, atMs, position: { epoch, seq } }
}
