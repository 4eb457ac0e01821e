import type { Genre, SeedEvent } from './catalogue.ts'

type Palette = { paper: string; ink: string; ground: string; a: string; b: string; c: string }
/** `front` is the colour of what stands in front: the paper where the art runs into it, else the ink. `light` is the lighter of the two. */
type Canvas = { w: number; h: number; p: Palette; front: string; light: string; random: () => number; id: string; glyph: string }
type Art = (canvas: Canvas) => string
/** Where the art lies: to the edges above or between the texts, or cut to a shape above them. */
type Frame = 'top' | 'middle' | 'inset' | 'arch' | 'circle'

/**
 * A poster as a self-contained SVG of 600 × 800, under 8 kB; the same title gives the same art. Texts stand on the plain paper
 * of the palette only, never on the art, so the contrast of ink and paper (at least 4.5 : 1) is the contrast of every text.
 */
export function posterSvg(event: Pick<SeedEvent, 'title' | 'titleEn' | 'place' | 'placeEn' | 'genre' | 'startsAt'>): string {
  const hash = fnv1a(event.title)
  const random = mulberry32(hash)
  const style = styles[event.genre]
  const p = toPalette(pick(random, style.palettes))
  const [art, frame] = pick(random, style.compositions)
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
    // Over the art's lower edge, so that paper meets paper without a hairline.
    (frame === 'top' ? `<rect y="${box.h}" width="600" height="${800 - box.h}" fill="${p.paper}"/>` : '') +
    `<g fill="${p.ink}" font-family="${fontStack}">` +
    heading.lines.map((line) => lineSvg(line, headingTop, centred)).join('') +
    footer(event, p) +
    '</g></svg>\n'
}

const fontStack = escapeXml('"Pretendard","Apple SD Gothic Neo","Noto Sans KR","Noto Sans CJK KR",sans-serif')
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

// Text

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

/** The first of the ladder of line counts at which the text fits between its largest and smallest size. */
function fitFirst(text: string, ...ladder: [maxLines: number, largest: number, smallest: number][]): Fitted {
  for (const [maxLines, largest, smallest] of ladder) {
    const fitted = fit(text, textWidth, maxLines, largest)
    if (fitted.size >= smallest) return fitted
  }
  throw new Error('the last step of a ladder takes any size')
}

/** The largest size up to `largest` at which the text fits the width in so many lines. Words are cut where one is too long. */
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

/** The words in just so many lines of like length, if possible with a line ending at a comma or the like. */
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

function footer(event: Pick<SeedEvent, 'place' | 'placeEn' | 'startsAt'>, p: Palette): string {
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
    right(event.place, 732, 24, 700) + right(event.placeEn, 763, 17, 500)
}

