/** Client → edge: the pass, for clients without cookies. */
export const PASS_HEADER = 'x-queue-pass'
/** Origin → edge: a command about the visitor's pass. */
export const QUEUE_COMMAND_HEADER = 'x-queue-command'
/** The command that ends the pass, for example after a booking. */
export const END_PASS = 'end-pass'
/** Edge → origin, and in every response: identifies one request in the logs of both. */
export const REQUEST_ID_HEADER = 'x-request-id'
/** Client → origin: identifies one booking, so that a retry books once. 1 to 64 visible ASCII characters. */
export const IDEMPOTENCY_HEADER = 'idempotency-key'
/** Client → edge: the solution of the challenge that the problem `work_required` contained. */
export const PROOF_OF_WORK_HEADER = 'x-queue-work'

/** The token of an Authorization header with the Bearer scheme (RFC 6750 §2.1). */
export const bearerToken = (authorization: string | null | undefined): string | undefined =>
  authorization?.match(/^Bearer +([^ ]+)$/i)?.[1]
