import { and, asc, inArray, isNull, like, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { events, ledgers, ticketTypes } from '../../db/schema.ts'
import type { AdminEvent, AdminEventRow, AdminEventStatus } from '../../edge/contract/admin-events.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import { adminStatusOf } from '../admin-event.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import { searchWords } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import { readEvent } from '../event-change-rows.ts'
import { serialiseNotice } from '../event-notice.ts'
import { moveWithClock } from '../venue-time.ts'
import type { EventValues } from './event-values.ts'
import { copyRoomSettings } from './room-settings.ts'

type Parts = Pick<Deps, 'db' | 'now'>

/** An event; null if there is none. */
export async function readAdminEvent({ db, now }: Parts, eventId: number): Promise<AdminEvent | null> {
  return (await readEvent(db, eventId))?.describe(now()) ?? null
}

export type EventQuery = { q: string; status: AdminEventStatus | null; page: number; size: number }

/** A page of all events: those whose sale is not over by their opening, then the others, latest first. */
export async function listAdminEvents({ db, now }: Parts, { q, status, page, size }: EventQuery): Promise<PageOf<AdminEventRow>> {
  const at = now()
  const words = searchWords(q).map((word) => like(events.searchText, `%${word.replace(/[\\%_]/g, '\\$&')}%`))
  const condition = and(isNull(events.rehearsalOf), ...words, status === null ? undefined : hasStatus(status, at))
  const isOver = sql`${events.closesAt} <= ${at} or ${events.cancelledAt} is not null`
  const [rows, [counted]] = await Promise.all([
    db.select().from(events).where(condition)
      .orderBy(sql`(${isOver})`, sql`if(${isOver}, null, ${events.opensAt})`, sql`${events.closesAt} desc`, asc(events.id))
      .limit(size).offset((page - 1) * size),
    db.select({ total: sql<number>`count(*)`.mapWith(Number) }).from(events).where(condition),
  ])
  const seats = await countSeats(db, rows.map(({ id }) => id))
  const items = rows.map((event): AdminEventRow => {
    const { sold, seats: total } = seats.get(event.id) ?? { sold: 0, seats: 0 }
    return {
      id: event.id,
      status: adminStatusOf(event, total - sold, at),
      title: event.title,
      titleEn: event.titleEn,
      venue: event.venue,
      venueEn: event.venueEn,
      zone: event.zone,
      startsAt: event.startsAt.toISOString(),
      opensAt: event.opensAt.toISOString(),
      closesAt: event.closesAt.toISOString(),
      sold,
      seats: total,
    }
  })
  return { items, page, size, total: counted?.total ?? 0 }
}

/** The same rules as `adminStatusOf`, in SQL. */
function hasStatus(status: AdminEventStatus, at: Date): SQL {
  const open = sql`${events.published} and ${events.cancelledAt} is null and ${events.closesAt} > ${at}`
  const selling = sql`${open} and ${events.saleState} = 'on_sale' and ${events.opensAt} <= ${at}`
  const hasSeats = sql`exists (select 1 from ${ticketTypes} where ${ticketTypes.eventId} = ${events.id}
    and ${ticketTypes.sold} < ${ticketTypes.seats})`
  switch (status) {
    case 'draft':
      return sql`not ${events.published}`
    case 'cancelled':
      return sql`${events.published} and ${events.cancelledAt} is not null`
    case 'closed':
      return sql`${events.published} and ${events.cancelledAt} is null and ${events.closesAt} <= ${at}`
    case 'stopped':
      return sql`${open} and ${events.saleState} = 'stopped'`
    case 'upcoming':
      return sql`${open} and ${events.saleState} = 'on_sale' and ${events.opensAt} > ${at}`
    case 'on_sale':
      return sql`${selling} and ${hasSeats}`
    case 'sold_out':
      return sql`${selling} and not ${hasSeats}`
    default:
      return status satisfies never
  }
}

async function countSeats(db: Deps['db'], eventIds: number[]): Promise<Map<number, { sold: number; seats: number }>> {
  if (eventIds.length === 0) return new Map()
  const sumOf = (column: typeof ticketTypes.sold | typeof ticketTypes.seats) => sql<number>`sum(${column})`.mapWith(Number)
  const sums = await db.select({ eventId: ticketTypes.eventId, sold: sumOf(ticketTypes.sold), seats: sumOf(ticketTypes.seats) })
    .from(ticketTypes).where(inArray(ticketTypes.eventId, eventIds)).groupBy(ticketTypes.eventId)
  return new Map(sums.map(({ eventId, sold, seats }) => [eventId, { sold, seats }]))
}

type Act = { actor: Operator; reason: string }

/** Creates a draft. */
export async function createEvent({ db, now }: Parts, values: EventValues, { actor, reason }: Act): Promise<AdminEvent> {
  const at = now()
  return await db.transaction(async (tx) => {
    const created = (await readEvent(tx, await insertEvent(tx, values, null, at)))!.describe(at)
    const subject = `event:${created.id}`
    await recordAct(tx, { at, actor, action: 'event.create', subject, reason, detail: { after: created } })
    return created
  })
}

async function insertEvent(tx: Queryable, values: EventValues, imageId: number | null, at: Date): Promise<number> {
  const { notice, ticketTypes: types, ...columns } = values
  const row = { ...columns, notice: serialiseNotice(notice), imageId, createdAt: at, updatedAt: at }
  const [{ insertId: eventId }] = await tx.insert(events).values(row)
  if (types.length > 0) {
    await tx.insert(ticketTypes).values(types.map(({ name, nameEn, price, seats }, sortOrder) => ({
      eventId,
      sortOrder,
      name,
      nameEn,
      price,
      seats,
    })))
  }
  await tx.insert(ledgers).values({ eventId })
  return eventId
}

/** `startsAt`: one copy for each. `keepsOpening`: all copies open when the original does, instead of as long before they start. */
export type Copies = { startsAt: Date[]; keepsOpening: boolean }
export type DuplicateResult = { kind: 'duplicated'; events: AdminEvent[] } | { kind: 'not_found' } | { kind: 'invalid' }

/** Copies an event and the settings of its room as drafts to other dates, on the clock of its venue. `invalid`: a copy would open after it closes. */
export async function duplicateEvent(
  { db, now }: Parts,
  eventId: number,
  { startsAt: dates, keepsOpening }: Copies,
  { actor, reason }: Act,
): Promise<DuplicateResult> {
  const at = now()
  return await db.transaction(async (tx): Promise<DuplicateResult> => {
    const original = await readEvent(tx, eventId)
    if (!original) return { kind: 'not_found' }
    const { event, types } = original
    const described = original.describe(at)
    const copies = dates.map((startsAt): EventValues => {
      const move = (time: Date) => moveWithClock(time, event.startsAt, startsAt, event.zone)
      const { title, titleEn, venue, venueEn, genre, region, zone, limitPerPerson } = event
      const opensAt = keepsOpening ? event.opensAt : move(event.opensAt)
      const texts = { title, titleEn, venue, venueEn, genre, region, zone, limitPerPerson, notice: described.notice }
      return { ...texts, startsAt, opensAt, closesAt: move(event.closesAt), ticketTypes: types }
    })
    if (copies.some(({ opensAt, closesAt, startsAt }) => opensAt >= closesAt || closesAt > startsAt)) return { kind: 'invalid' }
    const ids: number[] = []
    for (const copy of copies) ids.push(await insertEvent(tx, copy, event.imageId, at))
    const room = await copyRoomSettings(tx, { from: eventId, to: ids, at })
    const made = (await Promise.all(ids.map((id) => readEvent(tx, id)))).map((copy) => copy!.describe(at))
    for (const copy of made) {
      const detail = { from: eventId, after: Object.assign({}, copy, { room }) }
      await recordAct(tx, { at, actor, action: 'event.duplicate', subject: `event:${copy.id}`, reason, detail })
    }
    return { kind: 'duplicated', events: made }
  })
}
