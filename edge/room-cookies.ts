import { cookieName, cookiesIn, passCookie, type Protocol, queueTicketCookie } from './contract/cookies.ts'

/**
 * How many cookies of rooms a browser keeps, so that its requests stay below 8 kB however many rooms the visitor enters. A ticket or a pass
 * takes about 240 bytes. An account gets the position of an evicted ticket back by joining again.
 */
const MAX_TICKETS = 12
const MAX_PASSES = 6

const BARE_KINDS = [{ prefix: queueTicketCookie(''), max: MAX_TICKETS }, { prefix: passCookie(''), max: MAX_PASSES }]
/** As they are named without TLS and with it. */
const KINDS = (['http', 'https'] as const).flatMap((protocol) =>
  BARE_KINDS.map(({ prefix, max }) => ({ prefix: cookieName(prefix, protocol), max }))
)

/** A signed token: three parts of base64url. A site's own cookie may have a name like ours. */
const TOKEN = /^[^=]+=[\w-]+\.[\w-]+\.[\w-]+$/
const isRoomCookie = (cookie: string) => KINDS.some(({ prefix }) => cookie.startsWith(prefix)) && TOKEN.test(cookie)

/**
 * The names of all cookies of rooms in a Cookie header: also those that are not read on this connection, which the browser has from another
 * one, or from a domain that imitates them.
 */
export const roomCookiesOf = (header: string | null): string[] =>
  cookiesIn(header ?? '').filter(isRoomCookie).map((cookie) => cookie.slice(0, cookie.indexOf('=')))

/**
 * The names of the cookies to clear when the cookie `name` is set. Browsers send cookies of one path in the order of their creation
 * (RFC 6265 §5.4), so those of the rooms that the visitor entered first come first.
 */
export function cookiesToEvict(header: string | null, name: string): string[] {
  const kind = KINDS.find(({ prefix }) => name.startsWith(prefix))
  if (!kind) return []
  const others = roomCookiesOf(header).filter((other) => other.startsWith(kind.prefix) && other !== name)
  return others.slice(0, Math.max(0, others.length + 1 - kind.max))
}

/**
 * A Cookie header without all cookies of rooms but the pass of `room`: nothing behind the edge reads others. Over TLS this is the pass with
 * the prefix.
 */
export function withoutRoomCookies(header: string, room: string | null, protocol: Protocol): string {
  if (!BARE_KINDS.some(({ prefix }) => header.includes(prefix))) return header
  const own = room === null ? null : `${cookieName(passCookie(room), protocol)}=`
  return cookiesIn(header).filter((cookie) => !isRoomCookie(cookie) || (own !== null && cookie.startsWith(own))).join('; ')
}
