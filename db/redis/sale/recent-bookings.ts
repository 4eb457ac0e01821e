import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { createMicroBatcher } from '../../../runtime/micro-batcher.ts'
import { readScript } from '../client.ts'
import { recentBookingsKey, saleKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    rememberBookings(...args: (string | number)[]): Result<unknown, Context>
    rememberBooking(...args: (string | number)[]): Result<unknown, Context>
    findBooking(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the scripts that remember and find bookings on a connection. */
export function defineRecentBookingScripts(redis: Redis): void {
  redis.defineCommand('rememberBookings', { lua: readScript('sale/remember') })
  // ioredis finds the slot of a pipelined script only if its number of keys is fixed.
  redis.defineCommand('rememberBooking', { numberOfKeys: 1, lua: readScript('sale/remember') })
  redis.defineCommand('findBooking', { numberOfKeys: 3, lua: readScript('sale/find') })
}

/** Where a sale holds a booking. */
export type BookingPointer = { reservation: string; eventId: number; epoch: number; idempotencyKey: string }

/** A confirmed booking as its sale holds it. */
export type RecentBooking = {
  reservation: string
  eventId: number
  ticketTypeId: number
  /** Seats held now. */
  quantity: number
  unitPrice: number
  createdAtMs: number
}

/** More than one person books within an hour. */
const KEPT = 20
const KEEP_MS = 3_600_000

/** Remembers where a person's booking is, so that any origin finds it by its id without MySQL. Throws StoreUnavailable. */
export type RememberBooking = (person: number, pointer: BookingPointer) => Promise<void>

const BATCH_LIMITS = { maxSize: 64, maxWaitMs: 1, concurrency: 16 }

/**
 * Concurrent bookings share one call of the script. In a cluster each has a call of its own, because the lists of two persons are in
 * different slots.
 */
export function createBookingMemory(redis: Redis): RememberBooking {
  if (redis.isCluster) {
    return async (person, pointer) =>
      void await redis.rememberBooking(recentBookingsKey(person), KEPT, KEEP_MS, describePointer(pointer))
  }
  const rememberInBatch = createMicroBatcher(async (bookings: { person: number; pointer: BookingPointer }[]): Promise<void[]> => {
    const keys = bookings.map(({ person }) => recentBookingsKey(person))
    await redis.rememberBookings(keys.length, ...keys, KEPT, KEEP_MS, ...bookings.map(({ pointer }) => describePointer(pointer)))
    return bookings.map(() => undefined)
  }, BATCH_LIMITS)
  return (person, pointer) => rememberInBatch({ person, pointer })
}

const describePointer = ({ reservation, eventId, epoch, idempotencyKey }: BookingPointer): string =>
  JSON.stringify([reservation, eventId, epoch, idempotencyKey])

const pointers = z.array(z.tuple([z.string(), z.number(), z.number(), z.string()]))

/**
 * A person's recent bookings, newest first, as their sales hold them now; only the one with this id if it is given. Leaves out what only MySQL
 * knows exactly: a cancelled booking, one of a sale that was loaded again since, and one of a sale that waits for approval after its server
 * was restarted or another one took over.
 */
export async function findRecentBookings(redis: Redis, person: number, reservation?: string): Promise<RecentBooking[]> {
  const entries = await redis.lrange(recentBookingsKey(person), 0, -1)
  const found = new Map<string, BookingPointer>()
  for (const [id, eventId, epoch, idempotencyKey] of pointers.parse(entries.map((entry) => JSON.parse(entry) as unknown))) {
    // A booking that was repeated after its sale was loaded again is listed twice; the newest entry has the present epoch.
    const isWanted = reservation === undefined || id === reservation
    if (isWanted && !found.has(id)) found.set(id, { reservation: id, eventId, epoch, idempotencyKey })
  }
  const bookings = await Promise.all([...found.values()].map((pointer) => readBooking(redis, person, pointer)))
  return bookings.filter((booking) => booking !== null)
}

/** The reply that `reserve.lua` keeps: ticket type, quantity, reservation, epoch, seq, unit price, created (epoch ms), left. */
const firstReply = z.tuple([z.coerce.number(), z.number(), z.string(), z.unknown(), z.unknown(), z.coerce.number(), z.number()])
  .rest(z.unknown())

/** The outcomes of `find.lua`; its head comment describes them. */
const findReply = z.tuple([z.string(), z.string()]).nullable()

async function readBooking(redis: Redis, person: number, pointer: BookingPointer): Promise<RecentBooking | null> {
  const { reservation, eventId, epoch, idempotencyKey } = pointer
  const keys = saleKeys(eventId)
  const field = `${person}:${idempotencyKey}`
  const found = findReply.parse(await redis.findBooking(keys.sale, keys.idempotency, keys.cancelled, epoch, field, reservation))
  if (found === null) return null
  const [reply, change] = found
  const [ticketTypeId, booked, id, , seq, unitPrice, createdAtMs] = firstReply.parse(JSON.parse(reply))
  // A load has written it. It says how many seats were booked, and no longer what was cancelled since.
  if (Number(seq) === 0) return null
  const quantity = change ? Number(change.split(':')[0]) : booked
  if (id !== reservation || quantity === 0) return null
  return { reservation, eventId, ticketTypeId, quantity, unitPrice, createdAtMs }
}
