import { circle, escapeXml, fontStack, isDark, n, pick, round, times } from './drawing.ts'

/** Colours of a poster: its texts (ink), their background (paper), the background of the art (ground), and three that contrast with it. */
export type Palette = { paper: string; ink: string; ground: string; a: string; b: string; c: string }
/** `front` is the colour of foreground shapes: the paper where the art continues into it, otherwise the ink. `light` is the lighter of the two. */
export type Canvas = {
  w: number
  h: number
  p: Palette
  front: string
  light: string
  random: () => number
  id: string
  glyph: string
}
export type Art = (canvas: Canvas) => string

// Each function fills the canvas above its ground. The colours a, b and c contrast with the ground; paper connects the art with the texts.

export const beams: Art = ({ w, h, p, front, random }) => {
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

export const discs: Art = ({ w, h, p, random }) => {
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

export const orbit: Art = ({ w, h, p, light, random }) => {
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

export const quarterArcs: Art = ({ w, h, p, front, random }) => {
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

export const waveform: Art = ({ w, h, p, random }) => {
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

export const halftone: Art = ({ w, h, p, random }) => {
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

export const mountains: Art = ({ w, h, p, front, light, random }) => {
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

export const hills: Art = ({ w, h, p, front, light, random }) => {
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

export const brush: Art = ({ w, h, p, random }) => {
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

export const strings: Art = ({ w, h, p, random }) => {
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

export const curtain: Art = ({ w, h, p, random }) => {
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

export const bloom: Art = ({ w, h, p, random, id }) => {
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

export const sunburst: Art = ({ w, h, p, random }) => {
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

export const shards: Art = ({ w, h, p, light, random }) => {
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

export const keys: Art = ({ w, h, p, random }) => {
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

export const vinyl: Art = ({ w, h, p, light, random }) => {
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

export const heart: Art = ({ w, h, p, random }) => {
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

export const windows: Art = ({ w, h, p, random }) => {
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

export const rainbow: Art = ({ w, h, p, front, light, random }) => {
  const [x, y, r] = [w * (0.3 + 0.4 * random()), h, Math.max(w * 0.56, h * 0.9)]
  const bands = [p.a, p.ground, p.b, p.c, p.a, p.ground, p.b, light].map((colour, i) => circle(x, y, r * (1 - 0.115 * i), colour))
  return circle(x > w / 2 ? w * 0.14 : w * 0.86, h * 0.17, h * 0.1, light) + bands.join('') +
    `<path d="M0 ${n(h * 0.95)}Q${n(w / 2)} ${n(h * 0.88)} ${n(w)} ${n(h * 0.95)}V${n(h + 9)}H0Z" fill="${front}"/>`
}

/** The first syllable of the title, larger than the canvas. */
export const syllable: Art = ({ w, h, p, light, random, glyph }) => {
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

export const leaves: Art = ({ w, h, p, random }) => {
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
