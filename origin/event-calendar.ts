import ical, { ICalAlarmType } from 'ical-generator'
import type { EventDetail } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import { dateTime } from '../web/format.ts'
import { words } from '../web/text.ts'

/** Catalogues do not have the end of an event: calendars show this length. */
const EVENT_MS = 2 * 3_600_000
const OPENING_MS = 10 * 60_000
/** Seconds before the beginning. */
const REMINDERS = { event: 24 * 3_600, opening: 15 * 60 }

/**
 * A calendar file (RFC 5545) with an event, or with the opening of its sale, and a reminder. Times are in UTC, so that calendars of every zone
 * are right. The same event keeps its UID, so that a calendar replaces what it has. `site`: the shop's address; null if it is not configured.
 */
export function calendarOf(event: EventDetail, of: 'event' | 'opening', language: Language, site: string | null): string {
  const word = words(language)
  const isOpening = of === 'opening'
  const start = new Date(isOpening ? event.opensAt : event.startsAt)
  const url = site && site + paths.event(event.id)
  const calendar = ical({ prodId: { company: 'NETicket', product: 'shop', language: language.toUpperCase() } })
  const entry = calendar.createEvent({
    id: `${of}-${event.id}@neticket`,
    stamp: new Date(event.serverTime),
    start,
    end: new Date(start.getTime() + (isOpening ? OPENING_MS : EVENT_MS)),
    summary: isOpening ? `${word('opensAt')}: ${event.title}` : event.title,
    location: isOpening ? null : event.venue,
    description: [
      ...(isOpening
        ? [`${word('date')}: ${dateTime(event.startsAt, language, event.zone)}`, `${word('venue')}: ${event.venue}`]
        : []),
      ...(url ? [url] : []),
    ].join('\n'),
    url,
  })
  entry.createAlarm({ type: ICalAlarmType.display, triggerBefore: REMINDERS[of], description: entry.summary() })
  return calendar.toString()
}
