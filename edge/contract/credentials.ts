import { ACCESS_COOKIE, cookieValues, passCookie } from './cookies.ts'
import { bearerToken, PASS_HEADER } from './headers.ts'
import { type Access, type Pass, type TokenFailure, type TokenKeys, verifyAccess, verifyPass } from './tokens.ts'

/**
 * The person whom a request identifies: by the Authorization header, otherwise by the first cookie with a valid access token. Edge and origin
 * both use this, so they never take one request for two people.
 */
export function readAccess(headers: Headers, keys: TokenKeys, nowMs: number): Access | null {
  const bearer = verifyAccess(bearerToken(headers.get('authorization')), keys, nowMs)
  if (bearer) return bearer
  for (const token of cookieValues(headers.get('cookie'), ACCESS_COOKIE)) {
    const person = verifyAccess(token, keys, nowMs)
    if (person) return person
  }
  return null
}

/**
 * The pass that a request presents for a room: that of the header, otherwise the first cookie with a valid one; or why there is none. The
 * caller compares the epoch.
 */
export function readPass(
  headers: Headers,
  room: string,
  keys: TokenKeys,
  nowMs: number,
): ({ kind: 'pass' } & Pass) | TokenFailure {
  const header = headers.get(PASS_HEADER)
  const tokens = header === null ? cookieValues(headers.get('cookie'), passCookie(room)) : [header]
  let failure: TokenFailure = { kind: 'missing' }
  for (const token of tokens) {
    const pass = verifyPass(token, keys, nowMs)
    if (pass.kind === 'pass' && pass.room === room) return pass
    failure = pass.kind === 'pass' ? { kind: 'invalid' } : pass
  }
  return failure
}
