/**
 * How a search compares texts. Case, width, accents, ligatures and invisible characters are ignored; punctuation separates words. Korean is
 * also found by its initial consonants (초성), and by a word whose last syllable is still being typed.
 */

/** `exact`: as typed. `initials`: only initial consonants. `prefix`: the last syllable may be incomplete, as `콘ㅅ`, `콘서` and `콘섵` are. */
export type SearchTerm = { word: string; mode: 'exact' | 'initials' | 'prefix' }
/** The words of a text, separated by single spaces. */
export type FoldedText = string

const SYLLABLES = { first: 0xac00, last: 0xd7a3, perInitial: 588, perVowel: 28 }
/** The 19 initial consonants. */
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ'
/** The 21 vowels and the 27 final consonants by the keys that type them; the first final is none. */
const VOWELS = 'ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ'.split(' ')
const FINALS = ' ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ'.split(
  ' ',
)
/** Letters that Unicode does not decompose, by what people type instead. */
const LETTERS: Record<string, string> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ı: 'i' }
const MARKS = /[\u0300-\u036f]/g
/** Soft hyphens, joiners, directions and selectors, which texts from messengers contain. They separate no words. */
const INVISIBLE = /^[\p{Cf}\p{Variation_Selector}]+$/u
const NOT_IN_WORDS = /[^\p{L}\p{N}\p{M}\p{So}]/gu
/** Whether a character may consist of several code points, such as a syllable in the letters of NFD. */
const HAS_SEQUENCES = /[\p{M}\u1100-\u11ff\u200d]/u
const MAX_TERMS = 8

const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Folds a text and visits each part of it that stays: where it is in the original, and its folded characters. */
function eachFolded(original: string, visit: (word: string, start: number, end: number) => void): void {
  let separator = ''
  let isEmpty = true
  let index = 0
  for (const part of HAS_SEQUENCES.test(original) ? segmentsOf(original) : original) {
    const word = foldPart(part)
    if (word !== '') visit(separator + word, index, index + part.length)
    else if (!isEmpty && !INVISIBLE.test(part)) separator = ' '
    if (word !== '') [separator, isEmpty] = ['', false]
    index += part.length
  }
}

const segmentsOf = (text: string): string[] => Array.from(clusters.segment(text), ({ segment }) => segment)

/** The letter 아래아, which people type as a middle dot. */
const DOT_LETTERS = /[\u318d\u119e]/g
/** Letters that stand alone keep their form: NFKD would turn them into the halves of a syllable. */
const SINGLE_LETTER = /^[ㄱ-ㅣ]$/

function foldPart(part: string): string {
  if (SINGLE_LETTER.test(part)) return part
  const plain = part.normalize('NFKD').replace(MARKS, '').replace(DOT_LETTERS, '').normalize('NFC').toLowerCase().replace(
    NOT_IN_WORDS,
    '',
  )
  return LETTERS[plain] ?? plain
}

/** Folds a text. Texts that differ only in typography have equal words. */
export function foldText(original: string): FoldedText {
  let text = ''
  eachFolded(original, (word) => text += word)
  return text
}

/** The terms of a search, at most eight, without those that consist of punctuation. An event matches if its text contains all of them. */
export function searchTerms(query: string): SearchTerm[] {
  const words = query.trim().split(/\s+/).map((word) => foldText(word).replaceAll(' ', '')).filter(Boolean)
  return [...new Set(words)].slice(0, MAX_TERMS).map((word): SearchTerm => {
    if ([...word].every((character) => INITIALS.includes(character))) return { word, mode: 'initials' }
    return { word, mode: /[ㄱ-ㅣ]$/.test(word) ? 'prefix' : 'exact' }
  })
}

/** The terms with the last one taken for one that is still being typed; null if that changes nothing. */
export function asUnfinished(terms: SearchTerm[]): SearchTerm[] | null {
  const last = terms.at(-1)
  return last?.mode === 'exact' && /[가-힣]$/.test(last.word) ? terms.with(-1, { word: last.word, mode: 'prefix' }) : null
}

/** Whether a text contains a term. A term may run over the spaces of a text if it begins with a word: `올림픽공원` is in `올림픽 공원`. */
export const containsTerm = (text: FoldedText, term: SearchTerm): boolean =>
  (term.mode === 'exact' && text.includes(term.word)) || findTerm(text, term, 0) !== null

