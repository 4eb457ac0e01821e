/** The instant at which an event's day begins at its venue; the last moment to cancel. `zone` is an IANA name. */
export function startOfDay(instant: Date, zone: string): Date {
  const wall = wallClock(instant, zone)
  const midnight = Date.UTC(wall.year, wall.month - 1, wall.day)
  // The offset at midnight may differ from the one at the event's hour (summer time), so it is looked up twice.
  const guess = midnight - offsetMs(instant, zone)
  return new Date(midnight - offsetMs(new Date(guess), zone))
}

function offsetMs(instant: Date, zone: string): number {
  const { year, month, day, hour, minute, second } = wallClock(instant, zone)
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant.getTime() / 1000) * 1000
}

type WallClock = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>

function wallClock(instant: Date, zone: string): WallClock {
  const parts = formatOf(zone).formatToParts(instant)
  return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)])) as WallClock
}

/** One of each zone: to make one takes as long as a booking. */
const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, made)
  return made
}
