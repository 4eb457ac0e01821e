/** The visitor's own choice of language, readable by scripts: `ko` or `en`. */
export const LANGUAGE_COOKIE = 'lang'
/** The signed-in person's nickname, readable by scripts so that cached pages can greet; it proves nothing. */
export const NICKNAME_COOKIE = 'nickname'
/** HttpOnly: the access token, and the refresh token that renews it. */
export const ACCESS_COOKIE = 'access'
export const REFRESH_COOKIE = 'refresh'
/** HttpOnly: a visitor's ticket for a room. Rooms have cookies of their own, so that one line does not end another. */
export const queueTicketCookie = (room: string) => `ticket-${room}`
/** HttpOnly: the pass that a ticket was exchanged for. */
export const passCookie = (room: string) => `pass-${room}`
