import type { Language } from '../edge/contract/language.ts'

const LOCALE: Record<Language, string> = { ko: 'ko-KR', en: 'en-US' }
const ZONE = 'Asia/Seoul'

/** An amount of won: `12,000원`, `₩12,000`. */
export const money = (won: number, language: Language): string =>
  language === 'ko' ? `${won.toLocaleString('ko-KR')}원` : `₩${won.toLocaleString('en-US')}`

export const count = (value: number, language: Language): string => value.toLocaleString(LOCALE[language])

/**
 * Date, weekday and time in a zone, by default in Korea: `2026년 11월 28일 (토) 18:00`, `Sat, Nov 28, 2026, 18:00 KST`. Other zones are named.
 */
export function dateTime(iso: string, language: Language, zone = ZONE): string {
  const { year, month, day, weekday, hour, minute } = partsOf(iso, language, zone)
  const isKorean = zone === ZONE
  return language === 'ko'
    ? `${year}년 ${month}월 ${day}일 (${weekday}) ${hour}:${minute}${isKorean ? '' : ` (${zone})`}`
    : `${weekday}, ${month} ${day}, ${year}, ${hour}:${minute} ${isKorean ? 'KST' : `(${zone})`}`
}

/** The same for cards and badges: short and without the zone; with the year only if it is not that of `now` (ISO 8601). */
export function shortDateTime(iso: string, language: Language, zone = ZONE, now = iso): string {
  const { year, month, day, weekday, hour, minute } = partsOf(iso, language, zone)
  if (partsOf(now, language, zone)['year'] !== year) {
    return language === 'ko'
      ? `${year}.${month}.${day} (${weekday}) ${hour}:${minute}`
      : `${month} ${day}, ${year}, ${hour}:${minute}`
  }
  return language === 'ko'
    ? `${month}월 ${day}일 (${weekday}) ${hour}:${minute}`
    : `${weekday}, ${month} ${day}, ${hour}:${minute}`
}

/** Month and day in Korea: `12월 24일`, `Dec 24`. */
export const shortDay = (iso: string, language: Language): string =>
  new Date(iso).toLocaleDateString(LOCALE[language], { timeZone: ZONE, month: 'short', day: 'numeric' })

/** The time of day in Korea: `18:00`. */
export const timeInKorea = (iso: string): string => timeOfDay(iso).slice(0, 5)

const DAY_MS = 86_400_000
const KOREA_OFFSET_MS = 9 * 3_600_000

/** The days from 1970 to the day of an instant in Korea, which has no summer time. */
export const dayNumber = (iso: string): number => Math.floor((Date.parse(iso) + KOREA_OFFSET_MS) / DAY_MS)

/** The day of an instant in Korea: `2026-12-24`. */
export const localDate = (iso: string): string => new Date(dayNumber(iso) * DAY_MS).toISOString().slice(0, 10)

/** 0 for Sunday. */
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay()

/** From Sunday: `일`, `Sun`. */
export function weekdayNames(language: Language): string[] {
  const format = new Intl.DateTimeFormat(LOCALE[language], { weekday: 'short', timeZone: 'UTC' })
  // 4 January 1970 was a Sunday.
  return Array.from({ length: 7 }, (_, i) => format.format(new Date((3 + i) * DAY_MS)))
}

/** `2026년 12월`, `December 2026`. */
export const monthName = (month: string, language: Language): string =>
  new Date(`${month}-01T00:00:00Z`).toLocaleDateString(LOCALE[language], { timeZone: 'UTC', year: 'numeric', month: 'long' })

/** A deadline that ends with a day: the last minute before it. */
export const lastMinuteBefore = (iso: string): string => new Date(Date.parse(iso) - 60_000).toISOString()

/** The time of day in Korea, with seconds: `17:15:54`. */
export const timeOfDay = (time: string | number): string => new Date(time).toLocaleTimeString('en-GB', { timeZone: ZONE })

/** One for each language and known zone: making one takes longer than using it. */
const FORMATS = new Map<string, Intl.DateTimeFormat>()

function formatOf(language: Language, zone: string): Intl.DateTimeFormat {
  const key = `${language} ${zone}`
  const format = FORMATS.get(key) ?? new Intl.DateTimeFormat(LOCALE[language], {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: language === 'ko' ? 'numeric' : 'short',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  FORMATS.set(key, format)
  return format
}

function partsOf(iso: string, language: Language, zone = ZONE): Record<string, string> {
  return Object.fromEntries(
    formatOf(language, zone).formatToParts(new Date(iso)).map((
      { type, value },
    ) => [type, type === 'month' ? value.replace('월', '') : value]),
  )
}

/** Seconds as a countdown: `02:05`, `1:02:05`, `3일 04:05:06`. */
export function countdownText(seconds: number, language: Language): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const whole = Math.max(0, Math.floor(seconds))
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60]
  const time = days > 0 || hours > 0 ? `${two(hours)}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`
  return days > 0 ? (language === 'ko' ? `${days}일 ${time}` : `${days}d ${time}`) : time
}
