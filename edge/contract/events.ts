/** Events as the API returns them and the pages show them. Times are ISO 8601 in UTC; money is whole won. */
import type { Genre, Region } from './event-filters.ts'
import type { EventImage } from './images.ts'

export type EventStatus = 'upcoming' | 'on_sale' | 'stopped' | 'sold_out' | 'closed' | 'cancelled'

/** The parts of an event's notice, in the order in which pages show them. */
export const NOTICE_PARTS = ['runningTime', 'age', 'cast', 'refund'] as const
export type NoticePart = (typeof NOTICE_PARTS)[number]
/** What buyers should know before they book, as operators write it. A part may be missing; a text may be empty in one language. */
export type EventNotice = Partial<Record<NoticePart, { ko: string; en: string } | undefined>>

type EventBasics = {
  id: number
  title: string
  venue: string
  /** The IANA time zone of the venue. */
  zone: string
  genre: Genre | null
  region: Region | null
  startsAt: string
  opensAt: string
  closesAt: string
  /** One file of the image, for clients that choose none of `image`. */
  imageUrl: string | null
  /** Null without an image, and for one that has only one file. */
  image: EventImage | null
  /** The dominant colour of the image, as `#rrggbb`; null if it is unknown. */
  color: string | null
  status: EventStatus
}

/** An event in a list. */
export type EventCard = EventBasics & {
  priceFrom: number | null
  total: number
  left: number
}

export type EventDetail = EventBasics & {
  limitPerPerson: number
  /** Until when reservations can be cancelled. */
  cancelUntil: string
  /** The organiser's message while the sale is stopped, or after the event was cancelled; may be empty. */
  stopMessage: string
  /** What buyers should know before they book, in their language or in the other one. */
  notice: { part: NoticePart; text: string }[]
  ticketTypes: { id: number; name: string; price: number; total: number; left: number }[]
  /** The room that visitors pass before they book. */
  room: string
  serverTime: string
  /** Present for a rehearsal, which only edges can read. */
  isRehearsal?: true
}
