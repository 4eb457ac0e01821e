/** Primitives for drawing posters: shapes, colours, escaped text, and repeatable random numbers. */

export function escapeXml(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

export const fontStack = escapeXml('"Pretendard","Apple SD Gothic Neo","Noto Sans KR","Noto Sans CJK KR",sans-serif')

/** Whether a colour is nearer to black than to white. */
export function isDark(colour: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number]
  return 0.3 * r + 0.59 * g + 0.11 * b < 128
}

export const n = Math.round

export const round = (value: number) => Math.round(value * 100) / 100

export const circle = (x: number, y: number, r: number, fill: string) =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"/>`

export const times = (count: number, draw: (i: number) => string) => Array.from({ length: count }, (_, i) => draw(i)).join('')

export function pick<T>(random: () => number, list: T[]): T {
  return list[Math.floor(random() * list.length)]!
}

/** The 32-bit FNV-1a hash (Fowler, Noll, Vo) over UTF-16 code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
