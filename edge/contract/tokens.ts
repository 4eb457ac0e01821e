import * as z from 'zod'
import { createHs256, type Hs256, type Secrets } from '../../runtime/hs256.ts'
import { type Role, ROLES } from './roles.ts'

/**
 * The secrets of tokens, prepared for signing. The first secret signs and all verify, so that a secret can be rotated while its tokens
 * are in use.
 */
export type TokenKeys = { secrets: Secrets; hs256: Hs256 }

/** Parses the setting TOKEN_SECRET (comma-separated). Throws RangeError if a secret is shorter than 32 bytes. */
export function readTokenKeys(setting: string): TokenKeys {
  const [first, ...others] = setting.split(',').map((secret) => new TextEncoder().encode(secret.trim()))
  if (!first || [first, ...others].some((secret) => secret.length < 32)) {
    throw new RangeError('each secret must have 32 bytes or more')
  }
  const secrets: Secrets = [first, ...others]
  return { secrets, hs256: createHs256(secrets) }
}

/** The setting TOKEN_SECRET as a schema; edge and origin share the secrets. */
export const tokenSecret = z.string().transform((setting, check) => {
  try {
    return readTokenKeys(setting)
  } catch (error) {
    check.addIssue((error as Error).message)
    return z.NEVER
  }
})

/**
 * A visitor's ticket for the queue of a room. It does not expire; a new epoch of the room voids it. `isVerified`: when they joined, their account
 * had verified its e-mail address.
 */
export type QueueTicket = { room: string; epoch: number; index: number; visitor: string; isVerified?: boolean }

/**
 * The right to pass through a room. `expiresAtMs` advances while the pass is used, up to `untilMs`. `id` is the visitor's and stays the same
 * when the pass is renewed, so that a pass books only once. `isExtended`: its visit was extended, which is possible once.
 */
export type Pass = { id: string; room: string; epoch: number; expiresAtMs: number; untilMs: number; isExtended?: boolean }

/** The visitor id of an account, in a room that gives one queue ticket per account. */
export const visitorOf = (account: number, { epoch, index }: Pick<QueueTicket, 'epoch' | 'index'>): string =>
  `u${account}.${epoch}.${index}`

/** The account of a visitor id; null for an anonymous visitor. */
export function accountOf(visitor: string): number | null {
  const account = visitor.match(/^u(\d+)\./)?.[1]
  return account === undefined ? null : Number(account)
}

export type TokenFailure = { kind: 'missing' } | { kind: 'invalid' } | { kind: 'expired' }

/** Tolerance for clocks that differ, before an expired token is rejected. */
export const LEEWAY_SECONDS = 30

/** A room keeps one bit for each index in a Redis string, which has 2^32 of them. */
const MAX_INDEX = 2 ** 32 - 1

const ticketClaims = z.object({
  room: z.string(),
  epoch: z.int().nonnegative(),
  index: z.int().min(0).max(MAX_INDEX),
  sub: z.string(),
  ver: z.boolean().default(false),
})
/** The latest time of a Date, in seconds since the epoch (ECMA-262 §21.4.1.1). */
const timeClaim = z.int().nonnegative().max(8_640_000_000_000)
const passClaims = z.object({
  jti: z.string(),
  room: z.string(),
  epoch: z.int().nonnegative(),
  exp: timeClaim,
  until: timeClaim,
  ext: z.boolean().default(false),
})

export const signQueueTicket = ({ room, epoch, index, visitor, isVerified = false }: QueueTicket, keys: TokenKeys): string =>
  keys.hs256.sign('ticket', { room, epoch, index, sub: visitor, ...(isVerified && { ver: true }) })

export const signPass = ({ id, room, epoch, expiresAtMs, untilMs, isExtended = false }: Pass, keys: TokenKeys): string =>
  keys.hs256.sign('pass', {
    jti: id,
    room,
    epoch,
    exp: Math.ceil(expiresAtMs / 1000),
    until: Math.ceil(untilMs / 1000),
    ...(isExtended && { ext: true }),
  })

/** Checks the signature and shape of a queue ticket. The caller compares room and epoch. */
export function verifyQueueTicket(token: string | undefined, keys: TokenKeys): ({ kind: 'ticket' } & QueueTicket) | TokenFailure {
  const result = verify('ticket', token, keys, ticketClaims)
  if (result.kind !== 'verified') return result
  const { room, epoch, index, sub, ver } = result.claims
  const ticket = { kind: 'ticket', room, epoch, index, visitor: sub } as const
  return ver ? Object.assign(ticket, { isVerified: true }) : ticket
}

/** Checks the signature, shape and expiry of a pass. The caller compares the room. */
export function verifyPass(token: string | undefined, keys: TokenKeys, nowMs: number): ({ kind: 'pass' } & Pass) | TokenFailure {
  const result = verify('pass', token, keys, passClaims)
  if (result.kind !== 'verified') return result
  const { jti, room, epoch, exp, until, ext } = result.claims
  if (isExpired(exp, nowMs)) return { kind: 'expired' }
  const pass = { kind: 'pass', id: jti, room, epoch, expiresAtMs: exp * 1000, untilMs: until * 1000 } as const
  return ext ? Object.assign(pass, { isExtended: true }) : pass
}

/**
 * The person whom an access token of the shop identifies. `verified`: they have verified their e-mail address. `session`: the session that
 * issued the token, which a logout revokes; null for tokens of earlier releases. `methods`: how they have authenticated (RFC 8176): `pwd`, and
 * `otp` and `mfa` if they have a second factor.
 */
export type Access = {
  id: number
  nickname: string
  role: Role
  verified: boolean
  session: string | null
  methods: readonly string[]
}
const accessClaims = z.object({
  sub: z.string().regex(/^[1-9]\d*$/).transform(Number).pipe(z.int()),
  nickname: z.string(),
  role: z.enum(ROLES),
  verified: z.boolean().default(false),
  sid: z.string().nullable().default(null),
  amr: z.array(z.string().max(20)).max(10).default([]),
  exp: z.int(),
})

/** The person of an access token; null if the token is missing, invalid or expired. */
export function verifyAccess(token: string | undefined, keys: TokenKeys, nowMs: number): Access | null {
  const result = verify('access', token, keys, accessClaims)
  if (result.kind !== 'verified' || isExpired(result.claims.exp, nowMs)) return null
  const { sub, nickname, role, verified, sid, amr } = result.claims
  return { id: sub, nickname, role, verified, session: sid, methods: amr }
}

function verify<Claims>(
  type: string,
  token: string | undefined,
  { hs256 }: TokenKeys,
  schema: z.ZodType<Claims>,
): { kind: 'verified'; claims: Claims } | { kind: 'missing' } | { kind: 'invalid' } {
  const result = hs256.verify(type, token)
  if (result.kind !== 'verified') return result
  const parsed = schema.safeParse(result.payload)
  return parsed.success ? { kind: 'verified', claims: parsed.data } : { kind: 'invalid' }
}

const isExpired = (exp: number, nowMs: number) => (exp + LEEWAY_SECONDS) * 1000 <= nowMs
