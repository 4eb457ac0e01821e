import type { ProblemCode } from '../../edge/contract/problems.ts'

/** What a route may answer: statuses without a problem, and problem codes. */
export type Documented = { ok: number[]; problems: ProblemCode[] }

/** What the border of the edge answers to any request, before a route is chosen or read. */
export const AT_THE_BORDER: ProblemCode[] = [
  'malformed_request',
  'not_found',
  'cross_site',
  'rate_limited',
  'headers_too_large',
  'body_too_large',
  'body_too_slow',
]

const answers = (ok: number[], ...problems: ProblemCode[]): Documented => ({ ok, problems })

const PASS: ProblemCode[] = ['pass_required', 'pass_invalid', 'pass_in_use']
const BOOKING: ProblemCode[] = [
  'unauthenticated',
  'sale_not_open',
  'sale_stopped',
  'sale_closed',
  'sold_out',
  'limit_exceeded',
  'validation_failed',
  'idempotency_mismatch',
  'busy',
]
/** `busy`: the write-back is behind, so that a missing reservation may not be written yet. */
const OWN: ProblemCode[] = ['unauthenticated', 'busy']
const TICKET_END: ProblemCode[] = ['turn_missed', 'ticket_used', 'ticket_invalid', 'not_your_turn', 'sold_out']
const ADMIN: ProblemCode[] = ['unauthenticated', 'forbidden', 'busy']
const CHANGE: ProblemCode[] = ADMIN.concat('validation_failed', 'stale_version', 'seats_below_sold')
const LOGIN: ProblemCode[] = ['wrong_credentials', 'busy']
const SIGNUP: ProblemCode[] = ['validation_failed', 'email_taken', 'nickname_taken', 'busy']

/** The routes that the edge hides, and answers as unknown paths. */
const HIDDEN = answers([])
const PUBLIC = answers([200, 304])
const HEALTH = answers([200])

/** The contract of each route: its answers besides those of the border. While the stores work, no route answers `store_unavailable`. */
export const DOCUMENTED: Record<string, Documented> = {
  'GET /healthz': HEALTH,
  'GET /readyz': HEALTH,
  'GET /metrics': HIDDEN,
  'GET /inventory': HIDDEN,
  'POST /request-batches': HIDDEN,

  'GET /queue/:room': answers([200], 'turn_missed', 'ticket_used'),
  'GET /queue/:room/snapshot': answers([200]),
  'GET /queue/:room/events': answers([200, 204], 'ticket_invalid', 'not_your_turn'),
  'POST /queue/:room/tickets': answers(
    [200, 201, 303],
    ...TICKET_END,
    'unauthenticated',
    'work_required',
    'sale_not_open',
    'sale_closed',
  ),
  'POST /queue/:room/pass': answers([201, 303], ...TICKET_END),
  'DELETE /queue/:room/tickets': answers([204], 'ticket_invalid'),
  'POST /queue/:room/tickets/leave': answers([303]),

  'GET /': answers([200, 303, 304]),
  'GET /search': answers([200, 303, 304]),
  'GET /events/:id': PUBLIC,
  'GET /events/:id/seats': PUBLIC,
  'GET /static/:name': PUBLIC,
  'GET /images/:folder/:name': PUBLIC,
  'GET /language/:language': answers([303]),
  'GET /events/:id/booking': answers([200, 303], ...PASS),
  'POST /events/:id/booking': answers([200, 303], ...PASS, ...BOOKING),
  'GET /me': answers([200, 303]),
  'GET /reservations/:id': answers([200, 303], 'busy'),
  'POST /reservations/:id/cancellation': answers([200, 303], 'validation_failed', 'cancel_closed', 'busy'),
  'GET /login': answers([200, 303]),
  'POST /login': answers([303], ...LOGIN),
  'GET /signup': answers([200, 303]),
  'POST /signup': answers([303], ...SIGNUP),
  'POST /logout': answers([303]),

  'GET /api/time': answers([200]),
  'GET /api/events': answers([200, 304], 'validation_failed'),
  'GET /api/events/search': answers([200, 304], 'validation_failed'),
  'GET /api/events/:id': PUBLIC,
  'POST /api/events/:id/reservations': answers([201], ...PASS, ...BOOKING),
  'GET /api/me': answers([200], 'unauthenticated'),
  'GET /api/me/reservations': answers([200], 'unauthenticated', 'validation_failed'),
  'GET /api/reservations/:id': answers([200], ...OWN),
  'DELETE /api/reservations/:id': answers([200], ...OWN, 'cancel_closed'),
  'PATCH /api/reservations/:id': answers([200], ...OWN, 'cancel_closed', 'validation_failed'),
  'POST /api/auth/signup': answers([201], ...SIGNUP),
  'POST /api/auth/login': answers([200], ...LOGIN, 'validation_failed'),
  'POST /api/auth/refresh': answers([200], 'unauthenticated'),
  'POST /api/auth/logout': answers([204]),

  'GET /api/admin/seats': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/seats/load': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/seats/unload': answers([204], ...ADMIN),
  'POST /api/admin/events/:id/seats/audit': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/seats/repair': answers([200], ...ADMIN, 'sold_out'),
  'GET /api/admin/events/:id/rehearsal': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/rehearsal': answers([202], ...ADMIN, 'validation_failed', 'rehearsal_refused'),
  'POST /api/admin/events/:id/rehearsal/stop': answers([202], ...ADMIN),
  'GET /admin/events/:id/rehearsal': answers([200, 303], ...ADMIN),
  'POST /admin/events/:id/rehearsal': answers([303], ...ADMIN, 'validation_failed', 'rehearsal_refused'),
  'POST /admin/events/:id/rehearsal/stop': answers([303], ...ADMIN),
  'PATCH /api/admin/events/:id': answers([200], ...CHANGE),
  'POST /api/admin/events/:id/publish': answers([200], ...CHANGE),
  'POST /api/admin/events/:id/stop': answers([200], ...CHANGE),
  'POST /api/admin/events/:id/resume': answers([200], ...CHANGE),
}

/** A request that no route answers. A path below a room's booking page or API is behind the gate, with any method. */
export const WITHOUT_ROUTE = answers([303], ...PASS)
