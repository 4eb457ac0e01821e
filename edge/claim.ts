import { paths } from './contract/paths.ts'
import type { Position } from './contract/rooms.ts'
import { accountOf, type Pass } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { type Ctx, problem, refuseOverLimit, respondPersonally } from './http.tsx'
import { findOwnTicket, identify, type JoinRefusal } from './join.ts'
import type { Room } from './rooms/live-room.ts'
import type { Claimed, ClaimResult } from './queue-tickets.ts'
import {
  claimKeyOf,
  clearTicketCookie,
  findPass,
  type HeldQueueTicket,
  setPassCookie,
  targetPathOf,
  waitingPathOf,
} from './visitor.ts'
import { respondWithWaitingPage } from './waiting-page.tsx'
import { describePosition } from './waiting-room/positions.ts'

/** When to retry a claim while the store is down. */
const STORE_DOWN_RETRY_SECONDS = 3

/** Renews the visitor's pass, or exchanges their queue ticket for one. */
export async function claimPass(c: Ctx, deps: Deps, room: Room): Promise<Response> {
  if (room.isStoreDown) return claimOffline(c, deps, room, findPass(c, room))
  const ticket = await findOwnTicket(c, deps, room)
  const pass = findPass(c, room)
  const visitor = ticket?.visitor ?? pass?.id
  if (visitor === undefined) return refuseTicket(c, deps, room, 'ticket_invalid')
  const refusal = refuseOverLimit(c, deps.limits, 'claim', visitor)
  if (refusal) return refusal
  const renewed = pass && await deps.queueTickets.renew(room, pass)
  if (renewed) return respondWithPass(c, deps, room, renewed)
  if (!ticket) return refuseTicket(c, deps, room, 'ticket_used')
  return respondToClaim(c, deps, room, await claimTurn(c, deps, room, ticket))
}

/**
 * Exchanges a queue ticket for a pass when its turn has come. An operator may have let verified accounts alone into the room since the visitor
 * joined, so a ticket that does not say that its account is verified needs a session that does. Throws StoreUnavailable.
 */
export async function claimTurn(c: Ctx, deps: Deps, room: Room, ticket: HeldQueueTicket): Promise<ClaimResult | JoinRefusal> {
  const isCalled = room.positionOf(ticket.index) < room.snapshot.serving
  if (isCalled && room.plan.rules.identity === 'verified' && !ticket.isVerified) {
    const identified = await identify(c, deps, room)
    if (identified.kind === 'refused') return identified
    if (identified.account !== accountOf(ticket.visitor)) return { kind: 'ticket_invalid' }
  }
  return await deps.queueTickets.claim(room, ticket, claimKeyOf(c, ticket))
}

/** While the store is down, a valid pass is extended and no ticket is exchanged. */
function claimOffline(c: Ctx, deps: Deps, room: Room, pass: Pass | null): Response {
  return pass && !deps.queueTickets.isGivenUp(pass)
    ? respondWithPass(c, deps, room, deps.queueTickets.extendOffline(room, pass))
    : problem(c, 'store_unavailable', { retryAfterSeconds: STORE_DOWN_RETRY_SECONDS })
}

/**
 * Responds to a join with the visitor's position. In a browser, a visitor whose turn has come continues to the target page, any other
 * visitor to the waiting page. `isNew`: the ticket was issued with this request.
 */
export async function respondWithTicket(
  c: Ctx,
  deps: Deps,
  room: Room,
  ticket: HeldQueueTicket,
  isNew: boolean,
): Promise<Response> {
  const position = describePosition(room.positionOf(ticket.index), room.snapshot, deps.random(), isNew)
  if (!c.env.client.isPage) {
    const body: { ticket: string; index: number } & Position = { ticket: ticket.token, index: ticket.index, ...position }
    return respondPersonally(c, body, isNew ? 201 : 200)
  }
  const isCalled = position.pollAfterMs === 0 && !room.isStoreDown
  if (!isCalled) return c.redirect(waitingPathOf(c, room), 303)
  const refusal = refuseOverLimit(c, deps.limits, 'claim', ticket.visitor)
  if (refusal) return refusal
  const result = await claimTurn(c, deps, room, ticket)
  return result.kind === 'sold_out' ? c.redirect(waitingPathOf(c, room), 303) : respondToClaim(c, deps, room, result)
}

