import * as fc from 'fast-check'
import type { EventFilter } from '../edge/contract/event-filters.ts'
import { expect, test } from 'vitest'
import { createCatalogueIndex } from './catalogue-index.ts'
import type { Listed } from './catalogue-order.ts'
import { createWordIndex } from './catalogue-words.ts'
import { searchTerms } from './search-text.ts'

/** In the order of the list. */
const GROUPS = ['on_sale', 'upcoming', 'sold_out', 'ended'] as const

const letter = fc.constantFrom(...'aAbé한국 1%_\\')
const text = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(''))
const fold = (some: string) => some.toLowerCase().replaceAll('é', 'e').replace(/[%_\\ ]+/g, ' ').trim()
/** The definition of a hit: within a word, or from the beginning of a word over the spaces after it. */
function contains(text: string, word: string): boolean {
  const [all, part] = [fold(text), fold(word).replaceAll(' ', '')]
  const rests = Array.from(all, (_, i) => i).filter((i) => i === 0 || all[i - 1] === ' ').map((i) => all.slice(i))
  return all.includes(part) || rests.some((rest) => rest.replaceAll(' ', '').startsWith(part))
}

test('finds texts by any part of them, while they change, for common and rare words', () => {
  const slot = fc.integer({ min: 0, max: 2_500 })
  const word = fc.array(letter, { minLength: 1, maxLength: 3 }).map((letters) => letters.join(''))
  const act = fc.oneof(fc.record({ slot, text }), fc.record({ words: fc.array(word, { minLength: 1, maxLength: 3 }) }))
  fc.assert(fc.property(fc.array(act, { minLength: 30, maxLength: 120 }), (acts) => {
    // A word is common if more than three texts contain it.
    const index = createWordIndex(3)
    const texts = new Map<number, string>()
    for (const act of acts) {
      if ('slot' in act) {
        texts.set(act.slot, act.text)
        index.set(act.slot, act.text)
      } else {
        const found: number[] = []
        const terms = searchTerms(act.words.join(' '))
        index.eachMatch(terms, (slot) => found.push(slot))
        const expected = [...texts].filter(([, text]) => terms.length > 0 && terms.every(({ word }) => contains(text, word)))
        expect(found).toEqual(expected.map(([slot]) => slot).sort((a, b) => a - b))
      }
    }
  }))
})

test('lists events by status, start and id at any instant, while they are added, changed and removed', () => {
  const time = fc.integer({ min: 0, max: 9 })
  const day = fc.constantFrom('2026-12-01', '2026-12-02', '2026-12-03')
  const optional = { requiredKeys: [] }
  const filter: fc.Arbitrary<EventFilter> = fc.record({
    genre: fc.constantFrom('jazz', 'rock'),
    region: fc.constant('seoul'),
    status: fc.constantFrom('on_sale', 'upcoming', 'sold_out', 'ended'),
    from: day,
    to: day,
  }, optional)
  const event = fc.record({
    id: fc.integer({ min: 1, max: 60 }),
    searchText: text,
    startsAtMs: time,
    opensAtMs: time,
    closesAtMs: time,
    soldOut: fc.boolean(),
    genre: fc.constantFrom('jazz', 'rock', null),
    region: fc.constantFrom('seoul', null),
    startsOn: day,
  })
  const act = fc.oneof(
    fc.record({ put: fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 20 }) }),
    fc.record({ remove: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }) }),
    fc.record({
      words: fc.array(fc.constantFrom('a', '한', '1%'), { maxLength: 2 }),
      filter,
      atMs: time,
      from: fc.nat(30),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  )
  const statusAt = ({ opensAtMs, closesAtMs, soldOut }: Listed, atMs: number) =>
    closesAtMs <= atMs ? 3 : opensAtMs > atMs ? 1 : soldOut ? 2 : 0
  fc.assert(fc.property(fc.array(act, { minLength: 10, maxLength: 60 }), (acts) => {
    const index = createCatalogueIndex()
    const events = new Map<number, typeof event extends fc.Arbitrary<infer E> ? E : never>()
    for (const act of acts) {
      if ('put' in act) {
        index.put(act.put)
        for (const event of act.put) events.set(event.id, event)
      } else if ('remove' in act) {
        index.remove(act.remove)
        for (const id of act.remove) events.delete(id)
      } else {
        const { words, filter, atMs, from, count } = act
        const isWanted = (event: Listed) =>
          [undefined, event.genre].includes(filter.genre) && [undefined, event.region].includes(filter.region) &&
          [undefined, GROUPS[statusAt(event, atMs)]].includes(filter.status) &&
          (filter.from ?? '') <= event.startsOn && event.startsOn <= (filter.to ?? '9')
        const expected = [...events.values()].filter((event) => words.every((word) => contains(event.searchText, word)))
          .filter(isWanted)
          .sort((a, b) => statusAt(a, atMs) - statusAt(b, atMs) || a.startsAtMs - b.startsAtMs || a.id - b.id)
        expect(index.find({ terms: searchTerms(words.join(' ')), filter }, atMs, { from, count })).toEqual({
          ids: expected.slice(from, from + count).map(({ id }) => id),
          total: expected.length,
        })
        const soon = [...events.values()].filter(({ opensAtMs }) => opensAtMs > atMs)
          .sort((a, b) => a.opensAtMs - b.opensAtMs || a.id - b.id)
        expect(index.findOpeningSoon(atMs, count)).toEqual(soon.slice(0, count).map(({ id }) => id))
        const opened = [...events.values()].filter((event) => event.opensAtMs > atMs - 3 && statusAt(event, atMs) === 0)
          .sort((a, b) => b.opensAtMs - a.opensAtMs || b.id - a.id)
        expect(index.findJustOpened(atMs - 3, atMs, count)).toEqual(opened.slice(0, count).map(({ id }) => id))
        const openings = [...events.values()].filter(({ opensAtMs }) => opensAtMs >= from && opensAtMs < atMs)
          .sort((a, b) => a.opensAtMs - b.opensAtMs || a.id - b.id)
        expect(index.findOpenings(from, atMs, count)).toEqual(openings.slice(0, count).map(({ id }) => id))
      }
    }
    expect(index.idsBetween(10, 40).sort((a, b) => a - b)).toEqual(
      [...events.keys()].filter((id) => id > 10 && id <= 40).sort((a, b) => a - b),
    )
  }))
})

test.each([
  ['재츠', '재즈'],
  ['콘서투', '콘서트'],
  ['뮤지걸', '뮤지컬'],
  ['concret', 'concert'],
  ['orcestra', 'orchestra'],
  ['서울', '서울'],
  ['없는말', null],
  ['rok', null],
])('the word meant by %s is %s', (typed, meant) => {
  const index = createCatalogueIndex()
  const listed = { startsAtMs: 0, opensAtMs: 0, closesAtMs: 0, soldOut: false, genre: null, region: null, startsOn: '2026-12-01' }
  const texts = ['재즈 콘서트 서울', '뮤지컬 Orchestra', 'Concert concerto rock', '재즈 서울 concert']
  index.put(texts.map((searchText, i) => Object.assign({ id: i + 1, searchText }, listed)))
  expect(index.closestWord(typed)).toBe(meant)
  index.remove([1, 2, 3, 4])
  expect(index.closestWord(typed)).toBe(null)
})
