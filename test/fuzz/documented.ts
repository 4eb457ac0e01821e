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
const ADMIN: ProblemCode[] = ['unauthenticated', 'forbidden', 'busy', 'code_required']
const CHANGE: ProblemCode[] = ADMIN.concat('validation_failed', 'stale_version', 'seats_below_sold')
const EVENT: ProblemCode[] = CHANGE.concat('event_cancelled')
/** A page for operators asks guests to log in; a form refuses them. */
const ADMIN_PAGE = answers([200, 303], ...ADMIN)
const EVENT_FORM = answers([200, 303], ...EVENT, 'malformed_request')
const LOGIN: ProblemCode[] = ['wrong_credentials', 'busy', 'code_required']
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

  'GET /admin': answers([200, 303], 'forbidden'),
  'GET /admin/account': answers([200, 303], ...ADMIN),
  'POST /admin/account/sessions/:session/end': answers([303], ...ADMIN),
  'GET /invitation': answers([200], 'link_expired'),
  'POST /invitation': answers([303], 'link_expired', 'validation_failed', 'email_taken', 'nickname_taken', 'busy', 'forbidden'),
  'GET /admin/people': answers([200, 303], ...ADMIN),
  'POST /admin/people/invitations': answers([200], ...ADMIN, 'validation_failed', 'already_operator'),
  'POST /admin/people/invitations/:id/end': answers([303], ...ADMIN),
  'GET /admin/people/:id': answers([200, 303], ...ADMIN),
  'POST /admin/people/:id/role': answers([303], ...ADMIN, 'validation_failed', 'last_owner'),
  'POST /admin/people/:id/two-factor/reset': answers([303], ...ADMIN, 'validation_failed'),
  'POST /admin/people/:id/sessions/end': answers([303], ...ADMIN),
  'POST /admin/people/:id/sessions/:session/end': answers([303], ...ADMIN),
  'GET /api/admin/people': answers([200], ...ADMIN),
  'POST /api/admin/people/invitations': answers([201], ...ADMIN, 'validation_failed', 'already_operator'),
  'DELETE /api/admin/people/invitations/:id': answers([204], ...ADMIN),
  'GET /api/admin/people/:id': answers([200], ...ADMIN),
  'PATCH /api/admin/people/:id': answers([200, 204], ...ADMIN, 'validation_failed', 'last_owner'),
  'DELETE /api/admin/people/:id/sessions': answers([204], ...ADMIN),
  'DELETE /api/admin/people/:id/sessions/:session': answers([204], ...ADMIN),
  'DELETE /api/admin/people/:id/two-factor': answers([204], ...ADMIN, 'validation_failed'),
  'GET /admin/two-factor': answers([200, 303], ...ADMIN),
  'POST /admin/two-factor': answers([303], ...ADMIN, 'validation_failed', 'rate_limited'),
  'POST /admin/two-factor/setup': answers([303], ...ADMIN),
  'POST /admin/two-factor/confirmation': answers([200], ...ADMIN, 'validation_failed', 'rate_limited'),
  'POST /admin/two-factor/recovery-codes': answers([200], ...ADMIN),
  'POST /admin/two-factor/removal': answers([303], ...ADMIN, 'validation_failed', 'rate_limited'),
  'GET /admin/audit': answers([200, 303], ...ADMIN, 'validation_failed'),
  'GET /admin/audit/export': answers([200, 303], ...ADMIN, 'validation_failed'),
  'POST /admin/audit/check': answers([200], ...ADMIN),
  'GET /admin/audit/:id': answers([200, 303], ...ADMIN),
  'GET /api/admin/audit': answers([200], ...ADMIN, 'validation_failed'),
  'POST /api/admin/audit/check': answers([200], ...ADMIN),
  'GET /api/admin/seats': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/seats/load': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/seats/unload': answers([204], ...ADMIN),
  'POST /api/admin/events/:id/seats/audit': answers([200], ...ADMIN),
  'POST /api/admin/events/:id/seats/repair': answers([200], ...ADMIN, 'sold_out'),
  'GET /api/admin/events': answers([200], ...ADMIN, 'validation_failed'),
  'POST /api/admin/events': answers([201], ...ADMIN, 'validation_failed'),
  'GET /api/admin/events/:id': answers([200], ...ADMIN),
  'PATCH /api/admin/events/:id': answers([200], ...EVENT),
  'DELETE /api/admin/events/:id': answers([204], ...ADMIN, 'event_has_reservations'),
  'POST /api/admin/events/:id/publish': answers([200], ...EVENT),
  'POST /api/admin/events/:id/stop': answers([200], ...EVENT),
  'POST /api/admin/events/:id/resume': answers([200], ...EVENT),
  'POST /api/admin/events/:id/duplicate': answers([201], ...ADMIN, 'validation_failed'),
  'POST /api/admin/events/:id/cancel': answers([200], ...EVENT, 'event_over'),

  'GET /admin/events': ADMIN_PAGE,
  'POST /admin/events': EVENT_FORM,
  'GET /admin/events/new': ADMIN_PAGE,
  'GET /admin/events/:id': ADMIN_PAGE,
  'GET /admin/events/:id/edit': answers([200, 303], ...ADMIN, 'event_cancelled'),
  'POST /admin/events/:id/edit': EVENT_FORM,
  'POST /admin/events/:id/changes': EVENT_FORM,
  'GET /admin/events/:id/preview': ADMIN_PAGE,
  'POST /admin/events/:id/publish': EVENT_FORM,
  'POST /admin/events/:id/stop': EVENT_FORM,
  'POST /admin/events/:id/resume': EVENT_FORM,
  'POST /admin/events/:id/duplicate': EVENT_FORM,
  'POST /admin/events/:id/cancel': answers([303], ...EVENT, 'event_over'),
  'POST /admin/events/:id/continue': ADMIN_PAGE,
  'POST /admin/events/:id/delete': answers([303], ...EVENT, 'event_has_reservations'),
  'GET /api/admin/rooms': answers([200], ...ADMIN),
  'GET /api/admin/rooms/:room': answers([200], ...ADMIN),
  'PUT /api/admin/rooms/:room': answers([200], ...ADMIN, 'validation_failed', 'stale_version'),
  'POST /api/admin/rooms/:room/pause': answers([200], ...ADMIN, 'validation_failed'),
  'POST /api/admin/rooms/:room/resume': answers([200], ...ADMIN, 'validation_failed'),
  'POST /api/admin/rooms/:room/reset': answers([200], ...ADMIN, 'validation_failed'),
  'POST /api/admin/rooms/:room/undo-reset': answers([200], ...ADMIN, 'validation_failed', 'not_undoable'),
  'POST /api/admin/rooms/:room/visitor': answers([200], ...ADMIN, 'validation_failed'),
  'POST /api/admin/rooms/:room/revoke': answers([200], ...ADMIN, 'validation_failed'),
  'GET /admin/rooms': answers([200, 303], 'forbidden'),
  'GET /admin/rooms/defaults': answers([200, 303], 'forbidden'),
  'POST /admin/rooms/defaults': answers([303], ...ADMIN, 'validation_failed', 'stale_version'),
  'GET /admin/rooms/:room': answers([200, 303], 'forbidden'),
  'GET /admin/rooms/:room/figures': answers([200, 303], 'forbidden'),
  'POST /admin/rooms/:room/settings': answers([303], ...ADMIN, 'validation_failed', 'stale_version'),
  'POST /admin/rooms/:room/pause': answers([303], ...ADMIN, 'validation_failed'),
  'POST /admin/rooms/:room/resume': answers([303], ...ADMIN, 'validation_failed'),
  'POST /admin/rooms/:room/reset': answers([303], ...ADMIN, 'validation_failed'),
  'POST /admin/rooms/:room/undo': answers([303], ...ADMIN, 'validation_failed', 'not_undoable'),
  'POST /admin/rooms/:room/visitor': answers([200], ...ADMIN),
  'POST /admin/rooms/:room/revoke': answers([200], ...ADMIN, 'validation_failed'),
  'GET /admin/events/:id/live': answers([200, 303], 'forbidden'),
  'GET /admin/events/:id/live/timeline.csv': answers([200, 303], 'forbidden'),
  'GET /api/admin/live/:id': answers([200], ...ADMIN),
  'GET /api/admin/events/:id/timeline': answers([200], ...ADMIN, 'validation_failed'),
}

/** A request that no route answers. A path below a room's booking page or API is behind the gate, with any method. */
export const WITHOUT_ROUTE = answers([303], ...PASS)
