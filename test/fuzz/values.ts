/** Values that have broken other programs. */
import type { Dice } from './dice.ts'

/** Part of every hostile text. A page that contains it like this has not escaped it. */
export const MARKER = 'fz"\'<fz>'
/** A header that a response has only if a line break of a request reached its head. */
export const INJECTED_HEADER = 'x-fz-injected'

export const HOSTILE_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '+1',
  '01',
  '1.5',
  '1e3',
  '0x1f',
  '9007199254740993',
  '99999999999999999999',
  '１２',
  'NaN',
  'null',
  'undefined',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
  `${MARKER}`,
  `"><script>alert(1)</script>${MARKER}`,
  `' or 1=1 -- ${MARKER}`,
  '{{7*7}}${7*7}#{7*7}',
  '../../../../etc/passwd',
  '..\\..\\windows',
  '%00%0a',
  '\u0000',
  `a\r\n${INJECTED_HEADER}: 1`,
  '\u2028\u2029',
  '\u202e\u200b',
  '\ud83d\ude00'.repeat(20),
  '가나다'.repeat(50),
  '\u212a\u0131',
  'x'.repeat(300),
  'x'.repeat(5_000),
]

/** Values of `next` and `to` that must not lead to another site. */
export const HOSTILE_LINKS = [
  '//evil.example',
  'https://evil.example/',
  '/\\evil.example',
  '/%2fevil.example',
  '/.//evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
  ' //evil.example',
  '/..//evil.example/%2e%2e',
  'http:evil.example',
  '/@evil.example',
]

export const HOSTILE_NUMBERS: unknown[] = [
  0,
  -0,
  -1,
  1.5,
  1e400,
  -1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53 + 2,
  1e21,
  Number.MIN_VALUE,
]

/** Segments that are no plain path; only a socket sends them unchanged. */
export const HOSTILE_SEGMENTS = [
  '..',
  '.',
  '%2e%2e',
  '%2f',
  '%5c',
  '\\',
  '%',
  '%zz',
  '%c0%af',
  '%00',
  '%0d%0a',
  '%25',
  ';x=1',
  '',
  '%ff',
  '%ed%a0%80',
  '*',
  '"<fz>',
]

/** A random JSON value, of a depth of at most `depth`. */
export function hostileJson(dice: Dice, depth = 2): unknown {
  const kinds = depth > 0 ? 8 : 6
  switch (dice.below(kinds)) {
    case 0:
      return null
    case 1:
      return dice.chance(0.5)
    case 2:
      return dice.pick(HOSTILE_NUMBERS)
    case 3:
    case 4:
      return dice.pick(HOSTILE_TEXTS)
    case 5:
      return dice.below(5)
    case 6:
      return Array.from({ length: dice.below(4) }, () => hostileJson(dice, depth - 1))
    default:
      return Object.fromEntries([[dice.pick(HOSTILE_TEXTS), hostileJson(dice, depth - 1)], ['id', hostileJson(dice, depth - 1)]])
  }
}
