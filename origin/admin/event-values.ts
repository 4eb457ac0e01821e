import * as z from 'zod'
import type { EventFields, FieldChange, TicketTypeFields } from '../../edge/contract/admin-events.ts'
import { type Genre, GENRES, type Region, REGIONS } from '../../edge/contract/event-filters.ts'
import type { EventNotice } from '../../edge/contract/events.ts'
import type { Text } from '../../edge/contract/language.ts'
import type { EventChanges, TicketTypeChange } from '../event-change-plan.ts'
import { MAX_TICKET_TYPES } from '../event-change-plan.ts'
import { MAX_NOTICE_LENGTH } from '../event-notice.ts'
import { instantAt, isZone } from '../venue-time.ts'
import { isBlank } from './event-fields.ts'

/** An event as an operator describes it. Prices are in won. */
export type EventValues = {
  title: string
  titleEn: string
  venue: string
  venueEn: string
  genre: Genre | null
  region: Region | null
  zone: string
  startsAt: Date
  opensAt: Date
  closesAt: Date
  limitPerPerson: number
  notice: EventNotice
  ticketTypes: { id?: number | undefined; name: string; nameEn: string; price: number; seats: number }[]
}

export const MAX_PRICE = 100_000_000
export const MAX_SEATS = 1_000_000
const MAX_TITLE = 100
const MAX_TYPE_NAME = 40

/** One line of text, composed. */
const line = (max: number) => z.string().trim().normalize('NFC').max(max).regex(/^[^\p{Cc}\u2028\u2029]*$/u)
export const titleText = line(MAX_TITLE)
export const typeName = line(MAX_TYPE_NAME)
export const zoneName = z.string().refine(isZone)

