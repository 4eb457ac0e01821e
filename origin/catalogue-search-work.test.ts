import { describe, expect, test } from 'vitest'
import { createCatalogueIndex } from './catalogue-index.ts'
import { searchEvents } from './catalogue-search.ts'
import { createVocabulary, distanceToBeginning, MAX_COMPARED } from './catalogue-vocabulary.ts'
import { createWordIndex } from './catalogue-words.ts'
import { containsTerm, searchTerms } from './search-text.ts'

const EVENTS = 6_000
/** Above this number of candidates a term is common. */
const COMMON = 2_000
const VOWELS = 'ㅏ ㅑ ㅓ ㅕ ㅗ ㅛ ㅜ ㅠ'

/** Its words have all these letters, so that the letters alone exclude none of them. */
const LETTERS = 'abcdefghij'
const wordOf = (number: number): string =>
  Array.from({ length: 6 }, (_, i) => LETTERS[Math.floor(number / 10 ** i) % 10]).join('') + LETTERS
const UNKNOWN = 'jjiihhggff iihhggffjj hhggffjjii ggffjjiihh ffjjiihhgg jihjihjih ihgihgihg hgfhgfhgf'

/** A catalogue that counts how often it compares a text with a term, and a word with another. */
function countingCatalogue() {
  const work = { texts: 0, words: 0 }
  const words = createWordIndex(COMMON, (text, term) => {
    work.texts++
    return containsTerm(text, term)
  })
  const vocabulary = createVocabulary((word, other, limit) => {
    work.words++
    return distanceToBeginning(word, other, limit)
  })
  const index = createCatalogueIndex(words, vocabulary)
  const listed = { opensAtMs: 0, closesAtMs: 9, soldOut: false, genre: null, region: null, startsOn: '2026-12-01' }
  const textOf = (i: number) => `재즈 콘서트 orchestra festival ${wordOf(i)} ${wordOf(i + EVENTS)}`
  index.put(Array.from({ length: EVENTS }, (_, i) => Object.assign({ id: i + 1, startsAtMs: i, searchText: textOf(i) }, listed)))
  const parts = { catalogue: { read: () => Promise.resolve({ index, eventOf: () => undefined }) }, now: () => new Date(1) }
  const search = async (q: string) => {
    Object.assign(work, { texts: 0, words: 0 })
    // No page of the list, so that no event is described.
    const found = await searchEvents(parts, 'ko', { page: EVENTS, size: 1_000, q })
    return { total: found.events.total, corrected: found.corrected, texts: work.texts, words: work.words }
  }
  return search
}

describe('A127: a search without hits', () => {
  const search = countingCatalogue()

  test('compares no text for vowels alone', async () => {
    expect(await search(VOWELS)).toEqual({ total: 0, corrected: null, texts: 0, words: 0 })
    expect(await search('ㅘ')).toEqual({ total: 0, corrected: null, texts: 0, words: 0 })
  })

  test('compares no text for consonants and vowels that stand alone', async () => {
    expect(await search('ㅈㅏ ㅋㅏ ㅅㅏ ㅌㅏ ㅈㅓ ㅋㅓ ㅅㅓ ㅌㅓ')).toEqual({ total: 0, corrected: null, texts: 0, words: 0 })
  })

  test('compares the texts once for the search, once for its unfinished word, and once more for each of two words', async () => {
    for (const q of ['콘ㅓ 서ㅓ 트ㅓ 재ㅓ 즈ㅓ 콘ㅏ 서ㅏ 트ㅏ', '콘ㅓ 서ㅓ 트ㅓ 재ㅓ 즈ㅓ 콘ㅏ 서ㅏ 쾱']) {
      const { total, texts } = await search(q)
      expect(total).toBe(0)
      expect(texts).toBeLessThanOrEqual(4 * EVENTS)
    }
  })

  test('looks for no other word after an unknown one', async () => {
    const { total, words } = await search(UNKNOWN)
    expect(total).toBe(0)
    expect(words).toBe(MAX_COMPARED)
  })

  test('corrects two words and not three', async () => {
    expect(await search('orchetra festval')).toMatchObject({ total: EVENTS, corrected: 'orchestra festival' })
    expect(await search('orchetra festval 콘서투')).toMatchObject({ total: 0, corrected: null })
    expect(await search('orchetra 재즈 콘서트 festival')).toMatchObject({ corrected: 'orchestra 재즈 콘서트 festival' })
  })
})

test('A127: a word that resembles thousands of others is compared with a bounded number, the most similar ones first', () => {
  let compared = 0
  const vocabulary = createVocabulary((word, other, limit) => {
    compared++
    return distanceToBeginning(word, other, limit)
  })
  for (let i = 0; i < 4 * MAX_COMPARED; i++) vocabulary.replace('', `b${wordOf(i)}`)
  vocabulary.replace('', 'ajihgfedcb')
  expect(vocabulary.closest('ajihgfdecb')).toBe('ajihgfedcb')
  expect(compared).toBe(MAX_COMPARED)
})

test('A127: of eight common terms one is cached for each search', () => {
  let compared = 0
  const words = createWordIndex(COMMON, (text, term) => {
    compared++
    return containsTerm(text, term)
  })
  for (let slot = 0; slot < EVENTS; slot++) words.set(slot, '재즈 콘서트')
  words.eachMatch(searchTerms('콘ㅓ 서ㅓ 트ㅓ 재ㅓ 즈ㅓ 콘ㅏ 서ㅏ 트ㅏ'), () => expect.fail('no text has these'))
  expect(compared).toBe(EVENTS)
})
