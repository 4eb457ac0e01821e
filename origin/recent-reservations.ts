import type { Redis } from 'ioredis'
import { findRecentBookings, type RecentBooking } from '../db/redis/sale/recent-bookings.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import { reservationNumber } from '../edge/contract/reservation-number.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import type { EventFacts } from './catalogue-facts.ts'
import type { FindSaleFacts } from './sale-facts.ts'
import { describeImage } from './stored-image.ts'

type Parts = { redis: Redis; findSaleFacts: FindSaleFacts }

/** A person's reservations of the last hour, newest first, without reading MySQL; only the one with this id if it is given. */
export async function findRecent(parts: Parts, language: Language, person: number, id?: string): Promise<Reservation[]> {
  const bookings = await orEmpty(findRecentBookings(parts.redis, person, id))
  const described = await Promise.all(bookings.map(async (booking) => {
    const facts = await Promise.resolve(parts.findSaleFacts(booking.eventId, booking.ticketTypeId)).catch(nullIfUnavailable)
    return facts && describeBooking(facts, language, { ...booking, cancelledAtMs: 0 })
  }))
  return described.filter((reservation) => reservation !== null)
}

const orEmpty = <Item>(items: Promise<Item[]>): Promise<Item[]> => items.catch((error) => nullIfUnavailable(error) ?? [])

function nullIfUnavailable(error: unknown): null {
  if (isStoreUnavailable(error)) return null
  throw error
}

/** `cancelledAtMs`: 0 for a booking that is not cancelled. */
export type BookingFacts = RecentBooking & { cancelledAtMs: number }

/** Describes a booking without its row, which may not be written yet. */
export function describeBooking(facts: EventFacts, language: Language, booking: BookingFacts): Reservation {
  const type = facts.ticketTypes.find(({ id }) => id === booking.ticketTypeId)
  return {
    id: booking.reservation,
    number: reservationNumber(booking.reservation),
    event: describeEvent(facts, language),
    ticketType: { id: booking.ticketTypeId, name: (language === 'ko' ? type?.name : type?.nameEn) ?? '' },
    quantity: booking.quantity,
    unitPrice: booking.unitPrice,
    totalPrice: booking.unitPrice * booking.quantity,
    status: booking.cancelledAtMs > 0 ? 'cancelled' : 'confirmed',
    createdAt: new Date(booking.createdAtMs).toISOString(),
    cancelledAt: booking.cancelledAtMs > 0 ? new Date(booking.cancelledAtMs).toISOString() : null,
    cancelUntil: facts.cancelUntil,
  }
}

/** An event as a reservation shows it. */
export function describeEvent(
  { event, image }: Pick<EventFacts, 'event' | 'image'>,
  language: Language,
): Reservation['event'] {
  return {
    id: event.id,
    title: language === 'ko' ? event.title : event.titleEn,
    venue: language === 'ko' ? event.venue : event.venueEn,
    startsAt: event.startsAt.toISOString(),
    zone: event.zone,
    cancelledAt: event.cancelledAt?.toISOString() ?? null,
    imageUrl: image && paths.image(image.key),
    image: describeImage(image, language),
  }
}
