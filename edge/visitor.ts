import { cookieName, LANGUAGE_COOKIE, passCookie, queueTicketCookie } from './contract/cookies.ts'
import { bearerToken, IDEMPOTENCY_HEADER } from './contract/headers.ts'
import { localPath, paths } from './contract/paths.ts'
import { accountOf, type Pass, type QueueTicket, verifyQueueTicket } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { addHeader, type Ctx } from './http.tsx'
import { cookiesToEvict } from './room-cookies.ts'
import type { Room } from './rooms/live-room.ts'

/** The lifetime of a queue ticket's cookie: longer than an overnight wait in the lobby. */
const TICKET_SECONDS = 86_400

/** A queue ticket with its token. `isFromCookie`: a browser keeps it. */
export type HeldQueueTicket = QueueTicket & { token: string; isFromCookie: boolean }

/** The visitor's queue ticket for the room's current epoch, from the cookie or the Authorization header; null when there is none. */
export function findQueueTicket(c: Ctx, deps: Pick<Deps, 'tokenKeys'>, room: Room): HeldQueueTicket | null {
  const { client } = c.env
  const cookies = client.cookies(queueTicketCookie(room.name))
  for (const token of cookies.concat(bearerToken(client.headers.get('authorization')) ?? [])) {
    const ticket = verifyQueueTicket(token, deps.tokenKeys)
    if (ticket.kind === 'ticket' && isCurrent(room, ticket) && mayClaim(room, ticket) && isOwnVisitor(c, room, ticket.visitor)) {
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
  c.env.client.headers.get(IDEMPOTENCY_HEADER)?.slice(0, 64) ?? (ticket.isFromCookie ? 'browser' : undefined)

/** The visitor's valid pass for the room's current epoch, from the header or the cookie; null when there is none. */
export function findPass(c: Ctx, room: Room): Pass | null {
  const pass = c.env.client.passFor(room.name)
  return pass.kind === 'pass' && isCurrent(room, pass) && isOwnVisitor(c, room, pass.id) ? pass : null
}

const isCurrent = (room: Room, token: Pick<QueueTicket, 'room' | 'epoch'>) =>
  token.room === room.name && token.epoch === room.snapshot.epoch

/**
 * Whether the room takes tickets of this kind. When an operator lets accounts alone into a room that was open to anyone, the tickets of
 * anonymous visitors end: one person may hold hundreds of them. Passes stay valid, so that no one loses a booking in progress.
 */
const mayClaim = (room: Room, { visitor }: QueueTicket): boolean =>
  room.plan.rules.identity === 'anyone' || accountOf(visitor) !== null

/**
 * Whether a token belongs to the person who is logged in. Where each account has one position, a token of another account does not count:
 * several people may share a browser.
 */
function isOwnVisitor(c: Ctx, room: Room, visitor: string): boolean {
  const person = room.plan.rules.identity === 'anyone' ? null : c.env.client.person
  return person === null || accountOf(visitor) === person.id
}

/** Whether the request carries a queue ticket or a pass of the room as a cookie, valid or not. */
export const hasVisitCookies = ({ env: { client } }: Ctx, room: string): boolean =>
  client.cookies(queueTicketCookie(room)).length > 0 || client.cookies(passCookie(room)).length > 0

export const setTicketCookie = (c: Ctx, room: string, token: string) =>
  setTokenCookie(c, queueTicketCookie(room), token, TICKET_SECONDS)

/** Sets the pass as a cookie. Its lifetime is measured by the store's clock, not by this edge's. */
export function setPassCookie(c: Ctx, room: Room, pass: Pass, token: string): void {
  const leftMs = pass.expiresAtMs - Date.parse(room.snapshot.serverTime)
  setTokenCookie(c, passCookie(pass.room), token, Math.max(1, Math.floor(leftMs / 1000)))
}

export function clearVisitCookies(c: Ctx, room: string): void {
  clearTicketCookie(c, room)
  clearCookie(c, nameOf(c, passCookie(room)))
}

/**
 * Clears the cookie of a ticket that is no longer valid, if the request carries it. The pass stays: another tab may have received it at this
 * instant.
 */
export function clearTicketCookie(c: Ctx, room: string): void {
  const cookie = queueTicketCookie(room)
  if (c.env.client.cookies(cookie).length > 0) clearCookie(c, nameOf(c, cookie))
}

/**
 * Keeps the language of a page's address (`?lang=en`) until the browser is closed, for a visitor who has not chosen one: the links of pages,
 * which are the same for everyone, have no language.
 */
export function keepLanguage(c: Ctx): void {
  const { client } = c.env
  const isNamed = client.isPage && client.query('lang') === client.language
  if (!isNamed || client.cookies(LANGUAGE_COOKIE).length > 0) return
  addHeader(c, 'set-cookie', `${nameOf(c, LANGUAGE_COOKIE)}=${client.language}; Path=/${secure(c)}; SameSite=Lax`)
}

/** Clears the cookie that is sent under a name. Browsers ignore a change to a name with the prefix `__Host-` without `Secure`. */
export const clearCookie = (c: Ctx, name: string) => addHeader(c, 'set-cookie', `${name}=; Max-Age=0; Path=/${secure(c)}`)

const nameOf = (c: Ctx, cookie: string) => cookieName(cookie, c.env.client.protocol)
const secure = (c: Ctx) => c.env.client.protocol === 'https' ? '; Secure' : ''

/** The path to continue to after admission: the one that the visitor requested before the queue, if it is behind this room. */
export function targetPathOf(c: Ctx, deps: Pick<Deps, 'directory'>, room: Room): string {
  const target = localPath(c.env.client.query('to'), room.plan.targetPath)
  const request = { method: 'GET', path: target.split('?', 1)[0]!, address: c.env.client.address }
  return deps.directory.roomFor(request) === room.name ? target : room.plan.targetPath
}

/** The path of the room's waiting page, with the query of this request. */
export const waitingPathOf = (c: Ctx, room: Room) => paths.room(room.name) + c.env.client.search

function setTokenCookie(c: Ctx, cookie: string, value: string, maxAge: number): void {
  const name = nameOf(c, cookie)
  for (const evicted of cookiesToEvict(c.env.client.headers.get('cookie'), name)) clearCookie(c, evicted)
  // Neither tokens nor room names need escaping.
  addHeader(c, 'set-cookie', `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly${secure(c)}; SameSite=Lax`)
}
