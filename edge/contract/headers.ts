/** A pass sent by a client that keeps no cookies. */
export const PASS_HEADER = 'x-queue-pass'
/** Origin → edge: `end-pass` gives the visitor's pass back to the room, for example after a booking. */
export const QUEUE_COMMAND_HEADER = 'x-queue-command'
export const END_PASS = 'end-pass'
/** Edge → origin, and in every answer: names one request in the logs of both. */
export const REQUEST_ID_HEADER = 'x-request-id'
/** Client → origin: names one intention to book, so that a retry is harmless. 1 to 64 visible ASCII characters. */
export const IDEMPOTENCY_HEADER = 'idempotency-key'
/** Client → edge: the solution of the task that joining a room costs, as the answer `work_required` set it. */
export const PROOF_OF_WORK_HEADER = 'x-queue-work'
