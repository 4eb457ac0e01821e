import * as z from 'zod'
import { jsonInteger, textInteger } from './input.ts'

/** The most seats of one reservation, whatever the event's limit. */
const MAX_QUANTITY = 100

export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,64}$/)

/** A booking by the API. */
export const bookingInput = z.object({
  ticketTypeId: jsonInteger(1, Number.MAX_SAFE_INTEGER),
  quantity: jsonInteger(1, MAX_QUANTITY),
})
export type BookingInput = z.infer<typeof bookingInput>

/** A booking by the form of the booking page. */
export const bookingForm = z.object({
  ticketTypeId: textInteger(1, Number.MAX_SAFE_INTEGER),
  quantity: textInteger(1, MAX_QUANTITY),
  idempotencyKey,
  /** The seats that were left of those that the buyer wanted, if they press the button that offers them. Counts instead of the quantity. */
  offered: textInteger(1, MAX_QUANTITY).optional(),
})

/** The question whether a booking with this key has been made. */
export const outcomeQuery = z.object({ key: idempotencyKey })

/** Seats to keep of a reservation, by the API. Cancelling all of it is a DELETE. */
export const keepInput = z.object({ quantity: jsonInteger(1, MAX_QUANTITY) })

/** Seats to keep of a reservation, by the form of its page. `none` cancels all of it; no other value does. */
export const keepForm = z.object({
  keep: z.union([z.literal('none').transform(() => 0), textInteger(1, MAX_QUANTITY)]),
})
