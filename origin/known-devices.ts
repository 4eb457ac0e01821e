import * as z from 'zod'
import type { TokenKeys } from '../edge/contract/tokens.ts'

/** How long a browser counts as known after its last login. */
export const DEVICE_SECONDS = 180 * 86_400
/** The accounts that one browser is known to: a household's. The second factor of an operator counts as one. */
const MAX_ACCOUNTS = 6

/** A browser and the accounts that have logged in with it, newest first, by `passwordKey`; a second factor by `codeAccountOf`. */
export type Device = { id: string; accounts: string[] }

type Parts = { tokenKeys: TokenKeys; now(): Date; newId(): string }

const deviceClaims = z.object({ jti: z.string().max(64), accounts: z.array(z.string()).max(MAX_ACCOUNTS), exp: z.int() })

/** The device of a token; null if the token is missing, invalid or expired. */
export function verifyDevice({ tokenKeys, now }: Pick<Parts, 'tokenKeys' | 'now'>, token: string | undefined): Device | null {
  const result = tokenKeys.hs256.verify('device', token)
  if (result.kind !== 'verified') return null
  const { data } = deviceClaims.safeParse(result.payload)
  return data && data.exp * 1000 > now().getTime() ? { id: data.jti, accounts: data.accounts } : null
}

/** Signs a token for a browser that has just logged in to these accounts. Its other accounts stay known. */
export function signDevice({ tokenKeys, now, newId }: Parts, device: Device | null, entered: readonly string[]): string {
  const others = device?.accounts.filter((other) => !entered.includes(other)) ?? []
  const accounts = [...entered].concat(others).slice(0, MAX_ACCOUNTS)
  const exp = Math.floor(now().getTime() / 1000) + DEVICE_SECONDS
  return tokenKeys.hs256.sign('device', { jti: device?.id ?? newId(), accounts, exp })
}
