import type { Redis } from 'ioredis'
import { readLeft } from '../db/redis/sale/sale.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import type { EventCard, EventDetail, EventStatus } from '../edge/contract/events.ts'
import type { EventFilter } from '../edge/contract/event-filters.ts'
import type { Language } from '../edge/contract/language.ts'
import type { PageOf } from '../edge/contract/paging.ts'
import { paths } from '../edge/contract/paths.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import type { EventFacts } from './catalogue-facts.ts'
import type { Catalogue } from './catalogue-refresh.ts'
import { describeNotice, parseNotice } from './event-notice.ts'
import type { MysqlHealth } from './mysql-health.ts'
import type { SearchTerm } from './search-text.ts'
import type { PutOnSale } from './sale-loader.ts'
import { describeImage } from './stored-image.ts'
import { startOfDay } from './venue-time.ts'

// Listings and events come from the catalogue in memory, so that a buyer's pages work while MySQL is down. These functions throw
// StoreUnavailable if the catalogue has never been loaded, or MySQL would have to decide whether an event exists.

type ListParts = { catalogue: Pick<Catalogue, 'read'>; now(): Date }
type EventParts = {
  catalogue: Pick<Catalogue, 'findEvent'>
  now(): Date
  redis: Redis
  mysqlHealth: Pick<MysqlHealth, 'orUnavailable'>
  putOnSale(eventId: number): Promise<PutOnSale>
}

/** How long before its opening a sale is loaded into Redis when its page is requested. */
const LOAD_AHEAD_MS = 30 * 60_000

const MAX_WORDS = 8

/** The words of a search by operators. */
export const searchWords = (query: string): string[] => query.trim().split(/\s+/).filter(Boolean).slice(0, MAX_WORDS)

export type ListQuery = { page: number; size: number; filter?: EventFilter }

/** A page of the published events: on sale first, then upcoming, sold out, closed; each by date. */
export const listEvents = async (parts: ListParts, language: Language, query: ListQuery): Promise<PageOf<EventCard>> =>
  await listSelection(parts, language, query, [])

/** A page of the published events that contain all terms. */
export async function listSelection(
  { catalogue, now }: ListParts,
  language: Language,
  { page, size, filter = {} }: ListQuery,
  terms: SearchTerm[],
): Promise<PageOf<EventCard>> {
  const { index, eventOf } = await catalogue.read()
  const at = now()
  const { ids, total } = index.find({ terms, filter }, at.getTime(), { from: (page - 1) * size, count: size })
  return { items: ids.map((id) => describeCard(eventOf(id)!, language, at)), page, size, total }
}

/** For how long an event that is on sale leads the home page after its opening. */
const JUST_OPENED_MS = 6 * 3_600_000

/** The events that opened in the last hours and are on sale, the latest first. */
export async function listJustOpened({ catalogue, now }: ListParts, language: Language, count: number): Promise<EventCard[]> {
  const { index, eventOf } = await catalogue.read()
  const at = now()
  return index.findJustOpened(at.getTime() - JUST_OPENED_MS, at.getTime(), count)
    .map((id) => describeCard(eventOf(id)!, language, at))
}

/** The openings in [`from`, `until`), by time. */
export async function listOpenings(
  { catalogue, now }: ListParts,
  language: Language,
  { from, until, count }: { from: Date; until: Date; count: number },
): Promise<EventCard[]> {
  const { index, eventOf } = await catalogue.read()
  return index.findOpenings(from.getTime(), until.getTime(), count).map((id) => describeCard(eventOf(id)!, language, now()))
}

/** The next openings, soonest first. */
export async function listOpeningSoon({ catalogue, now }: ListParts, language: Language, count: number): Promise<EventCard[]> {
  const { index, eventOf } = await catalogue.read()
  const at = now()
  return index.findOpeningSoon(at.getTime(), count).map((id) => describeCard(eventOf(id)!, language, at))
}

