/**
 * The keys of admission tickets. Ed25519 signatures are the same for the same ticket and key, so tickets are not stored: they are signed when
 * they are shown.
 */
import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { CompactSign, type JSONWebKeySet, type JWK } from 'jose'
import * as z from 'zod'
import { type AdmissionTicket, TICKET_ALGORITHM, ticketPayload } from '../edge/contract/admission-ticket.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'

export type TicketKeys = {
  /** The content of a ticket's QR code, signed with the first key. */
  sign(ticket: AdmissionTicket): Promise<string>
  /** The public keys, with which devices verify tickets. */
  publicKeys: JSONWebKeySet
}

const SEED_BYTES = 32
/** What precedes the seed in a private key of Ed25519 as PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const KEY_ID_LENGTH = 8

/** Parses the setting TICKET_KEYS: seeds of 32 bytes as base64url, comma-separated. Undefined: the keys derive from TOKEN_SECRET. */
export const ticketSeeds = z.string().transform((setting, check) => {
  const seeds = setting.split(',').map((seed) => Buffer.from(seed.trim(), 'base64url'))
  if (seeds.every(({ length }) => length === SEED_BYTES)) return seeds
  check.addIssue('each key must be 32 bytes as base64 (openssl rand -base64 32)')
  return z.NEVER
}).optional()

/**
 * The keys of the setting, or keys that HKDF-SHA-256 derives from the secrets of TOKEN_SECRET, which edges know too. The first one signs; all
 * are public keys of tickets.
 */
export function createTicketKeys(seeds: readonly Buffer[] | undefined, { secrets }: Pick<TokenKeys, 'secrets'>): TicketKeys {
  const keys = (seeds ?? secrets.map(deriveSeed)).map(keyOf)
  const [first] = keys
  if (!first) throw new RangeError('a shop needs a key for its tickets')
  const header = { alg: TICKET_ALGORITHM, kid: first.jwk.kid! }
  return {
    publicKeys: { keys: keys.map(({ jwk }) => jwk) },
    sign: (ticket) =>
      new CompactSign(new TextEncoder().encode(ticketPayload(ticket))).setProtectedHeader(header).sign(first.privateKey),
  }
}

const deriveSeed = (secret: Uint8Array) => Buffer.from(hkdfSync('sha256', secret, '', 'neticket admission tickets', SEED_BYTES))

function keyOf(seed: Buffer): { privateKey: KeyObject; jwk: JWK } {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = createHash('sha256').update(x!, 'base64url').digest('base64url').slice(0, KEY_ID_LENGTH)
  return { privateKey, jwk: { kty: kty!, crv: crv!, x: x!, kid, alg: TICKET_ALGORITHM, use: 'sig' } }
}
