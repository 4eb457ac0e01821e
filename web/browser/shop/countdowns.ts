import { countdownText } from '../../format.ts'
import { find, findAll, setText } from '../dom.ts'
import { msToNextSecond } from '../each-second.ts'
import type { ServerClock } from '../server-clock.ts'
import { showTimeToBook } from './booking-form.ts'

const NEAR_MS = 60_000
/** After an opening, a page refreshes the seats after this delay plus a random one, so that a crowd does not refresh at once. */
const REFRESH_AFTER_MS = 300
const REFRESH_SPREAD_MS = 500
/** The delay doubles so many times while the server says that the sale is not open yet. */
const MAX_DOUBLINGS = 6

type CountdownParts = {
  clock: ServerClock
  elapsedMs(): number
  random(): number
  /** Requests the server's time again. */
  sync(): void
  language: 'ko' | 'en'
}

/** Returns a function that shows the time that is left on every countdown of the page, and returns the milliseconds until one changes. */
export function createCountdowns({ clock, elapsedMs, random, sync, language }: CountdownParts): () => number {
  /** How often the seats were refreshed for an opening. */
  const refreshes = new Map<string, number>()

  /** Refreshes the seats of a sale that has opened. Each render of the panel refreshes once: its content may still be from before the opening. */
  function refreshOnce(countdown: HTMLElement, opensAt: string): void {
    if (countdown.dataset.isRefreshed) return
    countdown.dataset.isRefreshed = 'yes'
    const before = refreshes.get(opensAt) ?? 0
    refreshes.set(opensAt, before + 1)
    // The server has another time than this page.
    if (before > 0) sync()
    const delayMs = (REFRESH_AFTER_MS + random() * REFRESH_SPREAD_MS) * 2 ** Math.min(before, MAX_DOUBLINGS)
    setTimeout(() => countdown.closest('#seats')?.dispatchEvent(new Event('refresh')), delayMs)
  }

  return () => {
    let nextMs = Infinity
    for (const countdown of findAll('[data-opens-at], [data-ends-at]')) {
      const { opensAt, endsAt, overText } = countdown.dataset
      const leftMs = Date.parse(opensAt ?? endsAt ?? '') - clock.now()
      setText(countdown, leftMs <= 0 && overText ? overText : countdownText(Math.ceil(leftMs / 1000), language))
      countdown.classList.toggle('near', leftMs < NEAR_MS)
      if (endsAt) showTimeToBook(leftMs)
      if (opensAt && leftMs <= 0) refreshOnce(countdown, opensAt)
      nextMs = Math.min(nextMs, msToNextSecond(leftMs))
    }
    for (const retry of findAll('[data-retry-seconds]')) renderRetry(retry, elapsedMs())
    return nextMs
  }
}

/** Refreshes the seats at once. */
export function refreshSeats(): void {
  find('#seats')?.dispatchEvent(new Event('refresh'))
}

/** Counts down the seconds that a problem page was rendered with, on a monotonic clock: the server clock jumps when it is set. */
function renderRetry(element: HTMLElement, elapsedMs: number): void {
  element.dataset.until ??= String(elapsedMs + Number(element.dataset.retrySeconds) * 1000)
  setText(element, String(Math.max(0, Math.ceil((Number(element.dataset.until) - elapsedMs) / 1000))))
}
