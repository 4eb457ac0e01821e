import { hmacSha256Hex, sha256Hex } from '../../runtime/hex-digest.ts'

/**
 * The draw of a room: a verifiable random permutation of the tickets that were given out before the opening. The waiting page runs
 * `prepareDraw` and `commitmentTo` too, so that visitors verify their own positions.
 */
export type Draw = {
  /** Number of tickets that take part: indexes 0 to `drawn` − 1. */
  drawn: number
  /** The position of a ticket. A ticket issued after the draw keeps its index as its position. Throws RangeError for an invalid index. */
  positionOf(index: number): number
}

/** Rounds of the Feistel network, as many as FF1 has (NIST SP 800-38G). */
const ROUNDS = 10
const MAX_DRAWN = 2 ** 28

/**
 * Prepares the permutation of 0 … `drawn` − 1 that `seedHex` (32 bytes, 64 lower-case hexadecimal digits) defines:
 *
 * - A balanced Feistel network over 2w bits, where 2^2w is the least such power (w ≥ 1) that is not below `drawn`. Results outside the domain
 *   are permuted again until they are within it (cycle walking: Black & Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002).
 * - Ten rounds, whose round functions are random tables (Luby & Rackoff 1988) of 2^w entries. An entry is the lower w bits of two big-endian
 *   bytes of the AES-256-CTR keystream (NIST SP 800-38A) under the seed.
 * - The initial counter block is `drawn` in four big-endian bytes, then zeros. So a false number of tickets changes every position.
 *
 * The tables take one asynchronous call; a position then takes some lookups. Throws RangeError for a malformed seed, and unless `drawn` is
 * an integer from 0 to 2^28.
 */
export async function prepareDraw(seedHex: string, drawn: number): Promise<Draw> {
  if (!/^[0-9a-f]{64}$/.test(seedHex)) throw new RangeError('invalid seed')
  if (!Number.isInteger(drawn) || drawn < 0 || drawn > MAX_DRAWN) {
    throw new RangeError('invalid number of tickets')
  }
  let width = 1
  while (4 ** width < drawn) width++
  const tables = await roundTables(seedHex, drawn, width)
  return {
    drawn,
    positionOf(index) {
      if (!Number.isInteger(index) || index < 0) throw new RangeError('invalid index')
      if (index >= drawn) return index
      let position = index
      do position = permute(position, tables, width)
      while (position >= drawn)
      return position
    },
  }
}

/** The tables of all rounds, one after the other. */
async function roundTables(seedHex: string, drawn: number, width: number): Promise<Uint16Array> {
  const size = 2 ** width
  const seed = Uint8Array.from(seedHex.match(/../g)!, (byte) => parseInt(byte, 16))
  const key = await crypto.subtle.importKey('raw', seed, 'AES-CTR', false, ['encrypt'])
  const counter = new Uint8Array(16)
  new DataView(counter.buffer).setUint32(0, drawn)
  const zeros = new Uint8Array(2 * ROUNDS * size)
  const keystream = new DataView(await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, key, zeros))
  const tables = new Uint16Array(ROUNDS * size)
  for (let i = 0; i < tables.length; i++) tables[i] = keystream.getUint16(2 * i) & (size - 1)
  return tables
}

/** One pass of the Feistel network over 2 · `width` bits. */
function permute(value: number, tables: Uint16Array, width: number): number {
  const size = 2 ** width
  let left = value >>> width
  let right = value & (size - 1)
  for (let table = 0; table < tables.length; table += size) {
    const mixed = left ^ tables[table + right]!
    left = right
    right = mixed
  }
  return (left << width) | right
}

/**
 * The hash that a room publishes before the first visitor joins: SHA-256 of its name, epoch and seed. After the opening it proves that the
 * seed was not changed. It does not prove that the seed was unknown to the operator.
 */
export const commitmentTo = (seedHex: string, room: string, epoch: number): Promise<string> =>
  sha256Hex(`neticket-draw:${room}:${epoch}:${seedHex}`)

/** The seed of a room's draw. It is derived from a secret, so that every edge computes the same and no store holds it before the opening. */
export const deriveSeed = (secret: Uint8Array, room: string, epoch: number): Promise<string> =>
  hmacSha256Hex(secret, `neticket-draw-seed:${room}:${epoch}`)