function describeCard({ event, image, ticketTypes }: EventFacts, language: Language, at: Date): EventCard {
  const left = ticketTypes.reduce((sum, type) => sum + type.seats - type.sold, 0)
  return {
    ...describe(event, image, language),
    status: statusOf(event, left, at),
    priceFrom: Math.min(...ticketTypes.map((type) => type.price)),
    total: ticketTypes.reduce((sum, type) => sum + type.seats, 0),
    left,
  }
}

/**
 * One published event with its seats left; null if there is none. The seats come from Redis while the event is on sale or opens soon, and
 * the sale is loaded if necessary. Otherwise, and when Redis is unavailable, they are those that MySQL had at the last refresh.
 */
export async function findEvent(parts: EventParts, language: Language, eventId: number): Promise<EventDetail | null> {
  const { catalogue, now } = parts
  const facts = await catalogue.findEvent(eventId)
  if (!facts) return null
  const { event } = facts
  const at = now()
  const isSelling = event.opensAt.getTime() - LOAD_AHEAD_MS <= at.getTime() && at < event.closesAt && !event.cancelledAt
  return describeDetail(facts, language, at, isSelling ? await readLiveSeats(parts, eventId) : null)
}

/** An event as buyers see it at an instant. `liveSeats`: seats left by ticket type; null for those that MySQL knows of. */
export function describeDetail(
  { event, image, ticketTypes }: Omit<EventFacts, 'cancelUntil'>,
  language: Language,
  at: Date,
  liveSeats: Map<number, number> | null,
): EventDetail {
  const described = ticketTypes.map((type) => ({
    id: type.id,
    name: language === 'ko' ? type.name : type.nameEn,
    price: type.price,
    total: type.seats,
    left: liveSeats?.get(type.id) ?? type.seats - type.sold,
  }))
  return {
    ...describe(event, image, language),
    limitPerPerson: event.limitPerPerson,
    cancelUntil: startOfDay(event.startsAt, event.zone).toISOString(),
    status: statusOf(event, described.reduce((sum, type) => sum + type.left, 0), at),
    stopMessage: event.saleState === 'stopped' ? event.stopMessage : '',
    notice: describeNotice(parseNotice(event.notice), language),
    ticketTypes: described,
    room: eventRoom(event.id),
    serverTime: at.toISOString(),
  }
}

/** Seats left by ticket type, from Redis; null if a store is unavailable or the event cannot be put on sale. */
async function readLiveSeats(
  { redis, mysqlHealth, putOnSale }: EventParts,
  eventId: number,
): Promise<Map<number, number> | null> {
  try {
    const left = await readLeft(redis, eventId)
    if (left) return left
    const put = await mysqlHealth.orUnavailable(() => putOnSale(eventId))
    return put.kind === 'on_sale' ? await readLeft(redis, eventId) : null
  } catch (error) {
    if (isStoreUnavailable(error)) return null
    throw error
  }
}

type EventRow = EventFacts['event']

export function describe(event: EventRow, image: EventFacts['image'], language: Language) {
  return {
    id: event.id,
    title: language === 'ko' ? event.title : event.titleEn,
    venue: language === 'ko' ? event.venue : event.venueEn,
    zone: event.zone,
    genre: event.genre,
    region: event.region,
    startsAt: event.startsAt.toISOString(),
    opensAt: event.opensAt.toISOString(),
    closesAt: event.closesAt.toISOString(),
    imageUrl: image && paths.image(image.key),
    image: describeImage(image, language),
    color: image?.color ?? null,
  }
}

export function statusOf(
  event: Pick<EventRow, 'opensAt' | 'closesAt' | 'saleState' | 'cancelledAt'>,
  left: number,
  now: Date,
): EventStatus {
  if (event.cancelledAt) return 'cancelled'
  if (now >= event.closesAt) return 'closed'
  if (event.saleState === 'stopped') return 'stopped'
  if (now < event.opensAt) return 'upcoming'
  return left > 0 ? 'on_sale' : 'sold_out'
}
