/** The instant at which an event's day begins at its venue: the deadline for cancelling. `zone` is an IANA name. */
export function startOfDay(instant: Date, zone: string): Date {
  const day = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone).startOfDay()
  return new Date(day.epochMilliseconds)
}
