/** Texts in numbered slots, found by the words in them. */
export type WordIndex = {
  /** Puts a text into a slot in place of what was there; an empty one frees it. */
  set(slot: number, text: string): void
  /** Visits each slot whose text has all the words, whatever their case, accents and width. Without a word it visits none. */
  eachMatch(words: string[], visit: (slot: number) => void): void
}

/** More columns leave fewer texts to compare, and take more memory: 128 bytes a text. */
const COLUMNS = 1_024
/** Words are common when so many texts are left to compare for them. Where they stand is remembered, an eighth of a byte a text. */
const COMMON = 2_000
const REMEMBERED_WORDS = 256

/**
 * A bit-sliced signature file (Faloutsos and Christodoulakis 1984; Goodwin et al., BitFunnel, 2017): each character of a text, and each
 * two that stand together, set the slot's bit in one of 1,024 columns. A search ANDs the columns of its words, 32 slots at a time, and
 * compares the texts of the slots that are left.
 */
export function createWordIndex(common = COMMON): WordIndex {
  const texts: string[] = []
  const columns = Array.from({ length: COLUMNS }, () => new Uint32Array(32))
  /** The slots of common words, exactly; the one that was not asked for the longest is first. */
  const remembered = new Map<string, Uint32Array>()
  let left = new Uint32Array(32)

  return {
    set(slot, text) {
      while (slot >= left.length * 32) grow()
      const before = texts[slot] ?? ''
      const after = texts[slot] = foldText(text)
      if (before === after) return
      for (const column of columnsOf(before)) mark(columns[column]!, slot, false)
      for (const column of columnsOf(after)) mark(columns[column]!, slot, true)
      for (const [word, bits] of remembered) mark(bits, slot, after.includes(word))
    },
    eachMatch(words, visit) {
      const folded = [...new Set(words.map(foldText))].filter(Boolean)
      if (folded.length === 0) return
      left.fill(0xffffffff)
      let compared = folded.filter((word) => !narrow(word))
      if (compared.length > 0 && isCommon()) {
        compared.forEach(remember)
        compared = []
        left.fill(0xffffffff)
        folded.forEach(narrow)
      }
      eachBit(left, (slot) => {
        for (const word of compared) if (!texts[slot]!.includes(word)) return
        visit(slot)
      })
    },
  }

  /** Takes out of what is left the slots that cannot have the word; says whether all others have it. */
  function narrow(word: string): boolean {
    const bits = remembered.get(word)
    if (bits) {
      remembered.delete(word)
      remembered.set(word, bits)
      intersect(bits)
    } else for (const column of new Set(columnsOf(word))) intersect(columns[column]!)
    return bits !== undefined
  }
  function intersect(bits: Uint32Array): void {
    for (let block = 0; block < left.length; block++) left[block]! &= bits[block]!
  }
  function isCommon(): boolean {
    let count = 0
    eachBit(left, () => ++count > common)
    return count > common
  }
  function remember(word: string): void {
    const bits = new Uint32Array(left.length)
    left.fill(0xffffffff)
    narrow(word)
    eachBit(left, (slot) => mark(bits, slot, texts[slot]!.includes(word)))
    const [oldest] = remembered.keys()
    if (oldest !== undefined && remembered.size === REMEMBERED_WORDS) remembered.delete(oldest)
    remembered.set(word, bits)
  }
  function grow(): void {
    left = new Uint32Array(left.length * 2)
    columns.forEach((bits, i) => {
      columns[i] = new Uint32Array(left.length)
      columns[i].set(bits)
    })
    remembered.clear()
  }
}

function mark(bits: Uint32Array, slot: number, isSet: boolean): void {
  if (isSet) bits[slot >>> 5]! |= 1 << (slot & 31)
  else bits[slot >>> 5]! &= ~(1 << (slot & 31))
}

/** Visits the numbers of the bits that are set, lowest first, until the visitor says true. */
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
