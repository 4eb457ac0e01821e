/**
 * Whether every program reads the same path in a request. The gate, the routes and the site behind the edge must not disagree about the path
 * of a request, so the edge refuses any path that they could read differently. Such a path contains one of:
 *
 * - an empty segment, also one with parameters (`/;x/`): some servers drop the parameters, and merge the slashes
 * - a backslash, a dot segment, a control character or a character that is not ASCII
 * - a character that URL parsers encode, some of them or all (`"`, `#`, `<`, `>`, `^`, `` ` ``, `{`, `}`)
 * - a percent-encoding of a character that needs none (letters, digits, `-._~`), of a separator (`/`, `\`, `;`) or of `%`
 * - an invalid percent-encoding
 */
export const isPlainPath = (path: string): boolean => !AMBIGUOUS.test(path)

const AMBIGUOUS_ENCODING = '%(?:[01].|2[5def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9aef]|.?$|[^0-9a-f]|.[^0-9a-f])'
const AMBIGUOUS_CHARACTER = '[^!$-;=@-[\\]_a-z|~]'
const AMBIGUOUS = new RegExp(`/[/;]|/\\.{1,2}(?:[/;]|$)|${AMBIGUOUS_CHARACTER}|${AMBIGUOUS_ENCODING}`, 'i')
