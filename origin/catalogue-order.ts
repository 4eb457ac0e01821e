import type { EventFilter, Genre, ListedStatus, Region } from '../edge/contract/event-filters.ts'

/** The times and the state of a published event that decide where it is listed, and what lists are filtered by. */
export type Listed = {
  id: number
  startsAtMs: number
  opensAtMs: number
  closesAtMs: number
  /** Whether it is sold out, or operators have stopped the sale. */
  soldOut: boolean
  genre: Genre | null
  region: Region | null
  /** The day of the event at its venue: `2026-12-24`. */
  startsOn: string
}

/** The slots in the order of the list, and the rank of each slot in it. Valid from one opening or closing to the next. */
export type Listing = { fromMs: number; untilMs: number; order: Int32Array; rankOf: Int32Array }

type Compare = (a: number, b: number) => number

/** Orders events on sale first, then upcoming, sold out, closed. `byStart` has the slots ordered by start and id. */
export function createListing(events: Listed[], byStart: Int32Array, atMs: number): Listing {
  let fromMs = -Infinity
  let untilMs = Infinity
  const groups = new Uint8Array(byStart.length)
  // The rank of the next event of each group.
  const next = [0, 0, 0, 0]
  for (let i = 0; i < groups.length; i++) {
    const event = events[byStart[i]!]!
    const { opensAtMs, closesAtMs } = event
    if (opensAtMs > atMs) untilMs = Math.min(untilMs, opensAtMs)
    else fromMs = Math.max(fromMs, opensAtMs)
    if (closesAtMs > atMs) untilMs = Math.min(untilMs, closesAtMs)
    else fromMs = Math.max(fromMs, closesAtMs)
    const group = groups[i] = groupOf(event, atMs)
    for (let later = group + 1; later < next.length; later++) next[later]!++
  }
  const order = new Int32Array(groups.length)
  const rankOf = new Int32Array(events.length)
  for (let i = 0; i < groups.length; i++) {
    const rank = next[groups[i]!]!++
    order[rank] = byStart[i]!
    rankOf[byStart[i]!] = rank
  }
  return { fromMs, untilMs, order, rankOf }
}

/** Whether a filter includes an event. */
export function passes(event: Listed, { genre, region, status, from, to }: EventFilter, atMs: number): boolean {
  return (genre === undefined || event.genre === genre) && (region === undefined || event.region === region) &&
    (status === undefined || GROUPS[groupOf(event, atMs)] === status) &&
    (from === undefined || event.startsOn >= from) && (to === undefined || event.startsOn <= to)
}

/** In the order of the list. */
const GROUPS: readonly ListedStatus[] = ['on_sale', 'upcoming', 'sold_out', 'ended']

const groupOf = ({ opensAtMs, closesAtMs, soldOut }: Listed, atMs: number): number =>
  closesAtMs <= atMs ? 3 : opensAtMs > atMs ? 1 : soldOut ? 2 : 0

/** An order of slots without those of `removed` and with those of `added`. */
export function reorder(order: Int32Array, removed: Set<number>, added: number[], compare: Compare): Int32Array {
  const kept = removed.size > 0 ? order.filter((slot) => !removed.has(slot)) : order
  const merged = new Int32Array(kept.length + added.length)
  let copied = 0
  added.toSorted(compare).forEach((slot, i) => {
    const until = countFirst(kept, copied, (other) => compare(other, slot) < 0)
    merged.set(kept.subarray(copied, until), copied + i)
    merged[until + i] = slot
    copied = until
  })
  merged.set(kept.subarray(copied), copied + added.length)
  return merged
}

/** Counts the slots at the beginning of an order that meet a condition, by binary search from `start`, a known lower bound. */
export function countFirst(order: Int32Array, start: number, isFirst: (slot: number) => boolean): number {
  let low = start
  for (let high = order.length; low < high;) {
    const middle = (low + high) >>> 1
    if (isFirst(order[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
