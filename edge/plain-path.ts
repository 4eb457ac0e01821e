/**
 * Whether every program reads the same path in a URL. The gate, the routes and the site behind the edge must not disagree about the path of a
 * request, so the edge rejects any URL that they could read differently. Such a path contains one of:
 *
 * - an empty segment, also one with parameters (`/;x/`): some servers drop the parameters, and merge the slashes
 * - a backslash, a dot segment or a control character
 * - a percent-encoding of a character that needs none (letters, digits, `-._~`), of a separator (`/`, `\`, `;`) or of `%`
 * - an invalid percent-encoding
 */
export function isPlainPath(url: string): boolean {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const path = start < 0 ? '/' : url.slice(start).split(/[?#]/, 1)[0]!
  return !AMBIGUOUS.test(path)
}

const AMBIGUOUS_ENCODING = '%(?:[01].|2[5def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9aef]|.?$|[^0-9a-f]|.[^0-9a-f])'
const AMBIGUOUS = new RegExp(`/[/;]|\\\\|/\\.{1,2}(?:[/;]|$)|[\\x00-\\x20\\x7f]|${AMBIGUOUS_ENCODING}`, 'i')
