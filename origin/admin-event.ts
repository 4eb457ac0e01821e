import type { AdminEvent, AdminEventStatus, ChecklistItem } from '../edge/contract/admin-events.ts'
import type { events, ticketTypes } from '../db/schema.ts'
import { statusOf } from './catalogue.ts'
import { parseNotice } from './event-notice.ts'

export type EventRow = typeof events.$inferSelect
export type TypeRow = typeof ticketTypes.$inferSelect

/** The status of an event for operators, who also see drafts. `left`: unsold seats. */
export const adminStatusOf = (
  event: Pick<EventRow, 'published' | 'opensAt' | 'closesAt' | 'saleState' | 'cancelledAt'>,
  left: number,
  now: Date,
): AdminEventStatus => event.published ? statusOf(event, left, now) : 'draft'

/** An event with its ticket types, in their order, as operators see it. */
export function describeAdminEvent(event: EventRow, types: TypeRow[], now: Date): AdminEvent {
  const left = types.reduce((sum, { seats, sold }) => sum + seats - sold, 0)
  return {
    id: event.id,
    version: event.version,
    status: adminStatusOf(event, left, now),
    title: event.title,
    titleEn: event.titleEn,
    venue: event.venue,
    venueEn: event.venueEn,
    genre: event.genre,
    region: event.region,
    zone: event.zone,
    startsAt: event.startsAt.toISOString(),
    opensAt: event.opensAt.toISOString(),
    closesAt: event.closesAt.toISOString(),
    limitPerPerson: event.limitPerPerson,
    notice: parseNotice(event.notice),
    published: event.published,
    saleState: event.saleState,
    stopMessage: event.stopMessage,
    cancelledAt: event.cancelledAt?.toISOString() ?? null,
    cancelReason: event.cancelReason,
    hasImage: event.imageId !== null,
    ticketTypes: types.map(({ id, name, nameEn, price, seats, sold }) => ({ id, name, nameEn, price, seats, sold })),
  }
}

type Checked = Pick<AdminEvent, 'title' | 'titleEn' | 'venue' | 'venueEn' | 'opensAt' | 'closesAt' | 'notice' | 'hasImage'> & {
  ticketTypes: Pick<AdminEvent['ticketTypes'][number], 'name' | 'nameEn' | 'seats'>[]
}

/** What an event needs before it is published, and what it should have. */
export function checkEvent(event: Checked, now: Date): ChecklistItem[] {
  const { ticketTypes: types, notice } = event
  const item = (part: ChecklistItem['part'], isRequired: boolean, isMet: boolean): ChecklistItem => ({ part, isRequired, isMet })
  return [
    item('titles', true, event.title !== '' && event.titleEn !== ''),
    item('venues', true, event.venue !== '' && event.venueEn !== ''),
    item('ticketTypes', true, types.length > 0 && types.every(({ name, nameEn }) => name !== '' && nameEn !== '')),
    item('seats', true, types.some(({ seats }) => seats > 0)),
    item('closing', true, Date.parse(event.closesAt) > now.getTime()),
    item('opening', false, Date.parse(event.opensAt) > now.getTime()),
    item('poster', false, event.hasImage),
    item('notice', false, notice.age !== undefined && notice.refund !== undefined),
  ]
}

/** The required parts that are missing. */
export const missingParts = (event: Checked, now: Date): ChecklistItem['part'][] =>
  checkEvent(event, now).filter(({ isRequired, isMet }) => isRequired && !isMet).map(({ part }) => part)
