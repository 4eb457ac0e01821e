import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'

/** The secrets that sign and check tokens: the first signs, all verify, so that a secret can be changed without ending a line. */
export type TokenKeys = readonly [Uint8Array, ...Uint8Array[]]

/** A place in a room's line. It has no expiry of its own: the room's epoch ends it. */
export type Ticket = { room: string; epoch: number; index: number; visitor: string }
/**
 * The right to be inside a room until `expiresAtMs`, which moves on while the pass is used, at the longest until `untilMs`. `id` is the
 * visitor's, the same in every renewal, for single use.
 */
export type Pass = { id: string; room: string; epoch: number; expiresAtMs: number; untilMs: number }

export type TokenFailure = { kind: 'missing' } | { kind: 'invalid' } | { kind: 'expired' }

/** Clocks of two machines may differ by this much before a pass is refused. */
export const LEEWAY_SECONDS = 30

/** Splits the setting TOKEN_SECRET (comma-separated) into keys. Throws RangeError when one is shorter than 32 bytes. */
export function readTokenKeys(setting: string): TokenKeys {
  const [first, ...others] = setting.split(',').map((secret) => new TextEncoder().encode(secret.trim()))
  if (!first || [first, ...others].some((key) => key.length < 32)) throw new RangeError('each secret must have 32 bytes or more')
  return [first, ...others]
}

const ticketClaims = z.object({
  room: z.string(),
  epoch: z.int().nonnegative(),
  index: z.int().nonnegative(),
  sub: z.string(),
})
const passClaims = z.object({ jti: z.string(), room: z.string(), epoch: z.int().nonnegative(), exp: z.int(), until: z.int() })

export const signTicket = (ticket: Ticket, keys: TokenKeys): Promise<string> =>
  new SignJWT({ room: ticket.room, epoch: ticket.epoch, index: ticket.index, sub: ticket.visitor })
    .setProtectedHeader({ alg: 'HS256', typ: 'ticket' }).sign(keys[0])

export const signPass = (pass: Pass, keys: TokenKeys): Promise<string> =>
  new SignJWT({
    ...{ jti: pass.id, room: pass.room, epoch: pass.epoch },
    ...{ exp: Math.ceil(pass.expiresAtMs / 1000), until: Math.ceil(pass.untilMs / 1000) },
  }).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(keys[0])

/** Checks a ticket's signature and shape. The caller compares its room and epoch. */
export async function verifyTicket(
  token: string | undefined,
  keys: TokenKeys,
): Promise<({ kind: 'ticket' } & Ticket) | TokenFailure> {
  const claims = await verify(token, 'ticket', keys, ticketClaims)
  if (claims.kind !== 'verified') return claims
  const { room, epoch, index, sub } = claims.payload
  return { kind: 'ticket', room, epoch, index, visitor: sub }
}

/** Checks a pass's signature, shape and time, at `nowMs`. The caller compares its room. */
export async function verifyPass(
  token: string | undefined,
  keys: TokenKeys,
  nowMs: number,
): Promise<({ kind: 'pass' } & Pass) | TokenFailure> {
  const claims = await verify(token, 'pass', keys, passClaims, nowMs)
  if (claims.kind !== 'verified') return claims
  const { jti, room, epoch, exp, until } = claims.payload
  return { kind: 'pass', id: jti, room, epoch, expiresAtMs: exp * 1000, untilMs: until * 1000 }
}

/** Who an access token of the shop names. */
export type Access = { id: number; nickname: string; role: 'user' | 'admin' }
const accessClaims = z.object({ sub: z.coerce.number().int().positive(), nickname: z.string(), role: z.enum(['user', 'admin']) })

/** The person that an access token names at `nowMs`, or null when it is missing, expired or not ours. */
export async function verifyAccess(token: string | undefined, keys: TokenKeys, nowMs: number): Promise<Access | null> {
  const claims = await verify(token, 'access', keys, accessClaims, nowMs)
  if (claims.kind !== 'verified') return null
  const { sub, nickname, role } = claims.payload
  return { id: sub, nickname, role }
}

/** Checks a token of one type against every key and parses its claims; shared by all tokens of the product. */
export async function verify<Claims>(
  token: string | undefined,
  type: string,
  keys: TokenKeys,
  claims: z.ZodType<Claims>,
  nowMs = Date.now(),
): Promise<{ kind: 'verified'; payload: Claims } | TokenFailure> {
  if (!token) return { kind: 'missing' }
  if (token.length > 2048) return { kind: 'invalid' }
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        typ: type,
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(nowMs),
      })
      const parsed = claims.safeParse(payload)
      return parsed.success ? { kind: 'verified', payload: parsed.data } : { kind: 'invalid' }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { kind: 'expired' }
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return { kind: 'invalid' }
    }
  }
  return { kind: 'invalid' }
}
