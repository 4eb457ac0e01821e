import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { endPass, leaveRoom } from '../../db/redis/rooms.ts'
import { WaitingPage } from '../../web/pages/waiting.tsx'
import { renderPage } from '../../web/render.tsx'
import { passCookie, ticketCookie } from '../contract/cookies.ts'
import { PASS_HEADER } from '../contract/headers.ts'
import { paths } from '../contract/paths.ts'
import { type ProblemCode, type ProblemFacts, wantsPage } from '../contract/problem.ts'
import { eventOfRoom, type Position } from '../contract/room.ts'
import { type Pass, type Ticket, verifyPass, verifyTicket } from '../contract/tokens.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, problem, protocolOf, refuseOverLimit } from '../http.tsx'
import type { Room } from '../rooms.ts'
import { type ClaimResult, placeOf, positionOf } from '../tickets.ts'
import { waitingPolicy } from '../waiting-policy.ts'

/** The line itself: see it, join it, go in, leave. */
export const queue = (deps: Deps) =>
  new Hono<Env>()
    .get('/queue/:room', async (c) => {
      const room = await deps.rooms.visit(c.req.param('room'))
      if (!room) return problem(c, 'not_found')
      if (wantsPage(c.req.raw.headers)) return showWaiting(c, deps, room)
      return c.body(room.body, 200, {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'public, max-age=1',
        'vary': 'accept',
      })
    })
    .post('/queue/:room/tickets', async (c) => {
      const room = await deps.rooms.visit(c.req.param('room'))
      if (!room) return problem(c, 'not_found')
      const known = await findTicket(c, deps, room)
      if (known) return answerTicket(c, deps, room, known, 200)
      const refused = refuseOverLimit(c, deps.limits, 'join', c.get('address')) ?? refuseClosed(c, deps, room)
      if (refused) return refused
      const joined = await deps.tickets.join(room)
      if (joined.kind === 'no_room') return problem(c, 'store_unavailable', { retryAfterSeconds: 1 })
      setOwnCookie(c, deps, ticketCookie(room.name), joined.token, DAY_SECONDS)
      return answerTicket(c, deps, room, { ...joined.ticket, token: joined.token }, 201)
    })
    .post('/queue/:room/pass', async (c) => {
      const room = await deps.rooms.visit(c.req.param('room'))
      if (!room) return problem(c, 'not_found')
      const ticket = await findTicket(c, deps, room)
      if (!ticket) return refuseTicket(c, room, 'ticket_invalid')
      const refused = refuseOverLimit(c, deps.limits, 'claim', ticket.visitor)
      if (refused) return refused
      const result = await deps.tickets.claim(room, ticket)
      if (result.kind === 'claimed') return admit(c, deps, room, result)
      if (result.kind !== 'not_your_turn') return refuseTicket(c, room, result.kind)
      if (wantsPage(c.req.raw.headers)) return c.redirect(paths.room(room.name), 303)
      const { ahead, etaSeconds, pollAfterMs } = result.position
      return problem(c, 'not_your_turn', {
        figures: { ahead, etaSeconds, pollAfterMs },
        retryAfterSeconds: Math.ceil(pollAfterMs / 1000),
      })
    })
    .delete('/queue/:room/tickets', async (c) => {
      const room = await deps.rooms.visit(c.req.param('room'))
      if (!room) return problem(c, 'not_found')
      return await leave(c, deps, room) ? c.body(null, 204) : problem(c, 'ticket_invalid')
    })
    .post('/queue/:room/tickets/leave', async (c) => {
      const room = await deps.rooms.visit(c.req.param('room'))
      if (!room) return problem(c, 'not_found')
      await leave(c, deps, room)
      return c.redirect(behind(room).outside, 303)
    })

const DAY_SECONDS = 86_400

async function showWaiting(c: Context<Env>, deps: Deps, room: Room): Promise<Response> {
  const [ticket, event] = await Promise.all([findTicket(c, deps, room), findTitle(c, deps, room)])
  const { inside, outside } = behind(room)
  const page = (
    <WaitingPage
      language={c.get('language')}
      room={room.name}
      snapshot={room.snapshot}
      position={ticket ? positionOf(placeOf(ticket), room.snapshot, deps.random) : null}
      title={event?.title ?? null}
      bookingUrl={inside}
      eventUrl={outside}
    />
  )
  return c.html(renderPage(page), 200, { 'cache-control': 'private, no-store', 'content-security-policy': waitingPolicy })
}

/** What the room stands in front of, in the visitor's language; from the cache, as everyone asks the same. */
const findTitle = (c: Ctx, deps: Deps, room: Room) => {
  const eventId = eventOfRoom(room.name)
  return eventId === null ? null : deps.origin.findEvent(eventId, c.get('language')).catch(() => null)
}

