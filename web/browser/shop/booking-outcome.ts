import { find } from '../dom.ts'
import { forgetChoice, keyOf, rememberChoice, sendingTimeMs, type SentBooking } from './booking-choice.ts'

/**
 * A request that was sent is decided within this time: the edge gives up on the origin after ten seconds. Only then does the page say that
 * nothing was booked.
 */
const DECIDED_MS = 12_000
const ASK_AGAIN_MS = 1_500
const LONGEST_PAUSE_MS = 10_000

/**
 * Finds out whether a booking whose response did not arrive has been made, and shows it: the reservation, or that nothing was booked. Asks
 * until the shop answers, or until the panel is replaced.
 */
export async function resolveOutcome(panel: HTMLElement, sent: SentBooking): Promise<void> {
  if (panel.dataset.isAsking) return
  panel.dataset.isAsking = 'yes'
  const decidedMs = performance.now() + DECIDED_MS - Math.max(0, sendingTimeMs() - sent.atMs)
  show(panel, 'asking')
  for (let failures = 0; panel.isConnected;) {
    const answer = await ask(panel, sent.key)
    if (answer.kind === 'booked') return openReservation(panel, answer.path)
    if (answer.kind === 'none' && performance.now() >= decidedMs) break
    if (answer.kind === 'unknown') failures++
    await pause(Math.min(LONGEST_PAUSE_MS, ASK_AGAIN_MS * 2 ** Math.min(failures, 4)))
  }
  delete panel.dataset.isAsking
  show(panel, 'not-booked')
  rememberChoice(panel, null)
}

/** Opens the reservation if another tab of this visit has booked. */
export async function openIfBooked(panel: HTMLElement): Promise<void> {
  const key = keyOf(panel)
  const answer = key ? await ask(panel, key) : null
  if (answer?.kind === 'booked') openReservation(panel, answer.path)
}

function openReservation(panel: HTMLElement, path: string): void {
  forgetChoice(panel)
  location.replace(path)
}

type Answer = { kind: 'booked'; path: string } | { kind: 'none' } | { kind: 'unknown' }

async function ask(panel: HTMLElement, key: string): Promise<Answer> {
  const url = `${panel.dataset.outcome}?key=${encodeURIComponent(key)}`
  const response = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store' }).catch(() => null)
  const body: { reservation?: unknown } | null = response?.ok ? await response.json().catch(() => null) : null
  if (!body) return { kind: 'unknown' }
  return typeof body.reservation === 'string'
    ? { kind: 'booked', path: `/reservations/${body.reservation}?new=1` }
    : { kind: 'none' }
}

/** Waits, but not longer than until the connection is back. */
const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(end, ms)
    function end() {
      clearTimeout(timer)
      removeEventListener('online', end)
      resolve()
    }
    addEventListener('online', end)
  })

/** While the outcome is unknown, the form cannot be sent again. */
function show(panel: HTMLElement, state: 'asking' | 'not-booked'): void {
  for (const notice of ['asking', 'not-booked']) {
    const element = find(`[data-${notice}]`, panel)
    if (element) element.hidden = notice !== state
  }
  const problem = find('[data-focus]', panel)
  if (problem) problem.hidden = true
  for (const button of panel.querySelectorAll<HTMLButtonElement>('[type=submit]')) {
    button.disabled = state === 'asking' || button.dataset.soldOut !== undefined
  }
}
