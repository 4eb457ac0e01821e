import { hash } from 'node:crypto'
import * as z from 'zod'

/** The secrets that sign and check tokens: the first signs, all verify, so that a secret can be changed without ending a line. */
export type TokenKeys = readonly [Uint8Array, ...Uint8Array[]]

/** A place in a room's line. It has no expiry of its own: the room's epoch ends it. */
export type QueueTicket = { room: string; epoch: number; index: number; visitor: string }
/**
 * The right to be inside a room until `expiresAtMs`, which moves on while the pass is used, at the longest until `untilMs`. `id` is the
 * visitor's, the same in every renewal, for single use.
 */
export type Pass = { id: string; room: string; epoch: number; expiresAtMs: number; untilMs: number }

/** The visitor of a ticket where each account has one place. */
export const visitorOf = (account: number, { epoch, index }: Pick<QueueTicket, 'epoch' | 'index'>): string =>
  `u${account}.${epoch}.${index}`

/** The account whose place a visitor has, by ticket or by pass; null where anybody may have one. */
export function accountOf(visitor: string): number | null {
  const account = visitor.match(/^u(\d+)\./)?.[1]
  return account === undefined ? null : Number(account)
}

/** No token of ours is as long; a longer one is somebody's invention. */
const TOKEN_LENGTH = 2048

export type TokenFailure = { kind: 'missing' } | { kind: 'invalid' } | { kind: 'expired' }

/** Clocks of two machines may differ by this much before a pass is refused. */
export const LEEWAY_SECONDS = 30

/** Splits the setting TOKEN_SECRET (comma-separated) into keys. Throws RangeError when one is shorter than 32 bytes. */
export function readTokenKeys(setting: string): TokenKeys {
  const [first, ...others] = setting.split(',').map((secret) => new TextEncoder().encode(secret.trim()))
  if (!first || [first, ...others].some((key) => key.length < 32)) throw new RangeError('each secret must have 32 bytes or more')
  return [first, ...others]
}

/** The setting TOKEN_SECRET, parsed into the keys that edge and origin share. */
export const tokenSecret = z.string().transform((setting, check) => {
  try {
    return readTokenKeys(setting)
  } catch (error) {
    check.addIssue((error as Error).message)
    return z.NEVER
  }
})

const ticketClaims = z.object({
  room: z.string(),
  epoch: z.int().nonnegative(),
  index: z.int().nonnegative(),
  sub: z.string(),
})
const passClaims = z.object({ jti: z.string(), room: z.string(), epoch: z.int().nonnegative(), exp: z.int(), until: z.int() })

export const signQueueTicket = (ticket: QueueTicket, keys: TokenKeys): string =>
  sign('ticket', { room: ticket.room, epoch: ticket.epoch, index: ticket.index, sub: ticket.visitor }, keys)

export const signPass = (pass: Pass, keys: TokenKeys): string =>
  sign('pass', {
    ...{ jti: pass.id, room: pass.room, epoch: pass.epoch },
    ...{ exp: Math.ceil(pass.expiresAtMs / 1000), until: Math.ceil(pass.untilMs / 1000) },
  }, keys)

/** Checks a ticket's signature and shape. The caller compares its room and epoch. */
export function verifyQueueTicket(token: string | undefined, keys: TokenKeys): ({ kind: 'ticket' } & QueueTicket) | TokenFailure {
  const claims = verify(token, 'ticket', keys, ticketClaims)
  if (claims.kind !== 'verified') return claims
  const { room, epoch, index, sub } = claims.payload
  return { kind: 'ticket', room, epoch, index, visitor: sub }
}

/** Checks a pass's signature, shape and time, at `nowMs`. The caller compares its room. */
export function verifyPass(token: string | undefined, keys: TokenKeys, nowMs: number): ({ kind: 'pass' } & Pass) | TokenFailure {
  const claims = verify(token, 'pass', keys, passClaims)
  if (claims.kind !== 'verified') return claims
  const { jti, room, epoch, exp, until } = claims.payload
  if (isOver(exp, nowMs)) return { kind: 'expired' }
  return { kind: 'pass', id: jti, room, epoch, expiresAtMs: exp * 1000, untilMs: until * 1000 }
}

/** Who an access token of the shop names. */
export type Access = { id: number; nickname: string; role: 'user' | 'admin' }
const accessClaims = z.object({
  sub: z.coerce.number().int().positive(),
  nickname: z.string(),
  role: z.enum(['user', 'admin']),
  exp: z.int(),
})

