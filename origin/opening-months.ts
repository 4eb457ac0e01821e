import { instantAt, localDay } from './venue-time.ts'

const ZONE = 'Asia/Seoul'
/** How far the calendar of openings reaches, in months before and after this one: its pages are few, whatever clients ask for. */
const REACH = { before: 12, after: 24 }

const numberOf = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1
const nameOf = (number: number): string => `${Math.floor(number / 12)}-${String(number % 12 + 1).padStart(2, '0')}`
const thisMonth = (now: Date): string => localDay(now, ZONE).slice(0, 7)
const isInReach = (number: number, now: Date): boolean => {
  const distance = number - numberOf(thisMonth(now))
  return distance >= -REACH.before && distance <= REACH.after
}

/** The month that was requested, `2026-12`; this month, in Korea, without one; null for any other text and outside the calendar's reach. */
export function monthOf(requested: string | undefined, now: Date): string | null {
  if (requested === undefined) return thisMonth(now)
  const isMonth = /^\d{4}-(0[1-9]|1[0-2])$/.test(requested) && isInReach(numberOf(requested), now)
  return isMonth ? requested : null
}

/** The beginning and the end of a month in Korea, and its neighbours within the calendar's reach. */
export function monthsAround(month: string, now: Date) {
  const number = numberOf(month)
  const neighbour = (other: number) => isInReach(other, now) ? nameOf(other) : null
  const begin = (other: number) => instantAt(`${nameOf(other)}-01T00:00`, ZONE)!
  return {
    from: begin(number),
    until: begin(number + 1),
    previous: neighbour(number - 1),
    next: neighbour(number + 1),
  }
}
