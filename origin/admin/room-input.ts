import * as z from 'zod'
import { ROOM_FIELD_NAMES, ROOM_FIELDS, type RoomField } from '../../edge/waiting-room/room-settings.ts'
import { jsonInteger } from '../input.ts'
import type { RoomPatch } from './room-settings.ts'

export const reasonText = z.string().trim().min(1).max(300)
export const reasonInput = z.object({ reason: reasonText })
const version = jsonInteger(0, Number.MAX_SAFE_INTEGER).nullable().default(null)

const optional = <Field extends z.ZodType>(field: Field) => field.nullable().default(null)
/** The body of a PUT: the whole settings. A field that is missing or null has the site-wide setting. */
export const settingsInput = z.strictObject({
  reason: reasonText,
  version,
  mode: optional(ROOM_FIELDS.mode),
  perMinute: optional(ROOM_FIELDS.perMinute),
  capacity: optional(ROOM_FIELDS.capacity),
  turnSeconds: optional(ROOM_FIELDS.turnSeconds),
  passSeconds: optional(ROOM_FIELDS.passSeconds),
  idleSeconds: optional(ROOM_FIELDS.idleSeconds),
  lobbySeconds: optional(ROOM_FIELDS.lobbySeconds),
  identity: optional(ROOM_FIELDS.identity),
  work: optional(ROOM_FIELDS.work),
  message: optional(ROOM_FIELDS.message),
}).transform(({ reason, version, ...settings }) => ({ reason, version, settings }))

const NUMBERS = ['perMinute', 'capacity', 'turnSeconds', 'passSeconds', 'idleSeconds', 'lobbySeconds'] as const
const isNumber = (field: RoomField): boolean => NUMBERS.some((name) => name === field)

/** The fields of a form as it was sent, to show it again. */
export type RoomForm = Record<string, string>

export type ParsedForm =
  | { kind: 'parsed'; patch: RoomPatch; reason: string; version: number | null }
  | { kind: 'invalid'; fields: string[] }

/** Parses a form with some of the settings; an empty field returns to the site-wide setting. A field that the form lacks stays. */
export function parseRoomForm(form: Record<string, unknown>): ParsedForm {
  const fields: string[] = []
  const patch: Record<string, unknown> = {}
  for (const field of ROOM_FIELD_NAMES) {
    const value = field === 'message' ? messageFrom(form) : form[field]
    if (value === undefined) continue
    if (value === '' || value === null) patch[field] = null
    else {
      const number = isNumber(field) && typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
      const parsed = (ROOM_FIELDS[field] as z.ZodType).safeParse(number)
      if (parsed.success) patch[field] = parsed.data
      else fields.push(field)
    }
  }
  const reason = reasonText.safeParse(form.reason)
  if (!reason.success) fields.push('reason')
  const given = typeof form.version === 'string' && /^\d{1,15}$/.test(form.version) ? Number(form.version) : null
  return fields.length > 0 || !reason.success
    ? { kind: 'invalid', fields }
    : { kind: 'parsed', patch, reason: reason.data, version: given }
}

/** The message of a form; undefined if the form has none, null if both texts are empty. */
function messageFrom({ messageKo, messageEn }: Record<string, unknown>): { ko: string; en: string } | null | undefined {
  if (typeof messageKo !== 'string' || typeof messageEn !== 'string') return undefined
  const message = { ko: messageKo.trim(), en: messageEn.trim() }
  return message.ko || message.en ? message : null
}
