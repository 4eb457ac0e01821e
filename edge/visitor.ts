import { getCookie } from 'hono/cookie'
import { ACCESS_COOKIE, passCookie, queueTicketCookie } from './contract/cookies.ts'
import { IDEMPOTENCY_HEADER, PASS_HEADER } from './contract/headers.ts'
import { localPath } from './contract/paths.ts'
import {
  type Access,
  accountOf,
  type Pass,
  type QueueTicket,
  verifyAccess,
  verifyPass,
  verifyQueueTicket,
} from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { addHeader, type Ctx, protocolOf } from './http.tsx'
import type { Room } from './rooms.ts'

/** A ticket outlives a night in a lobby. */
const TICKET_SECONDS = 86_400

/** A ticket as it came: `isKept` by a browser, in its cookie. */
export type HeldQueueTicket = QueueTicket & { token: string; isKept: boolean }

/** The visitor's ticket of this room and its present epoch, by cookie or Bearer; null for any other, which counts as none. */
export function findQueueTicket(c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now'>, room: Room): HeldQueueTicket | null {
  const kept = getCookie(c, queueTicketCookie(room.name))
  for (const token of [kept, bearer(c)]) {
    const ticket = verifyQueueTicket(token, deps.tokenKeys)
    if (token && ticket.kind === 'ticket' && isOf(room, ticket) && isTheirs(c, deps, room, ticket.visitor)) {
      return { ...ticket, token, isKept: token === kept }
    }
  }
  return null
}

/**
 * What names a claim, so that a retry hears the same. A program names its own; whatever a browser claims with the ticket that it keeps, from
 * any tab or form or by opening a page, is one attempt, so that no lost answer and no second tab costs a place.
 */
export const claimKeyOf = (c: Ctx, ticket: HeldQueueTicket): string | undefined =>
  c.req.header(IDEMPOTENCY_HEADER)?.slice(0, 64) ?? (ticket.isKept ? 'browser' : undefined)

/** The visitor's live pass of this room and its present epoch, by header or cookie. */
export function findPass(c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now'>, room: Room): Pass | null {
  const pass = verifyPass(passToken(c, room.name), deps.tokenKeys, deps.now())
  return pass.kind === 'pass' && isOf(room, pass) && isTheirs(c, deps, room, pass.id) ? pass : null
}

const isOf = (room: Room, token: Pick<QueueTicket, 'room' | 'epoch'>) =>
  token.room === room.name && token.epoch === room.snapshot.epoch

/** Where each account has one place, what a browser keeps of another account is worth nothing: several people may use it. */
function isTheirs(c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now'>, room: Room, visitor: string): boolean {
  const person = room.plan.rules.requiresLogin ? findPerson(c, deps) : null
  return person === null || accountOf(visitor) === person.id
}

export const passToken = (c: Ctx, room: string) => c.req.header(PASS_HEADER) ?? getCookie(c, passCookie(room))

/** The person who is logged in at the shop. */
export const findPerson = (c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now'>): Access | null =>
  verifyAccess(getCookie(c, ACCESS_COOKIE), deps.tokenKeys, deps.now()) ??
    verifyAccess(bearer(c), deps.tokenKeys, deps.now())

export const setTicketCookie = (c: Ctx, deps: Pick<Deps, 'trustedProxies'>, room: string, token: string) =>
  setOwnCookie(c, deps, queueTicketCookie(room), token, TICKET_SECONDS)

/** Gives the pass to the browser by cookie. Its life is told by the store's clock, not by this edge's. */
export function setPassCookie(c: Ctx, deps: Pick<Deps, 'trustedProxies'>, room: Room, pass: Pass, token: string): void {
  const leftMs = pass.expiresAtMs - Date.parse(room.snapshot.serverTime)
  setOwnCookie(c, deps, passCookie(pass.room), token, Math.max(1, Math.floor(leftMs / 1000)))
}

export function clearVisitCookies(c: Ctx, room: string): void {
  clearTicketCookie(c, room)
  forgetCookie(c, passCookie(room))
}

/** A ticket that leads nowhere is taken away. A pass is not: another tab may have been given it this instant. */
export const clearTicketCookie = (c: Ctx, room: string): void => forgetCookie(c, queueTicketCookie(room))

const forgetCookie = (c: Ctx, name: string) => addHeader(c, 'set-cookie', `${name}=; Max-Age=0; Path=/`)

/** Where the visitor wants to go behind the room: the page asked for before the line, if it is behind this very room. */
export function targetPathOf(c: Ctx, deps: Pick<Deps, 'directory'>, room: Room): string {
  const wish = localPath(c.req.query('to'), room.plan.targetPath)
  const url = new URL(wish, c.req.url)
  const { headers } = c.req.raw
  return deps.directory.roomFor({ method: 'GET', url, headers, address: c.get('address') }) === room.name
    ? wish
    : room.plan.targetPath
}

const bearer = (c: Ctx) => c.req.header('authorization')?.match(/^Bearer +([^ ]+)$/i)?.[1]

function setOwnCookie(c: Ctx, deps: Pick<Deps, 'trustedProxies'>, name: string, value: string, maxAge: number): void {
  const secure = protocolOf(c, deps.trustedProxies) === 'https' ? '; Secure' : ''
  // Tokens and the names of rooms need no escaping.
  addHeader(c, 'set-cookie', `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly${secure}; SameSite=Lax`)
}
