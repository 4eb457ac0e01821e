import { cookieValues, passCookie, queueTicketCookie } from './contract/cookies.ts'
import { readAccess, readPass } from './contract/credentials.ts'
import { bearerToken, IDEMPOTENCY_HEADER } from './contract/headers.ts'
import { localPath, paths } from './contract/paths.ts'
import { type Access, accountOf, type Pass, type QueueTicket, verifyQueueTicket } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { addHeader, type Ctx, protocolOf } from './http.tsx'
import { cookiesToEvict } from './room-cookies.ts'
import type { Room } from './rooms/live-room.ts'

/** The lifetime of a queue ticket's cookie: longer than an overnight wait in the lobby. */
const TICKET_SECONDS = 86_400

/** A queue ticket with its token. `isFromCookie`: a browser keeps it. */
export type HeldQueueTicket = QueueTicket & { token: string; isFromCookie: boolean }

type Verifiers = Pick<Deps, 'tokenKeys' | 'revokedSessions' | 'now'>

/** The visitor's queue ticket for the room's current epoch, from the cookie or the Authorization header; null when there is none. */
export function findQueueTicket(c: Ctx, deps: Verifiers, room: Room): HeldQueueTicket | null {
  const cookies = cookiesOf(c, queueTicketCookie(room.name))
  for (const token of cookies.concat(bearerToken(c.req.header('authorization')) ?? [])) {
    const ticket = verifyQueueTicket(token, deps.tokenKeys)
    if (ticket.kind === 'ticket' && isCurrent(room, ticket) && isOwnVisitor(c, deps, room, ticket.visitor)) {
      return { ...ticket, token, isFromCookie: cookies.includes(token) }
    }
  }
  return null
}

/**
 * The idempotency key of a claim. A program sends its own. All claims of a browser with one ticket share a key, from any tab or form, so that
 * neither a lost response nor a second tab costs the visitor the turn.
 */
export const claimKeyOf = (c: Ctx, ticket: HeldQueueTicket): string | undefined =>
  c.req.header(IDEMPOTENCY_HEADER)?.slice(0, 64) ?? (ticket.isFromCookie ? 'browser' : undefined)

/** The visitor's valid pass for the room's current epoch, from the header or the cookie; null when there is none. */
export function findPass(c: Ctx, deps: Verifiers, room: Room): Pass | null {
  const pass = readPass(c.req.raw.headers, room.name, deps.tokenKeys, deps.now())
  return pass.kind === 'pass' && isCurrent(room, pass) && isOwnVisitor(c, deps, room, pass.id) ? pass : null
}

const isCurrent = (room: Room, token: Pick<QueueTicket, 'room' | 'epoch'>) =>
  token.room === room.name && token.epoch === room.snapshot.epoch

/**
 * Whether a token belongs to the person who is logged in. Where each account has one position, a token of another account does not count:
 * several people may share a browser.
 */
function isOwnVisitor(c: Ctx, deps: Verifiers, room: Room, visitor: string): boolean {
  const person = room.plan.rules.identity === 'anyone' ? null : findPerson(c, deps)
  return person === null || accountOf(visitor) === person.id
}

/** The person who is logged in at the shop. */
export const findPerson = (c: Ctx, deps: Verifiers): Access | null => readAccess(c.req.raw.headers, deps, deps.now())

const cookiesOf = (c: Ctx, name: string): string[] => cookieValues(c.req.header('cookie'), name)

/** Whether the request carries a queue ticket or a pass of the room as a cookie, valid or not. */
export const hasVisitCookies = (c: Ctx, room: string): boolean =>
  cookiesOf(c, queueTicketCookie(room)).length > 0 || cookiesOf(c, passCookie(room)).length > 0

export const setTicketCookie = (c: Ctx, deps: Pick<Deps, 'trustedProxies'>, room: string, token: string) =>
  setTokenCookie(c, deps, queueTicketCookie(room), token, TICKET_SECONDS)

/** Sets the pass as a cookie. Its lifetime is measured by the store's clock, not by this edge's. */
export function setPassCookie(c: Ctx, deps: Pick<Deps, 'trustedProxies'>, room: Room, pass: Pass, token: string): void {
  const leftMs = pass.expiresAtMs - Date.parse(room.snapshot.serverTime)
  setTokenCookie(c, deps, passCookie(pass.room), token, Math.max(1, Math.floor(leftMs / 1000)))
}

export function clearVisitCookies(c: Ctx, room: string): void {
  clearTicketCookie(c, room)
  clearCookie(c, passCookie(room))
}

/**
 * Clears the cookie of a ticket that is no longer valid, if the request carries it. The pass stays: another tab may have received it at this
 * instant.
 */
export function clearTicketCookie(c: Ctx, room: string): void {
  const name = queueTicketCookie(room)
  if (cookiesOf(c, name).length > 0) clearCookie(c, name)
}

export const clearCookie = (c: Ctx, name: string) => addHeader(c, 'set-cookie', `${name}=; Max-Age=0; Path=/`)

/** The path to continue to after admission: the one that the visitor requested before the queue, if it is behind this room. */
export function targetPathOf(c: Ctx, deps: Pick<Deps, 'directory'>, room: Room): string {
  const path = localPath(c.req.query('to'), room.plan.targetPath)
  const url = new URL(path, c.req.url)
  const request = { method: 'GET', url, headers: c.req.raw.headers, address: c.get('address') }
  return deps.directory.roomFor(request) === room.name ? path : room.plan.targetPath
}

/** The path of the room's waiting page, with the query of this request. */
export const waitingPathOf = (c: Ctx, room: Room) => paths.room(room.name) + new URL(c.req.url).search

function setTokenCookie(c: Ctx, deps: Pick<Deps, 'trustedProxies'>, name: string, value: string, maxAge: number): void {
  const secure = protocolOf(c, deps.trustedProxies) === 'https' ? '; Secure' : ''
  for (const evicted of cookiesToEvict(c.req.header('cookie'), name)) clearCookie(c, evicted)
  // Neither tokens nor room names need escaping.
  addHeader(c, 'set-cookie', `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly${secure}; SameSite=Lax`)
}
