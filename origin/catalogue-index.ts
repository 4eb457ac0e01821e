import { createWordIndex, eachBit } from './catalogue-words.ts'

/** What of a published event decides where it is listed. */
export type Listed = {
  id: number
  startsAtMs: number
  opensAtMs: number
  closesAtMs: number
  soldOut: boolean
}

/** All published events in memory, in the order of the list at any instant. */
export type CatalogueIndex = {
  /** Adds events, or replaces what is known of them. */
  put(events: (Listed & { searchText: string })[]): void
  remove(ids: number[]): void
  /** The ids after one and up to another, in no order. */
  idsBetween(after: number, upTo: number): number[]
  /**
   * The events whose text has all the words: on sale at `atMs`, to come, sold out, over, each by start and id. Gives the ids of one
   * page, and how many there are on all.
   */
  find(words: string[], atMs: number, page: { from: number; count: number }): { ids: number[]; total: number }
  /** The next openings after `atMs`, soonest first. */
  findOpeningSoon(atMs: number, count: number): number[]
}

/** Slots in the order of the list, and the place of each slot in it; good from one opening or closing to the next. */
type Listing = { fromMs: number; untilMs: number; order: Int32Array; place: Int32Array }

/** An event keeps its slot, a small number, for as long as it is listed. */
export function createCatalogueIndex(): CatalogueIndex {
  const words = createWordIndex()
  const events: Listed[] = []
  const slots = new Map<number, number>()
  const free: number[] = []
  let byStart: Int32Array = new Int32Array()
  let byOpening: Int32Array = new Int32Array()
  let listing: Listing | null = null
  /** One bit for each place of the listing. */
  let found = new Uint32Array()

  return {
    put(changed) {
      const out = new Set<number>()
      const into: number[] = []
      for (const { searchText, ...event } of changed) {
        const known = slots.get(event.id)
        const slot = known ?? free.pop() ?? events.length
        const before = known === undefined ? null : events[slot]!
        const stays = before?.startsAtMs === event.startsAtMs && before.opensAtMs === event.opensAtMs
        if (!stays) into.push(slot)
        if (!stays && before) out.add(slot)
        if (!stays || before.closesAtMs !== event.closesAtMs || before.soldOut !== event.soldOut) listing = null
        slots.set(event.id, slot)
        events[slot] = event
        words.set(slot, searchText)
      }
      reorder(out, into)
    },
    remove(ids) {
      const freed = new Set(ids.map((id) => slots.get(id)).filter((slot) => slot !== undefined))
      if (freed.size === 0) return
      for (const id of ids) slots.delete(id)
      for (const slot of freed) words.set(slot, '')
      free.push(...freed)
      listing = null
      reorder(freed, [])
    },
    idsBetween(after, upTo) {
      const ids: number[] = []
      for (const id of slots.keys()) if (id > after && id <= upTo) ids.push(id)
      return ids
    },
    find(wanted, atMs, { from, count }) {
      const { order, place } = listingAt(atMs)
      if (wanted.length === 0) return { ids: idsOf(order.subarray(from, from + count)), total: order.length }
      found.fill(0)
      let total = 0
      words.eachMatch(wanted, (slot) => {
        found[place[slot]! >>> 5]! |= 1 << (place[slot]! & 31)
        total++
      })
      const page: number[] = []
      let passed = 0
      if (from < total) {
        eachBit(found, (at) => {
          if (passed++ >= from) page.push(order[at]!)
          return page.length === count
        })
      }
      return { ids: idsOf(page), total }
    },
    findOpeningSoon(atMs, count) {
      const first = countBefore(byOpening, 0, (slot) => events[slot]!.opensAtMs <= atMs)
      return idsOf(byOpening.subarray(first, first + count))
    },
  }

  function reorder(out: Set<number>, into: number[]): void {
    if (out.size + into.length === 0) return
    byStart = merge(byStart, out, into, (a, b) => events[a]!.startsAtMs - events[b]!.startsAtMs || events[a]!.id - events[b]!.id)
    byOpening = merge(
      byOpening,
      out,
      into,
      (a, b) => events[a]!.opensAtMs - events[b]!.opensAtMs || events[a]!.id - events[b]!.id,
    )
  }

  function listingAt(atMs: number): Listing {
    if (listing && listing.fromMs <= atMs && atMs < listing.untilMs) return listing
    let fromMs = -Infinity
    let untilMs = Infinity
    const ranks = new Uint8Array(byStart.length)
    // Where the next event of each rank goes.
    const next = [0, 0, 0, 0]
    for (let i = 0; i < ranks.length; i++) {
      const event = events[byStart[i]!]!
      const { opensAtMs, closesAtMs } = event
      if (opensAtMs > atMs) untilMs = Math.min(untilMs, opensAtMs)
      else fromMs = Math.max(fromMs, opensAtMs)
      if (closesAtMs > atMs) untilMs = Math.min(untilMs, closesAtMs)
      else fromMs = Math.max(fromMs, closesAtMs)
      const rank = ranks[i] = rankOf(event, atMs)
      for (let later = rank + 1; later < next.length; later++) next[later]!++
    }
    const order = new Int32Array(ranks.length)
    const place = new Int32Array(events.length)
    for (let i = 0; i < ranks.length; i++) {
      const at = next[ranks[i]!]!++
      order[at] = byStart[i]!
      place[byStart[i]!] = at
    }
    found = new Uint32Array(Math.ceil(order.length / 32))
    return listing = { fromMs, untilMs, order, place }
  }

  function idsOf(page: Iterable<number>): number[] {
    return Array.from(page, (slot) => events[slot]!.id)
  }
}

const rankOf = ({ opensAtMs, closesAtMs, soldOut }: Listed, atMs: number) =>
  closesAtMs <= atMs ? 3 : opensAtMs > atMs ? 1 : soldOut ? 2 : 0

/** An order without some slots and with others. */
function merge(order: Int32Array, out: Set<number>, into: number[], compare: (a: number, b: number) => number): Int32Array {
  const kept = out.size > 0 ? order.filter((slot) => !out.has(slot)) : order
  const merged = new Int32Array(kept.length + into.length)
  let taken = 0
  into.toSorted(compare).forEach((slot, i) => {
    const until = countBefore(kept, taken, (other) => compare(other, slot) < 0)
    merged.set(kept.subarray(taken, until), taken + i)
    merged[until + i] = slot
    taken = until
  })
  merged.set(kept.subarray(taken), taken + into.length)
  return merged
}

/** How many slots of an order come first, where it is known that `start` do. */
function countBefore(order: Int32Array, start: number, comesFirst: (slot: number) => boolean): number {
  let low = start
  for (let high = order.length; low < high;) {
    const middle = (low + high) >>> 1
    if (comesFirst(order[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
