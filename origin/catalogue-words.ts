import { LRUCache } from 'lru-cache'

/** Texts in numbered slots, found by the words that they contain. */
export type WordIndex = {
  /** Replaces the text of a slot; an empty one frees it. */
  set(slot: number, text: string): void
  /** Visits each slot whose text contains all words, ignoring case, accents and width. Visits none if there are no words. */
  eachMatch(words: string[], visit: (slot: number) => void): void
}

/** More columns leave fewer texts to compare and take more memory: 1,024 take 128 bytes a text. */
const COLUMNS = 1_024
/** The words of a search with more candidates than this are common: their slots are cached, at one bit a text. */
const COMMON = 2_000
const MAX_COMMON_WORDS = 256

/**
 * A bit-sliced signature file (Faloutsos and Christodoulakis 1984; Goodwin et al., BitFunnel, 2017): each character of a text, and each
 * pair of neighbours, sets the slot's bit in one of 1,024 columns. A search ANDs the columns of its words, 32 slots at a time, and compares
 * the texts of the candidates that remain.
 */
export function createWordIndex(common = COMMON): WordIndex {
  const texts: string[] = []
  const columns = Array.from({ length: COLUMNS }, () => new Uint32Array(32))
  /** The exact slots of common words. */
  const commonWords = new LRUCache<string, Uint32Array>({ max: MAX_COMMON_WORDS })
  let candidates = new Uint32Array(32)

  return {
    set(slot, text) {
      while (slot >= candidates.length * 32) grow()
      const before = texts[slot] ?? ''
      const after = texts[slot] = foldText(text)
      if (before === after) return
      for (const column of columnsOf(before)) setBit(columns[column]!, slot, false)
      for (const column of columnsOf(after)) setBit(columns[column]!, slot, true)
      for (const [word, slots] of commonWords) setBit(slots, slot, after.includes(word))
    },
    eachMatch(words, visit) {
      const folded = [...new Set(words.map(foldText))].filter(Boolean)
      if (folded.length === 0) return
      candidates.fill(0xffffffff)
      let inexact = folded.filter((word) => !narrow(word))
      if (inexact.length > 0 && areCommon()) {
        inexact.forEach(cacheCommonWord)
        inexact = []
        candidates.fill(0xffffffff)
        folded.forEach(narrow)
      }
      eachBit(candidates, (slot) => {
        for (const word of inexact) if (!texts[slot]!.includes(word)) return
        visit(slot)
      })
    },
  }

  /** Removes candidates that cannot contain the word. Returns whether all remaining ones contain it. */
  function narrow(word: string): boolean {
    const exact = commonWords.get(word)
    if (exact) intersect(exact)
    else for (const column of new Set(columnsOf(word))) intersect(columns[column]!)
    return exact !== undefined
  }
  function intersect(slots: Uint32Array): void {
    for (let block = 0; block < candidates.length; block++) candidates[block]! &= slots[block]!
  }
  function areCommon(): boolean {
    let count = 0
    eachBit(candidates, () => ++count > common)
    return count > common
  }
  function cacheCommonWord(word: string): void {
    const slots = new Uint32Array(candidates.length)
    candidates.fill(0xffffffff)
    narrow(word)
    eachBit(candidates, (slot) => setBit(slots, slot, texts[slot]!.includes(word)))
    commonWords.set(word, slots)
  }
  function grow(): void {
    candidates = new Uint32Array(candidates.length * 2)
    columns.forEach((slots, i) => {
      columns[i] = new Uint32Array(candidates.length)
      columns[i].set(slots)
    })
    commonWords.clear()
  }
}

function setBit(blocks: Uint32Array, bit: number, isSet: boolean): void {
  if (isSet) blocks[bit >>> 5]! |= 1 << (bit & 31)
  else blocks[bit >>> 5]! &= ~(1 << (bit & 31))
}

/** Visits the numbers of the bits that are set, lowest first, until `visit` returns true. */
export function eachBit(blocks: Uint32Array, visit: (bit: number) => boolean | void): void {
  for (let block = 0; block < blocks.length; block++) {
    for (let bits = blocks[block]!; bits !== 0; bits &= bits - 1) {
      if (visit(block * 32 + 31 - Math.clz32(bits & -bits))) return
    }
  }
}

/** Without case, accents and width, as `utf8mb4_unicode_ci` compares. */
const foldText = (text: string) => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').normalize('NFC').toLowerCase()

function columnsOf(text: string): number[] {
  const found: number[] = []
  for (let i = 0; i < text.length; i++) {
    found.push(columnOf(text.charCodeAt(i), 0))
    if (i > 0) found.push(columnOf(text.charCodeAt(i - 1), text.charCodeAt(i)))
  }
  return found
}

/** Multiplicative hashing (Knuth, TAOCP 6.4): the upper ten bits. */
const columnOf = (first: number, second: number) => Math.imul(Math.imul(first, 0x9e3779b1) + second, 0x85ebca6b) >>> 22
