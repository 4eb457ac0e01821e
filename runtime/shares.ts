/** How many of a resource may be in use at once: in total, and by one owner of each kind. */
export type ShareLimits<Kind extends string> = { total: number; per: Record<Kind, number> }

/**
 * Counts what is in use, so that no owner takes all of it. A use has an owner of each kind, such as a client address and a room. The tables
 * have an entry per owner with something in use, so `total` bounds them.
 */
export function createShares<Kind extends string>({ total, per }: ShareLimits<Kind>) {
  const kinds = Object.keys(per) as Kind[]
  const counts = new Map<string, number>()
  let inUse = 0
  return {
    /** Counts a use until the returned function is called; null when the total or an owner's share is used up. */
    take(owners: Record<Kind, string>): (() => void) | null {
      if (inUse >= total || kinds.some((kind) => (counts.get(`${kind} ${owners[kind]}`) ?? 0) >= per[kind])) return null
      const keys = kinds.map((kind) => `${kind} ${owners[kind]}`)
      inUse++
      for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
      let isReleased = false
      return () => {
        if (isReleased) return
        isReleased = true
        inUse--
        for (const key of keys) decrement(counts, key)
      }
    },
    /** What is in use, and the number of its owners. */
    size: () => ({ inUse, owners: counts.size }),
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 0) - 1
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
