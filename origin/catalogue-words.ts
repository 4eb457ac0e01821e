import { LRUCache } from 'lru-cache'
import { containsTerm, type FoldedText, foldText, initialOf, type SearchTerm } from './search-text.ts'

/** Texts in numbered slots, found by the words that they contain. */
export type WordIndex = {
  /** Replaces the text of a slot; an empty one frees it. Returns the folded texts. */
  set(slot: number, text: string): { before: FoldedText; after: FoldedText }
  /** Visits each slot whose text contains all terms. Visits none if there are no terms. */
  eachMatch(terms: SearchTerm[], visit: (slot: number) => void): void
  /** Whether a text contains all terms. Compares no texts after the first one that does. */
  hasMatch(terms: SearchTerm[]): boolean
}

/** More columns leave fewer texts to compare and take more memory: 1,024 take 128 bytes a text. */
const COLUMNS = 1_024
/** The terms of a search with more candidates than this are common: their slots are cached, at one bit a text. */
const COMMON = 2_000
const MAX_COMMON_TERMS = 256

/**
 * A bit-sliced signature file (Faloutsos and Christodoulakis 1984; Goodwin et al., BitFunnel, 2017): each character of a text, and each
 * pair of neighbours, sets the slot's bit in one of 1,024 columns; so do the initial consonants of Korean syllables. A search ANDs the columns
 * of its terms, 32 slots at a time, and compares the texts of the candidates that remain. A search compares at most each text with all terms
 * and, to cache a common one, with one of them again.
 */
export function createWordIndex(common = COMMON, contains: typeof containsTerm = containsTerm): WordIndex {
  const texts: FoldedText[] = []
  const columns = Array.from({ length: COLUMNS }, () => new Uint32Array(32))
  /** The exact slots of common terms. */
  const commonTerms = new LRUCache<string, { term: SearchTerm; slots: Uint32Array }>({ max: MAX_COMMON_TERMS })
  let candidates = new Uint32Array(32)

  return {
    set(slot, text) {
      while (slot >= candidates.length * 32) grow()
      const before = texts[slot] ?? ''
      const after = texts[slot] = foldText(text)
      if (before === after) return { before, after }
      for (const column of columnsOfText(before)) setBit(columns[column]!, slot, false)
      for (const column of columnsOfText(after)) setBit(columns[column]!, slot, true)
      for (const { term, slots } of commonTerms.values()) setBit(slots, slot, contains(after, term))
      return { before, after }
    },
    eachMatch(terms, visit) {
      let inexact = narrowTo(terms)
      if (inexact.length > 0 && areCommon()) {
        // One for each search, so that eight common terms do not take eight scans. The next search caches the next term.
        cacheCommonTerm(inexact[0]!)
        inexact = narrowTo(terms)
      }
      eachCandidate(inexact, (slot) => void visit(slot))
    },
    hasMatch(terms) {
      let isFound = false
      eachCandidate(narrowTo(terms), () => isFound = true)
      return isFound
    },
  }

  /** Visits the candidates whose texts contain all terms, until `visit` returns true. */
  function eachCandidate(terms: SearchTerm[], visit: (slot: number) => boolean | void): void {
    eachBit(candidates, (slot) => {
      for (const term of terms) if (!contains(texts[slot]!, term)) return
      return visit(slot)
    })
  }
  /** Makes the slots that may contain all terms the candidates, none without terms. Returns the terms that some may not contain. */
  function narrowTo(terms: SearchTerm[]): SearchTerm[] {
    candidates.fill(terms.length > 0 ? 0xffffffff : 0)
    return terms.filter((term) => !narrow(term))
  }

  /** Removes candidates that cannot contain the term. Returns whether all remaining ones contain it. */
  function narrow(term: SearchTerm): boolean {
    const exact = commonTerms.get(keyOf(term))
    if (exact) intersect(exact.slots)
    else narrowByColumns(columnsOfTerm(term))
    return exact !== undefined
  }
  /** A term without columns, such as a vowel alone, is in no text: otherwise it would be compared with all of them. */
  function narrowByColumns(numbers: Set<number>): void {
    if (numbers.size === 0) candidates.fill(0)
    for (const column of numbers) intersect(columns[column]!)
  }
  function intersect(slots: Uint32Array): void {
    for (let block = 0; block < candidates.length; block++) candidates[block]! &= slots[block]!
  }
  function areCommon(): boolean {
    let count = 0
    eachBit(candidates, () => ++count > common)
    return count > common
  }
  function cacheCommonTerm(term: SearchTerm): void {
    const slots = new Uint32Array(candidates.length)
    candidates.fill(0xffffffff)
    narrow(term)
    eachBit(candidates, (slot) => {
      setBit(slots, slot, contains(texts[slot]!, term))
    })
    commonTerms.set(keyOf(term), { term, slots })
  }
  function grow(): void {
    candidates = new Uint32Array(candidates.length * 2)
    columns.forEach((slots, i) => {
      columns[i] = new Uint32Array(candidates.length)
      columns[i].set(slots)
    })
    commonTerms.clear()
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

const keyOf = ({ word, mode }: SearchTerm) => `${mode} ${word}`

/** The columns of a text: a term may run over its spaces, so they count as nothing. */
function columnsOfText(text: FoldedText): Set<number> {
  const characters = text.replaceAll(' ', '')
  return new Set(columnsOf(characters).concat(columnsOf(initialsOf(characters))))
}

/** The columns of what every text with the term contains. Of an unfinished syllable only its initial consonant is certain. */
function columnsOfTerm({ word, mode }: SearchTerm): Set<number> {
  if (mode !== 'prefix') return new Set(columnsOf(mode === 'initials' ? initialsOf(word) : word))
  const initials = initialsOf(word).replace(/[ㅏ-ㅣ]$/, '')
  return new Set(columnsOf(word.slice(0, -1)).concat(columnsOf(initials)))
}

/**
 * The initial consonants of a text, as Hangul Jamo (U+1100 and following), which hardly any text contains. They differ from letters that stand alone,
 * so that `ㅅㅏ`, which is in hardly any text, does not have all texts with `ㅅ` as its candidates.
 */
const initialsOf = (text: string): string =>
  Array.from(text, (character) => {
    const initial = initialOf(character)
    return /^[ㄱ-ㅎ]$/.test(initial) ? String.fromCharCode(initial.charCodeAt(0) - 0x2031) : initial
  }).join('')

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
