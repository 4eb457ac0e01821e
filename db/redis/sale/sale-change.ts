import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { readScript } from '../client.ts'
import { saleKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    changeSale(...args: (string | number)[]): Result<unknown, Context>
    resumeSale(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the scripts that change and resume a sale on a connection. */
export function defineSaleChangeScripts(redis: Redis): void {
  redis.defineCommand('changeSale', { numberOfKeys: 2, lua: readScript('sale/change') })
  redis.defineCommand('resumeSale', { numberOfKeys: 1, lua: readScript('sale/resume') })
}

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

/** `change` is an id without a colon that no other change has. */
export type SaleChange = { epoch: number; actor: number; reason: string; change: string; seats: SeatTotal[] }

/**
 * Adds or withdraws seats of a loaded sale, and suspends it: it sells again when `approveSale` has given it the rules of MySQL, or when
 * `resumeSale` has ended this change. The caller holds the ledger's row lock. Throws when Redis does not reply; the script may have run even
 * then.
 */
export async function changeSale(redis: Redis, eventId: number, request: SaleChange): Promise<ChangeReply> {
  const { sale, log } = saleKeys(eventId)
  const { epoch, actor, reason, change, seats } = request
  const moves = seats.flatMap(({ ticketTypeId, before, after }) => [ticketTypeId, before, after])
  const reply = changeReply.parse(await redis.changeSale(sale, log, epoch, actor, reason, change, ...moves))
  return reply[0] === 'seats_below_sold' ? { kind: reply[0], ticketTypeId: reply[1], left: reply[2] } : { kind: reply[0] }
}

/**
 * Lets a sale that this change has suspended continue with its former rules. The caller's transaction is never committed. Returns false if
 * the sale does not wait for this change, or must be approved.
 */
export async function resumeSale(redis: Redis, eventId: number, change: string): Promise<boolean> {
  return await redis.resumeSale(saleKeys(eventId).sale, change) === 1
}
