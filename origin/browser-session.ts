import { readAccess } from '../edge/contract/credentials.ts'
import type { OwnRequest } from './account/own-act.ts'
import type { Sender, User } from './accounts.ts'
import type { Actor } from './audit-log.ts'
import { clearSessionCookies, deviceToken, refreshToken, refreshTokens, setDeviceCookie, setSessionCookies } from './cookies.ts'
import type { Deps } from './deps.ts'
import { addressOf, cookieSource, type Ctx } from './http.tsx'
import { signDevice, verifyDevice } from './known-devices.ts'
import { recordLogouts } from './operator-logins.ts'
import { endSession, openSession, type Session } from './sessions.ts'

/** Where a request came from, for the audit log. */
export const requestOrigin = (c: Ctx): Pick<Actor, 'address' | 'requestId'> => ({
  address: addressOf(c),
  requestId: c.get('requestId'),
})

/** Who sends a request: the edge names the address, and a cookie the browser. */
export const senderOf = (c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now'>): Sender => ({
  address: addressOf(c),
  device: verifyDevice(deps, deviceToken(c)),
})

/** Remembers a browser that has just logged in to these accounts (`known-devices.ts`). */
export function rememberDevice(c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now' | 'newId'>, accounts: readonly string[]): void {
  setDeviceCookie(c, signDevice(deps, senderOf(c, deps).device, accounts))
}

/** A request of a person about their own account. */
export const ownRequestOf = (c: Ctx, deps: Pick<Deps, 'tokenKeys' | 'now'>): OwnRequest =>
  Object.assign(senderOf(c, deps), { session: c.get('session'), language: c.get('language'), requestId: c.get('requestId') })

/**
 * Renews the session of the browser, so that its access token has what has just changed, such as the nickname. Without MySQL it does so within
 * 15 minutes.
 */
export async function refreshSession(c: Ctx, deps: Deps): Promise<void> {
  const session = await deps.renewSession(refreshToken(c), addressOf(c)).catch(() => null)
  if (session) setSessionCookies(c, session)
}

/**
 * Opens a session for a login. The one that the browser had before ends, so that no forgotten session stays behind. `hasSecondFactor`: the
 * person has entered a code. Throws StoreUnavailable, and LoginOutdated.
 */
export async function replaceSession(
  c: Ctx,
  deps: Deps,
  user: Pick<User, 'id'>,
  { hasSecondFactor = false, passwordHash }: { hasSecondFactor?: boolean; passwordHash?: string } = {},
): Promise<Session> {
  const { address, requestId } = requestOrigin(c)
  const userAgent = c.req.header('user-agent') ?? ''
  const session = await deps.mysqlHealth.orUnavailable(() =>
    openSession(deps, user, { address, requestId, userAgent, hasSecondFactor, passwordHash })
  )
  await endSessionOf(c, deps)
  return session
}

/** Ends the sessions of all tokens that the request presents. Returns the ids of their users. */
async function endSessionOf(c: Ctx, deps: Deps): Promise<number[]> {
  const access = readAccess(cookieSource(c), deps, deps.now().getTime())
  const users = await endSession(deps, {
    refreshTokens: refreshTokens(c),
    session: access?.session ?? null,
  })
  return [...new Set(users.concat(access?.id ?? []))]
}

/** Logs a browser out. Its cookies are cleared even if the session cannot be ended now, because MySQL is away. */
export async function logOut(c: Ctx, deps: Deps): Promise<void> {
  clearSessionCookies(c)
  await recordLogouts(deps, await endSessionOf(c, deps), requestOrigin(c))
}
