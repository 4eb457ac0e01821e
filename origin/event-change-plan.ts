import { and, asc, eq, sql } from 'drizzle-orm'
import type { Queryable } from '../db/mysql.ts'
import { type Operator, recordAct } from './audit-log.ts'
import type { SeatTotal } from '../db/redis/sale/sale-change.ts'
import { events, ticketTypes } from '../db/schema.ts'

/** What an operator changes of an event; absent fields stay. Seats are totals, prices are in won. */
export type EventChanges = {
  startsAt?: Date | undefined
  opensAt?: Date | undefined
  closesAt?: Date | undefined
  limitPerPerson?: number | undefined
  published?: boolean | undefined
  saleState?: 'on_sale' | 'stopped' | undefined
  stopMessage?: string | undefined
  ticketTypes?: { id: number; price?: number | undefined; seats?: number | undefined }[] | undefined
}

type EventRow = typeof events.$inferSelect
type TypeRow = typeof ticketTypes.$inferSelect

/** An event as operators see it, after a change. */
export type ChangedEvent = ReturnType<typeof describeChanged>

/** An event with its ticket types; null if there is none. */
export async function readEvent(tx: Queryable, eventId: number) {
  const [event] = await tx.select().from(events).where(eq(events.id, eventId))
  if (!event) return null
  const types = await tx.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(asc(ticketTypes.sortOrder))
  return {
    event,
    types,
    soldOf: (ticketTypeId: number): number => types.find(({ id }) => id === ticketTypeId)?.sold ?? 0,
    describe: () => describeChanged(event, types),
  }
}

const describeChanged = (event: EventRow, types: TypeRow[]) => ({
  id: event.id,
  version: event.version,
  startsAt: event.startsAt.toISOString(),
  opensAt: event.opensAt.toISOString(),
  closesAt: event.closesAt.toISOString(),
  limitPerPerson: event.limitPerPerson,
  published: event.published,
  saleState: event.saleState,
  stopMessage: event.stopMessage,
  ticketTypes: types.map(({ id, name, nameEn, price, seats }) => ({ id, name, nameEn, price, seats })),
})

/** The differences between an event and what it is to become. */
export type ChangePlan = {
  kind: 'planned'
  isChange: boolean
  fields: Partial<Omit<EventRow, 'id'>>
  prices: { ticketTypeId: number; before: number; after: number }[]
  seats: SeatTotal[]
  /** The event before the change. */
  event: EventRow
}
type Invalid = { kind: 'invalid'; field: 'closesAt' | 'ticketTypes' }

const FIELDS = ['startsAt', 'opensAt', 'closesAt', 'limitPerPerson', 'published', 'saleState', 'stopMessage'] as const

/** Compares an event with the changes. */
export function planChange({ event, types }: { event: EventRow; types: TypeRow[] }, changes: EventChanges): ChangePlan | Invalid {
  const changed = FIELDS.filter((field) => changes[field] !== undefined && !isSame(event[field], changes[field]))
  const fields: ChangePlan['fields'] = Object.fromEntries(changed.map((field) => [field, changes[field]]))
  const { startsAt, opensAt, closesAt } = { ...event, ...fields }
  if (!(opensAt < closesAt && closesAt <= startsAt)) return { kind: 'invalid', field: 'closesAt' }
  const wanted = changes.ticketTypes ?? []
  if (wanted.some(({ id }) => !types.some((type) => type.id === id))) return { kind: 'invalid', field: 'ticketTypes' }
  const differences = (column: 'price' | 'seats') =>
    types.flatMap(({ id, [column]: before }) => {
      const after = wanted.find((one) => one.id === id)?.[column] ?? before
      return after === before ? [] : [{ ticketTypeId: id, before, after }]
    })
  const prices = differences('price')
  const seats = differences('seats')
  return {
    kind: 'planned',
    isChange: changed.length + prices.length + seats.length > 0,
    fields,
    prices,
    seats,
    event,
  }
}

const isSame = (a: Date | string | number | boolean, b: unknown): boolean =>
  a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b

/** Writes fields and prices, and raises the version. Writes nothing if neither changes. */
export async function writePlan(tx: Queryable, plan: ChangePlan, { eventId, at }: { eventId: number; at: Date }): Promise<void> {
  const { event, fields, prices } = plan
  if (Object.keys(fields).length + prices.length === 0) return
  await tx.update(events).set({
    ...fields,
    // People may keep what they booked under the former limit.
    highestLimit: fields.limitPerPerson === undefined
      ? event.highestLimit
      : Math.max(event.highestLimit ?? 0, event.limitPerPerson),
    version: sql`${events.version} + 1`,
    updatedAt: at,
  }).where(eq(events.id, eventId))
  for (const { ticketTypeId, after } of prices) {
    await tx.update(ticketTypes).set({ price: after }).where(
      and(eq(ticketTypes.id, ticketTypeId), eq(ticketTypes.eventId, eventId)),
    )
  }
}

type ChangeAct = { eventId: number; actor: Operator; reason: string; at: Date }

/** Records a change in the audit log. Seats have one more row of their own, which also exists if the process dies meanwhile (booking-rows.ts). */
export async function recordChange(tx: Queryable, plan: ChangePlan, { eventId, actor, reason, at }: ChangeAct): Promise<void> {
  const { event, fields, prices, seats } = plan
  const before = Object.fromEntries(FIELDS.filter((field) => field in fields).map((field) => [field, event[field]]))
  const detail = { before, after: fields, prices, seats }
  await recordAct(tx, { at, actor, action: 'event.change', subject: `event:${eventId}`, reason, detail })
}
