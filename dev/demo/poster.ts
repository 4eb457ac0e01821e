import { createSeededRandom } from '../../runtime/seeded-random.ts'
import type { DemoEvent } from './catalogue.ts'
import { escapeXml, fnv1a, fontStack, isDark, round } from './drawing.ts'
import type { Canvas, Palette } from './poster-art.ts'
import { type Frame, styles, toPalette } from './poster-styles.ts'

/** The colour that a poster is remembered by: the first colour of its art. */
export const posterColor = (event: Pick<DemoEvent, 'genre' | 'look'>): string => lookOf(event).p.a

/** Each event of a genre has its own pair of composition and palette, until all pairs are used. */
export function lookOf({ genre, look }: Pick<DemoEvent, 'genre' | 'look'>) {
  const { compositions, palettes } = styles[genre]
  const [turn, place] = [Math.floor(look / compositions.length), look % compositions.length]
  const [art, frame] = compositions[place]!
  return { art, frame, p: toPalette(palettes[(place + turn) % palettes.length]!) }
}

/**
 * A poster as a self-contained SVG of 600 × 800, under 8 kB; the same title gives the same art. Texts are placed on the plain
 * paper of the palette only, never on the art, so every text has the contrast of ink and paper (at least 4.5 : 1).
 */
export function posterSvg(
  event: Pick<DemoEvent, 'title' | 'titleEn' | 'venue' | 'venueEn' | 'genre' | 'startsAt' | 'look'>,
): string {
  const hash = fnv1a(event.title)
  const random = createSeededRandom(hash)
  const { art, frame, p } = lookOf(event)
  const id = `p${hash.toString(36)}`

  const centred = frame === 'arch' || frame === 'circle'
  const heading = layHeading(event.title, event.titleEn)
  const headingTop = frame === 'middle' ? 50 : 662 - heading.height
  const box = artBox(frame, frame === 'middle' ? heading.height + 78 : 0, frame === 'middle' ? 662 : headingTop - 26)
  const front = frame === 'top' ? p.paper : p.ink
  const light = isDark(p.paper) ? p.ink : p.paper
  const glyph = /[가-힣]/.exec(event.title)?.[0] ?? [...event.title][0] ?? ''
  const canvas: Canvas = { w: box.w, h: box.h, p, front, light, random, id, glyph }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 800" width="600" height="800" role="img">` +
    `<title>${escapeXml(event.title)}</title>` +
    `<clipPath id="${id}">${box.outline}</clipPath>` +
    `<rect width="600" height="800" fill="${p.paper}"/>` +
    `<g clip-path="url(#${id})"><g transform="translate(${box.x} ${box.y})">` +
    `<rect width="${box.w}" height="${box.h}" fill="${p.ground}"/>${art(canvas)}</g></g>` +
    // Overlaps the lower edge of the art, which avoids a hairline between the two areas of paper.
    (frame === 'top' ? `<rect y="${box.h}" width="600" height="${800 - box.h}" fill="${p.paper}"/>` : '') +
    `<g fill="${p.ink}" font-family="${fontStack}">` +
    heading.lines.map((line) => lineSvg(line, headingTop, centred)).join('') +
    footer(event, p) +
    '</g></svg>\n'
}

const margin = 40
const textWidth = 600 - 2 * margin

function artBox(frame: Frame, top: number, bottom: number): { x: number; y: number; w: number; h: number; outline: string } {
  if (frame === 'circle') {
    const r = Math.min(240, Math.round((bottom - 44) / 2))
    return { x: 300 - r, y: bottom - 2 * r, w: 2 * r, h: 2 * r, outline: `<circle cx="300" cy="${bottom - r}" r="${r}"/>` }
  }
  if (frame === 'arch') {
    const outline = `<path d="M70 ${bottom}V274A230 230 0 0 1 530 274V${bottom}Z"/>`
    return { x: 70, y: 44, w: 460, h: bottom - 44, outline }
  }
  const edge = frame === 'inset' ? margin : 0
  const box = { x: edge, y: top + edge, w: 600 - 2 * edge, h: bottom - top - edge }
  const overlap = frame === 'top' ? 8 : 0
  return { ...box, outline: `<rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h + overlap}"/>` }
}

type Fitted = { lines: string[]; size: number }
type Line = { text: string; size: number; weight: number; baseline: number }

/** The title in at most three lines, its first part large and the rest smaller, then the English title in at most two. */
function layHeading(title: string, titleEn: string): { lines: Line[]; height: number } {
  const lines: Line[] = []
  let height = 0
  const add = (texts: string[], size: number, weight: number, leading: number) => {
    for (const text of texts) {
      lines.push({ text, size, weight, baseline: Math.round(height + size * 0.9) })
      height += size * leading
    }
  }
  for (const [i, part] of titleParts(title).entries()) {
    if (i > 0) height += 5
    add(part.lines, part.size, part.weight, 1.17)
  }
  height += 13
  const english = fitFirst(titleEn, [1, 23, 19], [2, 22, 0])
  add(english.lines, english.size, 500, 1.3)
  return { lines, height: Math.round(height) }
}

