import * as z from 'zod'
import type { Text } from '../contract/language.ts'
import { IDENTITIES, PROOF_OF_WORK_RULES, type RoomPlan } from './room-plan.ts'

/** Characters. Longer messages would make the waiting page larger than 10 kB (web/render.test.ts). */
export const MAX_MESSAGE = 120
export const ROOM_MODES = ['fifo', 'draw', 'passthrough', 'closed'] as const

const message = z.strictObject({ ko: z.string().trim().max(MAX_MESSAGE), en: z.string().trim().max(MAX_MESSAGE) })

/**
 * What operators set for a room, by field. A field that is missing has the site-wide setting; where that is missing too, the setting of the
 * edge's environment applies.
 */
export const ROOM_FIELDS = {
  mode: z.enum(ROOM_MODES),
  /** Visitors admitted per minute, at most. */
  perMinute: z.int().min(1).max(10_000_000),
  /** Active visits, at most. */
  capacity: z.int().min(1).max(10_000_000),
  turnSeconds: z.int().min(5).max(3_600),
  passSeconds: z.int().min(10).max(86_400),
  idleSeconds: z.int().min(10).max(86_400),
  lobbySeconds: z.int().min(0).max(86_400),
  identity: z.enum(IDENTITIES),
  /** When joining requires a proof of work. */
  work: z.enum(PROOF_OF_WORK_RULES),
  /** Shown to those who wait. A text may be empty in one language; then the other one is shown. */
  message,
} as const
export type RoomField = keyof typeof ROOM_FIELDS
export const ROOM_FIELD_NAMES = Object.keys(ROOM_FIELDS) as RoomField[]
export type RoomSettings = { [Field in RoomField]?: z.infer<(typeof ROOM_FIELDS)[Field]> | undefined }

/** The settings of an edge whose environment has none, and whose operators have set none. */
export const INITIAL_SETTINGS = {
  mode: 'draw',
  perMinute: 60_000,
  capacity: 5_000,
  turnSeconds: 60,
  passSeconds: 600,
  idleSeconds: 180,
  lobbySeconds: 1_800,
  identity: 'account',
  work: 'adaptive',
} as const satisfies RoomSettings

export const roomSettings: z.ZodType<RoomSettings> = z.object(ROOM_FIELDS).partial()

/** Parses settings as a store keeps them: JSON text. Fields that are not valid count as missing. */
export function parseRoomSettings(text: string | null): RoomSettings {
  const stored = readObject(text)
  return Object.fromEntries(ROOM_FIELD_NAMES.flatMap((field) => {
    const parsed = ROOM_FIELDS[field].safeParse(stored[field])
    return parsed.success ? [[field, parsed.data]] : []
  }))
}

function readObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

/** The settings of `second` where `first` has none. */
export const settingsOver = (first: RoomSettings, second: RoomSettings): RoomSettings =>
  Object.fromEntries(ROOM_FIELD_NAMES.flatMap((field) => {
    const value = first[field] ?? second[field]
    return value === undefined ? [] : [[field, value]]
  }))

/** A plan with the settings of operators. Those of mode, rate and capacity are part of the room's state. */
export function planUnder(plan: RoomPlan, settings: RoomSettings | null): RoomPlan {
  if (settings === null) return plan
  const { admission, rules } = plan
  const inMs = (seconds: number | undefined, otherwise: number) => seconds === undefined ? otherwise : seconds * 1_000
  return Object.assign({}, plan, {
    admission: {
      mode: admission.mode,
      perMinute: admission.perMinute,
      capacity: admission.capacity,
      turnMs: inMs(settings.turnSeconds, admission.turnMs),
      passMs: inMs(settings.passSeconds, admission.passMs),
      idleMs: inMs(settings.idleSeconds, admission.idleMs),
      lobbyMs: inMs(settings.lobbySeconds, admission.lobbyMs),
      stepMs: admission.stepMs,
    },
    rules: {
      identity: settings.identity ?? rules.identity,
      proofOfWork: settings.work ?? rules.proofOfWork,
      maxWaiting: rules.maxWaiting,
    },
  })
}

/** The settings of an edge's environment for its rooms. */
export const settingsOfPlan = ({ admission, rules }: Pick<RoomPlan, 'admission' | 'rules'>): RoomSettings => ({
  mode: admission.mode,
  perMinute: admission.perMinute,
  capacity: admission.capacity,
  turnSeconds: admission.turnMs / 1_000,
  passSeconds: admission.passMs / 1_000,
  idleSeconds: admission.idleMs / 1_000,
  lobbySeconds: admission.lobbyMs / 1_000,
  identity: rules.identity,
  work: rules.proofOfWork,
})

/** The message in both languages; null when there is none. */
export const messageOf = (settings: RoomSettings | null): Text | null => {
  const { ko, en } = settings?.message ?? { ko: '', en: '' }
  return ko || en ? { ko: ko || en, en: en || ko } : null
}
