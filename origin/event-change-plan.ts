import type { AdminEvent, ChecklistItem } from '../edge/contract/admin-events.ts'
import type { Genre, Region } from '../edge/contract/event-filters.ts'
import type { EventNotice } from '../edge/contract/events.ts'
import type { SeatTotal } from '../db/redis/sale/sale-change.ts'
import { describeAdminEvent, type EventRow, missingParts, type TypeRow } from './admin-event.ts'
import { serialiseNotice } from './event-notice.ts'

/** What an operator changes of an event; absent fields stay. Seats are totals, prices are in won. */
export type EventChanges = {
  title?: string | undefined
  titleEn?: string | undefined
  venue?: string | undefined
  venueEn?: string | undefined
  genre?: Genre | null | undefined
  region?: Region | null | undefined
  zone?: string | undefined
  startsAt?: Date | undefined
  opensAt?: Date | undefined
  closesAt?: Date | undefined
  limitPerPerson?: number | undefined
  notice?: EventNotice | undefined
  published?: boolean | undefined
  saleState?: 'on_sale' | 'stopped' | undefined
  stopMessage?: string | undefined
  cancelledAt?: Date | undefined
  cancelReason?: string | undefined
  /** One without an id is added, and needs all other fields. */
  ticketTypes?: TicketTypeChange[] | undefined
  /** Ids. Only a draft may lose ticket types. */
  removedTicketTypes?: number[] | undefined
}

export type TicketTypeChange = {
  id?: number | undefined
  name?: string | undefined
  nameEn?: string | undefined
  price?: number | undefined
  seats?: number | undefined
}

export type NewTicketType = { name: string; nameEn: string; price: number; seats: number }

/** The differences between an event and what it is to become. */
export type ChangePlan = {
  kind: 'planned'
  isChange: boolean
  fields: Partial<Omit<EventRow, 'id'>>
  prices: { ticketTypeId: number; before: number; after: number }[]
  names: { ticketTypeId: number; before: TypeNames; after: TypeNames }[]
  seats: SeatTotal[]
  added: NewTicketType[]
  removed: TypeRow[]
  /** The event before the change. */
  event: EventRow
  /** The place of the first added ticket type. */
  nextSortOrder: number
}
type TypeNames = Pick<TypeRow, 'name' | 'nameEn'>

export type ChangeRejection =
  | { kind: 'invalid'; field: 'closesAt' | 'ticketTypes' }
  /** A published event would lack these parts. */
  | { kind: 'incomplete'; missing: ChecklistItem['part'][] }
  /** A cancelled event does not change. */
  | { kind: 'event_cancelled' }

/** The most ticket types that an event can have. */
export const MAX_TICKET_TYPES = 20

/** What operators set in the first part of the form of an event. */
export const BASIC_FIELDS = [
  'title',
  'titleEn',
  'venue',
  'venueEn',
  'genre',
  'region',
  'zone',
  'startsAt',
  'opensAt',
  'closesAt',
  'limitPerPerson',
] as const

export const FIELDS = [
  ...BASIC_FIELDS,
  'notice',
  'published',
  'saleState',
  'stopMessage',
  'cancelledAt',
  'cancelReason',
] as const

type Stored = { event: EventRow; types: TypeRow[] }

/** Compares an event with the changes. */
export function planChange({ event, types }: Stored, changes: EventChanges, now: Date): ChangePlan | ChangeRejection {
  const fields = changedFields(event, changes)
  const { startsAt, opensAt, closesAt } = { ...event, ...fields }
  if (!(opensAt < closesAt && closesAt <= startsAt)) return { kind: 'invalid', field: 'closesAt' }
  const planned = planTypes(types, changes)
  const removed = types.filter(({ id }) => changes.removedTicketTypes?.includes(id))
  if (!planned || (removed.length > 0 && event.published)) return { kind: 'invalid', field: 'ticketTypes' }
  const { prices, names, seats, added } = planned
  const isChange = Object.keys(fields).length + prices.length + names.length + seats.length + added.length + removed.length > 0
  if (isChange && event.cancelledAt) return { kind: 'event_cancelled' }
  const nextSortOrder = Math.max(-1, ...types.map(({ sortOrder }) => sortOrder)) + 1
  const plan: ChangePlan = {
    kind: 'planned',
    isChange,
    fields,
    prices,
    names,
    seats,
    added,
    removed,
    event,
    nextSortOrder,
  }
  const missing = newlyMissing({ event, types }, plan, now)
  return missing.length > 0 ? { kind: 'incomplete', missing } : plan
}

