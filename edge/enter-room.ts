import { describeForApps, wantsAppStatus } from './cf-waiting-room.ts'
import { claimTurn } from './claim.ts'
import type { ClientRequest } from './client-request.ts'
import { isPreflight } from './contract/cross-site.ts'
import { paths } from './contract/paths.ts'
import { accountOf, type Pass } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { type Ctx, problem, refuseOverLimit, visitRoom } from './http.tsx'
import { findOwnTicket, joinQueue } from './join.ts'
import { respondIfJustBooked } from './just-booked.tsx'
import type { Room } from './rooms/live-room.ts'
import type { ClaimResult } from './queue-tickets.ts'
import { clearTicketCookie, type HeldQueueTicket } from './visitor.ts'
import { describePosition } from './waiting-room/positions.ts'

/** A visitor who may pass. `room` is null when it could not be read; `issuedToken` is set when the pass was issued with this request. */
export type Admitted = { kind: 'admitted'; room: Room | null; pass: Pass; issuedToken: string | null }

export type Entry =
  /** The path is behind no room. */
  | { kind: 'open' }
  | Admitted
  | { kind: 'refused'; response: Response }

/** Decides whether a request may pass to the upstream: by its pass, or by a claim or a join on the visitor's behalf. */
export async function enterRoom(c: Ctx, deps: Deps): Promise<Entry> {
  const { client } = c.env
  const name = roomNameOf(client, deps)
  // Browsers send a preflight without the pass, and the site behind the edge decides about it. A shop allows no other site anything.
  if (name === null || (!deps.directory.isShop && isPreflight(client))) return { kind: 'open' }
  const held = client.passFor(name)
  const isOwn = held.kind !== 'pass' || !isOfAnotherAccount(held, client)
  const pass = held.kind === 'pass' && isOwn && !deps.queueTickets.isGivenUp(held) ? held : null
  const mayBeAdmitted = client.method === 'GET' && (client.isPage || wantsAppStatus(client.headers)) &&
    !isPrefetch(client.headers)
  // A signed pass stays valid while the store and the upstream are unreachable.
  const found = pass || mayBeAdmitted ? await visitRoom(c, deps, name).catch(() => null) : null
  if (found instanceof Response && !pass) return { kind: 'refused', response: found }
  const room = found instanceof Response ? null : found
  if (pass && (!room || pass.epoch === room.snapshot.epoch)) return { kind: 'admitted', room, pass, issuedToken: null }
  const entry = room && mayBeAdmitted ? await admit(c, deps, room) : null
  return entry ?? refuse(c, deps, name, held.kind === 'missing' ? 'pass_required' : isOwn ? 'pass_invalid' : 'pass_in_use')
}

/**
 * Whether a pass is that of another account than the one that is logged in. The origin would refuse it (`origin/passes.ts`). Its cookie stays:
 * the other account may log in again.
 */
function isOfAnotherAccount(pass: Pass, { person }: ClientRequest): boolean {
  const account = accountOf(pass.id)
  return account !== null && person !== null && account !== person.id
}

/** Whether a browser loads a page in advance. The visitor may never see it, so it must use up nothing. */
const isPrefetch = (headers: Headers): boolean =>
  ['sec-purpose', 'purpose', 'x-moz'].some((name) => headers.get(name)?.includes('prefetch'))

/** The room that the request has to pass; null for a path that is behind no room. */
function roomNameOf({ method, path, address }: ClientRequest, deps: Deps): string | null {
  // Some servers drop path parameters (RFC 3986 §3.3: everything after a semicolon), so the directory must not see them.
  return deps.directory.roomFor({ method, path: path.replace(/;[^/]*/g, ''), address })
}

/**
 * Admits the visitor if their turn has come, or if the queue is empty and they may join without the waiting page. Apps that poll the protected
 * URL get their status. Returns null to refuse the request.
 */
