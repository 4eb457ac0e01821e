import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { ACCESS_COOKIE, BOOKED_COOKIE, DEVICE_COOKIE, NICKNAME_COOKIE, REFRESH_COOKIE } from '../edge/contract/cookies.ts'
import { paths } from '../edge/contract/paths.ts'
import type { Ctx } from './http.tsx'
import { DEVICE_SECONDS } from './known-devices.ts'
import { ACCESS_SECONDS, REFRESH_SECONDS, type Session } from './sessions.ts'

export const refreshToken = (c: Ctx): string | undefined => getCookie(c, REFRESH_COOKIE)

/** Sets a session's tokens as HttpOnly cookies, and the nickname as a cookie that scripts can read. */
export function setSessionCookies(c: Ctx, session: Session): void {
  const attributes = { path: '/', sameSite: 'Lax', secure: isSecure(c) } as const
  setCookie(c, ACCESS_COOKIE, session.accessToken, { ...attributes, httpOnly: true, maxAge: ACCESS_SECONDS })
  setCookie(c, REFRESH_COOKIE, session.refreshToken, { ...attributes, httpOnly: true, maxAge: REFRESH_SECONDS })
  setCookie(c, NICKNAME_COOKIE, session.user.nickname, { ...attributes, maxAge: REFRESH_SECONDS })
}

export const deviceToken = (c: Ctx): string | undefined => getCookie(c, DEVICE_COOKIE)

/** Marks a browser as known to the account that has just logged in. It outlives the session: a logout keeps it. */
export function setDeviceCookie(c: Ctx, token: string): void {
  setCookie(c, DEVICE_COOKIE, token, { path: '/', sameSite: 'Lax', secure: isSecure(c), httpOnly: true, maxAge: DEVICE_SECONDS })
}

export function clearSessionCookies(c: Ctx): void {
  for (const name of [ACCESS_COOKIE, REFRESH_COOKIE, NICKNAME_COOKIE]) deleteCookie(c, name, { path: '/', secure: isSecure(c) })
}

const BOOKED_SECONDS = 3_600

/** Remembers for an hour, for the booking page alone, that the visitor has booked there. */
export function setBookedCookie(c: Ctx, eventId: number, reservation: string): void {
  const attributes = { path: paths.booking(eventId), sameSite: 'Lax', secure: isSecure(c), httpOnly: true } as const
  setCookie(c, BOOKED_COOKIE, reservation, { ...attributes, maxAge: BOOKED_SECONDS })
}

/** Whether the visitor uses HTTPS, according to the edge. */
export const isSecure = (c: Ctx): boolean =>
  (c.req.header('x-forwarded-proto') ?? new URL(c.req.url).protocol.replace(':', '')) === 'https'