/** The person that an access token names at `nowMs`, or null when it is missing, expired or not ours. */
export function verifyAccess(token: string | undefined, keys: TokenKeys, nowMs: number): Access | null {
  const claims = verify(token, 'access', keys, accessClaims)
  if (claims.kind !== 'verified' || isOver(claims.payload.exp, nowMs)) return null
  const { sub, nickname, role } = claims.payload
  return { id: sub, nickname, role }
}

/**
 * A JSON Web Token (RFC 7519) signed by HMAC with SHA-256, of one type. This and `verify` are ours because they stand in the way of every
 * join and every booking, and are four to ten times faster than a general library (docs/decisions/0014); jose reads and writes the same.
 */
function sign(type: string, claims: object, [key]: TokenKeys): string {
  const signed = `${headerOf(type)}.${base64url(JSON.stringify(claims))}`
  return `${signed}.${macOf(signed, key)}`
}

/** Checks a token of one type against every key and parses its claims. Its header must be, to the letter, the one that we write. */
function verify<Claims>(
  token: string | undefined,
  type: string,
  keys: TokenKeys,
  claims: z.ZodType<Claims>,
): { kind: 'verified'; payload: Claims } | { kind: 'missing' } | { kind: 'invalid' } {
  if (!token) return { kind: 'missing' }
  const header = headerOf(type)
  const end = token.lastIndexOf('.')
  if (token.length > TOKEN_LENGTH || end <= header.length || !token.startsWith(`${header}.`)) return { kind: 'invalid' }
  const [signed, mac] = [token.slice(0, end), token.slice(end + 1)]
  if (!keys.some((key) => isSame(mac, macOf(signed, key)))) return { kind: 'invalid' }
  const parsed = claims.safeParse(readJson(signed.slice(header.length + 1)))
  return parsed.success ? { kind: 'verified', payload: parsed.data } : { kind: 'invalid' }
}

const isOver = (exp: number, nowMs: number) => (exp + LEEWAY_SECONDS) * 1000 <= nowMs

/**
 * HMAC (RFC 2104) with SHA-256, by two hashes of one call each: a Hmac object costs Deno as much again. By way of hex, since a Buffer would
 * cost more than the hash, and in memory that is used again: each new array is one to be collected.
 */
function macOf(signed: string, key: Uint8Array): string {
  const { inner, message, outer, innerHash } = padsOf(key)
  const { written } = encoder.encodeInto(signed, message)
  innerHash.setFromHex(hash('sha256', inner.subarray(0, BLOCK_BYTES + written), 'hex'))
  digest.setFromHex(hash('sha256', outer, 'hex'))
  return digest.toBase64(BASE64URL)
}

const BLOCK_BYTES = 64
const HASH_BYTES = 32
const BASE64URL = { alphabet: 'base64url', omitPadding: true } as const
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const digest = new Uint8Array(HASH_BYTES)
/** Where a part of a token is written and read. */
const scratch = new Uint8Array(3 * TOKEN_LENGTH)

function base64url(text: string): string {
  const { written } = encoder.encodeInto(text, scratch)
  return scratch.subarray(0, written).toBase64(BASE64URL)
}

/** `message` and `innerHash` are the ends of `inner` and `outer`, where what is hashed is written. */
type Pads = Record<'inner' | 'message' | 'outer' | 'innerHash', Uint8Array>
const pads = new WeakMap<Uint8Array, Pads>()

/** The key in its two masks, each with room for what it is hashed with: a token in UTF-8, and a hash. */
function padsOf(key: Uint8Array): Pads {
  const known = pads.get(key)
  if (known) return known
  const short = key.length > BLOCK_BYTES ? Uint8Array.fromHex(hash('sha256', key, 'hex')) : key
  const masked = (mask: number, room: number) =>
    new Uint8Array(BLOCK_BYTES + room).map((_, i) => i < BLOCK_BYTES ? (short[i] ?? 0) ^ mask : 0)
  const [inner, outer] = [masked(0x36, 3 * TOKEN_LENGTH), masked(0x5c, HASH_BYTES)]
  const made = { inner, message: inner.subarray(BLOCK_BYTES), outer, innerHash: outer.subarray(BLOCK_BYTES) }
  pads.set(key, made)
  return made
}

/** Compares in a time that depends on the lengths only. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

const headers = new Map<string, string>()
function headerOf(type: string): string {
  const known = headers.get(type) ?? base64url(JSON.stringify({ alg: 'HS256', typ: type }))
  headers.set(type, known)
  return known
}

function readJson(part: string): unknown {
  try {
    const { written } = scratch.setFromBase64(part, { alphabet: 'base64url' })
    return JSON.parse(decoder.decode(scratch.subarray(0, written)))
  } catch {
    return undefined
  }
}
