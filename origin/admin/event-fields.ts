/** The form that creates and edits events: from form data to values, and the differences between two versions of it. */
import type { AdminEvent, EventFields, FieldChange, FieldConflict, TicketTypeFields } from '../../edge/contract/admin-events.ts'
import { NOTICE_PARTS } from '../../edge/contract/events.ts'
import { BASIC_FIELDS, MAX_TICKET_TYPES } from '../event-change-plan.ts'
import { localMinute } from '../venue-time.ts'

/** Longer texts are cut before they are checked; each has a lower limit of its own. */
const MAX_LENGTH = 2_000
/** Rows of ticket types that are read, blank ones included. */
const MAX_ROWS = 2 * MAX_TICKET_TYPES
const TYPE_FIELDS = ['name', 'nameEn', 'price', 'seats'] as const
const LANGUAGES = ['ko', 'en'] as const

/** Reads a form. A field that is missing or repeated is empty. */
export function readFields(form: Record<string, unknown>): EventFields {
  const text = (name: string) => {
    const value = form[name]
    return typeof value === 'string' ? value.replaceAll('\r\n', '\n').normalize('NFC').trim().slice(0, MAX_LENGTH) : ''
  }
  const rows = Array.from({ length: MAX_ROWS }, (_, i): TicketTypeFields => ({
    id: text(`type.${i}.id`),
    name: text(`type.${i}.name`),
    nameEn: text(`type.${i}.nameEn`),
    price: text(`type.${i}.price`).replaceAll(',', ''),
    seats: text(`type.${i}.seats`).replaceAll(',', ''),
  }))
  const basics = Object.fromEntries(BASIC_FIELDS.map((name) => [name, text(name)])) as Pick<
    EventFields,
    typeof BASIC_FIELDS[number]
  >
  const notice = Object.fromEntries(
    NOTICE_PARTS.map((part) => [part, { ko: text(`notice.${part}.ko`), en: text(`notice.${part}.en`) }]),
  ) as EventFields['notice']
  const last = rows.findLastIndex((_, i) => Object.hasOwn(form, `type.${i}.name`))
  return { ...basics, notice, ticketTypes: rows.slice(0, last + 1) }
}

/** The form of a new event. */
export const newFields = (): EventFields =>
  Object.assign(readFields({ zone: 'Asia/Seoul', limitPerPerson: '4' }), { ticketTypes: [blankType(), blankType()] })

export const blankType = (): TicketTypeFields => ({ id: '', name: '', nameEn: '', price: '', seats: '' })

/** The form of an event as it is. */
export function fieldsOf(event: AdminEvent): EventFields {
  const local = (time: string) => localMinute(new Date(time), event.zone)
  const notice = Object.fromEntries(
    NOTICE_PARTS.map((part) => [part, event.notice[part] ?? { ko: '', en: '' }]),
  ) as EventFields['notice']
  return {
    title: event.title,
    titleEn: event.titleEn,
    venue: event.venue,
    venueEn: event.venueEn,
    genre: event.genre ?? '',
    region: event.region ?? '',
    zone: event.zone,
    startsAt: local(event.startsAt),
    opensAt: local(event.opensAt),
    closesAt: local(event.closesAt),
    limitPerPerson: String(event.limitPerPerson),
    notice,
    ticketTypes: event.ticketTypes.map(({ id, name, nameEn, price, seats }) => ({
      id: String(id),
      name,
      nameEn,
      price: String(price),
      seats: String(seats),
    })),
  }
}

export const isBlank = (type: TicketTypeFields): boolean => TYPE_FIELDS.every((field) => type[field] === '')

/** The form without blank rows. */
const withoutBlanks = (fields: EventFields): EventFields =>
  Object.assign({}, fields, { ticketTypes: fields.ticketTypes.filter((type) => !isBlank(type)) })

/** Every field by its key (`FieldChange`). */
function flatten(fields: EventFields): Map<string, string> {
  const { notice, ticketTypes } = withoutBlanks(fields)
  const entries: [string, string][] = BASIC_FIELDS.map((name) => [name, fields[name]])
  for (const part of NOTICE_PARTS) {
    for (const language of LANGUAGES) entries.push([`notice.${part}.${language}`, notice[part][language]])
  }
  let added = 0
  for (const type of ticketTypes) {
    const id = type.id || `new${added++}`
    for (const field of TYPE_FIELDS) entries.push([`type.${id}.${field}`, type[field]])
  }
  return new Map(entries)
}

/** The fields that differ. A time on the clock stays the same text when the zone changes; the zone is then the change. */
export function compareFields(before: EventFields, after: EventFields): FieldChange[] {
  const [old, now] = [flatten(before), flatten(after)]
  const keys = new Set([...old.keys(), ...now.keys()])
  return [...keys].map((key) => ({ key, before: old.get(key) ?? '', after: now.get(key) ?? '' }))
    .filter(({ before, after }) => before !== after)
}

/** What two editors have changed since `base`, in the order of the form. */
export function compareThree(base: EventFields, theirs: EventFields, yours: EventFields): FieldConflict[] {
  const [first, second, third] = [flatten(base), flatten(theirs), flatten(yours)]
  const keys = new Set([...first.keys(), ...second.keys(), ...third.keys()])
  return [...keys].map((key) => ({ key, base: first.get(key) ?? '', theirs: second.get(key) ?? '', yours: third.get(key) ?? '' }))
    .filter(({ base, theirs, yours }) => theirs !== base || yours !== base)
}

/** Their version with your changes on top. A ticket type that they have removed stays removed. */
export function mergeFields(base: EventFields, theirs: EventFields, yours: EventFields): EventFields {
  const merged = structuredClone(theirs)
  const mine = withoutBlanks(yours)
  const keys = new Set(compareFields(base, yours).map(({ key }) => key))
  for (const name of BASIC_FIELDS) if (keys.has(name)) merged[name] = yours[name]
  for (const part of NOTICE_PARTS) {
    for (const language of LANGUAGES) {
      if (keys.has(`notice.${part}.${language}`)) merged.notice[part][language] = yours.notice[part][language]
    }
  }
  const isRemoved = ({ id }: TicketTypeFields) =>
    base.ticketTypes.some((type) => type.id === id) && !mine.ticketTypes.some((type) => type.id === id)
  merged.ticketTypes = merged.ticketTypes.filter((type) => !isRemoved(type)).map((type) => {
    const own = mine.ticketTypes.find(({ id }) => id === type.id)
    const changed = own ? TYPE_FIELDS.filter((field) => keys.has(`type.${type.id}.${field}`)) : []
    return Object.assign({}, type, Object.fromEntries(changed.map((field) => [field, own![field]])))
  }).concat(mine.ticketTypes.filter(({ id }) => id === ''))
  return merged
}
