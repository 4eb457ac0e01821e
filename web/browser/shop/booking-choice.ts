import { find, findAll } from '../dom.ts'
import { withStorage } from '../storage.ts'

/** A booking that was sent and not answered: its key, and when it was sent, by `sendingTimeMs()`. */
export type SentBooking = { key: string; atMs: number }

/** Epoch ms by the device's clock when the page was opened, and monotonic from then on. */
export const sendingTimeMs = (): number => performance.timeOrigin + performance.now()

/** What the buyer has chosen. The tab keeps it: it outlives a reload, a change of the language, and a turn that was missed. */
type Attempt = { ticketTypeId: string | null; quantity: string; sent: SentBooking | null }

const memoryOf = (panel: HTMLElement) => `booking-${panel.dataset.event}`

export const bookingPanel = (): HTMLElement | null => find('#booking[data-event]')

export const keyOf = (panel: HTMLElement): string => find<HTMLInputElement>('[name=idempotencyKey]', panel)?.value ?? ''

function read(panel: HTMLElement): Attempt | null {
  const text = withStorage(() => sessionStorage.getItem(memoryOf(panel)), null)
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

/** Remembers what the form shows. `sent`: the booking that is on its way; null when its outcome is known; undefined: as it was. */
export function rememberChoice(panel: HTMLElement, sent?: SentBooking | null): void {
  const quantity = find<HTMLInputElement>('[name=quantity]', panel)
  if (!quantity) return
  const ticketTypeId = find<HTMLInputElement>('[name=ticketTypeId]:checked', panel)?.value ?? null
  const attempt: Attempt = { ticketTypeId, quantity: quantity.value, sent: sent === undefined ? read(panel)?.sent ?? null : sent }
  withStorage(() => sessionStorage.setItem(memoryOf(panel), JSON.stringify(attempt)), undefined)
}

/** Forgets the choice: it has been booked. */
export const forgetChoice = (panel: HTMLElement): void => withStorage(() => sessionStorage.removeItem(memoryOf(panel)), undefined)

/** Restores the choice in a page that shows none of its own. Returns a booking of this visit whose outcome is unknown; null for none. */
export function restoreChoice(panel: HTMLElement): SentBooking | null {
  const attempt = read(panel)
  if (!attempt) return null
  if (attempt.sent && attempt.sent.key !== keyOf(panel)) {
    forgetChoice(panel)
    return null
  }
  const quantity = find<HTMLInputElement>('[name=quantity]', panel)
  if (quantity && !find('[name=ticketTypeId]:checked', panel)) {
    for (const choice of findAll<HTMLInputElement>('[name=ticketTypeId]')) {
      choice.checked = choice.value === attempt.ticketTypeId && !choice.disabled
    }
    const isPossible = Number(attempt.quantity) >= 1 && Number(attempt.quantity) <= Number(quantity.dataset.max)
    if (isPossible) quantity.value = attempt.quantity
  }
  return attempt.sent
}
