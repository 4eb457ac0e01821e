/** The visitor's choice of language, `ko` or `en`. Scripts can read it. */
export const LANGUAGE_COOKIE = 'lang'
/** The nickname of the person who is logged in. Scripts on cached pages read it to greet them; it authenticates nothing. */
export const NICKNAME_COOKIE = 'nickname'
/** HttpOnly: the access token. */
export const ACCESS_COOKIE = 'access'
/** HttpOnly: the refresh token. */
export const REFRESH_COOKIE = 'refresh'
/** HttpOnly: the queue ticket of a room. Each room has its own cookie, so that a visitor can wait in several rooms. */
export const queueTicketCookie = (room: string) => `ticket-${room}`
/** HttpOnly: the pass of a room. */
export const passCookie = (room: string) => `pass-${room}`