/** Where a room leads to, and where one goes on leaving it. */
function behind(room: Room): { inside: string; outside: string } {
  const eventId = eventOfRoom(room.name)
  return eventId === null ? { inside: '/', outside: '/' } : { inside: paths.booking(eventId), outside: paths.event(eventId) }
}

/** The visitor's ticket of this room and its present epoch; null for any other, which counts as none. */
async function findTicket(c: Ctx, deps: Deps, room: Room): Promise<(Ticket & { token: string }) | null> {
  const bearer = c.req.header('authorization')?.match(/^Bearer +([^ ]+)$/i)?.[1]
  for (const token of [getCookie(c, ticketCookie(room.name)), bearer]) {
    const ticket = await verifyTicket(token, deps.tokenKeys)
    if (token && ticket.kind === 'ticket' && ticket.room === room.name && ticket.epoch === room.snapshot.epoch) {
      return { ...ticket, token }
    }
  }
  return null
}

async function answerTicket(
  c: Ctx,
  deps: Deps,
  room: Room,
  ticket: Ticket & { token: string },
  status: 200 | 201,
): Promise<Response> {
  const place = placeOf(ticket)
  const position = positionOf(place, room.snapshot, deps.random)
  if (wantsPage(c.req.raw.headers)) {
    // Nobody waits: the button that joins the line leads straight in.
    if (position.pollAfterMs === 0) {
      const result = await deps.tickets.claim(room, ticket)
      if (result.kind === 'claimed') return admit(c, deps, room, result)
      if (await findPass(c, deps, room)) return c.redirect(behind(room).inside, 303)
      if (result.kind !== 'not_your_turn') return refuseTicket(c, room, result.kind)
    }
    return c.redirect(paths.room(room.name), 303)
  }
  const body: { ticket: string; index: number } & Position = { ticket: ticket.token, index: ticket.index, ...position }
  return c.json(body, status, { 'cache-control': 'private, no-store' })
}

function admit(c: Ctx, deps: Deps, room: Room, claimed: Extract<ClaimResult, { kind: 'claimed' }>): Response {
  const { pass, token } = claimed
  setOwnCookie(c, deps, passCookie(room.name), token, Math.max(1, Math.floor((pass.expiresAtMs - deps.now()) / 1000)))
  if (wantsPage(c.req.raw.headers)) return c.redirect(behind(room).inside, 303)
  const body = { pass: token, expiresAt: new Date(pass.expiresAtMs).toISOString() }
  return c.json(body, 201, { 'cache-control': 'private, no-store' })
}

/** A ticket that leads nowhere any more is taken away, so that the next request joins anew. */
function refuseTicket(
  c: Ctx,
  room: Room,
  code: Extract<ProblemCode, 'turn_missed' | 'ticket_used' | 'ticket_invalid'>,
): Response {
  deleteCookie(c, ticketCookie(room.name), { path: '/' })
  return problem(c, code)
}

function refuseClosed(c: Ctx, deps: Deps, room: Room): Response | null {
  const { phase, opensAt } = room.snapshot
  if (phase !== 'closed') return null
  const opensInMs = opensAt ? Date.parse(opensAt) - deps.now() : 0
  if (opensInMs <= 0) return problem(c, 'sale_closed')
  const facts: ProblemFacts = { retryAfterSeconds: Math.ceil(opensInMs / 1000), figures: { opensAt } }
  return problem(c, 'sale_not_open', facts)
}

async function leave(c: Ctx, deps: Deps, room: Room): Promise<boolean> {
  const [ticket, pass] = [await findTicket(c, deps, room), await findPass(c, deps, room)]
  if (ticket) await leaveRoom(deps.redis, room.name, { epoch: ticket.epoch, place: placeOf(ticket) })
  if (pass) await endPass(deps.redis, room.name, pass.id)
  for (const name of [ticketCookie(room.name), passCookie(room.name)]) deleteCookie(c, name, { path: '/' })
  return !!ticket || !!pass
}

async function findPass(c: Ctx, deps: Deps, room: Room): Promise<Pass | null> {
  const pass = await verifyPass(c.req.header(PASS_HEADER) ?? getCookie(c, passCookie(room.name)), deps.tokenKeys, deps.now())
  return pass.kind === 'pass' && pass.room === room.name ? pass : null
}

function setOwnCookie(c: Ctx, deps: Deps, name: string, value: string, maxAge: number): void {
  const secure = protocolOf(c, deps.trustedProxies) === 'https'
  setCookie(c, name, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge })
}
