import { type BuyerReply, readBuyer } from '../db/redis/sale/buyer.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import type { Pass } from '../edge/contract/tokens.ts'
import { describeError } from '../runtime/log.ts'
import type { ReservationParts } from './reservations.ts'

type Parts = Pick<ReservationParts, 'redis' | 'putOnSale' | 'findCommitted' | 'mysqlHealth' | 'acknowledge' | 'log'>

/**
 * The idempotency key of all bookings from the booking page during one visit. A pass books once, so one key is enough: a page that is
 * reloaded, opened in a second tab or in the other language, or sent again without JavaScript repeats the booking and makes no other.
 */
export const visitKey = ({ id }: Pick<Pass, 'id'>): string => `visit-${id}`

/** `reservation`: the id of the reservation that was made with the key; null for none. */
export type BookingOutcome = { kind: 'known'; reservation: string | null } | { kind: 'busy' }

/**
 * Finds out whether a booking with this key has been made, for a buyer whose response was lost. It is as certain as the response would have
 * been: in `mysql` mode it waits for the commit. A request that is still on its way may book afterwards. Throws StoreUnavailable.
 */
export async function findOutcome(parts: Parts, eventId: number, person: number, key: string): Promise<BookingOutcome> {
  let reply = await readBuyer(parts.redis, eventId, person, key)
  if (reply.kind === 'not_loaded') {
    const put = await parts.mysqlHealth.orUnavailable(() => parts.putOnSale(eventId))
    if (put.kind === 'no_sale') return { kind: 'known', reservation: null }
    reply = await readBuyer(parts.redis, eventId, person, key)
    if (reply.kind === 'not_loaded') return { kind: 'busy' }
  }
  const { reservation } = reply
  if (reservation === null || parts.acknowledge === 'redis') return { kind: 'known', reservation }
  const row = await parts.mysqlHealth.orUnavailable(() => parts.findCommitted(eventId, reservation))
  return row ? { kind: 'known', reservation } : { kind: 'busy' }
}

/** What the booking page shows of the buyer; null while Redis does not know it. */
export async function findBuyer(
  { redis, log }: Pick<Parts, 'redis' | 'log'>,
  eventId: number,
  person: number,
  key: string,
): Promise<Extract<BuyerReply, { kind: 'buyer' }> | null> {
  try {
    const reply = await readBuyer(redis, eventId, person, key)
    return reply.kind === 'buyer' ? reply : null
  } catch (error) {
    if (!isStoreUnavailable(error)) throw error
    log('buyer_unknown', { eventId, ...describeError(error) })
    return null
  }
}
