/**
 * Headers as name-value pairs, names in lower case, each Set-Cookie a pair of its own. Building a `Headers` object costs about a hundred
 * times as much.
 */
export type HeaderPairs = [string, string][]
