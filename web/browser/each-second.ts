/** The longest time between two renderings: the clock may be set meanwhile. */
const LONGEST_MS = 250

/** Milliseconds until a countdown shows the next second. */
export const msToNextSecond = (leftMs: number): number => leftMs > 0 ? leftMs % 1000 + 1 : LONGEST_MS

/** Renders now and whenever a shown second ends; `render` returns the milliseconds until then. */
export function renderEachSecond(render: () => number): void {
  setTimeout(() => renderEachSecond(render), Math.min(LONGEST_MS, render()))
}
