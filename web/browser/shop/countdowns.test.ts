import { parseHTML } from 'linkedom'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createServerClock } from '../server-clock.ts'
import { createCountdowns } from './countdowns.ts'

const SERVER = Date.parse('2026-12-24T09:00:00Z')
/** Milliseconds of the monotonic clock. */
let elapsed: number
let syncs: number
let refreshes: number

beforeEach(() => {
  vi.useFakeTimers()
  elapsed = syncs = refreshes = 0
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** A page with this content, whose clock has the server's time. */
function open(html: string) {
  const { document, Event } = parseHTML(`<html><body>${html}</body></html>`)
  vi.stubGlobal('document', document)
  vi.stubGlobal('Event', Event)
  const clock = createServerClock(() => elapsed)
  clock.set(SERVER)
  const parts = { clock, elapsedMs: () => elapsed, random: () => 0, sync: () => void syncs++, language: 'en' as const }
  return { document, clock, render: createCountdowns(parts) }
}

test('the seconds until a retry do not change when the clock is set to the server time', () => {
  const { document, clock, render } = open('<output data-retry-seconds="5"></output>')
  const seconds = () => {
    render()
    return document.querySelector('output')!.textContent
  }
  expect(seconds()).toBe('5')
  clock.set(SERVER - 180_000)
  expect(seconds()).toBe('5')
})

describe('a countdown', () => {
  const until = (ms: number) => `<strong data-ends-at="${new Date(SERVER + ms).toISOString()}"></strong>`

  test('shows a second until the instant at which it ends, and asks to be rendered then', () => {
    const { document, render } = open(until(60_000))
    const shownAt = (ms: number) => {
      elapsed = ms
      render()
      return document.querySelector('strong')!.textContent
    }
    expect(shownAt(1)).toBe('01:00')
    expect(shownAt(999)).toBe('01:00')
    expect(render()).toBe(2)
    expect(shownAt(1_000)).toBe('00:59')
    expect(shownAt(60_000)).toBe('00:00')
  })

  test('does not change with the device’s clock, an hour wrong or set right while the page is open', () => {
    vi.setSystemTime(SERVER - 3_600_000)
    const { document, render } = open(until(60_000))
    const shown = () => {
      render()
      return document.querySelector('strong')!.textContent
    }
    elapsed = 5_000
    expect(shown()).toBe('00:55')
    vi.setSystemTime(SERVER)
    expect(shown()).toBe('00:55')
  })
})

test('a sale that the server says is not open yet is asked for less and less often, and the clock is set again', () => {
  const panel = () => `<strong data-opens-at="${new Date(SERVER - 1_000).toISOString()}"></strong>`
  const { document, render } = open(`<section id="seats">${panel()}</section>`)
  const seats = document.querySelector('#seats')!
  seats.addEventListener('refresh', () => {
    refreshes++
    seats.innerHTML = panel()
  })
  for (let i = 0; i < 12_000 / 250; i++) {
    render()
    vi.advanceTimersByTime(250)
  }
  expect(refreshes).toBe(5)
  expect(syncs).toBe(5)
})
