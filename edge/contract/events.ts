/** What the shop tells of its events and reservations: the bodies of its API, and what its pages show. Times are ISO 8601 in UTC. */

export type EventStatus = 'upcoming' | 'on_sale' | 'sold_out' | 'closed'

/** An event as a list shows it. Money is whole won. */
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
  ticketTypes: { id: number; name: string; price: number; total: number; left: number }[]
  /** The room in front of its booking. */
  room: string
  serverTime: string
}
