import { expect, test } from 'vitest'
import { asUnfinished, containsTerm, foldText, markTerms, searchTerms } from './search-text.ts'

const finds = (text: string, query: string) => searchTerms(query).every((term) => containsTerm(foldText(text), term))
const findsUnfinished = (text: string, query: string) =>
  (asUnfinished(searchTerms(query)) ?? []).every((term) => containsTerm(foldText(text), term))

test.each([
  ['Don’t Stop', "don't"],
  ['“밤”의 노래', '"밤"의'],
  ['낮·밤', '낮ㆍ밤'],
  ['낮・밤', '낮•밤'],
  ['2026–27 시즌', '2026-27'],
  ['Straße', 'strasse'],
  ['Søren', 'soren'],
  ['Łódź', 'lodz'],
  ['Cœur', 'coeur'],
  ['ﬁnale', 'finale'],
  ['ＷＩＤＥ 무대', 'wide'],
  ['Café', 'CAFE'],
  ['콘서트', '콘\u200b서\u2060트\ufeff'],
  ['콘서트', '\u202a콘서트\u202c'],
  ['콘서트', '콘서트'.normalize('NFD')],
  ['콘서트'.normalize('NFD'), '콘서트'],
  ['올림픽 공원', '올림픽공원'],
  ['올림픽공원', '올림픽 공원'],
  ['AC/DC Live', 'acdc'],
  ['뮤지컬 〈나비 시계공〉', '나비시계공'],
])('%s is found by %s', (text, query) => expect(finds(text, query)).toBe(true))

test.each([['콘서트', '콘ㅅ'], ['콘서트', 'ㅋㅅㅌ'], ['한여름 밤의 콘서트', 'ㅂㅇ ㅋㅅ'], ['재즈의 밤', 'ㅈㅈㅇㅂ'], [
  '국립과학관',
  '국립ㄱ',
], ['왕의 귀환', '왕의 ㄱ']])(
  '%s is found by the letters %s',
  (text, query) => expect(finds(text, query)).toBe(true),
)

test.each([['콘서트', '코'], ['콘서트', '콘섵'], ['과학', '고'], ['닭장', '달'], ['닭장', '닥'], ['밝은 밤', '발근'], [
  '첫눈이 오면',
  '첫누',
]])(
  '%s may be unfinished as %s',
  (text, query) => expect(findsUnfinished(text, query)).toBe(!['닥', '발근'].includes(query)),
)

test.each([['콘서트', '칸ㅅ'], ['콘서트', 'ㅋㅌ'], ['concert in town', 'tin'], ['콘서트', 'ㅅㅋ'], ['콘서트', '서울']])(
  '%s is not found by %s',
  (text, query) => expect(finds(text, query)).toBe(false),
)

test('a search of punctuation has no terms, and one of many words has eight', () => {
  expect(searchTerms(' & "·" — ')).toEqual([])
  expect(searchTerms('a b c d e f g h i j a')).toHaveLength(8)
})

test.each([
  ['한여름 “밤”의 콘서트', 'ㅋㅅㅌ 밤의', '한여름 “[밤”의] [콘서트]'],
  ['올림픽 공원 콘서트', '올림픽공원', '[올림픽 공원] 콘서트'],
  ['Straße & strasse', 'STRASSE', '[Straße] & [strasse]'],
  ['콘서트', '콘ㅅ', '[콘서]트'],
  ['밤밤밤', '밤밤', '[밤밤]밤'],
  ['👨‍👩‍👧 콘서트'.normalize('NFD'), '콘', `👨‍👩‍👧 [${'콘'.normalize('NFD')}]${'서트'.normalize('NFD')}`],
  ['ab', 'a b', '[ab]'],
])('marks in %s the hits of %s', (text, query, expected) => {
  let marked = text
  for (const [start, end] of markTerms(text, searchTerms(query)).toReversed()) {
    marked = `${marked.slice(0, start)}[${marked.slice(start, end)}]${marked.slice(end)}`
  }
  expect(marked).toBe(expected)
})
