import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCatalogueIndex } from './catalogue-index.ts'
import type { Listed } from './catalogue-order.ts'
import { createWordIndex } from './catalogue-words.ts'

const letter = fc.constantFrom(...'aAbé한국 1%_\\')
const text = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(''))
const fold = (some: string) => some.toLowerCase().replaceAll('é', 'e')

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
        index.eachMatch(act.words, (slot) => found.push(slot))
        const expected = [...texts].filter(([, text]) => act.words.every((word) => fold(text).includes(fold(word))))
        expect(found).toEqual(expected.map(([slot]) => slot).sort((a, b) => a - b))
      }
    }
  }))
})

test('lists events by status, start and id at any instant, while they are added, changed and removed', () => {
  const time = fc.integer({ min: 0, max: 9 })
  const event = fc.record({
    id: fc.integer({ min: 1, max: 60 }),
    searchText: text,
    startsAtMs: time,
    opensAtMs: time,
    closesAtMs: time,
    soldOut: fc.boolean(),
  })
  const act = fc.oneof(
    fc.record({ put: fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 20 }) }),
    fc.record({ remove: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }) }),
    fc.record({
      words: fc.array(fc.constantFrom('a', '한', '1%'), { maxLength: 2 }),
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
        const { words, atMs, from, count } = act
        const expected = [...events.values()].filter(({ searchText }) => words.every((word) => fold(searchText).includes(word)))
          .sort((a, b) => statusAt(a, atMs) - statusAt(b, atMs) || a.startsAtMs - b.startsAtMs || a.id - b.id)
        expect(index.find(words, atMs, { from, count })).toEqual({
          ids: expected.slice(from, from + count).map(({ id }) => id),
          total: expected.length,
        })
        const soon = [...events.values()].filter(({ opensAtMs }) => opensAtMs > atMs)
          .sort((a, b) => a.opensAtMs - b.opensAtMs || a.id - b.id)
        expect(index.findOpeningSoon(atMs, count)).toEqual(soon.slice(0, count).map(({ id }) => id))
      }
    }
    expect(index.idsBetween(10, 40).sort((a, b) => a - b)).toEqual(
      [...events.keys()].filter((id) => id > 10 && id <= 40).sort((a, b) => a - b),
    )
  }))
})
