import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../db/mysql.ts'
import { readLeft } from '../db/redis/sale/sale.ts'
import { events, images, ticketTypes } from '../db/schema.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import type { EventCard, EventDetail, EventStatus } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import type { PageOf } from '../edge/contract/paging.ts'
import { paths } from '../edge/contract/paths.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import type { CatalogueIndex } from './catalogue-index.ts'
import type { Catalogue } from './catalogue-refresh.ts'
import type { PutOnSale } from './sale-loader.ts'

type ListParts = { db: Database; catalogue: Pick<Catalogue, 'read'>; now(): Date }
type EventParts = { db: Database; redis: Redis; putOnSale(eventId: number): Promise<PutOnSale>; now(): Date }

/** How long before its opening a sale is loaded into Redis when its page is requested. */
const LOAD_AHEAD_MS = 30 * 60_000

const MAX_WORDS = 8

/** The words of a search. An event matches if its titles or venues, in either language, contain all of them. */
export const searchWords = (query: string): string[] => query.trim().split(/\s+/).filter(Boolean).slice(0, MAX_WORDS)

/**
 * A page of the published events: on sale first, then upcoming, sold out, closed; each by date. Null if the catalogue has not been loaded
 * yet.
 */
export async function listEvents(
  { db, catalogue, now }: ListParts,
  language: Language,
  { page, size, words = [] }: { page: number; size: number; words?: string[] },
): Promise<PageOf<EventCard> | null> {
  const loaded = await catalogue.read()
  if (loaded.kind === 'not_loaded') return null
  const at = now()
  const { ids, total } = loaded.index.find(words, at.getTime(), { from: (page - 1) * size, count: size })
  return { items: await readCards(db, loaded.index, language, ids, at), page, size, total }
}

/** The next openings, soonest first. Null if the catalogue has not been loaded yet. */
export async function listOpeningSoon(
  { db, catalogue, now }: ListParts,
  language: Language,
  count: number,
): Promise<EventCard[] | null> {
  const loaded = await catalogue.read()
  if (loaded.kind === 'not_loaded') return null
  const at = now()
  return await readCards(db, loaded.index, language, loaded.index.findOpeningSoon(at.getTime(), count), at)
}

/** Reads the events of a page from MySQL. The index only chooses and orders them; ids that are gone are removed from it. */
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
    const ownTypes = typesOf.get(id)
    if (!row || !ownTypes) return []
    const left = ownTypes.reduce((sum, type) => sum + type.seats - type.sold, 0)
    return [{
      ...describe(row.event, row.imageKey, language),
      status: statusOf(row.event, left, at),
      priceFrom: Math.min(...ownTypes.map((type) => type.price)),
      total: ownTypes.reduce((sum, type) => sum + type.seats, 0),
      left,
    }]
  })
}

/**
 * One published event with its seats left; null if there is none. The seats come from Redis while the event is on sale or opens soon, and
 * the sale is loaded if necessary. Otherwise, and when Redis is unavailable, they come from MySQL.
 */
export async function findEvent(parts: EventParts, language: Language, eventId: number): Promise<EventDetail | null> {
  const { db, now } = parts
  const [row] = await db.select({ event: events, imageKey: images.key }).from(events)
    .leftJoin(images, eq(images.id, events.imageId)).where(and(eq(events.id, eventId), eq(events.published, true)))
  if (!row) return null
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  const at = now()
  const isSelling = row.event.opensAt.getTime() - LOAD_AHEAD_MS <= at.getTime() && at < row.event.closesAt
  const liveSeats = isSelling ? await readLiveSeats(parts, eventId) : null
  const described = types.map((type) => ({
    id: type.id,
    name: language === 'ko' ? type.name : type.nameEn,
    price: type.price,
    total: type.seats,
    left: liveSeats?.get(type.id) ?? type.seats - type.sold,
  }))
  return {
    ...describe(row.event, row.imageKey, language),
    limitPerPerson: row.event.limitPerPerson,
    status: statusOf(row.event, described.reduce((sum, type) => sum + type.left, 0), at),
    stopMessage: row.event.saleState === 'stopped' ? row.event.stopMessage : '',
    ticketTypes: described,
    room: eventRoom(eventId),
    serverTime: at.toISOString(),
  }
}

/** Seats left by ticket type, from Redis; null if Redis is unavailable or the event cannot be put on sale. */
async function readLiveSeats({ redis, putOnSale }: EventParts, eventId: number): Promise<Map<number, number> | null> {
  try {
    const left = await readLeft(redis, eventId)
    if (left) return left
    const put = await putOnSale(eventId)
    return put.kind === 'on_sale' ? await readLeft(redis, eventId) : null
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

export function statusOf(event: Pick<EventRow, 'opensAt' | 'closesAt' | 'saleState'>, left: number, now: Date): EventStatus {
  if (now >= event.closesAt) return 'closed'
  if (event.saleState === 'stopped') return 'stopped'
  if (now < event.opensAt) return 'upcoming'
  return left > 0 ? 'on_sale' : 'sold_out'
}
