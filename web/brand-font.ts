/**
 * The brand face for headings, numerals, buttons and labels: SUIT at one weight, with Latin letters, digits and the syllables of the shop's
 * own texts. A whole Korean face has over a megabyte, so operators' and buyers' texts keep the system's face for Hangul; CSS gives the brand
 * face only to texts from `web/`.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import subsetFont from 'subset-font'
import { GENRE_NAMES, REGION_NAMES, STATUS_FILTER_NAMES } from './filter-texts.ts'
import { sentences, TEXTS } from './text.ts'

const WEIGHT = 800
/** Longer texts are sentences, which have the face of the body. */
const MAX_LABEL = 16
const LATIN = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
/** The syllables of dates and amounts, and signs that texts contain. */
const OTHERS = '년월일화수목금토원만석매시분초개건페이지일중방금오늘내일픈₩·‘’“”–—…〈〉×→‹›'

/** The characters of the brand face, each once, sorted. */
export function brandCharacters(): string {
  const names = [GENRE_NAMES, REGION_NAMES, STATUS_FILTER_NAMES].flatMap((texts) => Object.values(texts))
  const fixed = [...Object.values(TEXTS), ...names].map(({ ko }) => ko).filter((text) => text.length <= MAX_LABEL)
  const withFigures = Object.values(sentences).map(String)
  const used = new Set(fixed.concat(withFigures, LATIN, OTHERS).join('').match(/[\x20-\x7e가-힣]/g))
  return [...used, ...OTHERS].sort().filter((character, i, all) => character !== all[i - 1]).join('')
}

/** The face as WOFF2: the same bytes for the same texts. */
export async function brandFont(): Promise<Uint8Array> {
  const file = createRequire(import.meta.url).resolve('@sun-typeface/suit/fonts/variable/ttf/SUIT-Variable.ttf')
  return await subsetFont(await readFile(file), brandCharacters(), { targetFormat: 'woff2', variationAxes: { wght: WEIGHT } })
}