function titleParts(title: string): { lines: string[]; size: number; weight: number }[] {
  const [, kicker, quoted] = /^(.+?) 〈(.+)〉$/.exec(title) ?? []
  if (kicker && quoted) {
    const small = fit(kicker, textWidth, 1, 28)
    if (small.size === 28) return [{ ...small, weight: 700 }, { ...fit(quoted, textWidth, 2, 80), weight: 900 }]
  }
  const [, head, tail] = /^(.+?): (.+)$/.exec(title) ?? []
  if (head && tail) {
    const small = fit(tail, textWidth, 1, 37)
    if (small.size >= 30) return [{ ...fitFirst(head, [1, 76, 56], [2, 66, 0]), weight: 900 }, { ...small, weight: 700 }]
  }
  return [{ ...fitFirst(title, [1, 84, 62], [2, 80, 52], [3, 64, 0]), weight: 900 }]
}

/** The first of several line counts at which the text fits between its largest and smallest size. */
function fitFirst(text: string, ...ladder: [maxLines: number, largest: number, smallest: number][]): Fitted {
  for (const [maxLines, largest, smallest] of ladder) {
    const fitted = fit(text, textWidth, maxLines, largest)
    if (fitted.size >= smallest) return fitted
  }
  throw new Error('the last step of a ladder takes any size')
}

/** The largest size up to `largest` at which the text fits the width in that many lines. Words that are too long are cut. */
function fit(text: string, width: number, maxLines: number, largest: number): Fitted {
  const words = text.replace(/\p{Cc}/gu, ' ').split(' ').filter((word) => word !== '')
  const longest = Math.max(...words.map(ems))
  for (let size = largest;; size -= size > 8 ? 1 : size / 8) {
    const limit = width / size
    const cut = longest > limit
    if (cut && size > largest / 2.2) continue
    const lines = cut
      ? fill(words.flatMap((word) => ems(word) > limit ? [...word, ' '] : [`${word} `]), limit)
      : fill(words.map((word) => `${word} `), limit)
    if (lines.length <= maxLines) return { lines: cut ? lines : evenLines(words, lines.length, limit), size }
  }
}

function fill(pieces: string[], limit: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of pieces) {
    if (line !== '' && ems((line + piece).trimEnd()) > limit) {
      lines.push(line.trim())
      line = piece
    } else line += piece
  }
  return [...lines, line.trim()]
}

/** Wraps the words into exactly that many lines of similar length, preferably breaking after punctuation. */
function evenLines(words: string[], count: number, limit: number): string[] {
  let best: { lines: string[]; cost: number } = { lines: fill(words.map((word) => `${word} `), limit), cost: Infinity }
  const mean = ems(words.join(' ')) / count
  const search = (from: number, lines: string[], cost: number) => {
    if (lines.length === count - 1) {
      const last = words.slice(from).join(' ')
      const total = cost + (ems(last) - mean) ** 2
      if (ems(last) <= limit && total < best.cost) best = { lines: [...lines, last], cost: total }
      return
    }
    for (let to = from + 1; to < words.length; to++) {
      const line = words.slice(from, to).join(' ')
      if (ems(line) > limit) return
      search(to, [...lines, line], cost + (ems(line) - mean) ** 2 - (/[,:!?]$/.test(line) ? 6 : 0))
    }
  }
  search(0, [], 0)
  return best.lines
}

/** The advance in ems, a little above that of the bold faces of the font stack. */
function ems(text: string): number {
  let sum = 0
  for (const char of text) {
    if (/[ .,:;!'’|iIjl()]/.test(char)) sum += 0.33
    else if (/[MW@m%]/.test(char)) sum += 0.96
    else if (/[A-Z0-9&w]/.test(char)) sum += 0.7
    else if (/[a-z?"$/-]/.test(char)) sum += 0.6
    else sum += 0.95
  }
  return sum
}

function lineSvg({ text, size, weight, baseline }: Line, top: number, centred: boolean): string {
  const [x, anchor] = centred ? [300, ' text-anchor="middle"'] : [margin, '']
  return `<text x="${x}" y="${top + baseline}" font-size="${round(size)}" font-weight="${weight}"${anchor}>${
    escapeXml(text)
  }</text>`
}

function footer(event: Pick<DemoEvent, 'venue' | 'venueEn' | 'startsAt'>, p: Palette): string {
  const seoul = new Date(event.startsAt.getTime() + 9 * 3_600_000)
  const two = (n: number) => String(n).padStart(2, '0')
  const date = `${two(seoul.getUTCMonth() + 1)}.${two(seoul.getUTCDate())}`
  const time = `${seoul.getUTCFullYear()} ${'일월화수목금토'[seoul.getUTCDay()]}요일 ${two(seoul.getUTCHours())}:${
    two(seoul.getUTCMinutes())
  }`
  const right = (text: string, y: number, size: number, weight: number) => {
    const fitted = fit(text, 320, 1, size)
    return `<text x="${600 - margin}" y="${y}" font-size="${round(fitted.size)}" font-weight="${weight}" text-anchor="end">${
      escapeXml(fitted.lines.join(' '))
    }</text>`
  }
  return `<path d="M${margin} 684H${600 - margin}" stroke="${p.ink}" stroke-width="3"/>` +
    `<text x="${margin}" y="735" font-size="44" font-weight="900">${date}</text>` +
    `<text x="${margin}" y="763" font-size="17" font-weight="500">${time}</text>` +
    right(event.venue, 732, 24, 700) + right(event.venueEn, 763, 17, 500)
}
