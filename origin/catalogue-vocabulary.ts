import { LRUCache } from 'lru-cache'
import { type FoldedText, keysOf } from './search-text.ts'

/** The words of all texts, to find the one that was meant by a word with a typing mistake. */
export type Vocabulary = {
  /** Replaces a text; an empty one is none. */
  replace(before: FoldedText, after: FoldedText): void
  /** The most similar word, or the beginning of one; null if none is similar enough. */
  closest(word: string): string | null
}

/** A word is compared with no more than this many: comparing them takes one or two milliseconds. */
export const MAX_COMPARED = 2_000
/** Of more words not even the keys are looked at. */
const MAX_LOOKED_AT = 50_000
const MAX_LENGTH = 20
const MAX_CACHED = 512

/** The mistakes that a word of so many keys may have: shorter words resemble too many others. */
const mistakesIn = (keys: string): number => keys.length < 4 ? 0 : keys.length < 8 ? 1 : 2

/** A word of the texts. The masks are of its first keys, which decide about short words, and of all its keys. */
type Entry = { texts: number; keys: string; beginning: number; all: number }
/** The keys of `beginning`: the longest word with one mistake, and that mistake. */
const BEGINNING = 8

const entryOf = (keys: string): Entry => ({ texts: 0, keys, beginning: maskOf(keys.slice(0, BEGINNING)), all: maskOf(keys) })

/** The distance of each pair of similar words is found by `distance`, which is `distanceToBeginning` but in tests. */
export function createVocabulary(distance: typeof distanceToBeginning = distanceToBeginning): Vocabulary {
  const words = new Map<string, Entry>()
  const known = new LRUCache<string, { closest: string | null }>({ max: MAX_CACHED })

  function add(text: FoldedText, difference: 1 | -1): void {
    for (const word of new Set(text.split(' '))) {
      if (word.length < 2 || word.length > MAX_LENGTH) continue
      const entry = words.get(word) ?? entryOf(keysOf(word))
      entry.texts += difference
      if (entry.texts > 0) words.set(word, entry)
      else words.delete(word)
    }
  }
  function find(word: string): string | null {
    const keys = keysOf(word)
    let best = { word: '', distance: mistakesIn(keys) + 1, texts: 0 }
    for (const [candidate, entry] of similarTo(keys)) {
      const found = distance(keys, entry.keys, best.distance)
      const isBetter = found < best.distance || (found === best.distance && best.word !== '' && entry.texts > best.texts)
      if (isBetter && found <= mistakesIn(keys)) best = { word: candidate, distance: found, texts: entry.texts }
    }
    return best.word || null
  }
  /** The words that contain enough of the keys, those with the same first key before the others. */
  function similarTo(keys: string): [word: string, entry: Entry][] {
    const [mask, mistakes] = [maskOf(keys), mistakesIn(keys)]
    const isShort = keys.length + mistakes <= BEGINNING
    const [likely, others]: [string, Entry][][] = [[], []]
    let lookedAt = 0
    for (const word of words) {
      if (lookedAt++ === MAX_LOOKED_AT || likely!.length === MAX_COMPARED) break
      const entry = word[1]
      if (entry.keys.length < keys.length - mistakes) continue
      if (countBits(mask & ~(isShort ? entry.beginning : entry.all)) > mistakes) continue
      if (entry.keys[0] === keys[0]) likely!.push(word)
      else if (others!.length < MAX_COMPARED) others!.push(word)
    }
    return likely!.concat(others!).slice(0, MAX_COMPARED)
  }
  return {
    replace(before, after) {
      if (before === after) return
      known.clear()
      add(before, -1)
      add(after, 1)
    },
    closest(word) {
      if (word.length > MAX_LENGTH || mistakesIn(keysOf(word)) === 0) return null
      const cached = known.get(word) ?? { closest: find(word) }
      known.set(word, cached)
      return cached.closest
    },
  }
}

/** A set of keys as bits. A mistake takes at most one key of a word away, so a similar word lacks at most as many bits as there are mistakes. */
function maskOf(keys: string): number {
  let mask = 0
  for (let i = 0; i < keys.length; i++) mask |= 1 << (keys.charCodeAt(i) & 31)
  return mask
}

function countBits(mask: number): number {
  let count = 0
  for (let bits = mask; bits !== 0; bits &= bits - 1) count++
  return count
}

/**
 * The number of keys that were left out, added, replaced or exchanged with their neighbour (optimal string alignment) between a word and the
 * most similar beginning of another. Returns `limit` + 1 once it is above `limit`.
 */
export function distanceToBeginning(word: string, other: string, limit: number): number {
  if (other.length < word.length - limit) return limit + 1
  const width = Math.min(other.length, word.length + limit)
  let [before, row] = [[] as number[], Array.from({ length: width + 1 }, (_, j) => j)]
  for (let i = 1; i <= word.length; i++) {
    const next = [i]
    for (let j = 1; j <= width; j++) {
      const isEqual = word[i - 1] === other[j - 1]
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (isEqual ? 0 : 1))
      const isExchanged = i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1]
      if (isExchanged) next[j] = Math.min(next[j]!, before[j - 2]! + 1)
    }
    if (Math.min(...next) > limit) return limit + 1
    ;[before, row] = [row, next]
  }
  return Math.min(limit + 1, ...row)
}
