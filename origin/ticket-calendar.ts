import ical, { ICalAlarmType } from 'ical-generator'
import type { Language } from '../edge/contract/language.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { sentences, words } from '../web/text.ts'

/** Catalogues do not have the end of an event: calendars show this length. */
const EVENT_MS = 2 * 3_600_000
/** Seconds before the beginning. */
const REMINDERS = [24 * 3_600, 3 * 3_600]

/**
 * A calendar file (RFC 5545) with the event of a reservation and two reminders. Times are in UTC, so that calendars of every zone are right. A
 * reservation keeps its UID, so that a calendar replaces what it has.
 */
export function ticketCalendar(reservation: Reservation, language: Language): string {
  const { id, number, event, ticketType, quantity, createdAt } = reservation
  const word = words(language)
  const start = new Date(event.startsAt)
  const calendar = ical({ prodId: { company: 'NETicket', product: 'shop', language: language.toUpperCase() } })
  const entry = calendar.createEvent({
    id: `reservation-${id}@neticket`,
    stamp: new Date(createdAt),
    start,
    end: new Date(start.getTime() + EVENT_MS),
    summary: event.title,
    location: event.venue,
    description: [
      `${word('reservationNumber')}: ${number}`,
      `${ticketType.name} · ${sentences.tickets(quantity)[language]}`,
      word('ticketsInShop'),
    ].join('\n'),
  })
  for (const triggerBefore of REMINDERS) {
    entry.createAlarm({ type: ICalAlarmType.display, triggerBefore, description: event.title })
  }
  return calendar.toString()
}