const HAS_YEAR = (date: Date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200
export const instant = z.iso.datetime().transform((text) => new Date(text)).refine(HAS_YEAR)

export type FieldFault = { field: string; message: Text }
/** `removed`: the ids of ticket types whose row was emptied. */
export type ParsedFields = { kind: 'parsed'; values: EventValues; removed: number[] } | { kind: 'invalid'; faults: FieldFault[] }

/** Parses the form of an event. Only the title, the times and the limit must be there: a draft may lack the rest. */
export function parseFields(fields: EventFields): ParsedFields {
  const faults: FieldFault[] = []
  const check = (isRight: boolean, field: string, message: Text) => void (isRight || faults.push({ field, message }))
  check(fields.title !== '', 'title', RULES.title)
  for (const name of ['title', 'titleEn', 'venue', 'venueEn'] as const) {
    check(titleText.safeParse(fields[name]).success, name, RULES.title)
  }
  check(isZone(fields.zone), 'zone', RULES.zone)
  for (const [part, texts] of Object.entries(fields.notice)) {
    for (const [language, text] of Object.entries(texts)) {
      check(text.length <= MAX_NOTICE_LENGTH, `notice.${part}.${language}`, RULES.notice)
    }
  }
  const [genre, region] = [optionOf(GENRES, fields.genre), optionOf(REGIONS, fields.region)]
  check(genre !== undefined, 'genre', RULES.choice)
  check(region !== undefined, 'region', RULES.choice)
  const zone = isZone(fields.zone) ? fields.zone : 'UTC'
  const [startsAt, opensAt, closesAt] = (['startsAt', 'opensAt', 'closesAt'] as const).map((name) => {
    const time = instantAt(fields[name], zone)
    check(time !== null && HAS_YEAR(time), name, RULES.time)
    return time
  })
  if (startsAt && opensAt && closesAt) check(opensAt < closesAt && closesAt <= startsAt, 'closesAt', RULES.order)
  check(isInteger(fields.limitPerPerson, 1, 100), 'limitPerPerson', RULES.limit)
  const rows = fields.ticketTypes.map((type, i) => ({ type, i }))
  for (const { type, i } of rows) checkType(type, i, check)
  check(rows.filter(({ type }) => !isBlank(type)).length <= MAX_TICKET_TYPES, 'ticketTypes', RULES.types)
  if (faults.length > 0) return { kind: 'invalid', faults }
  const { title, titleEn, venue, venueEn, notice } = fields
  const removed = fields.ticketTypes.filter((type) => isBlank(type) && type.id !== '').map(({ id }) => Number(id))
  const times = { startsAt: startsAt!, opensAt: opensAt!, closesAt: closesAt! }
  const ticketTypes = fields.ticketTypes.filter((type) => !isBlank(type)).map(toValues)
  const limitPerPerson = Number(fields.limitPerPerson)
  return {
    kind: 'parsed',
    removed,
    values: {
      title,
      titleEn,
      venue,
      venueEn,
      genre: genre!,
      region: region!,
      zone,
      ...times,
      limitPerPerson,
      notice,
      ticketTypes,
    },
  }
}

/** One of the options, null for an empty text, undefined for any other. */
const optionOf = <Option extends string>(options: readonly Option[], text: string): Option | null | undefined =>
  text === '' ? null : options.find((option) => option === text)

function checkType(type: TicketTypeFields, i: number, check: (isRight: boolean, field: string, message: Text) => void): void {
  check(type.id === '' || isInteger(type.id, 1, Number.MAX_SAFE_INTEGER), 'ticketTypes', RULES.unknownType)
  if (isBlank(type)) return
  check(type.name !== '' && typeName.safeParse(type.name).success, `type.${i}.name`, RULES.typeName)
  check(typeName.safeParse(type.nameEn).success, `type.${i}.nameEn`, RULES.typeName)
  check(isInteger(type.price, 0, MAX_PRICE), `type.${i}.price`, RULES.price)
  check(isInteger(type.seats, 0, MAX_SEATS), `type.${i}.seats`, RULES.seats)
}

const isInteger = (text: string, min: number, max: number) =>
  /^(0|[1-9]\d{0,15})$/.test(text) && Number(text) >= min && Number(text) <= max

const toValues = ({ id, name, nameEn, price, seats }: TicketTypeFields): EventValues['ticketTypes'][number] => ({
  id: id === '' ? undefined : Number(id),
  name,
  nameEn,
  price: Number(price),
  seats: Number(seats),
})

/** The part of the values that the differences of the form concern. Another zone moves all times. */
export function toChanges(
  differences: FieldChange[],
  { values, removed }: Pick<Extract<ParsedFields, { kind: 'parsed' }>, 'values' | 'removed'>,
): EventChanges {
  const keys = new Set(differences.map(({ key }) => key))
  const pick = <Name extends keyof EventValues>(name: Name, ...also: string[]) =>
    [name, ...also].some((key) => keys.has(key)) ? values[name] : undefined
  const hasNotice = differences.some(({ key }) => key.startsWith('notice.'))
  return {
    title: pick('title'),
    titleEn: pick('titleEn'),
    venue: pick('venue'),
    venueEn: pick('venueEn'),
    genre: pick('genre'),
    region: pick('region'),
    zone: pick('zone'),
    startsAt: pick('startsAt', 'zone'),
    opensAt: pick('opensAt', 'zone'),
    closesAt: pick('closesAt', 'zone'),
    limitPerPerson: pick('limitPerPerson'),
    notice: hasNotice ? values.notice : undefined,
    ticketTypes: values.ticketTypes.flatMap((type): TicketTypeChange[] => {
      if (type.id === undefined) return [type]
      const changed = (['name', 'nameEn', 'price', 'seats'] as const).filter((field) => keys.has(`type.${type.id}.${field}`))
      return changed.length > 0 ? [{ id: type.id, ...Object.fromEntries(changed.map((field) => [field, type[field]])) }] : []
    }),
    removedTicketTypes: removed,
  }
}

const RULES = {
  title: { ko: '한 줄, 100자까지 입력해 주세요.', en: 'Use one line of up to 100 characters.' },
  choice: { ko: '목록에서 선택해 주세요.', en: 'Choose one of the list.' },
  zone: { ko: '시간대를 선택해 주세요.', en: 'Choose a time zone.' },
  notice: { ko: `${MAX_NOTICE_LENGTH}자까지 쓸 수 있습니다.`, en: `Use up to ${MAX_NOTICE_LENGTH} characters.` },
  time: {
    ko: '날짜와 시각을 입력해 주세요. 서머타임으로 건너뛰는 시각은 쓸 수 없습니다.',
    en: 'Enter a date and a time. A minute that the clock skips for summer time does not exist.',
  },
  order: {
    ko: '예매 오픈, 예매 마감, 공연 시작 순서가 되도록 입력해 주세요.',
    en: 'The sale must open before it closes, and close before the event starts.',
  },
  limit: { ko: '1~100 사이의 숫자를 입력해 주세요.', en: 'Enter a number from 1 to 100.' },
  types: {
    ko: `등급은 ${MAX_TICKET_TYPES}개까지 만들 수 있습니다.`,
    en: `An event has at most ${MAX_TICKET_TYPES} ticket types.`,
  },
  unknownType: { ko: '이 공연에 없는 좌석 등급입니다.', en: 'This event has no such ticket type.' },
  typeName: { ko: '등급 이름을 40자까지 입력해 주세요.', en: 'Enter a name of up to 40 characters.' },
  price: { ko: '0원 이상, 1억 원 이하로 입력해 주세요.', en: 'Enter a price from 0 to 100,000,000 won.' },
  seats: { ko: '0석 이상, 100만 석 이하로 입력해 주세요.', en: 'Enter a number of seats from 0 to 1,000,000.' },
} as const satisfies Record<string, Text>
