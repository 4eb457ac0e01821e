import { closest, findAll } from '../dom.ts'

/** Shows the buttons that print, which only work with this script. */
export function offerPrinting(): void {
  for (const button of findAll('[data-print]')) button.hidden = false
}

export function printPage(event: Event): void {
  if (closest(event, '[data-print]')) print()
}
