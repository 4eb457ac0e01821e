import { Hono } from 'hono'
import { claimPass, extendPass, respondWithPass, respondWithTicket } from '../claim.ts'
import { paths } from '../contract/paths.ts'
import type { ProblemCode } from '../contract/problems.ts'
import { accountOf } from '../contract/tokens.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, problem, refuseOverLimit, respondPersonally, visitRoom } from '../http.tsx'
import { findOwnTicket, joinQueue } from '../join.ts'
import type { Room } from '../rooms/live-room.ts'
import { respondWithOwnVisit } from '../own-visit.ts'
import { STREAM_HEADERS, streamSnapshots } from '../rooms/room-stream.ts'
import { clearVisitCookies, findPass, findQueueTicket, hasVisitCookies, setTicketCookie, waitingPathOf } from '../visitor.ts'
import { respondWithExtras } from '../waiting-extras.ts'
import { respondWithWaitingPage, type TicketEnd } from '../waiting-page.tsx'

/** The snapshot has a separate path, so that a CDN can cache it by path alone. */
const SNAPSHOT = '/snapshot'
const SNAPSHOT_HEADERS = {
  'content-type': 'application/json',
  // A snapshot is smaller than a packet, so compressing it would cost more than it saves.
  'cache-control': 'public, max-age=1, no-transform',
  vary: 'accept',
  'x-content-type-options': 'nosniff',
}

/** Answers a poll of a live room. Leaves all other requests to the next handler, including those over a limit. */
export const pollRoom = (deps: Deps) => (c: Ctx, next: () => Promise<void>): Response | Promise<void> => {
  const { isPage, path, address } = c.env.client
  const room = isPage && !path.endsWith(SNAPSHOT) ? null : deps.rooms.peek(c.req.param('room')!)
  if (!room || !deps.limits.take('address', address).allowed) return next()
  deps.metrics.answered('poll', 200)
  return new Response(room.body, { headers: SNAPSHOT_HEADERS })
}

/** The waiting room: view it, join, claim a pass, leave. */
export const queue = (deps: Deps) =>
  new Hono<Env>()
    .use('/queue/:room/*', async (c, next) => {
      const room = await visitRoom(c, deps, c.req.param('room'))
      if (room instanceof Response) return room
      if (!room) return problem(c, 'not_found')
      c.set('room', room)
      await next()
    })
    .get(`/queue/:room${SNAPSHOT}`, (c) => c.body(c.get('room').body, 200, SNAPSHOT_HEADERS))
    .get('/queue/:room', async (c) => {
      const room = c.get('room')
      if (!c.env.client.isPage) return c.body(room.body, 200, SNAPSHOT_HEADERS)
      c.header('vary', 'accept')
      return await respondWithWaitingPage(c, deps, room, ticketEndOf(c))
    })
    .post('/queue/:room/tickets', async (c) => {
      const room = c.get('room')
      const visit = await renewVisit(c, deps, room)
      if (visit) return respondWithPass(c, deps, room, visit)
      const held = await findOwnTicket(c, deps, room)
      if (!held) return await join(c, deps, room)
      setTicketCookie(c, room.name, held.token)
      return await respondWithTicket(c, deps, room, held, false)
    })
    .post('/queue/:room/pass', (c) => claimPass(c, deps, c.get('room')))
    .post('/queue/:room/pass/extension', (c) => extendPass(c, deps, c.get('room')))
    .get('/queue/:room/extras.js', respondWithExtras)
    .get('/queue/:room/visit', (c) => respondWithOwnVisit(c, deps, c.get('room')))
    // A snapshot may be a tick old, or come from a CDN.
    .get('/queue/:room/time', (c) => {
      const serverTime = new Date(deps.now() + c.get('room').storeAheadMs).toISOString()
      return respondPersonally(c, { serverTime }, 200)
    })
    .get('/queue/:room/events', (c) => {
      const room = c.get('room')
      const ticket = findQueueTicket(c, deps, room)
      if (!ticket) return problem(c, 'ticket_invalid')
      // Hono runs this handler for HEAD too and drops the body, so the stream would stay open until its time limit.
      if (c.env.client.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS)
      return refuseOverLimit(c, deps.limits, 'stream', ticket.visitor) ?? streamSnapshots(c, deps, room, ticket)
    })
    .delete('/queue/:room/tickets', async (c) => {
      const { refusal, hasLeft } = await leave(c, deps, c.get('room'))
      return refusal ?? (hasLeft ? c.body(null, 204) : problem(c, 'ticket_invalid'))
    })
    .post('/queue/:room/tickets/leave', async (c) => {
      const { refusal } = await leave(c, deps, c.get('room'))
      return refusal ?? c.redirect(c.get('room').plan.exitPath, 303)
    })

/** A page behind the room that redirects to the waiting page passes the reason in the query. */
function ticketEndOf(c: Ctx): TicketEnd {
  const ended = c.env.client.query('ended')
  return ended === 'missed' || ended === 'used' ? ended : null
}

/** In a browser, a visitor who is already admitted does not join again: their pass is renewed. Null when there is no visit. */
async function renewVisit(c: Ctx, deps: Deps, room: Room) {
  const pass = c.env.client.isPage && !room.isStoreDown ? findPass(c, room) : null
  return pass && await deps.queueTickets.renew(room, pass)
}

/** Refusals that the waiting page explains and retries. */
const RETRIED_BY_WAITING_PAGE = new Set<ProblemCode>(['queue_full', 'sale_not_open', 'store_unavailable', 'work_required'])

async function join(c: Ctx, deps: Deps, room: Room): Promise<Response> {
  const outcome = await joinQueue(c, deps, room)
  if (outcome.kind === 'joined') return await respondWithTicket(c, deps, room, outcome.ticket, true)
  if (c.env.client.isPage && outcome.code === 'unauthenticated') return c.redirect(paths.login(waitingPathOf(c, room)), 303)
  const isRetried = c.env.client.isPage && RETRIED_BY_WAITING_PAGE.has(outcome.code)
  return isRetried ? c.redirect(waitingPathOf(c, room), 303) : problem(c, outcome.code, outcome.facts)
}

/** Ends the visitor's visit, and releases their position. `hasLeft` is false when they had neither ticket nor pass. */
async function leave(c: Ctx, deps: Deps, room: Room): Promise<{ refusal: Response | null; hasLeft: boolean }> {
  const ticket = await findOwnTicket(c, deps, room)
  const pass = findPass(c, room)
  const visitor = ticket?.visitor ?? pass?.id
  const refusal = visitor === undefined
    ? null
    : refuseOverLimit(c, deps.limits, 'leave', `${room.name} ${accountOf(visitor) ?? visitor}`)
  if (refusal) return { refusal, hasLeft: false }
  // Tickets and passes of an earlier epoch are cleared too. A request that carries none, as of another site, clears none.
  if (visitor !== undefined || hasVisitCookies(c, room.name)) clearVisitCookies(c, room.name)
  if (visitor === undefined) return { refusal: null, hasLeft: false }
  await deps.queueTickets.leave(room, ticket, pass)
  return { refusal: null, hasLeft: true }
}
