/** A reservation that the visitor has just made, and its event. */
export type Booked = { eventId: number; reservation: string }

/** The reservations that a browser remembers, so that its requests stay small. */
const MAX_BOOKED = 4
const SEPARATOR = '~'
const ENTRY = /^([1-9]\d{0,14})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The reservations in the values of the cookie, newest first. Anything else in them is ignored. */
export function readBooked(values: string[]): Booked[] {
  const entries = values.flatMap((value) => value.split(SEPARATOR, MAX_BOOKED)).map((entry) => entry.match(ENTRY))
  return entries.flatMap((match) => match ? [{ eventId: Number(match[1]), reservation: match[2]! }] : [])
}

/** The value of the cookie after a reservation. The newest of each event is kept. */
export function addBooked(before: Booked[], added: Booked): string {
  const kept = [added].concat(before.filter(({ eventId }) => eventId !== added.eventId)).slice(0, MAX_BOOKED)
  return kept.map(({ eventId, reservation }) => `${eventId}.${reservation}`).join(SEPARATOR)
}
