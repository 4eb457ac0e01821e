/** The check-in at the door, as devices and the shop exchange it. Times are ISO 8601. */
import type { JSONWebKeySet } from 'jose'

/** A seat that is in. `markId`: the scan that admitted it. `device`: the name that staff gave the device. */
export type AdmittedSeat = { reservation: string; ordinal: number; markId: string; at: string; device: string }

export type CheckInEvent = { id: number; title: string; venue: string; startsAt: string; zone: string }

/** What a device needs to check tickets without a network. It names no buyer. */
export type CheckInList = {
  event: CheckInEvent
  ticketTypes: { id: number; name: string }[]
  /** Every reservation of the event: its id, its ticket type, and the seats that it holds (0: cancelled). */
  reservations: [id: string, ticketType: number, seats: number][]
  admitted: AdmittedSeat[]
  /** The public keys of tickets. */
  keys: JSONWebKeySet
  /** When the list was read, by the clock of the shop. */
  asOf: string
}

/** Seats that are sold and in, by ticket type. */
export type CheckInFigures = { ticketTypes: { id: number; name: string; seats: number; admitted: number }[] }

/**
 * A scan that admits somebody. `id`: a UUID from the device, so that the same scan can be sent again. `text`: the QR code, or what staff typed
 * (`K7M2P-9QX4T-2`). `at`: by the clock of the device.
 */
export type Mark = { id: string; text: string; at: string; device: string }

/** The most marks in one request. */
export const MAX_MARKS = 100

/** A seat for people. */
export type SeatName = { reservation: string; code: string; ticketType: string; ordinal: number; quantity: number }

/**
 * What a scan means. `used`: `at` and `device` are those of the scan before. `cancelled`: the seat is no longer held. `unknown`: a code that the
 * event does not have. `unknown_key`: the QR code was signed with a key that is not the shop's.
 */
export type Verdict =
  | { kind: 'admitted'; seat: SeatName; at: string }
  | { kind: 'used'; seat: SeatName; at: string; device: string }
  | { kind: 'cancelled'; seat: SeatName }
  | { kind: 'other_event' }
  | { kind: 'unknown' }
  | { kind: 'unknown_key' }
  | { kind: 'invalid' }

export type MarkResult = { id: string; verdict: Verdict }