async function admit(c: Ctx, deps: Deps, room: Room): Promise<Entry | null> {
  const isApp = wantsAppStatus(c.env.client.headers)
  const mayJoin = canJoinDirectly(room, isApp)
  const held = await findOwnTicket(c, deps, room)
  const booked = held || isApp ? null : respondIfJustBooked(c, deps, room.name)
  if (booked) return { kind: 'refused', response: booked }
  const claim = held && await claimIfCalled(c, deps, room, held)
  if (claim?.kind === 'claimed') return admitted(room, claim)
  const hasEnded = claim !== null && isTicketEnd(claim)
  if (hasEnded && !mayJoin) {
    clearTicketCookie(c, room.name)
    if (!isApp) return redirectToQueue(c, deps, room.name, END_REASONS[claim.kind])
  }
  const ticket = hasEnded ? null : held
  const joined = ticket || !mayJoin || room.isStoreDown ? null : await joinQueue(c, deps, room, { canSolve: false })
  if (joined?.kind === 'joined') {
    const firstClaim = await claimIfCalled(c, deps, room, joined.ticket)
    if (firstClaim?.kind === 'claimed') return admitted(room, firstClaim)
  }
  if (!isApp) return null
  const isFull = joined?.kind === 'refused' && joined.code === 'queue_full'
  return describeToApp(c, deps, room, joined?.kind === 'joined' ? joined.ticket : ticket, isFull)
}

const admitted = (room: Room, { pass, token }: { pass: Pass; token: string }): Admitted => ({
  kind: 'admitted',
  room,
  pass,
  issuedToken: token,
})

/** Whether a visitor may join without the waiting page: an app always, a browser only if the queue is empty. */
function canJoinDirectly({ snapshot, plan }: Room, isApp: boolean): boolean {
  const isEmpty = snapshot.phase === 'idle' && plan.admitsWhenIdle
  const { identity, proofOfWork } = plan.rules
  return (isApp || isEmpty) && identity === 'anyone' && proofOfWork !== 'always' && snapshot.phase !== 'closed'
}

/** Reasons why a queue ticket ended, as the waiting page receives them in its query. */
const END_REASONS = { turn_missed: 'missed', ticket_used: 'used', ticket_invalid: null } as const

type TicketEndResult = Extract<ClaimResult, { kind: keyof typeof END_REASONS }>
const isTicketEnd = (result: ClaimResult): result is TicketEndResult => result.kind in END_REASONS

async function claimIfCalled(c: Ctx, deps: Deps, room: Room, ticket: HeldQueueTicket): Promise<ClaimResult | null> {
  if (room.isStoreDown || room.positionOf(ticket.index) >= room.snapshot.serving) return null
  if (refuseOverLimit(c, deps.limits, 'claim', ticket.visitor)) return null
  const result = await claimTurn(c, deps, room, ticket)
  // The waiting page explains a refusal.
  return result.kind === 'refused' ? null : result
}

function describeToApp(c: Ctx, deps: Deps, room: Room, ticket: HeldQueueTicket | null, isFull: boolean): Entry {
  const position = ticket && describePosition(room.positionOf(ticket.index), room.snapshot, deps.random())
  const body = { cfWaitingRoom: describeForApps(room, position, isFull, c.env.client.language) }
  return { kind: 'refused', response: c.json(body, 200, { 'cache-control': 'private, no-store' }) }
}

function redirectToQueue(c: Ctx, deps: Deps, room: string, ended: 'missed' | 'used' | null): Entry {
  return { kind: 'refused', response: c.redirect(waitingPathFor(c, deps, room, ended), 303) }
}

/** The path of a room's waiting page. In front of another site its query holds the requested path, to return to after admission. */
function waitingPathFor(c: Ctx, deps: Deps, room: string, ended: 'missed' | 'used' | null): string {
  const { path, search } = c.env.client
  const query = new URLSearchParams()
  if (ended) query.set('ended', ended)
  if (!deps.directory.isShop) query.set('to', path + search)
  return paths.room(room) + (query.size > 0 ? `?${query}` : '')
}

function refuse(c: Ctx, deps: Deps, room: string, code: 'pass_required' | 'pass_invalid' | 'pass_in_use'): Entry {
  // A browser discards a prefetched error, and would show a prefetched redirect later.
  const { isPage, path, headers } = c.env.client
  const isShown = isPage && !path.startsWith('/api/') && !isPrefetch(headers)
  // A form of another tab, sent after the visit has booked, must not join the queue.
  const booked = isShown ? respondIfJustBooked(c, deps, room) : null
  if (booked) return { kind: 'refused', response: booked }
  if (isShown) return redirectToQueue(c, deps, room, null)
  return { kind: 'refused', response: problem(c, code, { figures: { room, queue: paths.room(room) } }) }
}
