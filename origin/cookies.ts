import { deleteCookie, setCookie } from 'hono/cookie'
import { addBooked, readBooked } from '../edge/contract/booked.ts'
import {
  ACCESS_COOKIE,
  BOOKED_COOKIE,
  cookieName,
  cookieValues,
  DEVICE_COOKIE,
  LANGUAGE_COOKIE,
  NICKNAME_COOKIE,
  REFRESH_COOKIE,
} from '../edge/contract/cookies.ts'
import type { Language } from '../edge/contract/language.ts'
import { cookieSource, type Ctx } from './http.tsx'
import { DEVICE_SECONDS } from './known-devices.ts'
import { ACCESS_SECONDS, REFRESH_SECONDS, type Session } from './sessions.ts'

const BOOKED_SECONDS = 3_600
const LANGUAGE_SECONDS = 31_536_000

/** The refresh tokens that a browser presents. Over TLS it has at most one. */
export const refreshTokens = (c: Ctx): string[] => cookieValues(cookieSource(c), REFRESH_COOKIE)
export const refreshToken = (c: Ctx): string | undefined => refreshTokens(c)[0]

/** Sets a session's tokens as HttpOnly cookies, and the nickname as a cookie that scripts can read. */
export function setSessionCookies(c: Ctx, session: Session): void {
  set(c, ACCESS_COOKIE, session.accessToken, ACCESS_SECONDS)
  set(c, REFRESH_COOKIE, session.refreshToken, REFRESH_SECONDS)
  set(c, NICKNAME_COOKIE, session.user.nickname, REFRESH_SECONDS, { isReadable: true })
}

export function clearSessionCookies(c: Ctx): void {
  const { protocol } = cookieSource(c)
  for (const cookie of [ACCESS_COOKIE, REFRESH_COOKIE, NICKNAME_COOKIE]) {
    deleteCookie(c, cookieName(cookie, protocol), { path: '/', secure: protocol === 'https' })
  }
}

export const deviceToken = (c: Ctx): string | undefined => cookieValues(cookieSource(c), DEVICE_COOKIE)[0]

/** Marks a browser as known to the account that has just logged in. It outlives the session: a logout keeps it. */
export const setDeviceCookie = (c: Ctx, token: string): void => set(c, DEVICE_COOKIE, token, DEVICE_SECONDS)

/** Remembers what the visitor has booked, until an hour after the last booking. */
export function setBookedCookie(c: Ctx, eventId: number, reservation: string): void {
  const before = readBooked(cookieValues(cookieSource(c), BOOKED_COOKIE))
  set(c, BOOKED_COOKIE, addBooked(before, { eventId, reservation }), BOOKED_SECONDS)
}

export const setLanguageCookie = (c: Ctx, language: Language): void =>
  set(c, LANGUAGE_COOKIE, language, LANGUAGE_SECONDS, { isReadable: true })

/** Sets a cookie. Hono throws if its attributes do not allow the prefix of its name. */
function set(c: Ctx, cookie: string, value: string, maxAge: number, { isReadable = false } = {}): void {
  const { protocol } = cookieSource(c)
  const attributes = { path: '/', sameSite: 'Lax', secure: protocol === 'https', httpOnly: !isReadable, maxAge } as const
  setCookie(c, cookieName(cookie, protocol), value, attributes)
}
