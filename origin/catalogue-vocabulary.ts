import { LRUCache } from 'lru-cache'
import { type FoldedText, keysOf } from './search-text.ts'

/** The words of all texts, to find the one that was meant by a word with a typing mistake. */
export type Vocabulary = {
  /** Replaces a text; an empty one is none. */
  replace(before: FoldedText, after: FoldedText): void
  /** The most similar word, or the beginning of one; null if none is similar enough. */
  closest(word: string): string | null
}

/** More words are not compared: comparing this many takes some tens of milliseconds. */
const MAX_COMPARED = 50_000
const MAX_LENGTH = 20
const MAX_CACHED = 512

/** The mistakes that a word of so many keys may have: shorter words resemble too many others. */
const mistakesIn = (keys: string): number => keys.length < 4 ? 0 : keys.length < 8 ? 1 : 2

export function createVocabulary(): Vocabulary {
  const words = new Map<string, { texts: number; keys: string }>()
  const known = new LRUCache<string, { closest: string | null }>({ max: MAX_CACHED })

  function add(text: FoldedText, difference: 1 | -1): void {
    for (const word of new Set(text.split(' '))) {
      if (word.length < 2 || word.length > MAX_LENGTH) continue
      const entry = words.get(word) ?? { texts: 0, keys: keysOf(word) }
      entry.texts += difference
      if (entry.texts > 0) words.set(word, entry)
      else words.delete(word)
    }
  }
  function find(word: string): string | null {
    const keys = keysOf(word)
    let best = { word: '', distance: mistakesIn(keys) + 1, texts: 0 }
    let compared = 0
    for (const [candidate, entry] of words) {
      if (compared++ === MAX_COMPARED) break
      const distance = distanceToBeginning(keys, entry.keys, best.distance)
      const isBetter = distance < best.distance || (distance === best.distance && best.word !== '' && entry.texts > best.texts)
      if (isBetter && distance <= mistakesIn(keys)) best = { word: candidate, distance, texts: entry.texts }
    }
    return best.word || null
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
