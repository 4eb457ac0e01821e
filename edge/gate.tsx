import { paths } from './contract/paths.ts'
import { END_PASS, PASS_HEADER } from './contract/headers.ts'
import { type Pass, verifyPass } from './contract/tokens.ts'
import { describeForApps, wantsAppStatus } from './cf-waiting-room.ts'
import type { Deps } from './deps.ts'
import { forward, fromCache } from './forward.ts'
import type { UpstreamResponse } from './upstream.ts'
import { addHeader, type Ctx, type HeaderPairs, languageOf, problem, refuseOverLimit, respond, visitRoom } from './http.tsx'
import type { Room } from './rooms.ts'
import type { ClaimResult } from './queue-tickets.ts'
import { describePosition } from './waiting-room/positions.ts'
import {
  claimKeyOf,
  clearTicketCookie,
  clearVisitCookies,
  findPerson,
  findQueueTicket,
  type HeldQueueTicket,
  passToken,
  setPassCookie,
  setTicketCookie,
} from './visitor.ts'

/** A visitor inside a room. `token` is set when the pass was given or renewed with this request. */
type Visit = { pass: Pass; token: string | null }

/** Lets a request through to the origin: with a pass where the path is behind a room, from the cache where it can be shared. */
export async function passGate(c: Ctx, deps: Deps): Promise<Response> {
  const url = new URL(c.req.url)
  // What follows a semicolon is no part of a path's name (RFC 3986 §3.3): some servers drop it.
  if (url.pathname.includes(';')) url.pathname = url.pathname.replace(/;[^/]*/g, '')
  const name = deps.directory.roomFor({ method: c.req.method, url, headers: c.req.raw.headers, address: c.get('address') })
  if (name === null) return c.req.method === 'GET' ? await fromCache(c, deps) : respondFrom(c, await forward(c, deps))

  const held = verifyPass(passToken(c, name), deps.tokenKeys, deps.now())
  const isHere = held.kind === 'pass' && held.room === name && !deps.queueTickets.isGivenUp(held)
  const mayEnter = c.req.method === 'GET' && (c.get('isPage') || wantsAppStatus(c.req.raw.headers))
  // While store and origin are away a signed pass is as good as it was.
  const found = isHere || mayEnter ? await visitRoom(c, deps, name).catch(() => null) : null
  if (found instanceof Response && !isHere) return found
  const room = found instanceof Response ? null : found
  const visit = isHere && (!room || held.epoch === room.snapshot.epoch)
    ? { pass: held, token: null }
    : room && mayEnter
    ? await enter(c, deps, room)
    : null
  if (visit instanceof Response) return visit
  if (!visit) return refuse(c, deps, name, held.kind === 'missing' ? 'pass_required' : 'pass_invalid')

  const refused = isPartOfPage(c, deps)
    ? refuseOverLimit(c, deps.limits, 'part', visit.pass.id)
    : refuseEagerness(c, deps, visit.pass)
  if (refused) return refused
  const renewing = room && !visit.token ? renewInUse(deps, room, visit.pass) : null
  // Also when the origin fails at this very request, the turn is not lost.
  if (room && visit.token) givePass(c, deps, room, visit.pass, visit.token)
  const answered = await forward(c, deps, { pass: visit.token })
  const renewed = await renewing
  if (answered.command === END_PASS) endVisit(c, deps, room, visit.pass)
  else if (room && renewed) givePass(c, deps, room, renewed.pass, renewed.token)
  return respondFrom(c, { ...answered, headers: keepFromSharing(answered.headers) })
}

/** The pass goes along with what was asked for: to a browser by cookie, to a program by header. */
function givePass(c: Ctx, deps: Deps, room: Room, pass: Pass, token: string): void {
  setPassCookie(c, deps, room, pass, token)
  addHeader(c, PASS_HEADER, token)
}

/** What the pages of a site that is no shop are made of: there may be a hundred to a page. */
const isPartOfPage = (c: Ctx, { directory: site }: Deps) =>
  !site.isShop && (c.req.method === 'GET' || c.req.method === 'HEAD') && !c.get('isPage')

function refuseEagerness(c: Ctx, deps: Deps, pass: Pass): Response | null {
  const person = findPerson(c, deps)
  return refuseOverLimit(c, deps.limits, 'pass', pass.id) ??
    (person ? refuseOverLimit(c, deps.limits, 'person', String(person.id)) : null)
}

/** What is behind a room is for those with a pass, and may carry one: no cache on the way may give it to others. */
function keepFromSharing(headers: HeaderPairs): HeaderPairs {
  const said = headers.find(([name]) => name === 'cache-control')?.[1] ?? ''
  if (said.startsWith('private')) return headers
  const directives = said.split(',').map((directive) => directive.trim())
    .filter((directive) => directive && !/^(public|private|s-maxage)\b/i.test(directive))
  return [...headers.filter(([name]) => name !== 'cache-control'), ['cache-control', ['private', ...directives].join(', ')]]
}

