/**
 * Removes what a rehearsal has written, in bounded batches. Each step can be repeated, so a process that dies here leaves a rest that the
 * upkeep of another origin removes (rehearsals.ts).
 */
import { eq, inArray } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../../db/mysql.ts'
import { scanKeys } from '../../db/redis/client.ts'
import { recentBookingsKey, roomKeys } from '../../db/redis/keys.ts'
import { deadLetters, events, ledgers, reservationChanges, reservations, ticketTypes, users } from '../../db/schema.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { isBuyerOf } from './synthetic-buyers.ts'

const BATCH = 500

type Stores = { db: Database; redis: Redis }

/** Removes the sale's keys, all rows, and the room. `copyId`: the event of the rehearsal; null if it was not added yet. */
export async function removeRehearsal(
  stores: Stores,
  { id, copyId }: { id: number; copyId: number | null },
): Promise<void> {
  if (copyId !== null) {
    const [copy] = await stores.db.select({ of: events.rehearsalOf }).from(events).where(eq(events.id, copyId))
    // A row with another event's id must never remove that event.
    if (copy && copy.of === null) throw new Error(`Event ${copyId} is not a rehearsal`)
    // First, so that no write-back adds rows later.
    await removeSaleKeys(stores.redis, copyId)
    await removeEventRows(stores.db, copyId)
    await removeRoomKeys(stores.redis, copyId)
  }
  await removeBuyers(stores, id)
}

/** Removes the keys of the room. An edge that has it live writes it back, so this is repeated when no edge has it any more. */
export async function removeRoomKeys(redis: Redis, copyId: number): Promise<void> {
  await redis.unlink(...Object.values(roomKeys(eventRoom(copyId))))
}

/** The sale, its booking log, and the passes that have booked. */
async function removeSaleKeys(redis: Redis, copyId: number): Promise<void> {
  let keys: string[] = []
  for await (const key of scanKeys(redis, `{e:${copyId}}:*`)) {
    keys.push(key)
    if (keys.length < BATCH) continue
    await redis.unlink(...keys)
    keys = []
  }
  if (keys.length > 0) await redis.unlink(...keys)
}

async function removeEventRows(db: Database, copyId: number): Promise<void> {
  await db.update(ledgers).set({ live: false }).where(eq(ledgers.eventId, copyId))
  for (;;) {
    const batch = await db.select({ id: reservations.id }).from(reservations).where(eq(reservations.eventId, copyId)).limit(BATCH)
    if (batch.length === 0) break
    const ids = batch.map(({ id }) => id)
    await db.transaction(async (tx) => {
      await tx.delete(reservationChanges).where(inArray(reservationChanges.reservationId, ids))
      await tx.delete(reservations).where(inArray(reservations.id, ids))
    })
  }
  await db.transaction(async (tx) => {
    await tx.delete(deadLetters).where(eq(deadLetters.eventId, copyId))
    await tx.delete(ticketTypes).where(eq(ticketTypes.eventId, copyId))
    await tx.delete(ledgers).where(eq(ledgers.eventId, copyId))
    await tx.delete(events).where(eq(events.id, copyId))
  })
}

async function removeBuyers({ db, redis }: Stores, rehearsalId: number): Promise<void> {
  for (;;) {
    const batch = await db.select({ id: users.id }).from(users).where(isBuyerOf(rehearsalId)).limit(
      BATCH,
    )
    if (batch.length === 0) break
    const ids = batch.map(({ id }) => id)
    // One key per slot, so that a cluster accepts each command.
    await Promise.all(ids.map((id) => redis.unlink(recentBookingsKey(id))))
    await db.delete(users).where(inArray(users.id, ids))
  }
}
