import { ACCESS_COOKIE, type CookieSource, cookieValues, passCookie } from './cookies.ts'
import { bearerToken, PASS_HEADER } from './headers.ts'
import { type Access, type Pass, type TokenFailure, type TokenKeys, verifyAccess, verifyPass } from './tokens.ts'

export type AccessChecks = { tokenKeys: TokenKeys; revokedSessions: { has(session: string | null): boolean } }

/**
 * The person whom a request identifies: by the Authorization header, otherwise by the first cookie with a valid access token. The tokens of a
 * session that has ended do not count. Edge and origin both use this, so they identify the same person in a request.
 */
export function readAccess(request: CookieSource, { tokenKeys, revokedSessions }: AccessChecks, nowMs: number): Access | null {
  for (const token of [bearerToken(request.headers.get('authorization'))].concat(cookieValues(request, ACCESS_COOKIE))) {
    const person = verifyAccess(token, tokenKeys, nowMs)
    if (person && !revokedSessions.has(person.session)) return person
  }
  return null
}

/**
 * The pass that a request presents for a room: that of the header, otherwise the first cookie with a valid one; or why there is none. The
 * caller compares the epoch.
 */
export function readPass(
  request: CookieSource,
  room: string,
  keys: TokenKeys,
  nowMs: number,
): ({ kind: 'pass' } & Pass) | TokenFailure {
  const header = request.headers.get(PASS_HEADER)
  const tokens = header === null ? cookieValues(request, passCookie(room)) : [header]
  let failure: TokenFailure = { kind: 'missing' }
  for (const token of tokens) {
    const pass = verifyPass(token, keys, nowMs)
    if (pass.kind === 'pass' && pass.room === room) return pass
    failure = pass.kind === 'pass' ? { kind: 'invalid' } : pass
  }
  return failure
}
