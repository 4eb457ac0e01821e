import type { Redis, Result } from 'ioredis'
import { LRUCache } from 'lru-cache'
import * as z from 'zod'
import type { Language } from '../../../edge/contract/language.ts'
import { createMicroBatcher } from '../../../runtime/micro-batcher.ts'
import { StoreUnavailable } from '../../store-unavailable.ts'
import { readScript, replaceConnection } from '../client.ts'
import { passKey, saleKeys } from '../keys.ts'
import type { LogPosition } from './log-position.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    reserveSeats(...args: (string | number)[]): Result<unknown, Context>
    cancelSeats(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the scripts that sell seats and cancel reservations on a connection. */
export function defineSeatScripts(redis: Redis): void {
  redis.defineCommand('reserveSeats', { lua: readScript('sale/reserve') })
  redis.defineCommand('cancelSeats', { numberOfKeys: 4, lua: readScript('sale/cancel') })
}

export type SeatRequest = {
  person: number
  /** The id for a new reservation: a UUID of version 7. */
  reservation: string
  ticketTypeId: number
  quantity: number
  idempotencyKey: string
  passId: string
  /** How long the pass could still be used, ms. */
  passMs: number
  /** Of the mails about the reservation; by default Korean. */
  language?: Language
  /** The sale rejects bookings while its log holds this many entries. */
  backlogLimit: number
}

export type Reserved = { reservation: string; position: LogPosition; unitPrice: number; createdAtMs: number; left: number }
/** The outcomes of `reserve.lua`; its head comment describes each. */
export type ReserveReply =
  | ({ kind: 'reserved' } & Reserved)
  /** `cancelledAtMs`: when all seats were returned, 0 if some are left. `isPassUsed`: the person has booked with this pass. */
  | ({ kind: 'replayed'; cancelledAtMs: number; isPassUsed: boolean } & Reserved)
  | { kind: 'mismatch' }
  | { kind: 'not_loaded' }
  | { kind: 'paused' }
  | { kind: 'backlogged' }
  | { kind: 'pass_spent'; person: number }
  | { kind: 'unknown_type' }
  | { kind: 'stopped'; message: string }
  | { kind: 'not_open'; opensAtMs: number }
  | { kind: 'closed' }
  | { kind: 'limit_exceeded'; limit: number; held: number }
  | { kind: 'sold_out'; left: number }

const number = z.coerce.number().int()
const reserveReplies = z.array(z.union([
  z.tuple([z.literal('reserved'), z.string(), number, number, number, number, number]),
  z.tuple([z.literal('replayed'), z.string(), number, number, number, number, number, number, number]),
  z.tuple([z.enum(['mismatch', 'not_loaded', 'paused', 'backlogged', 'unknown_type', 'closed'])]),
  z.tuple([z.enum(['pass_spent', 'not_open', 'sold_out']), number]),
  z.tuple([z.literal('limit_exceeded'), number, number]),
  z.tuple([z.literal('stopped'), z.string()]),
]))

export type ReserveSeats = (eventId: number, request: SeatRequest) => Promise<ReserveReply>

const BATCH_LIMITS = { maxSize: 64, maxWaitMs: 1, concurrency: 16 }
const BATCHERS_KEPT = 1_000

/**
 * Returns a function that reserves seats as `reserveSeats` does, and that sends the concurrent requests for one event in one call of the
 * script. Each event has its own batches: a cluster node that does not reply delays only its own events.
 */
export function createSeatBatcher(redis: Redis): ReserveSeats {
  const batchers = new LRUCache<number, (request: SeatRequest) => Promise<ReserveReply>>({ max: BATCHERS_KEPT })
  return (eventId, request) => {
    let reserve = batchers.get(eventId)
    if (!reserve) {
      reserve = createMicroBatcher((requests) => reserveBatch(redis, eventId, requests), BATCH_LIMITS)
      batchers.set(eventId, reserve)
    }
    return reserve(request)
  }
}

/**
 * Decides a booking with the script `reserve.lua`. No other code sells seats. Throws when Redis does not reply; the script may have run
 * even then, and a retry with the same idempotency key returns its outcome.
 */
export async function reserveSeats(redis: Redis, eventId: number, request: SeatRequest): Promise<ReserveReply> {
  const [reply] = await reserveBatch(redis, eventId, [request])
  return reply!
}

async function reserveBatch(redis: Redis, eventId: number, requests: SeatRequest[]): Promise<ReserveReply[]> {
  const keys = saleKeys(eventId)
  const passKeys = requests.map(({ passId }) => passKey(eventId, passId))
  const replies = await redis.reserveSeats(
    5 + passKeys.length,
    keys.sale,
    keys.held,
    keys.idempotency,
    keys.log,
    keys.cancelled,
    ...passKeys,
    Math.min(...requests.map(({ backlogLimit }) => backlogLimit)),
    ...requests.flatMap(scriptArguments),
  )
  return readBatch(redis, replies, requests)
}

/** Reads the replies to a batch. Replies that do not fit the requests are those to other commands: the connection is out of step. */
function readBatch(redis: Redis, replies: unknown, requests: SeatRequest[]): ReserveReply[] {
  const parsed = reserveReplies.safeParse(replies)
  const isOwn = parsed.success && parsed.data.length === requests.length &&
    parsed.data.every((reply, i) => reply[0] !== 'reserved' || reply[1] === requests[i]!.reservation)
  if (isOwn) return parsed.data.map(readReserveReply)
  const cause = new StoreUnavailable('redis', 'The reply to reserveSeats belongs to another command', { cause: parsed.error })
  replaceConnection(redis, cause)
  throw cause
}

const scriptArguments = (request: SeatRequest): (string | number)[] => [
  request.person,
  request.reservation,
  request.ticketTypeId,
  request.quantity,
  request.idempotencyKey,
  Math.max(1, Math.ceil(request.passMs)),
  request.language ?? 'ko',
]

function readReserveReply(reply: z.infer<typeof reserveReplies>[number]): ReserveReply {
  switch (reply[0]) {
    case 'reserved': {
      const [kind, reservation, epoch, seq, unitPrice, createdAtMs, left] = reply
      return { kind, reservation, position: { epoch, seq }, unitPrice, createdAtMs, left }
    }
    case 'replayed': {
      const [kind, reservation, epoch, seq, unitPrice, createdAtMs, left, cancelledAtMs, isPassUsed] = reply
      const first = { reservation, position: { epoch, seq }, unitPrice, createdAtMs, left }
      return Object.assign({ kind, cancelledAtMs, isPassUsed: isPassUsed === 1 }, first)
    }
    case 'pass_spent':
      return { kind: 'pass_spent', person: reply[1] }
    case 'not_open':
      return { kind: 'not_open', opensAtMs: reply[1] }
    case 'sold_out':
      return { kind: 'sold_out', left: reply[1] }
    case 'stopped':
      return { kind: 'stopped', message: reply[1] }
    case 'limit_exceeded':
      return { kind: 'limit_exceeded', limit: reply[1], held: reply[2] }
    case 'mismatch':
    case 'not_loaded':
    case 'paused':
    case 'backlogged':
    case 'unknown_type':
    case 'closed':
      return { kind: reply[0] }
    default:
      return reply satisfies never
  }
}

/** The outcomes of `cancel.lua`; its head comment describes each. */
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
  /** The epoch of the ledger at the time when the reservation's row was read. */
  rowEpoch: number
  person: number
  reservation: string
  ticketTypeId: number
  /** Seats that the row holds. */
  quantity: number
  /** Seats to keep; 0 cancels the reservation. */
  keep: number
  /** Operators may cancel after the deadline for buyers. */
  isByOperator?: boolean
}

/**
 * Returns seats of a reservation to the sale until `keep` remain. `unchanged`: the reservation holds no more than that already. Throws when
 * Redis does not reply; the script may have run even then, and a second call changes nothing.
 */
export async function cancelSeats(redis: Redis, eventId: number, request: CancelRequest): Promise<CancelReply> {
  const keys = saleKeys(eventId)
  const { rowEpoch, person, reservation, ticketTypeId, quantity, keep, isByOperator } = request
  const reply = cancelReply.parse(
    await redis.cancelSeats(
      keys.sale,
      keys.held,
      keys.cancelled,
      keys.log,
      rowEpoch,
      person,
      reservation,
      ticketTypeId,
      quantity,
      keep,
      isByOperator ? 1 : 0,
    ),
  )
  if (reply.length === 1) return { kind: reply[0] }
  const [kind, held, atMs, epoch, seq] = reply
  return { kind, quantity: held, atMs, position: { epoch, seq } }
}
