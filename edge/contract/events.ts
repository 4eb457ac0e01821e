/** Events as the API returns them and the pages show them. Times are ISO 8601 in UTC; money is whole won. */

export type EventStatus = 'upcoming' | 'on_sale' | 'stopped' | 'sold_out' | 'closed'

/** An event in a list. */
export type EventCard = {
  id: number
  title: string
  venue: string
  startsAt: string
  opensAt: string
  closesAt: string
  imageUrl: string | null
  status: EventStatus
  priceFrom: number | null
  total: number
  left: number
}

export type EventDetail = {
  id: number
  title: string
  venue: string
  startsAt: string
  imageUrl: string | null
  opensAt: string
  closesAt: string
  limitPerPerson: number
  status: EventStatus
  /** The organiser's message while the sale is stopped; may be empty. */
  stopMessage: string
  ticketTypes: { id: number; name: string; price: number; total: number; left: number }[]
  /** The room that visitors pass before they book. */
  room: string
  serverTime: string
  /** Present for a rehearsal, which only edges can read. */
  isRehearsal?: true
}