/** Where a text first contains a term, at `from` or later; null if it does not. */
export function findTerm(text: FoldedText, term: SearchTerm, from: number): { start: number; end: number } | null {
  // Unless its first character may be incomplete, a term begins where that character is.
  const hasFirst = term.mode === 'exact' || (term.mode === 'prefix' && term.word.length > 1)
  for (let start = from; start < text.length; start++) {
    if (hasFirst) start = text.indexOf(term.word[0]!, start)
    if (start < 0) return null
    const end = endOfTerm(text, term, start)
    if (end !== null) return { start, end }
  }
  return null
}

/** The end of a term that begins at a character of a text. */
function endOfTerm(text: FoldedText, { word, mode }: SearchTerm, start: number): number | null {
  if (text[start] === ' ') return null
  const mayCross = start === 0 || text[start - 1] === ' '
  let at = start
  for (let i = 0; i < word.length; i++) {
    if (text[at] === ' ' && mayCross) at++
    if (mode === 'prefix' && i === word.length - 1) return endOfUnfinished(text, word[i]!, at)
    const character = mode === 'initials' ? initialOf(text[at] ?? '') : text[at]
    if (character !== word[i]) return null
    at++
  }
  return at
}

/** The keys of an unfinished syllable may be those of the beginning of one syllable, or of one syllable and the beginning of the next. */
function endOfUnfinished(text: FoldedText, last: string, at: number): number | null {
  // Most characters differ in the first key, which takes less time to find than all keys.
  if (firstKeyOf(last) !== firstKeyOf(text[at] ?? '')) return null
  const keys = keysOf(last)
  const first = keysOf(text[at] ?? '')
  if (first.startsWith(keys)) return at + 1
  return first !== '' && keys.startsWith(first) && keysOf(text.slice(at, at + 2)).startsWith(keys) ? at + 2 : null
}

/** The ranges of an original text that contain the terms, as [start, end), in order and without overlaps. */
export function markTerms(original: string, terms: SearchTerm[]): [start: number, end: number][] {
  let text = ''
  const places: { start: number; end: number }[] = []
  eachFolded(original, (word, start, end) => {
    for (let unit = 0; unit < word.length; unit++) places.push({ start, end })
    text += word
  })
  const ranges = terms.flatMap((term) => {
    const found: [number, number][] = []
    for (let from = 0, hit; (hit = findTerm(text, term, from)); from = hit.end) {
      found.push([places[hit.start]!.start, places[hit.end - 1]!.end])
    }
    return found
  })
  return mergeRanges(ranges)
}

function mergeRanges(ranges: [number, number][]): [number, number][] {
  const merged: [number, number][] = []
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

/** The initial consonant of a Korean syllable; any other character as it is. */
export function initialOf(character: string): string {
  const code = character.charCodeAt(0)
  if (!(code >= SYLLABLES.first && code <= SYLLABLES.last)) return character
  return INITIALS[Math.floor((code - SYLLABLES.first) / SYLLABLES.perInitial)]!
}

/** The keys that type a text on a Korean keyboard: ㄱㅗㅏ for `과`, ㄷㅏㄹㄱ for `닭`. */
export function keysOf(text: string): string {
  let keys = ''
  for (const character of text) {
    const offset = character.charCodeAt(0) - SYLLABLES.first
    if (!(offset >= 0 && offset <= SYLLABLES.last - SYLLABLES.first)) keys += COMPOUNDS.get(character) ?? character
    else {
      keys += INITIALS[Math.floor(offset / SYLLABLES.perInitial)]! +
        VOWELS[Math.floor(offset % SYLLABLES.perInitial / SYLLABLES.perVowel)]! + FINALS[offset % SYLLABLES.perVowel]!
    }
  }
  return keys
}

const firstKeyOf = (character: string): string => COMPOUNDS.get(character)?.[0] ?? initialOf(character)

/** Letters that stand alone while they are typed and that two keys type. */
const COMPOUNDS = new Map([...'ㅘㅙㅚㅝㅞㅟㅢㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ'].map((letter, i) => [
  letter,
  'ㅗㅏ ㅗㅐ ㅗㅣ ㅜㅓ ㅜㅔ ㅜㅣ ㅡㅣ ㄱㅅ ㄴㅈ ㄴㅎ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅂㅅ'.split(' ')[i]!,
]))
