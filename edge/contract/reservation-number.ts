/**
 * The number of a reservation that people read out and type: ten characters of Crockford's base 32, such as `K7M2P-9QX4T`. It is the first 50
 * of the last 56 bits of the reservation's id (a UUID of version 7), which are random. Nothing has to be stored or asked for, so a buyer sees
 * the number as soon as Redis has the booking. Two of a million reservations share a number with a probability of 1 in 2,200; a search finds
 * both.
 */

/** Without I, L, O and U: they look like 1 and 0, or make words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 10
const GROUP = 5
/** The hexadecimal digits of the last 56 bits, and the bits of them that the number does not have. */
const TAIL_DIGITS = 14
const HIDDEN_BITS = 6n

/** The number of a reservation, given its id. */
export function reservationNumber(id: string): string {
  let bits = BigInt(`0x${id.replaceAll('-', '').slice(-TAIL_DIGITS)}`) >> HIDDEN_BITS
  let number = ''
  for (let i = 0; i < LENGTH; i++) {
    number = ALPHABET[Number(bits % 32n)] + number
    bits /= 32n
  }
  return `${number.slice(0, GROUP)}-${number.slice(GROUP)}`
}

/**
 * Reads a number as people type it, in capitals or not, with or without hyphen and spaces, and with O for 0 and I or L for 1. Returns it as
 * `reservationNumber` writes it; null for any other text.
 */
export function parseReservationNumber(text: string): string | null {
  const typed = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (typed.length !== LENGTH || [...typed].some((character) => !ALPHABET.includes(character))) return null
  return `${typed.slice(0, GROUP)}-${typed.slice(GROUP)}`
}

/** The last 56 bits of the ids that have a number: the first and the last, as hexadecimal digits. */
export function idTailsOf(number: string): { first: string; last: string } {
  const bits = [...number.replace('-', '')].reduce((sum, character) => sum * 32n + BigInt(ALPHABET.indexOf(character)), 0n)
  const digits = (tail: bigint) => tail.toString(16).padStart(TAIL_DIGITS, '0')
  const first = bits << HIDDEN_BITS
  return { first: digits(first), last: digits(first + (1n << HIDDEN_BITS) - 1n) }
}
