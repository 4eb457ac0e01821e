import type { EventCard } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import { dayNumber, shortDay, timeInKorea } from './format.ts'
import { sentences } from './text.ts'

/** For how long an event that is on sale counts as just opened. */
const JUST_OPENED_MS = 6 * 3_600_000
/** Openings further away are shown with their date. */
const MAX_DAYS = 14

/** When a sale opens, as a person would say it: today at a time, tomorrow, in some days, or on a date. Days are Korean. */
export function openingDay(opensAt: string, now: string, language: Language): string {
  const days = dayNumber(opensAt) - dayNumber(now)
  const time = timeInKorea(opensAt)
  if (days <= 0) return sentences.opensToday(time)[language]
  if (days === 1) return sentences.opensTomorrow(time)[language]
  return (days <= MAX_DAYS ? sentences.opensInDays(days) : sentences.opensOn(shortDay(opensAt, language)))[language]
}

export const isJustOpened = ({ status, opensAt }: Pick<EventCard, 'status' | 'opensAt'>, now: string): boolean =>
  status === 'on_sale' && Date.parse(now) - Date.parse(opensAt) < JUST_OPENED_MS
