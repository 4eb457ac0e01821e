import { NETWORK } from './contract/share-owner.ts'

/**
 * The client address for rate limits; null if the proxy has sent something that is no address. Each proxy appends the address of its client to
 * `forwardedFor`, so only the last `trustedProxies` entries are trustworthy; the first of those is the visitor's. Without the header, as when
 * a balancer checks the edge's health, it is the address of the connection.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | null, trustedProxies: number): string | null {
  if (trustedProxies === 0 || forwardedFor === null) return addressKey(socketAddress)
  const entries = forwardedFor.split(',')
  const entry = entries[Math.max(0, entries.length - trustedProxies)]!.trim()
  if (IPV4.test(entry)) return entry
  const address = entry.match(WITH_PORT)?.slice(1).find(Boolean) ?? entry
  return IPV4.test(address) || isIpv6(address) ? addressKey(address) : null
}

/** Some proxies append the port of the connection. An IPv6 address with a port is in brackets. */
const WITH_PORT = /^(?:([\d.]+)|\[([\da-f:.]+)\])(?::\d{1,5})?$/i
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const IPV6 = /^[\da-f:.]{2,45}$/i

const isIpv6 = (text: string) => text.includes(':') && IPV6.test(text) && URL.canParse(`http://[${text}]/`)

/** An IP address in the form in which visitors are counted: IPv6 is reduced to its /64, the network of one visitor. */
export function addressKey(address: string): string {
  const mapped = address.match(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i)?.[1]
  if (mapped) return mapped
  return address.includes(':') ? networkOf(address) : address
}

/** The /64 network of an IPv6 address, written without leading zeros. */
function networkOf(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.join(':')}${NETWORK}`
}
