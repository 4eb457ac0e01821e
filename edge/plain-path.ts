/**
 * Whether an address is written so that every program reads the same path in it. What is not is refused before anything looks at it, as the
 * gate, the routes and the site behind could each see another path: doubled slashes, parameters of an empty segment (some servers drop them,
 * and the slashes are doubled), backslashes, dot segments, control characters, and percent-encodings of what needs none (letters, digits, `-._~`), of the separators `/ \ ;` and of `%` itself.
 */
export function isPlainPath(url: string): boolean {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const path = start < 0 ? '/' : url.slice(start).split(/[?#]/, 1)[0]!
  return !NOT_PLAIN.test(path)
}

const ENCODED_IN_VAIN = '%(?:[01].|2[5def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9aef]|.?$|[^0-9a-f]|.[^0-9a-f])'
const NOT_PLAIN = new RegExp(`/[/;]|\\\\|/\\.{1,2}(?:[/;]|$)|[\\x00-\\x20\\x7f]|${ENCODED_IN_VAIN}`, 'i')
