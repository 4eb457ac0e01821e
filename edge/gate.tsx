import { paths } from './contract/paths.ts'
import { wantsPage } from './contract/problem.ts'
import { END_PASS } from './contract/headers.ts'
import { type Pass, verifyPass } from './contract/tokens.ts'
import { describeForApps, wantsAppStatus } from './cf-waiting-room.ts'
import type { Deps } from './deps.ts'
import { forward, fromCache } from './forward.ts'
import { type Ctx, problem, refuseOverLimit } from './http.tsx'
import type { Room } from './rooms.ts'
import { positionOf } from './tickets.ts'
import { findPerson, findTicket, forgetVisit, keepPass, keepTicket, passToken } from './visitor.ts'

/** A visitor inside a room. `token` is set when the pass was given or renewed with this request. */
type Visit = { pass: Pass; token: string | null }

/** Lets a request through to the origin: with a pass where the path is behind a room, from the cache where it can be shared. */
export async function passGate(c: Ctx, deps: Deps): Promise<Response> {
  const url = new URL(c.req.url)
  // What follows a semicolon is no part of a path's name (RFC 3986 §3.3): some servers drop it.
  url.pathname = url.pathname.replace(/;[^/]*/g, '')
  const name = deps.site.roomOf({ method: c.req.method, url, headers: c.req.raw.headers, address: c.get('address') })
  if (name === null) return c.req.method === 'GET' ? await fromCache(c, deps) : (await forward(c, deps)).response

  const held = await verifyPass(passToken(c, name), deps.tokenKeys, deps.now())
  const isHere = held.kind === 'pass' && held.room === name && !deps.tickets.isGivenUp(held)
  const mayEnter = c.req.method === 'GET' && (wantsPage(c.req.raw.headers) || wantsAppStatus(c.req.raw.headers))
  // While store and origin are away a signed pass is as good as it was.
  const room = isHere || mayEnter ? await deps.rooms.visit(name).catch(() => null) : null
  const visit = isHere && (!room || held.epoch === room.snapshot.epoch)
    ? { pass: held, token: null }
    : room && mayEnter
    ? await enter(c, deps, room)
    : null
  if (visit instanceof Response) return visit
  if (!visit) return refuse(c, deps, name, held.kind === 'missing' ? 'pass_required' : 'pass_invalid')

  const person = await findPerson(c, deps)
  const refused = refuseOverLimit(c, deps.limits, 'pass', visit.pass.id) ??
    (person ? refuseOverLimit(c, deps.limits, 'person', String(person.id)) : null)
  if (refused) return refused
  const renewing = room && !visit.token ? renewInUse(deps, room, visit.pass) : null
  const { response, command } = await forward(c, deps, visit.token)
  const renewed = await renewing
  if (command === END_PASS) endVisit(c, deps, room, visit.pass)
  else if (room && renewed) keepPass(c, deps, room, renewed.pass, renewed.token)
  else if (room && visit.token) keepPass(c, deps, room, visit.pass, visit.token)
  // A new answer takes the headers that were set on the context.
  return c.newResponse(response.body, response)
}

/** Takes a visitor in whose turn has come, or who finds nobody waiting; else tells the line's way. Null: refuse. */
async function enter(c: Ctx, deps: Deps, room: Room): Promise<Visit | Response | null> {
  const asksAsApp = wantsAppStatus(c.req.raw.headers)
  const isFree = room.snapshot.phase === 'idle' && room.plan.walkIn
  let ticket = await findTicket(c, deps, room)
  if (!ticket && (asksAsApp || isFree) && !room.plan.rules.login && !room.plan.rules.work && room.snapshot.phase !== 'closed') {
    const refused = room.isSilent || refuseOverLimit(c, deps.limits, 'join', c.get('address'))
    const joined = refused ? null : await deps.tickets.join(room, null)
    if (joined) {
      keepTicket(c, deps, room.name, joined.token)
      ticket = { ...joined.ticket, token: joined.token }
    }
  }
  if (ticket && !room.isSilent && room.placeOf(ticket.index) < room.snapshot.serving) {
    const refused = refuseOverLimit(c, deps.limits, 'claim', ticket.visitor)
    const result = refused ? null : await deps.tickets.claim(room, ticket)
    if (result?.kind === 'claimed') return result
    if (result && result.kind !== 'not_your_turn' && result.kind !== 'sold_out') {
      forgetVisit(c, room.name)
      const ended = { turn_missed: '?ended=missed', ticket_used: '?ended=used', ticket_invalid: '' }[result.kind]
      if (!asksAsApp) return c.redirect(paths.room(room.name) + ended, 303)
    }
  }
  if (!asksAsApp) return null
  const position = ticket && positionOf(room.placeOf(ticket.index), room.snapshot, deps.random)
  return c.json({ cfWaitingRoom: describeForApps(room, position, c.get('language')) }, 200, {
    'cache-control': 'private, no-store',
  })
}

function refuse(c: Ctx, deps: Deps, room: string, code: 'pass_required' | 'pass_invalid'): Response {
  const url = new URL(c.req.url)
  if (wantsPage(c.req.raw.headers) && !url.pathname.startsWith('/api/')) {
    const wish = deps.site.manyPages ? `?${new URLSearchParams({ to: url.pathname + url.search })}` : ''
    return c.redirect(paths.room(room) + wish, 303)
  }
  return problem(c, code, { figures: { room, queue: paths.room(room) } })
}

/** A pass that is used lives on; the store is told when a sixth of its idle time has gone by. Null when that was not to be. */
async function renewInUse(deps: Deps, room: Room, pass: Pass): Promise<{ pass: Pass; token: string } | null> {
  const usedMs = room.plan.admission.idleMs - (pass.expiresAtMs - deps.now())
  if (room.isSilent || usedMs < room.plan.admission.idleMs / 6 || pass.expiresAtMs >= pass.untilMs) return null
  return await deps.tickets.renew(room, pass).catch(() => null)
}

/** What the origin says of the visitor's pass, carried out here and not passed on. */
function endVisit(c: Ctx, deps: Deps, room: Room | null, pass: Pass): void {
  forgetVisit(c, pass.room)
  // The answer need not wait: a pass that stays in the count ends by itself.
  if (room) {
    deps.tickets.endVisit(room, pass).catch((error) => deps.log('end_pass_failed', { room: room.name, error: String(error) }))
  }
}
