import { createHmac, createSecretKey, hash } from 'node:crypto'

/** Computes the HMAC-SHA-256 (RFC 2104) of a text in UTF-8, as base64url without padding. Throws RangeError if the text is too long. */
export type HmacSha256 = (text: string) => string

const BLOCK_BYTES = 64
const HASH_BYTES = 32
const MAX_UTF8_BYTES_PER_CODE_UNIT = 3
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/**
 * Prepares a secret of any length for texts of up to `maxLength` UTF-16 code units. It picks the faster of two equivalent implementations
 * for the runtime; docs/decisions/0014 has the figures.
 */
export const createHmacSha256 = (secret: Uint8Array, maxLength: number): HmacSha256 =>
  process.versions.bun ? createNativeHmac(secret, maxLength) : createTwoHashHmac(secret, maxLength)

/** The `Hmac` object of `node:crypto`. */
export function createNativeHmac(secret: Uint8Array, maxLength: number): HmacSha256 {
  const key = createSecretKey(secret)
  return (text) => {
    checkLength(text, maxLength)
    return createHmac('sha256', key).update(text).digest('base64url')
  }
}

/**
 * The definition of HMAC with two one-shot hashes: H(outer key ‖ H(inner key ‖ text)). On Deno an `Hmac` object costs four times as much.
 * The buffers are allocated once, since garbage collection is measurable at this rate. Digests are hex strings, since Deno creates a Buffer
 * for any other encoding.
 */
export function createTwoHashHmac(secret: Uint8Array, maxLength: number): HmacSha256 {
  const key = secret.length > BLOCK_BYTES ? Uint8Array.fromHex(hash('sha256', secret, 'hex')) : secret
  const inner = padKey(key, INNER_PAD, MAX_UTF8_BYTES_PER_CODE_UNIT * maxLength)
  const outer = padKey(key, OUTER_PAD, HASH_BYTES)
  const [text, innerHash] = [inner.subarray(BLOCK_BYTES), outer.subarray(BLOCK_BYTES)]
  const digest = new Uint8Array(HASH_BYTES)
  const encoder = new TextEncoder()
  return (message) => {
    checkLength(message, maxLength)
    const { written } = encoder.encodeInto(message, text)
    innerHash.setFromHex(hash('sha256', inner.subarray(0, BLOCK_BYTES + written), 'hex'))
    digest.setFromHex(hash('sha256', outer, 'hex'))
    return digest.toBase64({ alphabet: 'base64url', omitPadding: true })
  }
}

/** The key, padded with zeros to one block and XORed with `pad`, followed by `dataBytes` bytes for the data to hash. */
const padKey = (key: Uint8Array, pad: number, dataBytes: number): Uint8Array =>
  new Uint8Array(BLOCK_BYTES + dataBytes).map((_, i) => i < BLOCK_BYTES ? (key[i] ?? 0) ^ pad : 0)

function checkLength(text: string, maxLength: number): void {
  if (text.length > maxLength) throw new RangeError(`a text to sign has at most ${maxLength} characters, not ${text.length}`)
}
