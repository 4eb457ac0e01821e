import { parseTicketCode, ticketCode, verifyTicket } from '../../../edge/contract/admission-ticket.ts'
import type { AdmittedSeat, CheckInList, SeatName, Verdict } from '../../../edge/contract/check-in.ts'
import { reservationNumber } from '../../../edge/contract/reservation-number.ts'

/** What the list says of a code. `free`: a seat that is not in. `choose`: a reservation of several seats, without the seat. */
export type ListedSeat =
  | Exclude<Verdict, { kind: 'admitted' }>
  | { kind: 'free'; seat: SeatName }
  | { kind: 'choose'; seats: { code: string; isUsed: boolean; ordinal: number }[] }

export type Roster = ReturnType<typeof createRoster>

const keyOf = (reservation: string, ordinal: number) => `${reservation}.${ordinal}`

/** The downloaded list, for checking tickets without a network. */
export function createRoster(list: CheckInList) {
  const held = new Map(list.reservations.map(([id, ticketType, seats]) => [id, { ticketType, seats }]))
  const types = new Map(list.ticketTypes.map(({ id, name }) => [id, name]))
  const used = new Map(list.admitted.map((seat) => [keyOf(seat.reservation, seat.ordinal), seat]))
  let idsByNumber: Map<string, string> | null = null

  /** Made when the first code is typed: it takes a moment for a large event. */
  function idOf(number: string): string | undefined {
    idsByNumber ??= new Map(list.reservations.map(([id]) => [reservationNumber(id), id]))
    return idsByNumber.get(number)
  }

  function find(reservation: string, ordinal: number): ListedSeat {
    const found = held.get(reservation)
    if (!found) return { kind: 'unknown' }
    const { ticketType, seats } = found
    const code = ticketCode({ reservation, ordinal })
    const seat = { reservation, code, ticketType: types.get(ticketType) ?? '', ordinal, quantity: seats }
    if (ordinal > seats) return { kind: 'cancelled', seat }
    const first = used.get(keyOf(reservation, ordinal))
    return first ? { kind: 'used', seat, at: first.at, device: first.device } : { kind: 'free', seat }
  }

  function readTyped(number: string, ordinal: number | null): ListedSeat {
    const id = idOf(number)
    const seats = id === undefined ? 0 : held.get(id)!.seats
    if (id === undefined) return { kind: 'unknown' }
    if (ordinal !== null || seats <= 1) return find(id, ordinal ?? 1)
    const ordinals = Array.from({ length: seats }, (_, i) => i + 1)
    const seatOf = (one: number) => ({
      code: ticketCode({ reservation: id, ordinal: one }),
      isUsed: used.has(keyOf(id, one)),
      ordinal: one,
    })
    return { kind: 'choose', seats: ordinals.map(seatOf) }
  }

  return {
    asOf: list.asOf,
    /** Reads the text of a QR code, or a code that staff typed. */
    async read(text: string): Promise<ListedSeat> {
      const typed = parseTicketCode(text)
      if (typed) return readTyped(typed.number, typed.ordinal)
      const check = await verifyTicket(text.trim(), list.keys)
      if (check.kind !== 'ticket') return check
      const { event, reservation, ordinal, ticketType } = check.ticket
      if (event !== list.event.id) return { kind: 'other_event' }
      const isOther = held.has(reservation) && held.get(reservation)!.ticketType !== ticketType
      return isOther ? { kind: 'unknown' } : find(reservation, ordinal)
    },
    admit: (seat: AdmittedSeat) => void used.set(keyOf(seat.reservation, seat.ordinal), seat),
    undo: ({ reservation, ordinal }: Pick<AdmittedSeat, 'reservation' | 'ordinal'>) =>
      void used.delete(keyOf(reservation, ordinal)),
  }
}
