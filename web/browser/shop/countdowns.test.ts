import { parseHTML } from 'linkedom'
import { afterEach, expect, test, vi } from 'vitest'
import { createServerClock } from '../server-clock.ts'
import { renderCountdowns } from './countdowns.ts'

afterEach(() => vi.unstubAllGlobals())

test('the seconds until a retry do not change when the clock is set to the server time', () => {
  const { document } = parseHTML('<html><body><output data-retry-seconds="5"></output></body></html>')
  vi.stubGlobal('document', document)
  const clock = createServerClock(() => 1_000_000)
  const seconds = () => {
    renderCountdowns(clock, 'en', () => 0)
    return document.querySelector('output')!.textContent
  }
  expect(seconds()).toBe('5')
  clock.set(1_000_000 - 180_000)
  expect(seconds()).toBe('5')
})
