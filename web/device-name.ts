const BROWSERS: readonly [string, RegExp][] = [
  ['Edge', /Edg(?:e|A|iOS)?\//],
  ['Samsung Internet', /SamsungBrowser\//],
  ['Whale', /Whale\//],
  ['Firefox', /Firefox\/|FxiOS\//],
  ['Chrome', /Chrome\/|CriOS\//],
  ['Safari', /Safari\//],
]
const SYSTEMS: readonly [string, RegExp][] = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
]

/** A browser and its system, or the beginning of an unknown program's name; null without one. Browsers name others too, so the order counts. */
export function deviceName(userAgent: string): string | null {
  const find = (names: readonly [string, RegExp][]) => names.find(([, pattern]) => pattern.test(userAgent))?.[0]
  const browser = find(BROWSERS)
  if (!browser) return userAgent.slice(0, 40) || null
  const system = find(SYSTEMS)
  return system ? `${browser} · ${system}` : browser
}
