/** The end of an IPv6 address that the edge has reduced to its /64, the form in which addresses cross to the origin. */
export const NETWORK = '::/64'

/**
 * The /48 of an IPv6 address in this form; null for others. It is what providers assign to one site at most (RFC 6177), so that one client may
 * have 65,536 networks of /64.
 */
export function siteNetworkOf(address: string): string | null {
  return address.endsWith(NETWORK)
    ? `${address.slice(0, address.lastIndexOf(':', address.length - NETWORK.length - 1))}::/48`
    : null
}

/**
 * The owner of what a client at an address uses, where owners have shares: the /48 of an IPv6 address, and every other address or name
 * itself. The networks of one client thus have one share together.
 */
export const shareOwnerOf = (address: string): string => siteNetworkOf(address) ?? address
