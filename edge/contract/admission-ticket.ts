/**
 * Admission tickets: one for each seat of a reservation. The QR code of a ticket is a compact JWS (RFC 7515) with Ed25519 (RFC 8037), so that
 * a device at the door that has the public keys checks it without a network:
 *
 *   {"alg":"Ed25519","kid":"…"} . [event, "<reservation id>", ticket type, ordinal] . signature
 *
 * `kid` names the key, so that keys can be rotated. The signature shows that the shop issued the ticket. Whether its seat is still held, and
 * whether it was used, is data of the shop (check-in.ts).
 */
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { parseReservationNumber, reservationNumber } from './reservation-number.ts'

export const TICKET_ALGORITHM = 'Ed25519'

/** A seat that an admission ticket admits to. `ordinal`: which one of its reservation, 1 for the first. */
export type AdmissionTicket = { event: number; reservation: string; ticketType: number; ordinal: number }

/** The most seats that a reservation has. */
export const MAX_ORDINAL = 100

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** The content of the QR code, before it is signed. */
export const ticketPayload = ({ event, reservation, ticketType, ordinal }: AdmissionTicket): string =>
  JSON.stringify([event, reservation, ticketType, ordinal])

/** `unknown_key`: signed with a key that is not among the given ones. `invalid`: no ticket, or a changed one. */
export type TicketCheck = { kind: 'ticket'; ticket: AdmissionTicket } | { kind: 'unknown_key' } | { kind: 'invalid' }

/** Checks the signature of a QR code's text with the shop's public keys, and reads the ticket. */
export async function verifyTicket(text: string, keys: JSONWebKeySet): Promise<TicketCheck> {
  try {
    const { payload } = await compactVerify(text, createLocalJWKSet(keys), { algorithms: [TICKET_ALGORITHM] })
    const ticket = readPayload(new TextDecoder().decode(payload))
    return ticket ? { kind: 'ticket', ticket } : { kind: 'invalid' }
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return { kind: 'unknown_key' }
    if (error instanceof errors.JOSEError) return { kind: 'invalid' }
    throw error
  }
}

function readPayload(text: string): AdmissionTicket | null {
  const parts = parseJson(text)
  if (!Array.isArray(parts) || parts.length !== 4) return null
  const [event, reservation, ticketType, ordinal] = parts as unknown[]
  if (!isCount(event) || !isCount(ticketType) || !isCount(ordinal) || ordinal > MAX_ORDINAL) return null
  return typeof reservation === 'string' && UUID.test(reservation) ? { event, reservation, ticketType, ordinal } : null
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What is printed below a QR code, for a code that no device can read: the reservation's number and the seat, such as `K7M2P-9QX4T-2`. */
export const ticketCode = ({ reservation, ordinal }: Pick<AdmissionTicket, 'reservation' | 'ordinal'>): string =>
  `${reservationNumber(reservation)}-${ordinal}`

/** Reads a code as people type it. `ordinal`: null for the number of a reservation alone. Null for any other text. */
export function parseTicketCode(text: string): { number: string; ordinal: number | null } | null {
  const whole = parseReservationNumber(text)
  if (whole !== null) return { number: whole, ordinal: null }
  const [, start, digits] = text.trim().match(/^(.*?)[\s-]+(\d{1,3})$/) ?? []
  const number = parseReservationNumber(start ?? '')
  const ordinal = Number(digits)
  return number !== null && ordinal >= 1 && ordinal <= MAX_ORDINAL ? { number, ordinal } : null
}
