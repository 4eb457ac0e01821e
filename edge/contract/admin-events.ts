/** Events as operators see and send them. Times are ISO 8601 in UTC unless stated otherwise; money is whole won. */
import type { Genre, Region } from './event-filters.ts'
import type { EventNotice, EventStatus, NoticePart } from './events.ts'

/** `draft`: not published, so that only operators see it. */
export type AdminEventStatus = EventStatus | 'draft'
/** In the order of an event's life. */
export const ADMIN_EVENT_STATUSES = [
  'draft',
  'upcoming',
  'on_sale',
  'stopped',
  'sold_out',
  'closed',
  'cancelled',
] as const satisfies readonly AdminEventStatus[]

export type AdminTicketType = {
  id: number
  name: string
  nameEn: string
  price: number
  seats: number
  /** In MySQL, a second or two behind a running sale. */
  sold: number
}

export type AdminEvent = {
  id: number
  /** Rises with each change; a change names the version that it is based on. */
  version: number
  status: AdminEventStatus
  title: string
  titleEn: string
  venue: string
  venueEn: string
  /** What lists are filtered by; null for none. */
  genre: Genre | null
  region: Region | null
  /** The IANA time zone of the venue. */
  zone: string
  startsAt: string
  opensAt: string
  closesAt: string
  limitPerPerson: number
  notice: EventNotice
  published: boolean
  saleState: 'on_sale' | 'stopped'
  stopMessage: string
  /** Null unless the event was cancelled with all its reservations. */
  cancelledAt: string | null
  cancelReason: string
  hasImage: boolean
  ticketTypes: AdminTicketType[]
}

/** An event in the list of operators. `sold` and `seats` are those of all its ticket types. */
export type AdminEventRow =
  & Pick<AdminEvent, 'id' | 'status' | 'title' | 'titleEn' | 'venue' | 'venueEn' | 'zone' | 'startsAt' | 'opensAt' | 'closesAt'>
  & { sold: number; seats: number }

/** What a published event needs (`isRequired`), or should have. */
export type ChecklistItem = {
  part: 'titles' | 'venues' | 'ticketTypes' | 'seats' | 'closing' | 'opening' | 'poster' | 'notice'
  isRequired: boolean
  isMet: boolean
}

export type TicketTypeFields = { id: string; name: string; nameEn: string; price: string; seats: string }

/**
 * The fields of the form that creates and edits events, as text. Times are local to the zone, to the minute: `2026-12-24T19:00`. The `id` of
 * a ticket type that does not exist yet is empty.
 */
export type EventFields = {
  title: string
  titleEn: string
  venue: string
  venueEn: string
  genre: string
  region: string
  zone: string
  startsAt: string
  opensAt: string
  closesAt: string
  limitPerPerson: string
  notice: Record<NoticePart, { ko: string; en: string }>
  ticketTypes: TicketTypeFields[]
}

/**
 * One field that differs. `key`: the field's name, `notice.<part>.<language>`, or `type.<id>.<field>`, where a new ticket type has the id
 * `new0`, `new1`, …
 */
export type FieldChange = { key: string; before: string; after: string }

/** A field that one or both of two editors have changed since `base`. */
export type FieldConflict = { key: string; base: string; theirs: string; yours: string }
