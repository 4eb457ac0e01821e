import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../db/mysql.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { events, images, ticketTypes } from '../db/schema.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import type { EventCard, EventDetail, EventStatus } from '../edge/contract/events.ts'
import type { PageOf } from '../edge/contract/paging.ts'
import type { CatalogueIndex } from './catalogue-index.ts'
import type { Catalogue } from './catalogue-refresh.ts'
import type { Log } from '../runtime/log.ts'
import { putOnSale } from './sales.ts'

type Parts = { db: Database; redis: Redis; catalogue: Catalogue; log: Log; now(): Date }

/** A sale is put into Redis this long before its opening, when somebody looks at it. */
const LOAD_AHEAD_MS = 30 * 60_000

/** Published events: those that can be booked first, then those to come, sold out, over; each by date. */
export async function listEvents(
  { db, catalogue, now }: Pick<Parts, 'db' | 'catalogue' | 'now'>,
  language: Language,
  wish: { page: number; size: number; words?: string[] },
): Promise<PageOf<EventCard>> {
  const index = await catalogue.fresh()
  const at = now()
  const page = { from: (wish.page - 1) * wish.size, count: wish.size }
  const { ids, total } = index.find(wish.words ?? [], at.getTime(), page)
  return { items: await readCards(db, index, language, ids, at), page: wish.page, size: wish.size, total }
}

/** The next openings, soonest first. */
export async function listOpeningSoon(
  { db, catalogue, now }: Pick<Parts, 'db' | 'catalogue' | 'now'>,
  language: Language,
  count: number,
): Promise<EventCard[]> {
  const index = await catalogue.fresh()
  const at = now()
  return await readCards(db, index, language, index.findOpeningSoon(at.getTime(), count), at)
}

/** What is shown is read from the tables; the index says only which events, and in which order. It forgets those that are gone. */
async function readCards(db: Database, index: CatalogueIndex, language: Language, ids: number[], at: Date): Promise<EventCard[]> {
  if (ids.length === 0) return []
  const { eventId, price, seats, sold } = ticketTypes
  const [rows, types] = await Promise.all([
    db.select({ event: events, imageKey: images.key }).from(events).leftJoin(images, eq(images.id, events.imageId))
      .where(and(inArray(events.id, ids), eq(events.published, true))),
    db.select({ eventId, price, seats, sold }).from(ticketTypes).where(inArray(eventId, ids)),
  ])
  const rowOf = new Map(rows.map((row) => [row.event.id, row]))
  const typesOf = Map.groupBy(types, (type) => type.eventId)
  index.remove(ids.filter((id) => !rowOf.has(id)))
  return ids.flatMap((id) => {
    const row = rowOf.get(id)
    const grades = typesOf.get(id)
    if (!row || !grades) return []
    const left = grades.reduce((sum, grade) => sum + grade.seats - grade.sold, 0)
    return [{
      ...describe(row.event, row.imageKey, language),
      status: statusOf(row.event, left, at),
      priceFrom: Math.min(...grades.map((grade) => grade.price)),
      total: grades.reduce((sum, grade) => sum + grade.seats, 0),
      left,
    }]
  })
}

/** The words of a search: all of them must occur in an event's title or place, in either language. */
export const searchWords = (query: string): string[] => query.trim().split(/\s+/).filter(Boolean).slice(0, 8)

/**
 * One published event with its seats left: from Redis while it is or will soon be on sale, putting it there if need be; from MySQL
 * otherwise, and when Redis is away.
 */
export async function findEvent(
  parts: Omit<Parts, 'catalogue'>,
  language: Language,
  eventId: number,
): Promise<EventDetail | null> {
  const { db, now } = parts
  const [row] = await db.select({ event: events, imageKey: images.key }).from(events).leftJoin(
    images,
    eq(images.id, events.imageId),
  )
    .where(and(eq(events.id, eventId), eq(events.published, true)))
  if (!row) return null
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  const at = now()
  const selling = row.event.opensAt.getTime() - LOAD_AHEAD_MS <= at.getTime() && at < row.event.closesAt
  const live = selling ? await liveSeats(parts, eventId) : null
  const described = types.map((type) => ({
    id: type.id,
    name: language === 'ko' ? type.name : type.nameEn,
    price: type.price,
    total: type.seats,
    left: live?.get(type.id) ?? type.seats - type.sold,
  }))
  return {
    ...describe(row.event, row.imageKey, language),
    limitPerPerson: row.event.limitPerPerson,
    status: statusOf(row.event, described.reduce((sum, type) => sum + type.left, 0), at),
    ticketTypes: described,
    room: eventRoom(eventId),
    serverTime: at.toISOString(),
  }
}

async function liveSeats(parts: Omit<Parts, 'catalogue'>, eventId: number): Promise<Map<number, number> | null> {
  try {
    const left = await readLeft(parts.redis, eventId)
    if (left) return left
    const put = await putOnSale(parts, eventId)
    return put.kind === 'on_sale' ? await readLeft(parts.redis, eventId) : null
  } catch (error) {
    if (isStoreUnavailable(error)) return null
    throw error
  }
}

type EventRow = typeof events.$inferSelect

function describe(event: EventRow, imageKey: string | null, language: Language) {
  return {
    id: event.id,
    title: language === 'ko' ? event.title : event.titleEn,
    venue: language === 'ko' ? event.venue : event.venueEn,
    startsAt: event.startsAt.toISOString(),
    opensAt: event.opensAt.toISOString(),
    closesAt: event.closesAt.toISOString(),
    imageUrl: imageKey && paths.image(imageKey),
  }
}

function statusOf(event: Pick<EventRow, 'opensAt' | 'closesAt'>, left: number, now: Date): EventStatus {
  if (now >= event.closesAt) return 'closed'
  if (now < event.opensAt) return 'upcoming'
  return left > 0 ? 'on_sale' : 'sold_out'
}
