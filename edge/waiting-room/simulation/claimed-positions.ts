/** A growing set of positions with a byte each, as the bitmap `claimed` of a room. */
export function createClaimedPositions() {
  let bytes = new Uint8Array(1_024)
  return {
    has: (position: number): boolean => bytes[position] === 1,
    add(position: number): void {
      if (position >= bytes.length) {
        const longer = new Uint8Array(Math.max(position + 1, 2 * bytes.length))
        longer.set(bytes)
        bytes = longer
      }
      bytes[position] = 1
    },
    /** How many positions from `from` up to, not including, `to` are in the set. */
    count(from: number, to: number): number {
      let count = 0
      for (let position = from; position < Math.min(to, bytes.length); position++) count += bytes[position]!
      return count
    },
  }
}
