/**
 * The address that a request is counted under. `forwardedFor` is believed only as far as trusted proxies wrote it: each appends the
 * address it was called from, so the last `trustedProxies` entries are theirs and the first of those is the visitor's.
 * IPv6 visitors own a /64 and are counted by it.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | null, trustedProxies: number): string {
  if (trustedProxies === 0 || !forwardedFor) return addressKey(socketAddress)
  const written = forwardedFor.split(',').map((entry) => entry.trim())
  return addressKey(written[Math.max(0, written.length - trustedProxies)] || socketAddress)
}

function addressKey(address: string): string {
  const mapped = address.match(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i)?.[1]
  if (mapped) return mapped
  if (!address.includes(':')) return address.slice(0, 45)
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail?.split(':').filter(Boolean) ?? []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(
    ':',
  ) + '::/64'
}