function changedFields(event: EventRow, changes: EventChanges): ChangePlan['fields'] {
  const { notice, ...others } = changes
  const wanted: Partial<EventRow> = { ...others, ...(notice && { notice: serialiseNotice(notice) }) } as Partial<EventRow>
  const changed = FIELDS.filter((field) => wanted[field] !== undefined && !isSame(event[field], wanted[field]))
  return Object.fromEntries(changed.map((field) => [field, wanted[field]]))
}

const isSame = (a: unknown, b: unknown): boolean => a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b

/** The differences of ticket types; null if the event has no such type, or would have too many. */
function planTypes(
  types: TypeRow[],
  { ticketTypes: wanted = [], removedTicketTypes = [] }: EventChanges,
): Pick<ChangePlan, 'prices' | 'names' | 'seats' | 'added'> | null {
  const isKnown = (id: number) => types.some((type) => type.id === id)
  const ids = wanted.flatMap(({ id }) => id ?? []).concat(removedTicketTypes)
  if (!ids.every(isKnown) || new Set(ids).size < ids.length) return null
  const added = wanted.filter(({ id }) => id === undefined).map(toNewType)
  if (added.includes(null) || types.length - removedTicketTypes.length + added.length > MAX_TICKET_TYPES) return null
  const differences = (column: 'price' | 'seats') =>
    types.flatMap(({ id, [column]: before }) => {
      const after = wanted.find((one) => one.id === id)?.[column] ?? before
      return after === before ? [] : [{ ticketTypeId: id, before, after }]
    })
  const names = types.flatMap(({ id, name, nameEn }) => {
    const type = wanted.find((one) => one.id === id)
    const after = { name: type?.name ?? name, nameEn: type?.nameEn ?? nameEn }
    return after.name === name && after.nameEn === nameEn ? [] : [{ ticketTypeId: id, before: { name, nameEn }, after }]
  })
  return {
    prices: differences('price'),
    names,
    seats: differences('seats'),
    added: added.filter((type) => type !== null),
  }
}

const toNewType = ({ name, nameEn, price, seats }: TicketTypeChange): NewTicketType | null =>
  name === undefined || nameEn === undefined || price === undefined || seats === undefined ? null : { name, nameEn, price, seats }

/** Parts of a published event whose absence buyers would see at any time. */
const LASTING_PARTS: ChecklistItem['part'][] = ['titles', 'venues', 'ticketTypes']

/** What the change would leave missing: anything required when it publishes the event, afterwards what it takes away. */
function newlyMissing({ event, types }: Stored, plan: ChangePlan, now: Date): ChecklistItem['part'][] {
  const after = afterPlan({ event, types }, plan, now)
  if (!after.published) return []
  const missing = missingParts(after, now)
  if (!event.published) return missing
  const before = missingParts(describeAdminEvent(event, types, now), now)
  return missing.filter((part) => LASTING_PARTS.includes(part) && !before.includes(part))
}

function afterPlan({ event, types }: Stored, plan: ChangePlan, now: Date): AdminEvent {
  const kept = types.filter((type) => !plan.removed.includes(type)).map((type) => ({
    ...type,
    ...plan.names.find(({ ticketTypeId }) => ticketTypeId === type.id)?.after,
    seats: plan.seats.find(({ ticketTypeId }) => ticketTypeId === type.id)?.after ?? type.seats,
  }))
  const added = plan.added.map((type) => ({ ...type, id: 0, eventId: event.id, sortOrder: 0, sold: 0 }))
  return describeAdminEvent({ ...event, ...plan.fields }, kept.concat(added), now)
}
