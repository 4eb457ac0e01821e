import { and, asc, eq, like, sql } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../db/client.ts'
import { isStoreFailure } from '../db/failures.ts'
import { readLeft } from '../db/redis/seats.ts'
import { events, images, ticketTypes } from '../db/schema.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import { eventRoom } from '../edge/contract/room.ts'
import type { EventCard, EventDetail, EventStatus, PageOf } from '../edge/contract/shop.ts'
import type { Log } from './log.ts'
import { putOnSale } from './sales.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

/** A sale is put into Redis this long before its opening, when somebody looks at it. */
const LOAD_AHEAD_MS = 30 * 60_000

/** Published events: those that can be booked first, then those to come, sold out, over; each by date. */
export async function listEvents(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  language: Language,
  wish: { page: number; size: number; words?: string[] },
): Promise<PageOf<EventCard>> {
  const at = now()
  const grades = db.select({
    eventId: ticketTypes.eventId,
    priceFrom: sql<number>`min(${ticketTypes.price})`.mapWith(Number).as('price_from'),
    total: sql<number>`sum(${ticketTypes.seats})`.mapWith(Number).as('total'),
    left: sql<number>`sum(${ticketTypes.seats} - ${ticketTypes.sold})`.mapWith(Number).as('seats_left'),
  }).from(ticketTypes).groupBy(ticketTypes.eventId).as('grades')
  const rank = sql`case
    when ${events.closesAt} <= ${at} then 3
    when ${events.opensAt} > ${at} then 1
    when ${grades.left} = 0 then 2
    else 0 end`
  const wanted = and(
    eq(events.published, true),
    ...(wish.words ?? []).map((word) => like(events.searchText, `%${word.replace(/[\\%_]/g, '\\$&')}%`)),
  )
  const [rows, [count]] = await Promise.all([
    db.select({ event: events, imageKey: images.key, priceFrom: grades.priceFrom, total: grades.total, left: grades.left })
      .from(events).innerJoin(grades, eq(grades.eventId, events.id)).leftJoin(images, eq(images.id, events.imageId))
      .where(wanted).orderBy(rank, asc(events.startsAt), asc(events.id)).limit(wish.size).offset((wish.page - 1) * wish.size),
    db.select({ total: sql<number>`count(*)`.mapWith(Number) }).from(events).where(wanted),
  ])
  const items = rows.map(({ event, imageKey, priceFrom, total, left }) => ({
    ...describe(event, imageKey, language),
    status: statusOf(event, left, at),
    priceFrom,
    total,
    left,
  }))
  return { items, page: wish.page, size: wish.size, total: count?.total ?? 0 }
}

/** The next openings, soonest first. */
export async function listOpeningSoon(parts: Pick<Parts, 'db' | 'now'>, language: Language, count: number): Promise<EventCard[]> {
  const { db, now } = parts
  const rows = await db.select({ event: events, imageKey: images.key }).from(events)
    .leftJoin(images, eq(images.id, events.imageId))
    .where(and(eq(events.published, true), sql`${events.opensAt} > ${now()}`))
    .orderBy(asc(events.opensAt), asc(events.id)).limit(count)
  const grades = await Promise.all(
    rows.map(({ event }) => db.select().from(ticketTypes).where(eq(ticketTypes.eventId, event.id))),
  )
  return rows.map(({ event, imageKey }, i) => {
    const types = grades[i] ?? []
    const total = types.reduce((sum, type) => sum + type.seats, 0)
    const priceFrom = types.length > 0 ? Math.min(...types.map((type) => type.price)) : null
    return { ...describe(event, imageKey, language), status: 'upcoming', priceFrom, total, left: total }
  })
}

/** The words of a search: all of them must occur in an event's title or place, in either language. */
export const searchWords = (query: string): string[] => query.trim().split(/\s+/).filter(Boolean).slice(0, 8)

/**
 * One published event with its seats left: from Redis while it is or will soon be on sale, putting it there if need be; from MySQL
 * otherwise, and when Redis is away.
 */
export async function findEvent(parts: Parts, language: Language, eventId: number): Promise<EventDetail | null> {
  const { db, now } = parts
  const [row] = await db.select({ event: events, imageKey: images.key }).from(events).leftJoin(
    images,
    eq(images.id, events.imageId),
  )
    .where(and(eq(events.id, eventId), eq(events.published, true)))
  if (!row) return null
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.position))
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

async function liveSeats(parts: Parts, eventId: number): Promise<Map<number, number> | null> {
  try {
    const left = await readLeft(parts.redis, eventId)
    if (left) return left
    const put = await putOnSale(parts, eventId)
    return put.kind === 'on_sale' ? await readLeft(parts.redis, eventId) : null
  } catch (error) {
    if (isStoreFailure(error)) return null
    throw error
  }
}

type EventRow = typeof events.$inferSelect

function describe(event: EventRow, imageKey: string | null, language: Language) {
  return {
    id: event.id,
    title: language === 'ko' ? event.title : event.titleEn,
    place: language === 'ko' ? event.place : event.placeEn,
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
