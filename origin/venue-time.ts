/** The instant at which an event's day begins at its venue: the deadline for cancelling. `zone` is an IANA name. */
export function startOfDay(instant: Date, zone: string): Date {
  const day = atVenue(instant, zone).startOfDay()
  return new Date(day.epochMilliseconds)
}

/** The wall clock at the venue, to the minute, as `<input type=datetime-local>` has it: `2026-12-24T19:00`. */
export const localMinute = (instant: Date, zone: string): string =>
  atVenue(instant, zone).toPlainDateTime().toString({ smallestUnit: 'minute' })

/** The day at the venue: `2026-12-24`. */
export const localDay = (instant: Date, zone: string): string => atVenue(instant, zone).toPlainDate().toString()

/**
 * The instant of a wall clock at the venue. The earlier one when the clock is set back; null for a minute that the clock skips, and for a
 * text that is no such time.
 */
export function instantAt(local: string, zone: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?$/.test(local)) return null
  try {
    const time = Temporal.PlainDateTime.from(local, { overflow: 'reject' })
    const zoned = time.toZonedDateTime(zone, { disambiguation: 'earlier' })
    return zoned.toPlainDateTime().equals(time) ? new Date(zoned.epochMilliseconds) : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Moves an instant by the time between two others on the wall clock of the venue, so that 20:00 stays 20:00 when summer time begins. */
export function moveWithClock(instant: Date, from: Date, to: Date, zone: string): Date {
  const distance = atVenue(from, zone).toPlainDateTime().until(atVenue(to, zone).toPlainDateTime())
  const moved = atVenue(instant, zone).toPlainDateTime().add(distance).toZonedDateTime(zone)
  return new Date(moved.epochMilliseconds)
}

const zones = new Set(['UTC', 'Asia/Seoul'].concat(Intl.supportedValuesOf('timeZone')))

/** The IANA names of all zones, sorted. */
export const ZONES: readonly string[] = [...zones].sort()

export const isZone = (zone: string): boolean => zones.has(zone)

const atVenue = (instant: Date, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone)
