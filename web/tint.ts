const TINTS = 12
/** Below this difference between the strongest and the weakest channel, of 255, a colour is taken for grey. */
const MIN_CHROMA = 24

/**
 * The class of app.css whose hue is nearest to a colour `#rrggbb`: `tint-0` (red) to `tint-11`, in steps of 30°, or `tint-grey`. A class,
 * because the policy of the pages allows no style attributes.
 */
export function tintClass(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16)) as [
    number,
    number,
    number,
  ]
  const max = Math.max(red, green, blue)
  const chroma = max - Math.min(red, green, blue)
  if (chroma < MIN_CHROMA) return 'tint-grey'
  const sixth = max === red ? (green - blue) / chroma : max === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma
  return `tint-${Math.round((sixth + 6) * 2) % TINTS}`
}

/** The class of an area that a poster's colour floods. Without a colour it has that of the shop. */
export const floodClass = (color: string | null): string => color === null ? 'flood' : `flood ${tintClass(color)}`
