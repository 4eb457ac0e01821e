import { money } from '../../format.ts'
import { closest, find, findAll } from '../dom.ts'

const ENDING_MS = 120_000

/** Shows the total and the buttons that change the quantity: they need a script, so the server renders them hidden. */
export function renderTotal(): void {
  const total = find('[data-total]')
  const quantity = find<HTMLInputElement>('[name=quantity]')
  if (!total || !quantity) return
  const max = Number(quantity.dataset.max)
  for (const button of findAll<HTMLButtonElement>('[data-step]')) {
    button.hidden = false
    button.disabled = Number(quantity.value) === (Number(button.dataset.step) > 0 ? max : 1)
  }
  const ticketType = find<HTMLInputElement>('[name=ticketTypeId]:checked')
  total.hidden = ticketType === null
  const output = find('output', total)
  if (!output) return
  const won = Number(ticketType?.dataset.price ?? 0) * (Number(quantity.value) || 0)
  output.textContent = money(won, output.dataset.currency === 'ko' ? 'ko' : 'en')
}

/** Changes the quantity by the button that was pressed. */
export function stepQuantity(event: Event): void {
  const button = closest(event, '[data-step]')
  const quantity = find<HTMLInputElement>('[name=quantity]')
  if (!button || !quantity) return
  const quantityAfter = (Number(quantity.value) || 0) + Number(button.dataset.step)
  quantity.value = String(Math.min(Number(quantity.dataset.max), Math.max(1, quantityAfter)))
  quantity.dispatchEvent(new Event('input', { bubbles: true }))
}

/** Warns two minutes before the pass ends; afterwards the form cannot be sent. */
export function showTimeToBook(leftMs: number): void {
  for (const ending of findAll('[data-when-ending]')) ending.hidden = leftMs > ENDING_MS || leftMs <= 0
  const ended = find('[data-when-ended]')
  if (!ended || ended.hidden !== leftMs <= 0) return
  ended.hidden = leftMs > 0
  const submit = find<HTMLButtonElement>('#booking-form [type=submit]')
  if (submit) submit.disabled = leftMs <= 0
}

/** Renews the pass while the booking form is open, since an idle pass ends early. */
export async function renewPass(): Promise<void> {
  const countdown = find('[data-pass]')
  if (!countdown || document.hidden) return
  const response = await fetch(countdown.dataset.pass!, { method: 'POST', headers: { accept: 'application/json' } })
    .catch(() => null)
  // The pass has ended, so the countdown ends too.
  const hasEnded = response !== null && [401, 409, 410].includes(response.status)
  if (hasEnded && countdown.dataset.endsAt) countdown.dataset.endsAt = new Date(0).toISOString()
}
