import { inArray } from 'drizzle-orm'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import type { Shop } from './shop.ts'

const HOUR_MS = 3_600_000

/** Adds published events with one ticket type of one seat, on sale now unless `times` differ. Returns their ids. */
export async function addPlainEvents(
  { db }: Pick<Shop, 'db'>,
  titles: string[],
  times: Partial<Record<'startsAt' | 'opensAt' | 'closesAt', Date>> = {},
) {
  const now = new Date()
  const [{ insertId }] = await db.insert(events).values(titles.map((title) => ({
    title,
    titleEn: title,
    venue: '시험 홀',
    venueEn: 'Hall',
    published: true,
    createdAt: now,
    updatedAt: now,
    startsAt: new Date(now.getTime() + 48 * HOUR_MS),
    opensAt: now,
    closesAt: new Date(now.getTime() + HOUR_MS),
    ...times,
  })))
  const ids = titles.map((_, i) => insertId + i)
  await db.insert(ticketTypes).values(
    ids.map((eventId) => ({ eventId, sortOrder: 0, name: '석', nameEn: 'S', price: 1_000, seats: 1 })),
  )
  await db.insert(ledgers).values(ids.map((eventId) => ({ eventId })))
  return ids
}

export async function deleteEvents({ db }: Pick<Shop, 'db'>, ids: number[]): Promise<void> {
  await db.delete(ledgers).where(inArray(ledgers.eventId, ids))
  await db.delete(ticketTypes).where(inArray(ticketTypes.eventId, ids))
  await db.delete(events).where(inArray(events.id, ids))
}
