/**
 * Headers as name-value pairs, names in lower case, with a separate pair for each Set-Cookie. Building a `Headers` object costs about a hundred
 * times as much.
 */
export type HeaderPairs = [string, string][]
