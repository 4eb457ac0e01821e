import { LRUCache } from 'lru-cache'

/** RFC 3986 §3.2.2: a registered name, an IPv4 address or an IPv6 literal; then an optional port. Stricter: names have no percent-encodings. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
const MAX_HOST_LENGTH = 255
const MAX_REMEMBERED = 1_000

/** Returns a function that checks whether a text is a host with an optional port (RFC 9110 §7.2), of at most 255 characters. */
export function createHostCheck(): (host: string) => boolean {
  const known = new LRUCache<string, boolean>({ max: MAX_REMEMBERED })
  return (host) => {
    if (host.length > MAX_HOST_LENGTH) return false
    const remembered = known.get(host)
    if (remembered !== undefined) return remembered
    // A port above 65535 and a malformed IP address match the pattern.
    const isValid = HOST.test(host) && URL.canParse(`http://${host}/`)
    known.set(host, isValid)
    return isValid
  }
}
