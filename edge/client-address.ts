/**
 * The client address for rate limits. Each proxy appends the address of its client to `forwardedFor`, so only the last
 * `trustedProxies` entries are trustworthy; the first of those is the visitor's. An IPv6 address is reduced to its /64, the network of one
 * visitor.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | null, trustedProxies: number): string {
  if (trustedProxies === 0 || !forwardedFor) return addressKey(socketAddress)
  const entries = forwardedFor.split(',').map((entry) => entry.trim())
  return addressKey(entries[Math.max(0, entries.length - trustedProxies)] || socketAddress)
}

const MAX_KEY_LENGTH = 45

function addressKey(address: string): string {
  const mapped = address.match(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i)?.[1]
  if (mapped) return mapped
  return address.includes(':') ? networkOf(address) : address.slice(0, MAX_KEY_LENGTH)
}

/** The /64 network of an IPv6 address, written without leading zeros. */
function networkOf(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.join(':')}::/64`
}
