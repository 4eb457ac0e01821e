import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { readScript } from '../client.ts'
import { saleKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    readBuyer(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the script that reads what a sale holds of a buyer. */
export function defineBuyerScript(redis: Redis): void {
  redis.defineCommand('readBuyer', { numberOfKeys: 3, lua: readScript('sale/buyer') })
}

/** `not_loaded`: the sale is not in Redis, or waits for approval after a failover; only a booking loads it. */
export type BuyerReply =
  | { kind: 'not_loaded' }
  /** The seats that the buyer holds, and the id of the reservation made with the key; null for none. */
  | { kind: 'buyer'; held: number; reservation: string | null }

const buyerReply = z.union([z.tuple([z.literal('not_loaded')]), z.tuple([z.literal('buyer'), z.number().int(), z.string()])])

/** Reads what a sale holds of a buyer, and whether a booking with this idempotency key has been made. Throws StoreUnavailable. */
export async function readBuyer(redis: Redis, eventId: number, person: number, key: string): Promise<BuyerReply> {
  const { sale, held, idempotency } = saleKeys(eventId)
  const reply = buyerReply.parse(await redis.readBuyer(sale, held, idempotency, person, key))
  return reply[0] === 'buyer' ? { kind: 'buyer', held: reply[1], reservation: reply[2] || null } : { kind: 'not_loaded' }
}
