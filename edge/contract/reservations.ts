import type { EventImage } from './images.ts'

/** A reservation as the API returns it. Times are ISO 8601 in UTC, money is integer won. */
export type Reservation = {
  id: string
  /** The number for people (reservation-number.ts). */
  number: string
  /** `cancelledAt`: when the organiser cancelled the event with all its reservations; null before. */
  event: {
    id: number
    title: string
    venue: string
    startsAt: string
    /** The time zone of the venue. */
    zone: string
    imageUrl: string | null
    image: EventImage | null
    cancelledAt: string | null
  }
  ticketType: { id: number; name: string }
  quantity: number
  unitPrice: number
  totalPrice: number
  status: 'confirmed' | 'cancelled'
  createdAt: string
  cancelledAt: string | null
  /** Cancellation is possible until the day of the event begins at its venue. */
  cancelUntil: string
}
