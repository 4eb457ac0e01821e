/**
 * The draw of a room: which place each ticket gets that was given out before the opening, in such a way that anybody can check it after.
 * The waiting page is bundled with this file, so that a visitor's browser runs the same code: it uses globals of the web platform only.
 */
export type Draw = {
  /** How many tickets take part: indexes 0 to drawn − 1 change places among themselves. */
  drawn: number
  /**
   * The place of the ticket with this index. Whoever came after the draw stands behind it in order of arrival: his place is his index.
   * Throws RangeError for what is no index.
   */
  positionOf(index: number): number
}

/**
 * Prepares a draw: the permutation of 0 … drawn − 1 that `seedHex` (32 bytes, 64 hexadecimal digits in lower case) chooses. A balanced
 * Feistel network over 2w bits, 2^2w being the least such power (w ≥ 1) that holds all indexes, walks on until it is back among them
 * (Black & Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002). It has ten rounds, as FF1 has (NIST SP 800-38G), and its
 * round functions are random tables (Luby & Rackoff 1988): 2^w entries of two bytes each, big endian, of which the lower w bits count,
 * cut one after the other from the AES-256-CTR keystream (NIST SP 800-38A) of the seed. Its first counter block is `drawn` in four bytes, big
 * endian, and zeros: so another number of tickets is another draw, and a number told wrongly moves everybody. One asynchronous call makes the
 * tables; then a place costs some lookups.
 *
 * Throws RangeError for a malformed seed, and unless `drawn` is a whole number from 0 to 2^28.
 */
export async function prepareDraw(seedHex: string, drawn: number): Promise<Draw> {
  if (!/^[0-9a-f]{64}$/.test(seedHex)) throw new RangeError('a seed has 64 hexadecimal digits in lower case')
  if (!Number.isInteger(drawn) || drawn < 0 || drawn > 2 ** 28) throw new RangeError(`a draw has 0 to 2^28 tickets, not ${drawn}`)
  const rounds = 10
  let width = 1
  while (4 ** width < drawn) width++
  const size = 2 ** width
  const mask = size - 1

  const seed = Uint8Array.from(seedHex.match(/../g)!, (byte) => parseInt(byte, 16))
  const key = await crypto.subtle.importKey('raw', seed, 'AES-CTR', false, ['encrypt'])
  const counter = new Uint8Array(16)
  new DataView(counter.buffer).setUint32(0, drawn)
  const fromDrawn = { name: 'AES-CTR', counter, length: 64 }
  const keystream = new DataView(await crypto.subtle.encrypt(fromDrawn, key, new Uint8Array(2 * rounds * size)))
  const tables = new Uint16Array(rounds * size)
  for (let i = 0; i < tables.length; i++) tables[i] = keystream.getUint16(2 * i) & mask

  return {
    drawn,
    positionOf(index) {
      if (!Number.isInteger(index) || index < 0) throw new RangeError(`an index is a whole number from 0, not ${index}`)
      if (index >= drawn) return index
      let place = index
      do {
        let left = place >>> width
        let right = place & mask
        for (let table = 0; table < tables.length; table += size) {
          const mixed = left ^ tables[table + right]!
          left = right
          right = mixed
        }
        place = (left << width) | right
      } while (place >= drawn)
      return place
    },
  }
}

/**
 * What a room publishes before anybody joins: the SHA-256, in hex, of its name, its epoch and the seed. It proves after the opening that
 * the seed was not changed; not that nobody knew it before.
 */
export async function commitmentTo(seedHex: string, room: string, epoch: number): Promise<string> {
  const text = new TextEncoder().encode(`neticket-draw:${room}:${epoch}:${seedHex}`)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The seed of a room's draw, in hex: HMAC-SHA-256 under a secret, so that every edge knows it and it lies in no store before the opening. */
export async function deriveSeed(secret: Uint8Array, room: string, epoch: number): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const seed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`neticket-draw-seed:${room}:${epoch}`))
  return Array.from(new Uint8Array(seed), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
