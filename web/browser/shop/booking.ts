import type { HtmxRequestCtx } from 'htmx.org'
import { find, findAll, setText } from '../dom.ts'
import { count } from '../../format.ts'
import { renderTotal } from './booking-form.ts'
import {
  bookingPanel,
  forgetChoice,
  keyOf,
  rememberChoice,
  restoreChoice,
  sendingTimeMs,
  type SentBooking,
} from './booking-choice.ts'
import { openIfBooked, resolveOutcome } from './booking-outcome.ts'

const SEATS_MS = 4_000

/** The booking that this page has sent; null before, and once its outcome is known. */
let sent: SentBooking | null = null

/** Starts the booking page: keeps the buyer's choice, and asks for a booking of this visit that got no response. Does nothing on others. */
export function startBooking(): void {
  const panel = bookingPanel()
  if (!panel) return
  const unanswered = restoreChoice(panel)
  renderTotal()
  document.addEventListener('input', () => withPanel((shown) => rememberChoice(shown)))
  document.addEventListener('submit', ({ target }) => {
    if (!isBookingForm(target)) return
    withPanel((shown) => rememberChoice(shown, sent = { key: keyOf(shown), atMs: sendingTimeMs() }))
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) withPanel((shown) => void openIfBooked(shown))
  })
  setInterval(() => void refreshSeatsLeft(), SEATS_MS)
  if (unanswered) void resolveOutcome(panel, unanswered)
  else askIfUnresolved(panel)
}

/** The form was replaced by one with a problem: its outcome is known, unless it says that it is not. */
export function onBookingSwap(): void {
  const panel = bookingPanel()
  if (!panel || !sent) return
  rememberChoice(panel, null)
  askIfUnresolved(panel)
}

/** Whether a response to the booking form leaves its outcome unknown: the edge answered for the origin. */
export const isUnresolved = ({ sourceElement, response }: HtmxRequestCtx): boolean =>
  isBookingForm(sourceElement) && (response?.raw.status ?? 0) >= 500

/** The request of the booking form has ended. `isAnswered`: with a response that decides it. */
export function onBookingEnd({ sourceElement }: HtmxRequestCtx, isAnswered: boolean): void {
  const panel = bookingPanel()
  if (!panel || !isBookingForm(sourceElement)) return
  if (isAnswered) forgetChoice(panel)
  else if (sent) void resolveOutcome(panel, sent)
}

function askIfUnresolved(panel: HTMLElement): void {
  if (!panel.dataset.unresolved) return
  void resolveOutcome(panel, sent ?? { key: keyOf(panel), atMs: sendingTimeMs() })
}

const isBookingForm = (target: unknown): boolean => target instanceof HTMLFormElement && target.id === 'booking-form'

function withPanel(use: (panel: HTMLElement) => void): void {
  const panel = bookingPanel()
  if (panel) use(panel)
}

/** Shows the seats that are left. A ticket type whose seats are returned can be chosen again. */
async function refreshSeatsLeft(): Promise<void> {
  const panel = bookingPanel()
  if (!panel || document.hidden) return
  const response = await fetch(panel.dataset.seats!, { headers: { accept: 'application/json' } }).catch(() => null)
  const event: { ticketTypes?: { id: number; left: number }[] } = await response?.json().catch(() => ({})) ?? {}
  if (!response?.ok || !Array.isArray(event.ticketTypes) || bookingPanel() !== panel) return
  for (const { id, left } of event.ticketTypes) showSeatsLeft(id, left)
  showWhetherAnyIsLeft(panel, event.ticketTypes.some(({ left }) => left > 0))
}

/** A chosen ticket type stays chosen: its booking says what is left of it. */
function showSeatsLeft(ticketType: number, left: number): void {
  const label = find(`[data-left-of="${ticketType}"]`)
  const choice = find<HTMLInputElement>(`[name=ticketTypeId][value="${ticketType}"]`)
  if (!label || !choice) return
  const language = document.documentElement.lang === 'ko' ? 'ko' : 'en'
  setText(label, left > 0 ? label.dataset.some!.replace('%', count(left, language)) : label.dataset.none!)
  choice.disabled = left === 0 && !choice.checked
}

function showWhetherAnyIsLeft(panel: HTMLElement, isAnyLeft: boolean): void {
  const notice = find('[data-all-sold-out]', panel)
  if (notice) notice.hidden = isAnyLeft
  for (const button of findAll<HTMLButtonElement>('#booking-form [type=submit]')) {
    if ((button.dataset.soldOut === undefined) === isAnyLeft) continue
    if (isAnyLeft) delete button.dataset.soldOut
    else button.dataset.soldOut = 'yes'
    const isWaiting = panel.dataset.isAsking !== undefined || button.hasAttribute('aria-busy') ||
      find('[data-when-ended]')?.hidden === false
    if (!isWaiting) button.disabled = !isAnyLeft
  }
}
