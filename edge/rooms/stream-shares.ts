/** How many streams may be open at once: in total, in one room, and from one client address. */
export type StreamShares = { total: number; perRoom: number; perAddress: number }

/**
 * The shares of an edge. An open stream costs it about 60 kB. One room cannot take the streams of all others, and one address cannot take
 * those of a room. Many people may share an address; those beyond its share poll, which shows them each step up to two seconds later.
 */
export const STREAM_SHARES: StreamShares = { total: 2_000, perRoom: 1_000, perAddress: 100 }

/** Counts open streams. Its tables have an entry per room and address with an open stream, so `total` bounds them. */
export function createStreamCounter({ total, perRoom, perAddress }: StreamShares) {
  const rooms = new Map<string, number>()
  const addresses = new Map<string, number>()
  let open = 0
  return {
    /** Counts a stream until the returned function is called; null when a share is used up. */
    add(room: string, address: string): (() => void) | null {
      const [inRoom, fromAddress] = [rooms.get(room) ?? 0, addresses.get(address) ?? 0]
      if (open >= total || inRoom >= perRoom || fromAddress >= perAddress) return null
      open++
      rooms.set(room, inRoom + 1)
      addresses.set(address, fromAddress + 1)
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        open--
        decrement(rooms, room)
        decrement(addresses, address)
      }
    },
    size: () => ({ open, rooms: rooms.size, addresses: addresses.size }),
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 0) - 1
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
