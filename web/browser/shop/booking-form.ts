import { money } from '../../format.ts'
import { closest, find, findAll } from '../dom.ts'

const ENDING_MS = 60_000

/** Shows the total and the buttons that change the quantity: they need a script, so the server renders them hidden. */
export function renderTotal(): void {
  const total = find('[data-total]')
  const quantity = find<HTMLInputElement>('[name=quantity]')
  if (!total || !quantity) return
  for (const button of findAll<HTMLButtonElement>('[data-step]')) {
    button.hidden = false
    button.disabled = quantity.value === (Number(button.dataset.step) > 0 ? quantity.max : quantity.min)
  }
  const ticketType = find<HTMLInputElement>('[name=ticketTypeId]:checked')
  total.hidden = ticketType === null
  const output = find('output', total)
  if (!output) return
  const won = Number(ticketType?.dataset.price ?? 0) * Number(quantity.value)
  output.textContent = money(won, output.dataset.currency === 'ko' ? 'ko' : 'en')
}

/** Changes the quantity by the button that was pressed. */
export function stepQuantity(event: Event): void {
  const button = closest(event, '[data-step]')
  const quantity = find<HTMLInputElement>('[name=quantity]')
  if (!button || !quantity) return
  const quantityAfter = Number(quantity.value) + Number(button.dataset.step)
  quantity.value = String(Math.min(Number(quantity.max), Math.max(Number(quantity.min), quantityAfter)))
  renderTotal()
}

/** Warns a minute before the pass ends; afterwards the form cannot be sent. */
export function showTimeToBook(leftMs: number): void {
  const [ending, ended] = [find('[data-when-ending]'), find('[data-when-ended]')]
  if (ending) ending.hidden = leftMs > ENDING_MS
  if (!ended || ended.hidden !== leftMs <= 0) return
  ended.hidden = leftMs > 0
  const submit = find<HTMLButtonElement>('#booking [type=submit]')
  if (submit) submit.disabled = leftMs <= 0
}

/** Renews the pass while the booking form is open, since an idle pass ends early. */
export async function renewPass(): Promise<void> {
  const countdown = find('[data-pass]')
  if (!countdown || document.hidden) return
  const response = await fetch(countdown.dataset.pass!, { method: 'POST', headers: { accept: 'application/json' } })
    .catch(() => null)
  // The pass has ended, so the countdown ends too.
  if (response && [401, 409, 410].includes(response.status)) countdown.dataset.endsAt = new Date(0).toISOString()
}