/** Extends the visitor's visit, once. In a browser without scripts the booking page is shown again. */
export async function extendPass(c: Ctx, deps: Deps, room: Room): Promise<Response> {
  const pass = findPass(c, room)
  if (!pass || deps.queueTickets.isGivenUp(pass)) return problem(c, 'pass_invalid')
  if (room.isStoreDown) return problem(c, 'store_unavailable', { retryAfterSeconds: STORE_DOWN_RETRY_SECONDS })
  const refusal = refuseOverLimit(c, deps.limits, 'claim', pass.id)
  if (refusal) return refusal
  const result = await deps.queueTickets.extend(room, pass)
  switch (result.kind) {
    case 'claimed':
      // A renewal from before has the former end.
      deps.passRenewals.end(pass)
      return respondWithPass(c, deps, room, result)
    case 'already':
      return problem(c, 'extension_used')
    case 'early':
      return problem(c, 'extension_early', { retryAfterSeconds: Math.ceil(result.waitMs / 1000) })
    case 'ended':
      return problem(c, 'pass_invalid')
    default:
      return result satisfies never
  }
}

function respondToClaim(c: Ctx, deps: Deps, room: Room, result: ClaimResult | JoinRefusal): Response | Promise<Response> {
  switch (result.kind) {
    case 'refused':
      return c.env.client.isPage && result.code === 'unauthenticated'
        ? c.redirect(paths.login(waitingPathOf(c, room)), 303)
        : problem(c, result.code, result.facts)
    case 'claimed':
      return respondWithPass(c, deps, room, result)
    case 'sold_out':
      return problem(c, 'sold_out', { figures: { left: 0 }, retryAfterSeconds: result.retryAfterMs / 1000 })
    case 'not_your_turn':
      return c.env.client.isPage
        ? c.redirect(waitingPathOf(c, room), 303)
        : refuseEarlyClaim(c, result.position, result.isRoomFull)
    case 'turn_missed':
    case 'ticket_used':
    case 'ticket_invalid':
      return refuseTicket(c, deps, room, result.kind)
    default:
      return result satisfies never
  }
}

/** Responds with a pass, as a cookie and as JSON; a browser continues to the target page. */
export function respondWithPass(c: Ctx, deps: Deps, room: Room, { pass, token }: Claimed): Response {
  setPassCookie(c, room, pass, token)
  if (c.env.client.isPage) return c.redirect(targetPathOf(c, deps, room), 303)
  const expiresAt = new Date(pass.expiresAtMs).toISOString()
  return respondPersonally(c, { pass: token, expiresAt, until: new Date(pass.untilMs).toISOString() }, 201)
}

const refuseEarlyClaim = (c: Ctx, { ahead, etaSeconds, pollAfterMs }: Position, isRoomFull: boolean): Response =>
  problem(c, 'not_your_turn', {
    figures: { ahead, etaSeconds, pollAfterMs, roomFull: isRoomFull },
    retryAfterSeconds: Math.ceil(pollAfterMs / 1000),
  })

/** Refuses a queue ticket that is no longer valid and clears its cookie, so that the next request can join. */
function refuseTicket(
  c: Ctx,
  deps: Deps,
  room: Room,
  code: 'turn_missed' | 'ticket_used' | 'ticket_invalid',
): Response | Promise<Response> {
  clearTicketCookie(c, room.name)
  if (!c.env.client.isPage) return problem(c, code, { figures: { queue: paths.room(room.name) } })
  if (code === 'ticket_invalid') return c.redirect(waitingPathOf(c, room), 303)
  return respondWithWaitingPage(c, deps, room, code === 'turn_missed' ? 'missed' : 'used')
}
