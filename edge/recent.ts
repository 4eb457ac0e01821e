/**
 * A map that keeps what was touched lately, in bounded memory: two generations, of which the older is forgotten when the younger has grown
 * to half of `atMost`. An entry is kept while fewer than that many others are touched after it. Every operation is O(1); a Map that evicts
 * its first key is not, as engines step over all the keys that were deleted before it.
 */
export function openRecent<Value>(atMost: number) {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  const set = (key: string, value: Value) => {
    young.set(key, value)
    if (young.size < atMost / 2) return
    old = young
    young = new Map()
  }
  return {
    /** Finds a value; whoever is asked for stays young. */
    get(key: string): Value | undefined {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    set,
    delete(key: string): void {
      young.delete(key)
      old.delete(key)
    },
    /** Entries kept; one that is in both generations counts twice. */
    size: () => young.size + old.size,
  }
}

export type Recent<Value> = ReturnType<typeof openRecent<Value>>
