import type { Reservation } from '../edge/contract/reservations.ts'
import { ticketCode } from '../edge/contract/admission-ticket.ts'
import type { TicketKeys } from './ticket-keys.ts'

/** A signed ticket. `text`: what its QR code contains. `code`: for staff to type, where the QR code cannot be read. */
export type IssuedTicket = { ordinal: number; code: string; text: string }

/** Whether a reservation admits anybody: it is not cancelled, and neither is its event. */
export const admits = ({ status, event }: Reservation): boolean => status === 'confirmed' && event.cancelledAt === null

/** The tickets of a reservation, one for each seat that it holds; none if it admits nobody. */
export function issueTickets({ ticketKeys }: { ticketKeys: TicketKeys }, reservation: Reservation): Promise<IssuedTicket[]> {
  const { id, event, ticketType, quantity } = reservation
  const ordinals = admits(reservation) ? Array.from({ length: quantity }, (_, i) => i + 1) : []
  return Promise.all(ordinals.map(async (ordinal) => {
    const ticket = { event: event.id, reservation: id, ticketType: ticketType.id, ordinal }
    return { ordinal, code: ticketCode(ticket), text: await ticketKeys.sign(ticket) }
  }))
}
