import { type EventFilter, isFiltered } from '../edge/contract/event-filters.ts'
import { countFirst, createListing, type Listed, type Listing, passes, reorder } from './catalogue-order.ts'
import { createVocabulary } from './catalogue-vocabulary.ts'
import { createWordIndex, eachBit } from './catalogue-words.ts'
import type { SearchTerm } from './search-text.ts'

/** What a list contains: the events whose text contains all terms and that a filter includes. */
export type Selection = { terms: SearchTerm[]; filter: EventFilter }

/** All published events in memory, listed as of any instant. */
export type CatalogueIndex = {
  /** Adds or replaces events. */
  put(events: (Listed & { searchText: string })[]): void
  remove(ids: number[]): void
  /** The ids in `(after, upTo]`, in no particular order. */
  idsBetween(after: number, upTo: number): number[]
  /**
   * A page of the events of a selection, and their total number: on sale at `atMs` first, then upcoming, sold out, closed; each by start
   * and id.
   */
  find(selection: Selection, atMs: number, page: { from: number; count: number }): { ids: number[]; total: number }
  /** Whether an event contains all terms, whatever the filter. */
  contains(terms: SearchTerm[]): boolean
  /** The events that opened in (`fromMs`, `atMs`] and are on sale, the latest first. */
  findJustOpened(fromMs: number, atMs: number, count: number): number[]
  /** The next openings after `atMs`, soonest first. */
  findOpeningSoon(atMs: number, count: number): number[]
  /** The openings in [`fromMs`, `untilMs`), by time. */
  findOpenings(fromMs: number, untilMs: number, count: number): number[]
  /** The word of a text that was probably meant by one that no text contains; null if there is none. */
  closestWord(word: string): string | null
}

/** Each event has a slot, a small number that it keeps while it is listed. Orders are arrays of slots. */
export function createCatalogueIndex(words = createWordIndex(), vocabulary = createVocabulary()): CatalogueIndex {
  const events: Listed[] = []
  const slots = new Map<number, number>()
  const freeSlots: number[] = []
  const comparedBy = (time: 'startsAtMs' | 'opensAtMs') => (a: number, b: number) =>
    events[a]![time] - events[b]![time] || events[a]!.id - events[b]!.id
  let byStart: Int32Array = new Int32Array()
  let byOpening: Int32Array = new Int32Array()
  let listing: Listing | null = null

  function put({ searchText, ...event }: Listed & { searchText: string }, removed: Set<number>, added: number[]): void {
    const known = slots.get(event.id)
    const slot = known ?? freeSlots.pop() ?? events.length
    const before = known === undefined ? null : events[slot]!
    const isInPlace = before?.startsAtMs === event.startsAtMs && before.opensAtMs === event.opensAtMs
    if (!isInPlace) added.push(slot)
    if (!isInPlace && before) removed.add(slot)
    if (!isInPlace || before.closesAtMs !== event.closesAtMs || before.soldOut !== event.soldOut) listing = null
    slots.set(event.id, slot)
    events[slot] = event
    setText(slot, searchText)
  }
  function setText(slot: number, text: string): void {
    const { before, after } = words.set(slot, text)
    vocabulary.replace(before, after)
  }
  function updateOrders(removed: Set<number>, added: number[]): void {
    if (removed.size + added.length === 0) return
    byStart = reorder(byStart, removed, added, comparedBy('startsAtMs'))
    byOpening = reorder(byOpening, removed, added, comparedBy('opensAtMs'))
  }
  function listingAt(atMs: number): Listing {
    if (!listing || atMs < listing.fromMs || listing.untilMs <= atMs) listing = createListing(events, byStart, atMs)
    return listing
  }
  const idsOf = (page: Iterable<number>): number[] => Array.from(page, (slot) => events[slot]!.id)

  return {
    put(changed) {
      const removed = new Set<number>()
      const added: number[] = []
      for (const event of changed) put(event, removed, added)
      updateOrders(removed, added)
    },
    remove(ids) {
      const removed = new Set(ids.map((id) => slots.get(id)).filter((slot) => slot !== undefined))
      if (removed.size === 0) return
      for (const id of ids) slots.delete(id)
      for (const slot of removed) setText(slot, '')
      freeSlots.push(...removed)
      listing = null
      updateOrders(removed, [])
    },
    idsBetween: (after, upTo) => [...slots.keys()].filter((id) => id > after && id <= upTo),
    find({ terms, filter }, atMs, { from, count }) {
      const { order, rankOf } = listingAt(atMs)
      const isWanted = isFiltered(filter) ? (slot: number) => passes(events[slot]!, filter, atMs) : null
      if (terms.length === 0) {
        const all = isWanted ? order.filter(isWanted) : order
        return { ids: idsOf(all.subarray(from, from + count)), total: all.length }
      }
      const found = createRankSet(order.length)
      words.eachMatch(terms, (slot) => {
        if (!isWanted || isWanted(slot)) found.add(rankOf[slot]!)
      })
      return { ids: idsOf(found.page(from, count).map((rank) => order[rank]!)), total: found.size() }
    },
    contains: words.hasMatch,
    findJustOpened(fromMs, atMs, count) {
      const end = countFirst(byOpening, 0, (slot) => events[slot]!.opensAtMs <= atMs)
      const opened: number[] = []
      for (let i = end - 1; i >= 0 && opened.length < count && events[byOpening[i]!]!.opensAtMs > fromMs; i--) {
        if (passes(events[byOpening[i]!]!, { status: 'on_sale' }, atMs)) opened.push(byOpening[i]!)
      }
      return idsOf(opened)
    },
    findOpeningSoon(atMs, count) {
      const first = countFirst(byOpening, 0, (slot) => events[slot]!.opensAtMs <= atMs)
      return idsOf(byOpening.subarray(first, first + count))
    },
    findOpenings(fromMs, untilMs, count) {
      const first = countFirst(byOpening, 0, (slot) => events[slot]!.opensAtMs < fromMs)
      const end = countFirst(byOpening, first, (slot) => events[slot]!.opensAtMs < untilMs)
      return idsOf(byOpening.subarray(first, Math.min(end, first + count)))
    },
    closestWord: vocabulary.closest,
  }
}

/** A set of ranks as a bitmap, which sorts them. */
function createRankSet(ranks: number) {
  const bits = new Uint32Array(Math.ceil(ranks / 32))
  let size = 0
  return {
    size: () => size,
    add(rank: number): void {
      bits[rank >>> 5]! |= 1 << (rank & 31)
      size++
    },
    /** `count` ranks in their order, after the first `from`. */
    page(from: number, count: number): number[] {
      const page: number[] = []
      let skipped = 0
      if (from >= size) return page
      eachBit(bits, (rank) => {
        if (skipped++ >= from) page.push(rank)
        return page.length === count
      })
      return page
    },
  }
}
