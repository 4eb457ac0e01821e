import type { Language, Text } from '../../../edge/contract/language.ts'

/** The names of acts, for people. An act without a name is shown by its code. */
const ACTION_NAMES: Record<string, Text> = {
  'account.set_password': { ko: '비밀번호 재설정', en: 'Password set' },
  'audit.check': { ko: '감사 로그 점검', en: 'Audit log checked' },
  'audit.export': { ko: '감사 로그 내보내기', en: 'Audit log exported' },
  'event.change': { ko: '공연 수정', en: 'Event changed' },
  'event.seats': { ko: '좌석 수 변경', en: 'Seats changed' },
  'seats.repair': { ko: '좌석 보정', en: 'Seats repaired' },
}

/** What an act did: its name, or its code. */
export const actionName = (action: string, language: Language): string => ACTION_NAMES[action]?.[language] ?? action

const SECONDS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul', dateStyle: 'short', timeStyle: 'medium' })

/** A time in Korea to the second, as in other logs: `2026-11-28 18:00:03`. */
export const logTime = (iso: string): string => SECONDS.format(new Date(iso))
