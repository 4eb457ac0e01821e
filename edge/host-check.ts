import { LRUCache } from 'lru-cache'

/** RFC 3986 §3.2.2: a registered name, an IPv4 address or an IPv6 literal; then an optional port. Stricter: names have no percent-encodings. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
const MAX_HOST_LENGTH = 255
const MAX_REMEMBERED = 1_000

/**
 * Checks that a request is unambiguous. Deno builds `request.url` from the Host header unchecked, so with `Host: x?` the gate, the router
 * and the upstream would find the path in different parts of the URL. The check requires a valid host (RFC 9112 §3.2) and a URL that is
 * exactly scheme, host and an absolute path; so it also rejects an absolute-form target for another host. Without a Host header, as in
 * HTTP/2, the URL is the only source of the host.
 */
export function createHostCheck(): (request: Request) => boolean {
  const known = new LRUCache<string, boolean>({ max: MAX_REMEMBERED })

  function isValidHost(host: string): boolean {
    const remembered = known.get(host)
    if (remembered !== undefined) return remembered
    // A port above 65535 and a malformed IP address match the pattern.
    const isValid = HOST.test(host) && URL.canParse(`http://${host}/`)
    known.set(host, isValid)
    return isValid
  }

  return ({ url, headers }) => {
    const hostStart = url.indexOf('://') + 3
    const host = headers.get('host') ?? url.slice(hostStart, url.indexOf('/', hostStart))
    if (host.length > MAX_HOST_LENGTH || !isValidHost(host)) return false
    return url.startsWith(host, hostStart) && url[hostStart + host.length] === '/'
  }
}
