/** How many of a resource may be in use at once: in total, and by one owner of each kind. */
export type ShareLimits<Kind extends string> = { total: number; per: Record<Kind, number> }

type Owner = { inUse: number }
type Use = { owners: Owner[]; release(): void; evict: (() => void) | null }

/**
 * Counts what is in use, so that no owner takes all of it. A use has an owner of each kind, such as a client address and a room. The tables
 * have an entry per owner with something in use, so `total` bounds them.
 */
export function createShares<Kind extends string>({ total, per }: ShareLimits<Kind>) {
  const kinds = Object.keys(per) as Kind[]
  const owners = new Map<string, Owner>()
  // The longest use first.
  const uses = new Set<Use>()

  function add(keys: string[], evict: Use['evict']): Use {
    const release = () => {
      if (!uses.delete(use)) return
      for (const key of keys) if (--owners.get(key)!.inUse === 0) owners.delete(key)
    }
    const use = { owners: keys.map((key) => getOrAdd(owners, key)), release, evict }
    for (const owner of use.owners) owner.inUse++
    uses.add(use)
    return use
  }

  return {
    /**
     * Counts a use until the returned function is called; null when an owner's share is used up, or the total.
     *
     * With `evict` the use may be ended early, which suits a resource that honest clients use for moments only: when the total is used up, a
     * new use replaces the longest one of the owner that has the most. It counts no longer, and its `evict` is called.
     */
    take(ownerOf: Record<Kind, string>, evict: (() => void) | null = null): (() => void) | null {
      const keys = kinds.map((kind) => `${kind} ${ownerOf[kind]}`)
      if (kinds.some((kind, i) => (owners.get(keys[i]!)?.inUse ?? 0) >= per[kind])) return null
      if (uses.size >= total) {
        const replaced = evict && largestShare(uses)
        if (!replaced) return null
        replaced.release()
        replaced.evict?.()
      }
      return add(keys, evict).release
    },
    /** What is in use, and the number of its owners. */
    size: () => ({ inUse: uses.size, owners: owners.size }),
  }
}

function getOrAdd(owners: Map<string, Owner>, key: string): Owner {
  const known = owners.get(key)
  if (known) return known
  const added = { inUse: 0 }
  owners.set(key, added)
  return added
}

/** The longest use, among those that may be evicted, of an owner that has the most; null if there is none. */
function largestShare(uses: Iterable<Use>): Use | null {
  let [found, most]: [Use | null, number] = [null, 0]
  for (const use of uses) {
    if (!use.evict) continue
    for (const { inUse } of use.owners) if (inUse > most) [found, most] = [use, inUse]
  }
  return found
}

export type Shares<Kind extends string> = ReturnType<typeof createShares<Kind>>
