/** The protocol by which the visitor reached the site: as the edge has read it, and as it tells the origin in X-Forwarded-Proto. */
export type Protocol = 'http' | 'https'

/** What the cookies of a request are read from. */
export type CookieSource = { headers: Headers; protocol: Protocol }

/**
 * Browsers accept a cookie with this prefix only over TLS, for this host alone and for all of its paths (RFC 6265bis §4.1.3.2). Neither a
 * sibling domain nor an attacker on a connection without TLS can set one.
 */
const HOST_PREFIX = '__Host-'

/**
 * The name under which a cookie is sent. Over TLS it has the prefix, and the bare name is never read: everyone who may set cookies for the
 * domain can set that one. Without TLS browsers refuse the prefix.
 */
export const cookieName = (cookie: string, protocol: Protocol): string => protocol === 'https' ? HOST_PREFIX + cookie : cookie

/** The visitor's choice of language, `ko` or `en`. Scripts can read it. */
export const LANGUAGE_COOKIE = 'lang'
/** The nickname of the person who is logged in. Scripts on cached pages read it to greet them; it authenticates nothing. */
export const NICKNAME_COOKIE = 'nickname'
/** HttpOnly: the access token. */
export const ACCESS_COOKIE = 'access'
/** HttpOnly: the refresh token. */
export const REFRESH_COOKIE = 'refresh'
/** HttpOnly: the accounts that have logged in with this browser, signed. Their logins are not delayed by others' guesses. */
export const DEVICE_COOKIE = 'device'
/**
 * HttpOnly: the reservations that the visitor has just made (booked.ts). Opening the booking page of their event again, for example with the
 * browser's Back button, then neither joins the queue nor claims a pass.
 */
export const BOOKED_COOKIE = 'booked'
/** HttpOnly: the queue ticket of a room. Each room has its own cookie, so that a visitor can wait in several rooms. */
export const queueTicketCookie = (room: string) => `ticket-${room}`
/** HttpOnly: the pass of a room. */
export const passCookie = (room: string) => `pass-${room}`

/** The cookies of a Cookie header, each with its value, in the order of the header. */
export const cookiesIn = (header: string): string[] => header.split(';').map(trimmed)

/** A browser sends one value of a cookie, or one for each path and domain that has set it. */
const MAX_VALUES = 4

/**
 * The values of a cookie, in the order of the Cookie header. Without TLS several cookies of one name are sent when another path or domain has
 * set one too (RFC 6265 §5.4), so a reader of tokens tries each: the first four, because each costs signatures.
 */
export function cookieValues({ headers, protocol }: CookieSource, cookie: string): string[] {
  const start = `${cookieName(cookie, protocol)}=`
  const header = headers.get('cookie')
  if (!header?.includes(start)) return []
  return cookiesIn(header).filter((pair) => pair.startsWith(start)).slice(0, MAX_VALUES).map((pair) => pair.slice(start.length))
}

/**
 * Removes spaces and tabs at both ends. `trim()` also removes characters that browsers keep in a name, such as U+00A0: with it, a cookie
 * that any subdomain may set would be read as one with the prefix.
 */
function trimmed(pair: string): string {
  let [start, end] = [0, pair.length]
  while (start < end && isSpace(pair.charCodeAt(start))) start++
  while (end > start && isSpace(pair.charCodeAt(end - 1))) end--
  return pair.slice(start, end)
}

const isSpace = (code: number) => code === 0x20 || code === 0x09
