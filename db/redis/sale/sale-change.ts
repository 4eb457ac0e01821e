import type { Redis } from 'ioredis'
import * as z from 'zod'
import { saleKeys } from '../keys.ts'

/** Seats of one ticket type, in all: sold or not. */
export type SeatTotal = { ticketTypeId: number; before: number; after: number }

/** The outcomes of `change.lua`; its head comment describes each. */
export type ChangeReply = { kind: 'changed' } | { kind: 'not_loaded' } | {
  kind: 'seats_below_sold'
  ticketTypeId: number
  left: number
}

const changeReply = z.union([
  z.tuple([z.enum(['changed', 'not_loaded'])]),
  z.tuple([z.literal('seats_below_sold'), z.coerce.number().int(), z.coerce.number().int()]),
])

/**
 * Adds or withdraws seats of a loaded sale, and suspends it: it sells again when `approveSale` has given it the rules of MySQL. The caller
 * holds the ledger's row lock.
 */
export async function changeSale(
  redis: Redis,
  eventId: number,
  { epoch, actor, reason, seats }: { epoch: number; actor: number; reason: string; seats: SeatTotal[] },
): Promise<ChangeReply> {
  const { sale, log } = saleKeys(eventId)
  const changes = seats.flatMap(({ ticketTypeId, before, after }) => [ticketTypeId, before, after])
  const reply = changeReply.parse(await redis.changeSale(sale, log, epoch, actor, reason, ...changes))
  return reply[0] === 'seats_below_sold' ? { kind: reply[0], ticketTypeId: reply[1], left: reply[2] } : { kind: reply[0] }
}
