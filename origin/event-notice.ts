import * as z from 'zod'
import { type EventNotice, NOTICE_PARTS, type NoticePart } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'

/** The longest text of one part in one language. */
export const MAX_NOTICE_LENGTH = 1_000

const text = z.string().trim().max(MAX_NOTICE_LENGTH).default('')
const part = z.strictObject({ ko: text, en: text }).optional()

/** A notice as operators send it. */
export const noticeInput: z.ZodType<EventNotice> = z.strictObject({ runningTime: part, age: part, cast: part, refund: part })

/** A notice from its column; an empty one for null. */
export const parseNotice = (column: string | null): EventNotice => column === null ? {} : noticeInput.parse(JSON.parse(column))

/** A notice for its column: parts without a text are left out, in a fixed order, so that equal notices have equal texts. Null for none. */
export function serialiseNotice(notice: EventNotice): string | null {
  const parts = NOTICE_PARTS.filter((name) => notice[name] && (notice[name].ko !== '' || notice[name].en !== ''))
  if (parts.length === 0) return null
  return JSON.stringify(Object.fromEntries(parts.map((name) => [name, { ko: notice[name]!.ko, en: notice[name]!.en }])))
}

/** The texts of a notice in one language, or in the other where that one is empty. */
export function describeNotice(notice: EventNotice, language: Language): { part: NoticePart; text: string }[] {
  return NOTICE_PARTS.flatMap((name) => {
    const texts = notice[name]
    const text = texts && (texts[language] || texts.ko || texts.en)
    return text ? [{ part: name, text }] : []
  })
}
