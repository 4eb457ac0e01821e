import { and, asc, eq, getTableColumns, inArray, type SQL } from 'drizzle-orm'
import type { Queryable } from '../db/mysql.ts'
import { events, images, ticketTypes } from '../db/schema.ts'
import type { ImageFacts } from './stored-image.ts'
import { startOfDay } from './venue-time.ts'

type EventRow = typeof events.$inferSelect
type TicketTypeRow = typeof ticketTypes.$inferSelect

/** What pages and answers show about an event. No decision of a sale depends on it. */
export type EventFacts = {
  event: Omit<EventRow, 'searchText' | 'createdAt' | 'updatedAt' | 'changedAt'>
  image: ImageFacts | null
  /** In the order of the event, with the seats sold that MySQL knows of. */
  ticketTypes: TicketTypeRow[]
  /** The beginning of the event's day at its venue, ISO 8601. */
  cancelUntil: string
}

const { searchText, createdAt: _createdAt, updatedAt: _updatedAt, changedAt: _changedAt, ...columns } = getTableColumns(events)

/** The columns of an image that pages show. */
export const imageColumns = {
  key: images.key,
  alt: images.alt,
  altEn: images.altEn,
  width: images.width,
  height: images.height,
  color: images.color,
  variants: images.variants,
}

/** Reads the events that match a condition, by id, each with the text that a search looks in. */
export async function readFacts(
  db: Pick<Queryable, 'select'>,
  condition: SQL,
  limit: number,
): Promise<(EventFacts & { searchText: string })[]> {
  const rows = await db.select({ event: columns, searchText, image: imageColumns }).from(events)
    .leftJoin(images, eq(images.id, events.imageId)).where(condition).orderBy(asc(events.id)).limit(limit)
  if (rows.length === 0) return []
  const types = await db.select().from(ticketTypes).where(inArray(ticketTypes.eventId, rows.map(({ event }) => event.id)))
    .orderBy(asc(ticketTypes.eventId), asc(ticketTypes.sortOrder))
  const typesOf = Map.groupBy(types, ({ eventId }) => eventId)
  return rows.map(({ event, searchText, image }) => ({
    event,
    searchText: searchText ?? '',
    image,
    ticketTypes: typesOf.get(event.id) ?? [],
    cancelUntil: startOfDay(event.startsAt, event.zone).toISOString(),
  }))
}

/** As `readFacts`, for published events. */
export const readPublished = (db: Pick<Queryable, 'select'>, condition: SQL, limit: number) =>
  readFacts(db, and(condition, eq(events.published, true))!, limit)