const respondFrom = (c: Ctx, { body, status, headers }: UpstreamResponse): Response => respond(c, body, status, headers)

/** Takes a visitor in whose turn has come, or who finds nobody waiting; else tells the line's way. Null: refuse. */
async function enter(c: Ctx, deps: Deps, room: Room): Promise<Visit | Response | null> {
  const asksAsApp = wantsAppStatus(c.req.raw.headers)
  const isFree = room.snapshot.phase === 'idle' && room.plan.admitsWhenIdle
  const { requiresLogin: login, proofOfWork: work } = room.plan.rules
  const mayJoin = (asksAsApp || isFree) && !login && !work && room.snapshot.phase !== 'closed'
  let ticket = findQueueTicket(c, deps, room)
  let result = ticket && await claimIfCalled(c, deps, room, ticket)
  let isFull = false
  if (result && result.kind in ENDED) {
    // Whoever may join without being asked does so anew.
    if (!mayJoin) clearTicketCookie(c, room.name)
    if (!mayJoin && !asksAsApp) {
      return c.redirect(lineFrom(c, deps, room.name, ENDED[result.kind as keyof typeof ENDED]), 303)
    }
    ticket = null
  }
  if (!ticket && mayJoin) {
    const refused = room.isStoreDown || refuseOverLimit(c, deps.limits, 'join', c.get('address'))
    const joined = refused ? null : await deps.queueTickets.join(room, null)
    isFull = joined?.kind === 'full'
    if (joined?.kind === 'joined') {
      setTicketCookie(c, deps, room.name, joined.token)
      ticket = { ...joined.ticket, token: joined.token, isKept: true }
      result = await claimIfCalled(c, deps, room, ticket)
    }
  }
  if (result?.kind === 'claimed') return result
  if (!asksAsApp) return null
  const position = ticket && describePosition(room.positionOf(ticket.index), room.snapshot, deps.random())
  return c.json({ cfWaitingRoom: describeForApps(room, position, isFull, languageOf(c)) }, 200, {
    'cache-control': 'private, no-store',
  })
}

/** Why a ticket leads nowhere any more, as the page of the line is told. */
const ENDED = { turn_missed: 'missed', ticket_used: 'used', ticket_invalid: null }

async function claimIfCalled(c: Ctx, deps: Deps, room: Room, ticket: HeldQueueTicket): Promise<ClaimResult | null> {
  if (room.isStoreDown || room.positionOf(ticket.index) >= room.snapshot.serving) return null
  return refuseOverLimit(c, deps.limits, 'claim', ticket.visitor)
    ? null
    : await deps.queueTickets.claim(room, ticket, claimKeyOf(c, ticket))
}

/** The page of a room's line, with the way back to the page that was asked for. */
function lineFrom(c: Ctx, deps: Deps, room: string, ended: string | null): string {
  const { pathname, search } = new URL(c.req.url)
  const wish = new URLSearchParams({ ...(ended && { ended }), ...(!deps.directory.isShop && { to: pathname + search }) })
  return paths.room(room) + (wish.size > 0 ? `?${wish}` : '')
}

function refuse(c: Ctx, deps: Deps, room: string, code: 'pass_required' | 'pass_invalid'): Response {
  if (c.get('isPage') && !c.req.path.startsWith('/api/')) {
    return c.redirect(lineFrom(c, deps, room, null), 303)
  }
  return problem(c, code, { figures: { room, queue: paths.room(room) } })
}

/** A pass that is used lives on; the store is told when a sixth of its idle time has gone by, by its clock, unless it is silent. Null when that was not to be. */
async function renewInUse(deps: Deps, room: Room, pass: Pass): Promise<{ pass: Pass; token: string } | null> {
  const usedMs = room.plan.admission.idleMs - (pass.expiresAtMs - Date.parse(room.snapshot.serverTime))
  if (usedMs < room.plan.admission.idleMs / 6 || pass.expiresAtMs >= pass.untilMs) return null
  return room.isStoreDown ? deps.queueTickets.prolong(room, pass) : await deps.queueTickets.renew(room, pass).catch(() => null)
}

/** What the origin says of the visitor's pass, carried out here and not passed on. */
function endVisit(c: Ctx, deps: Deps, room: Room | null, pass: Pass): void {
  clearVisitCookies(c, pass.room)
  // The answer need not wait: a pass that stays in the count ends by itself.
  if (room) {
    deps.queueTickets.endVisit(room, pass).catch((error) =>
      deps.log('end_pass_failed', { room: room.name, error: String(error) })
    )
  }
}
