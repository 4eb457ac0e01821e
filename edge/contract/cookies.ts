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
 * HttpOnly, for the path of one event's booking page: the id of the reservation that the visitor has just made there. Opening that page again,
 * for example with the browser's Back button, then neither joins the queue nor claims a pass.
 */
export const BOOKED_COOKIE = 'booked'
/** HttpOnly: the queue ticket of a room. Each room has its own cookie, so that a visitor can wait in several rooms. */
export const queueTicketCookie = (room: string) => `ticket-${room}`
/** HttpOnly: the pass of a room. */
export const passCookie = (room: string) => `pass-${room}`

/**
 * The values of a cookie in a Cookie header, in its order. Several cookies of one name are sent when another path or domain has set one too
 * (RFC 6265 §5.4), so a reader of tokens tries each.
 */
export const cookieValues = (header: string | null | undefined, name: string): string[] =>
  (header ?? '').split(';').map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(`${name}=`)).map((cookie) => cookie.slice(name.length + 1))