function escapeXml(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

// Art. Each fills the canvas over its ground; colours a, b and c are strong on the ground, paper joins the art to the texts.

const beams: Art = ({ w, h, p, front, random }) => {
  const light = [p.a, p.b, p.c]
  const rays = times(7, (i) => {
    const x = w * (i + 0.5) / 7
    const foot = w * (0.1 + 0.8 * random())
    const spread = 40 + 70 * random()
    return `<path d="M${n(x - 5)} -9h10L${n(foot + spread)} ${n(h)}H${n(foot - spread)}Z" fill="${light[i % 3]}"/>`
  })
  const heads = (y: number, size: number, step: number) =>
    `<path d="${times(Math.ceil(w / step) + 1, (i) => `M${n(i * step + 8 * random())} ${n(y - 14 * random())}h0`)}"` +
    ` stroke-width="${size}"/>`
  return `<g opacity=".72" style="mix-blend-mode:${isDark(p.ground) ? 'screen' : 'multiply'}">${rays}</g>` +
    `<circle cx="${n(w / 2)}" cy="${n(h * 0.52)}" r="${n(h * 0.17)}" fill="${p.c}"/>` +
    `<circle cx="${n(w / 2)}" cy="${n(h * 0.52)}" r="${n(h * 0.23)}" fill="none" stroke="${p.c}" stroke-width="4"/>` +
    `<g fill="none" stroke="${front}" stroke-linecap="round">${heads(h - 26, 56, 47)}${heads(h + 6, 78, 62)}</g>`
}

const discs: Art = ({ w, h, p, random }) => {
  const turn = random() * Math.PI
  const circles = times(5, (i) => {
    const angle = turn + i * Math.PI * 2 / 5
    const r = Math.min(w, h) * (0.2 + 0.16 * random())
    return circle(w / 2 + Math.cos(angle) * w * 0.21, h / 2 + Math.sin(angle) * h * 0.22, r, [p.a, p.b, p.c][i % 3]!)
  })
  return `<g style="mix-blend-mode:${isDark(p.ground) ? 'screen' : 'multiply'}">${
    circles.replaceAll('/>', ` style="mix-blend-mode:${isDark(p.ground) ? 'screen' : 'multiply'}"/>`)
  }</g>${circle(w / 2, h / 2, Math.min(w, h) * 0.07, p.ink)}`
}

const orbit: Art = ({ w, h, p, light, random }) => {
  const tilt = n(-34 + 22 * random())
  const r = Math.min(w, h) * 0.31
  const ring = (k: number, colour: string, width: number) =>
    `<ellipse rx="${n(r * k)}" ry="${n(r * k * 0.3)}" fill="none" stroke="${colour}" stroke-width="${width}"/>`
  const moon = (k: number, angle: number, size: number, colour: string) =>
    circle(Math.cos(angle) * r * k, Math.sin(angle) * r * k * 0.3, size, colour)
  const stars = `<path d="${times(38, () => `M${n(w * random())} ${n(h * random())}h0`)}" stroke="${light}" stroke-width="4"` +
    ` stroke-linecap="round" opacity=".7"/>`
  const front = `<path d="M${n(-r)} 0A${n(r)} ${n(r)} 0 0 0 ${n(r)} 0Z" fill="${p.a}"/>`
  return stars + `<g transform="translate(${n(w / 2)} ${n(h / 2)}) rotate(${tilt})">` +
    circle(0, 0, r, p.a) + `<path d="M${n(-r)} 0A${n(r)} ${n(r)} 0 0 1 ${n(r)} 0Z" fill="${p.b}"/>` +
    ring(1.35, p.c, 20) + ring(1.75, p.b, 7) + ring(2.05, light, 2) + front +
    moon(1.75, 0.6 + random(), 20, p.c) + moon(2.05, 3 + random(), 13, light) + moon(1.35, 2.4, 11, p.ground) + '</g>'
}

const quarterArcs: Art = ({ w, h, p, front, random }) => {
  const columns = 4
  const tile = n(w / columns)
  const shades = [p.a, p.b, p.c, front === p.ground ? p.a : front]
  return times(columns * Math.ceil(h / tile), (i) => {
    const first = Math.floor(4 * random())
    const r = n(tile * 0.86)
    const turn = `rotate(${90 * Math.floor(4 * random())} ${n(tile / 2)} ${n(tile / 2)})`
    return `<g transform="translate(${tile * (i % columns)} ${tile * Math.floor(i / columns)}) ${turn}">` +
      `<path d="M${r} 0A${r} ${r} 0 0 1 0 ${r}" fill="none" stroke="${shades[first]}" stroke-width="${n(tile * 0.28)}"/>` +
      `<path d="M0 0H${n(tile * 0.44)}A${n(tile * 0.44)} ${n(tile * 0.44)} 0 0 1 0 ${n(tile * 0.44)}Z" fill="${
        shades[(first + 1 + Math.floor(2 * random())) % 4]
      }"/></g>`
  })
}

const waveform: Art = ({ w, h, p, random }) => {
  const [k1, k2, shift] = [1 + 1.5 * random(), 4 + 4 * random(), 6 * random()]
  const bars = 23
  const step = w / bars
  const strokes = [p.a, p.b, p.c].map((colour, layer) => {
    const d = times(bars, (i) => {
      if (i % 3 !== layer) return ''
      const t = i / bars
      const swell = Math.abs(Math.sin(t * Math.PI * k1 + shift) * 0.6 + Math.sin(t * Math.PI * k2 + shift) * 0.4)
      const length = h * (0.06 + 0.36 * swell)
      return `M${n(step * (i + 0.5))} ${n(h / 2 - length)}v${n(2 * length)}`
    })
    return `<path d="${d}" stroke="${colour}"/>`
  })
  return `<g stroke-width="${n(step * 0.62)}" stroke-linecap="round">${strokes.join('')}</g>`
}

const halftone: Art = ({ w, h, p, random }) => {
  const step = 36
  const [cx, cy] = [w * (0.25 + 0.5 * random()), h * (0.3 + 0.4 * random())]
  const sizes: string[] = Array(8).fill('')
  for (let row = 0; row * step < h + step; row++) {
    for (let column = 0; column * step < w + step; column++) {
      const [x, y] = [column * step + (row % 2) * step / 2, row * step]
      const near = 1 - Math.hypot(x - cx, y - cy) / (w * 0.72)
      const size = Math.max(0, Math.min(7, Math.round(near * 8)))
      sizes[size] += `M${n(x)} ${n(y)}h0`
    }
  }
  const dots = sizes.map((d, size) => d && `<path d="${d}" stroke-width="${6 + size * 5}"/>`)
  return circle(w - cx, h - cy * 0.7, h * 0.3, p.b) + `<g stroke="${p.a}" stroke-linecap="round">${dots.join('')}</g>` +
    circle(cx, cy, h * 0.13, p.c)
}

const mountains: Art = ({ w, h, p, front, light, random }) => {
  const shades = [p.c, p.b, p.a, front]
  const ridges = shades.map((colour, i) => {
    const base = h * (0.5 + i * 0.145)
    let d = `M-9 ${n(h + 9)}V${n(base)}`
    const peaks = 3 + i
    for (let k = 0; k < peaks; k++) {
      const step = w / peaks
      const lift = h * (0.24 - i * 0.045) * (0.55 + 0.6 * random())
      d += `L${n(step * (k + 0.35 + 0.3 * random()))} ${n(base - lift)}L${n(step * (k + 1))} ${
        n(base + (i === 3 ? 4 : 14) * random())
      }`
    }
    return `<path d="${d}V${n(h + 9)}Z" fill="${colour}"/>`
  })
  const [x, y, r] = [w * (0.3 + 0.4 * random()), h * 0.34, h * 0.2]
  const halo = [1.75, 1.42].map((k, i) =>
    `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r * k)}" fill="${light}" opacity="${i ? 0.16 : 0.1}"/>`
  )
  return halo.join('') + circle(x, y, r, light) + ridges.join('')
}

const hills: Art = ({ w, h, p, front, light, random }) => {
  const waves = [p.c, p.b, p.a, front].map((colour, i) => {
    const base = h * (0.52 + i * 0.13)
    const swing = h * 0.11 * (i % 2 ? 1 : -1) * (0.6 + 0.5 * random())
    const d = `M0 ${n(base)}C${n(w * 0.25)} ${n(base - swing * 2)} ${n(w * 0.6)} ${n(base + swing * 2)} ${n(w)} ${
      n(base - swing / 3)
    }`
    return `<path d="${d}V${n(h + 9)}H0Z" fill="${colour}"/>`
  })
  const x = w * (0.25 + 0.5 * random())
  const birds = times(4, () => `M${n(w * random())} ${n(h * (0.08 + 0.3 * random()))}q9 -10 16 0q7 -10 16 0`)
  return circle(x, h * 0.36, h * 0.23, light) + waves.join('') +
    `<path d="${birds}" fill="none" stroke="${p.ink}" stroke-width="4" stroke-linecap="round"/>`
}

const brush: Art = ({ w, h, p, random }) => {
  const count = pick(random, [3, 3, 4])
  const curl = 0.6 + 1.6 * random()
  const sweep = (y: number, bend: number) =>
    `M-90 ${n(y + bend)}C${n(w * 0.3)} ${n(y - bend * curl)} ${n(w * 0.62)} ${n(y + bend * curl)} ${n(w + 90)} ${n(y - bend)}`
  const bands = times(count, (i) => {
    const [y, bend, width] = [h * (i + 0.5) / count, h * (0.12 + 0.1 * random()), h * (0.66 + 0.14 * random()) / count]
    const bristles = times(6, (k) => {
      const offset = width * (-0.46 + 0.18 * k + 0.06 * random())
      const dash = `${n(60 + 240 * random())} ${n(30 + 130 * random())} ${n(200 * random() + 20)} ${n(200)}`
      return `<path d="${sweep(y + offset, bend)}" stroke="${p.ground}" stroke-width="${
        n(2 + 5 * random())
      }" stroke-dasharray="${dash}"/>`
    })
    return `<path d="${sweep(y, bend)}" stroke="${[p.a, p.b, p.c][i % 3]}" stroke-width="${n(width)}"/>${bristles}`
  })
  const turn = pick(random, [-22, -14, -6, 24, 158])
  return `<g fill="none" transform="rotate(${turn} ${n(w / 2)} ${n(h / 2)})">${bands}</g>`
}

const strings: Art = ({ w, h, p, random }) => {
  const [swing, waist, lean] = [h * (0.45 + 0.35 * random()), 0.1 + 0.3 * random(), 0.3 + 0.4 * random()]
  const turn = pick(random, [0, 90, -28, 24, 180])
  const lines = times(26, (i) => {
    const t = i / 25 * 2 - 1
    const [y, pull] = [h / 2 + t * h * waist, swing * t]
    return `M${n(-w * 0.2)} ${n(y)}C${n(w * 0.15)} ${n(y - pull * 1.1)} ${n(w * lean)} ${n(y + pull * 1.5)} ${n(w * 0.55)} ${
      n(h / 2 - t * h * 0.1)
    }S${n(w * 0.85)} ${n(y - pull)} ${n(w * 1.2)} ${n(y + pull * 0.4)}`
  })
  const [x, y] = [w * (0.3 + 0.4 * random()), h * (0.36 + 0.2 * random())]
  return circle(x, y, h * (0.2 + 0.1 * random()), p.b) + circle(w - x * 0.8, h * (0.2 + 0.6 * random()), h * 0.09, p.c) +
    `<path d="${lines}" fill="none" stroke="${p.a}" stroke-width="2.5" transform="rotate(${turn} ${n(w / 2)} ${n(h / 2)})"/>`
}

const curtain: Art = ({ w, h, p, random }) => {
  const folds = (flip: string) =>
    `<g${flip}>` + times(6, (i) => {
      const x = w * (0.46 - 0.075 * i)
      return `<path d="M-9 -9H${n(x)}C${n(x)} ${n(h * 0.4)} ${n(x * 0.75)} ${n(h * 0.62)} -9 ${
        n(h * (0.86 - 0.07 * i))
      }Z" fill="${i % 2 ? p.c : p.b}"/>`
    }) + '</g>'
  const scallop = w / 8
  const drops = times(8, (i) => circle(scallop * (i + 0.5), 12, scallop * 0.56, i % 2 ? p.b : p.c))
  const [x, y, r] = [w / 2, h * 0.56, h * 0.19]
  const star = times(10, (i) => {
    const [angle, reach] = [(i * 2 + 5) * Math.PI / 10, i % 2 ? r : r * 0.44]
    return `${i ? 'L' : 'M'}${n(x + reach * Math.cos(angle))} ${n(y + reach * Math.sin(angle))}`
  })
  const [half, foot] = [n(r * 0.62), n(h * 0.93)]
  const prop = pick(random, [
    circle(x, y, r, p.a) + circle(x + r * 0.42, y - r * 0.2, r * 0.82, p.ground),
    `<path d="${star}Z" fill="${p.a}"/>`,
    `<path d="M${n(x) - half} ${foot}V${n(y)}a${half} ${half} 0 0 1 ${2 * half} 0V${foot}Z" fill="${p.ground}"/>` +
    circle(x + half * 0.6, y + r * 0.9, r * 0.08, p.a),
    circle(x, y, r, p.a) + circle(x, y, r * 0.72, p.ground) + circle(x, y, r * 0.46, p.c) + circle(x, y, r * 0.2, p.a),
  ])
  return `<path d="M${n(w / 2 - 14)} 0h28L${n(w * 0.84)} ${n(h)}H${n(w * 0.16)}Z" fill="${p.a}" opacity=".3"/>` +
    `<ellipse cx="${n(w / 2)}" cy="${n(h * 0.93)}" rx="${n(w * 0.34)}" ry="${n(h * 0.09)}" fill="${p.a}"/>` + prop +
    folds('') + folds(` transform="translate(${n(w)}) scale(-1 1)"`) + drops
}

const bloom: Art = ({ w, h, p, random, id }) => {
  const l = Math.max(w, h) * 0.5
  const s = l * (0.24 + 0.1 * random())
  const petal = `<path id="${id}b" d="M0 0C${n(s)} ${n(-l / 3)} ${n(s)} ${n(-l)} 0 ${n(-l)}C${n(-s)} ${n(-l)} ${n(-s)} ${
    n(-l / 3)
  } 0 0"/>`
  const ring = (count: number, scale: number, colour: string, turn: number) =>
    `<g fill="${colour}" stroke="${p.ground}" stroke-width="3">` + times(count, (i) =>
      `<use href="#${id}b" transform="rotate(${n(360 * i / count + turn)}) scale(${scale})"/>`) +
    '</g>'
  return `<defs>${petal}</defs><g transform="translate(${n(w / 2)} ${n(h / 2)}) rotate(${n(40 * random())})">` +
    ring(12, 1, p.a, 0) + ring(12, 0.78, p.b, 15) + ring(8, 0.54, p.c, 0) + ring(8, 0.34, p.a, 22) +
    circle(0, 0, l * 0.1, p.ink) + '</g>'
}

const sunburst: Art = ({ w, h, p, random }) => {
  const [x, y, r] = [w / 2, h * (0.5 + 0.2 * random()), w]
  const rays = 18
  const turn = random()
  const point = (k: number) => {
    const angle = (k + turn) * Math.PI / rays
    return `${n(x + r * Math.cos(angle))} ${n(y + r * Math.sin(angle))}`
  }
  const d = times(rays, (i) => `M${n(x)} ${n(y)}L${point(2 * i)}L${point(2 * i + 1)}Z`)
  const beads = times(24, (i) => {
    const angle = i * Math.PI / 12
    return `M${n(x + h * 0.31 * Math.cos(angle))} ${n(y + h * 0.31 * Math.sin(angle))}h0`
  })
  return `<path d="${d}" fill="${p.a}"/>` + circle(x, y, h * 0.36, p.ground) +
    `<path d="${beads}" stroke="${p.c}" stroke-width="17" stroke-linecap="round"/>` +
    circle(x, y, h * 0.25, p.b) + circle(x, y, h * 0.17, p.a) + circle(x, y, h * 0.09, p.c)
}

const shards: Art = ({ w, h, p, light, random }) => {
  const [x, y] = [w * (0.3 + 0.4 * random()), h * (0.35 + 0.25 * random())]
  const shades = [p.a, p.b, p.ground, p.c, p.a, p.ground]
  let angle = random()
  const fan = times(15, (i) => {
    const next = angle + (0.22 + 0.4 * random()) * Math.PI / 3.1
    const at = (k: number) => `${n(x + 900 * Math.cos(k))} ${n(y + 900 * Math.sin(k))}`
    const path = `<path d="M${n(x)} ${n(y)}L${at(angle)}L${at(next)}Z" fill="${shades[i % 6]}"/>`
    angle = next + 0.02
    return path
  })
  const bolt = [[12, -52], [-26, 4], [-4, 4], [-16, 52], [28, -10], [4, -10]].map(([dx, dy]) =>
    `${n(w / 2 + dx! * h / 118)} ${n(h / 2 + dy! * h / 118)}`
  )
  const sign = pick(random, [
    `<path d="M${bolt.join('L')}Z" fill="${light}" stroke="${p.ground}" stroke-width="10" stroke-linejoin="round"/>`,
    circle(x, y, h * 0.22, p.ground) + circle(x, y, h * 0.18, light),
    `<path d="M${n(x)} ${n(y)}L${n(w * 0.3)} ${n(h + 9)}H${n(w * 0.7)}Z" fill="${light}"/>` + circle(x, y, h * 0.06, light),
  ])
  return fan + sign
}

const keys: Art = ({ w, h, p, random }) => {
  const columns = 9
  const step = w / columns
  const shades = [p.a, p.b, p.c]
  return times(columns, (i) => {
    const [cut, colour] = [h * (0.2 + 0.6 * random()), shades[Math.floor(3 * random())]!]
    const other = shades[(shades.indexOf(colour) + 1 + Math.floor(2 * random())) % 3]!
    const x = n(step * i + 3)
    return `<rect x="${x}" width="${n(step - 6)}" height="${n(cut)}" fill="${colour}"/>` +
      `<rect x="${x}" y="${n(cut + 6)}" width="${n(step - 6)}" height="${n(h * 0.12)}" fill="${p.ink}"/>` +
      `<rect x="${x}" y="${n(cut + h * 0.12 + 12)}" width="${n(step - 6)}" height="${n(h)}" fill="${other}" opacity="${
        round(0.35 + 0.65 * random())
      }"/>`
  })
}

const vinyl: Art = ({ w, h, p, light, random }) => {
  const [x, y, r] = [w * (0.38 + 0.24 * random()), h * 0.54, Math.min(w, h) * 0.44]
  const grooves = times(
    9,
    (i) => `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r * (0.46 + 0.057 * i))}" stroke-opacity="${i % 3 ? 0.35 : 0.8}"/>`,
  )
  return circle(w * 0.86, h * 0.16, h * 0.34, p.b) + circle(w * 0.06, h * 0.9, h * 0.22, p.c) + circle(x, y, r, p.ink) +
    `<g fill="none" stroke="${isDark(p.ink) ? light : p.ground}" stroke-width="2">${grooves}</g>` + circle(x, y, r * 0.38, p.a) +
    `<path d="M${n(x - r * 0.38)} ${n(y)}a${n(r * 0.38)} ${n(r * 0.38)} 0 0 0 ${n(r * 0.76)} 0Z" fill="${p.b}"/>` +
    circle(x, y, r * 0.05, p.ground) +
    `<path d="M${n(w * 0.93)} ${n(h * 0.08)}V${n(h * 0.52)}L${n(x + r * 0.62)} ${n(y + r * 0.36)}" fill="none" stroke="${p.c}"` +
    ` stroke-width="11" stroke-linejoin="round" stroke-linecap="round"/>`
}

const heart: Art = ({ w, h, p, random }) => {
  const shades = [p.a, p.b, p.c, p.ground]
  const hearts = [1, 0.8, 0.61, 0.43, 0.26].map((k, i) =>
    `<path transform="scale(${k})" d="M0 62C-60 20 -88 -10 -72 -42C-58 -70 -18 -68 0 -34C18 -68 58 -70 72 -42C88 -10 60 20 0 62Z" fill="${
      shades[i % 4]
    }"/>`
  )
  const confetti = times(34, (i) => {
    const size = n(7 + 9 * random())
    return `<rect x="${n(w * random())}" y="${n(h * random())}" width="${size * 2}" height="${size}" rx="${
      i % 2 ? size : 0
    }" fill="${shades[i % 3]}" transform="rotate(${n(40 * random() - 20)})"/>`
  })
  return confetti +
    `<g transform="translate(${n(w / 2)} ${n(h * 0.53)}) rotate(${n(20 * random() - 10)}) scale(${
      round(Math.min(w, h) / 185)
    })">${hearts.join('')}</g>`
}

const windows: Art = ({ w, h, p, random }) => {
  const towers = 6
  const step = w / towers
  const lit: Record<string, string> = { [p.a]: '', [p.b]: '', [p.c]: '' }
  const walls = times(towers, (i) => {
    const top = h * (0.16 + 0.42 * random())
    for (let y = top + 24; y < h - 20; y += 38) {
      for (let k = 0; k < 3; k++) {
        const roll = random()
        if (roll > 0.22) {
          lit[roll > 0.72 ? p.a : roll > 0.5 ? p.b : p.c] += `M${n(step * i + 17 + k * (step - 16) / 3)} ${n(y)}v16`
        }
      }
    }
    return `<path d="M${n(step * i + 2)} ${n(h)}V${n(top)}H${n(step * (i + 1) - 2)}V${n(h)}Z"/>`
  })
  const glow = Object.entries(lit).map(([colour, d]) => `<path d="${d}" stroke="${colour}"/>`)
  return circle(w * (0.2 + 0.6 * random()), h * 0.24, h * 0.17, p.a) + `<g fill="${p.ink}">${walls}</g>` +
    `<g stroke-width="17">${glow.join('')}</g>`
}

const rainbow: Art = ({ w, h, p, front, light, random }) => {
  const [x, y, r] = [w * (0.3 + 0.4 * random()), h, Math.max(w * 0.56, h * 0.9)]
  const bands = [p.a, p.ground, p.b, p.c, p.a, p.ground, p.b, light].map((colour, i) => circle(x, y, r * (1 - 0.115 * i), colour))
  return circle(x > w / 2 ? w * 0.14 : w * 0.86, h * 0.17, h * 0.1, light) + bands.join('') +
    `<path d="M0 ${n(h * 0.95)}Q${n(w / 2)} ${n(h * 0.88)} ${n(w)} ${n(h * 0.95)}V${n(h + 9)}H0Z" fill="${front}"/>`
}

/** The first syllable of the title, larger than the canvas. */
const syllable: Art = ({ w, h, p, light, random, glyph }) => {
  const size = h * 1.18
  const copy = (dx: number, dy: number, attributes: string) =>
    `<text x="${n(w / 2 + dx)}" y="${n(h * 0.94 + dy)}" ${attributes}>${escapeXml(glyph)}</text>`
  const slide = 26 + 16 * random()
  return circle(w * (0.15 + 0.7 * random()), h * 0.3, h * 0.4, p.b) +
    `<g font-family="${fontStack}" font-size="${n(size)}" font-weight="900" text-anchor="middle" stroke-width="5"` +
    ` transform="rotate(${n(-12 + 8 * random())} ${n(w / 2)} ${n(h / 2)})">` +
    copy(slide, slide * 0.7, `fill="none" stroke="${light}"`) + copy(slide / 2, slide * 0.35, `fill="${p.c}"`) +
    copy(0, 0, `fill="${p.a}"`) + '</g>'
}

const leaves: Art = ({ w, h, p, random }) => {
  const stems = times(5, (i) => {
    const [tip, lean] = [h * (0.1 + 0.22 * random()), -34 + 17 * i + 8 * random()]
    const length = h * 0.8 - tip
    const pairs = times(4, (k) => {
      const [y, size] = [-length * (0.38 + 0.2 * k), 62 - 8 * k]
      const leaf = `q${n(size * 0.3)} ${n(-size * 0.75)} ${size} ${n(-size * 0.8)}q${n(-size * 0.2)} ${n(size * 0.7)} ${-size} ${
        n(size * 0.8)
      }`
      return `M0 ${n(y)}${leaf}M0 ${n(y)}${leaf.replace(/q(-?\d+) (-?\d+) (-?\d+) /g, (_, a, b, c) => `q${-a} ${b} ${-c} `)}`
    })
    const colour = [p.b, p.c, p.b, p.a, p.c][i]
    return `<g transform="rotate(${n(lean)})"><path d="M0 0V${n(-length)}" stroke="${colour}" stroke-width="5"/>` +
      `<path d="${pairs}" fill="${colour}"/></g>`
  })
  return circle(w * (0.3 + 0.4 * random()), h * 0.4, h * 0.27, p.a) +
    `<g transform="translate(${n(w / 2)} ${n(h * 0.8)})">${stems}` +
    `<path d="M-74 -22H74L52 ${n(h * 0.22)}H-52Z" fill="${p.ink}"/></g>`
}

// Styles

const styles: Record<Genre, { palettes: string[]; compositions: [Art, Frame][] }> = {
  kpop: {
    palettes: [
      '#12061f #ffe9fb #220c3d #ff2e93 #6a35ff #22e6ff',
      '#e9f24a #15103d #3d2bff #ff4fa0 #8f5bff #e9f24a',
      '#ff7ab0 #21052e #2a0845 #ff7ab0 #ff3d6e #ffe14d',
      '#d3e9ff #101a66 #101a66 #4f7dff #ff6ec4 #fff07a',
      '#071a2e #dffcff #0d2a49 #00d5b0 #2f6bff #ff5c8a',
      '#e8e6f2 #1c1630 #ff4d3d #1c1630 #b9a7ff #ffffff',
      '#8ff0cf #0a2b3c #0a2b3c #ff6f91 #3ec6ff #fff3b0',
      '#b3002d #ffeef2 #2b000b #ff2b55 #ff8fb0 #ffd9a8',
    ],
    compositions: [
      [beams, 'top'],
      [discs, 'top'],
      [orbit, 'middle'],
      [orbit, 'top'],
      [syllable, 'top'],
      [syllable, 'middle'],
      [rainbow, 'top'],
      [halftone, 'middle'],
      [discs, 'circle'],
      [waveform, 'top'],
    ],
  },
  rock: {
    palettes: [
      '#0d0d0d #f4efe4 #0d0d0d #e5261f #f4efe4 #6d6d6d',
      '#f4472d #160505 #160505 #f4472d #f6e7cf #8c1c13',
      '#f0e6d2 #1a1512 #1a1512 #d6402a #e9b93a #6b8790',
      '#10182b #f7f3e3 #10182b #ff5a1f #ffc21f #3d6fb6',
    ],
    compositions: [[shards, 'top'], [brush, 'middle'], [syllable, 'top'], [shards, 'inset'], [brush, 'top'], [
      halftone,
      'middle',
    ]],
  },
  jazz: {
    palettes: [
      '#0f2547 #f3e7c9 #173260 #e0a33a #d1512d #6fa3b8',
      '#f1e2c4 #22160f #22160f #d2552e #2f7f8c #e8a93c',
      '#3a0f1f #f7dcc0 #52182d #e2703a #f2b950 #a83852',
      '#0f3d3a #f6e9cf #0a2c2a #f0a63c #e4633f #58a08f',
    ],
    compositions: [[quarterArcs, 'top'], [keys, 'inset'], [vinyl, 'top'], [quarterArcs, 'middle'], [keys, 'top'], [
      vinyl,
      'arch',
    ]],
  },
  classical: {
    palettes: [
      '#f5f1e8 #1b2340 #1b2340 #e6d9bd #a87f45 #8aa0b8',
      '#101820 #e9dfc8 #1f2f3c #e9dfc8 #b8883e #54788c',
      '#e6ebe3 #17352b #17352b #e8e0c4 #4f8a6d #d99a4e',
      '#2a1a3e #f1e6d8 #3d2758 #f1d9b8 #8a4f9e #d6785c',
      '#f3ddd2 #4a1626 #4a1626 #f6dcc8 #b5473f #e0a35a',
    ],
    compositions: [[strings, 'top'], [strings, 'arch'], [strings, 'circle'], [quarterArcs, 'arch'], [waveform, 'inset'], [
      strings,
      'middle',
    ]],
  },
  musical: {
    palettes: [
      '#3f0913 #ffe9c7 #1f0409 #f2c35b #a8142a #c92b3f',
      '#0b1d4a #fdf0cf #060f2b #f6c344 #1d45a8 #3566cf',
      '#f6e7d6 #3a1030 #2a0a24 #ffd38a #8b2a63 #b04a7c',
      '#0d3b33 #fbeed0 #05201c #ffd166 #127a5f #1f9c78',
      '#ffdb70 #3b1247 #250a2e #fff3cf #6a2a86 #8c46a8',
    ],
    compositions: [[curtain, 'top'], [curtain, 'arch'], [windows, 'arch'], [mountains, 'circle'], [curtain, 'inset'], [
      orbit,
      'arch',
    ], [hills, 'arch']],
  },
  festival: {
    palettes: [
      '#2b1038 #ffe7b8 #ff8a3d #7a1f5c #c23262 #e9524f',
      '#0e3b43 #fdf1d4 #f6b26b #16606a #2b8a86 #6cb59a',
      '#1d2a6b #fff1cc #8f7bea #2b3c93 #3f57bd #6a6fd6',
      '#124a2f #fff3d1 #ffd05c #1d7044 #3f9656 #8abf5a',
      '#f9e3b4 #3d1a4f #5d2a77 #f2a541 #e4572e #a23b72',
    ],
    compositions: [[mountains, 'top'], [sunburst, 'middle'], [hills, 'top'], [rainbow, 'top'], [sunburst, 'inset'], [
      brush,
      'middle',
    ]],
  },
  hiphop: {
    palettes: [
      '#f7d21e #111111 #f7d21e #111111 #f0562f #ffffff',
      '#1c1c1c #f5f5f0 #b6ff3b #1c1c1c #6c3bff #ff5a36',
      '#5226d9 #ffffff #ff8a2a #2a0f80 #ff4f7b #fff25c',
      '#f2efe8 #151515 #e8402a #151515 #f7c325 #f2efe8',
      '#00363d #e6fff4 #14d9a4 #00363d #ffd23f #ff5e5b',
    ],
    compositions: [[halftone, 'top'], [waveform, 'middle'], [syllable, 'inset'], [windows, 'top'], [brush, 'middle'], [
      syllable,
      'top',
    ]],
  },
  indie: {
    palettes: [
      '#e9efe0 #26402f #bcd6b4 #f2b35c #5b8f6b #86b08a',
      '#f8ded2 #4a2330 #f3b9a3 #e2725b #a94f5c #c97b6f',
      '#20344f #f8ead2 #3d5d84 #f2b880 #2b466b #587aa3',
      '#f4ead5 #2d3a5a #a8c5d6 #ef8354 #4f6d8f #7da0b6',
    ],
    compositions: [[hills, 'top'], [leaves, 'circle'], [leaves, 'arch'], [hills, 'circle'], [windows, 'inset'], [
      rainbow,
      'inset',
    ]],
  },
  trot: {
    palettes: [
      '#b80f2c #fff3d6 #8a0a20 #ffc845 #f0556b #fff3d6',
      '#4d1678 #ffeaa0 #35105a #ff5fa8 #ffd23f #b04be0',
      '#fff0d9 #7d1128 #d8243f #ffd166 #ff8c61 #fff0d9',
      '#063f5c #fff1cf #042c41 #ff9f1c #ff5d5d #2ec4b6',
    ],
    compositions: [[bloom, 'top'], [sunburst, 'middle'], [bloom, 'inset'], [sunburst, 'top']],
  },
  fanmeeting: {
    palettes: [
      '#ffe0ea #7a1244 #ffb3cd #ff4f8b #ffffff #ffd166',
      '#dff3ff #123f7a #a9dcff #3d8bfd #ffffff #ff8fb1',
      '#fff6c9 #5b2a86 #ffe275 #a45ee5 #ffffff #ff7e67',
      '#e9e0ff #34207a #c6b3ff #7048e8 #ffffff #ff85c0',
    ],
    compositions: [[heart, 'top'], [heart, 'circle'], [bloom, 'middle'], [rainbow, 'top'], [heart, 'middle']],
  },
}

function toPalette(colours: string): Palette {
  const [paper, ink, ground, a, b, c] = colours.split(' ') as [string, string, string, string, string, string]
  return { paper, ink, ground, a, b, c }
}

function isDark(colour: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number]
  return 0.3 * r + 0.59 * g + 0.11 * b < 128
}

// Drawing

const n = Math.round

const round = (value: number) => Math.round(value * 100) / 100

const circle = (x: number, y: number, r: number, fill: string) => `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"/>`

const times = (count: number, draw: (i: number) => string) => Array.from({ length: count }, (_, i) => draw(i)).join('')

function pick<T>(random: () => number, list: T[]): T {
  return list[Math.floor(random() * list.length)]!
}

/** The 32-bit FNV-1a hash (Fowler, Noll, Vo) over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Numbers in [0, 1) by Tommy Ettinger's mulberry32, public domain. */
function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
