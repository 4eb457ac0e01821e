import { END_PASS, PASS_HEADER } from './contract/headers.ts'
import type { Pass } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { forward, forwardOpen } from './forward.ts'
import { type Admitted, enterRoom } from './enter-room.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'
import { addHeader, type Ctx, refuseOverLimit, respond } from './http.tsx'
import type { Room } from './rooms/live-room.ts'
import type { Claimed } from './queue-tickets.ts'
import type { UpstreamResponse } from './upstream/sender.ts'
import { clearVisitCookies, setPassCookie } from './visitor.ts'

/** Passes a request to the upstream: with a pass if the path is behind a room, otherwise from the micro-cache where possible. */
export async function passGate(c: Ctx, deps: Deps): Promise<Response> {
  const entry = await enterRoom(c, deps)
  switch (entry.kind) {
    case 'open':
      return await forwardOpen(c, deps)
    case 'refused':
      return entry.response
    case 'admitted':
      return refuseOverVisitLimits(c, deps, entry.pass) ?? await forwardVisit(c, deps, entry)
    default:
      return entry satisfies never
  }
}

function refuseOverVisitLimits(c: Ctx, deps: Deps, pass: Pass): Response | null {
  if (isSubresource(c, deps)) return refuseOverLimit(c, deps.limits, 'part', pass.id)
  const refusal = refuseOverLimit(c, deps.limits, 'pass', pass.id)
  if (refusal) return refusal
  const { person } = c.env.client
  return person && refuseOverLimit(c, deps.limits, 'person', String(person.id))
}

/** Whether the request is for a subresource of a site that is not a shop. A page may have a hundred subresources. */
const isSubresource = ({ env: { client } }: Ctx, { directory }: Deps) =>
  !directory.isShop && (client.method === 'GET' || client.method === 'HEAD') && !client.isPage

/** Forwards an admitted visitor's request. Renews the pass if due, and ends the visit if the upstream requests it. */
async function forwardVisit(c: Ctx, deps: Deps, { room, pass, issuedToken }: Admitted): Promise<Response> {
  const renewing = room && !issuedToken ? deps.passRenewals.renewIfDue(room, pass) : null
  // Set before forwarding, so that the turn is not lost if this request fails.
  if (room && issuedToken) givePass(c, room, { pass, token: issuedToken })
  const response = await forward(c, deps, { isVisit: true, room: pass.room, pass: issuedToken, isShared: false })
  const renewed = await renewing
  if (response.command === END_PASS) endVisit(c, deps, room, pass)
  else if (room && renewed) givePass(c, room, renewed)
  return toResponse(c, { ...response, headers: makePrivate(response.headers) })
}

/** Adds the pass to the response: as a cookie for a browser, as a header for a program. */
function givePass(c: Ctx, room: Room, { pass, token }: Pick<Claimed, 'pass' | 'token'>): void {
  setPassCookie(c, room, pass, token)
  addHeader(c, PASS_HEADER, token)
}

/** Ends a visit in the background: if that fails, the visit ends with its idle time. */
function endVisit(c: Ctx, deps: Deps, room: Room | null, pass: Pass): void {
  clearVisitCookies(c, pass.room)
  deps.passRenewals.end(pass)
  if (!room) return
  deps.queueTickets.endVisit(room, pass).catch((error) => deps.log('end_pass_failed', { room: room.name, error: String(error) }))
}

/** Marks a response as private: it may carry a pass, so no shared cache may store it. */
function makePrivate(headers: HeaderPairs): HeaderPairs {
  const control = headers.find(([name]) => name === 'cache-control')?.[1] ?? ''
  if (control.startsWith('private')) return headers
  const directives = control.split(',').map((directive) => directive.trim())
    .filter((directive) => directive && !/^(public|private|s-maxage)\b/i.test(directive))
  return [...headers.filter(([name]) => name !== 'cache-control'), ['cache-control', ['private', ...directives].join(', ')]]
}

const toResponse = (c: Ctx, { body, status, headers }: UpstreamResponse): Response => respond(c, body, status, headers)
