import type { Reservation } from '../edge/contract/reservations.ts'
import { type Busy, createFairQueue } from '../runtime/fair-queue.ts'
import { type IssuedTicket, issueTickets } from './admission-tickets.ts'
import type { QrCode } from './qr-code.ts'
import { openThread, type Thread } from './thread.ts'
import type { TicketKeys } from './ticket-keys.ts'

export type TicketViews = {
  /** The tickets of a reservation with their QR codes. Busy: too many views wait, or this one waits too long. Rejects if drawing fails. */
  draw(personId: number, reservation: Reservation): Promise<(IssuedTicket & { qr: QrCode })[] | Busy>
  close(): Promise<void>
}

type Draw = Thread<readonly string[], QrCode[]>

/** `maxWaitMs`: shorter than the time that an edge gives the origin. */
const LIMITS = { concurrency: 1, perClient: 3, total: 256, maxWaitMs: 4_000 }
const TIMEOUT_MS = 20_000
const WORKER = new URL('./ticket-views-worker.ts', import.meta.url)

/**
 * Signs and draws the tickets of pages, one view at a time, in round robin between people. The codes are drawn in a thread of their own,
 * because a hundred of them would block bookings.
 */
export function createTicketViews(
  ticketKeys: TicketKeys,
  limits = LIMITS,
  thread: Draw = openThread(WORKER, TIMEOUT_MS),
): TicketViews {
  const queue = createFairQueue(limits)
  return {
    draw: (personId, reservation) =>
      queue.run(String(personId), 'ordinary', async () => {
        const tickets = await issueTickets({ ticketKeys }, reservation)
        const codes = await thread.run(tickets.map(({ text }) => text))
        return tickets.map((ticket, i) => Object.assign(ticket, { qr: codes[i]! }))
      }),
    close: thread.close,
  }
}
