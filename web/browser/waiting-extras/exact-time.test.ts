import { parseHTML } from 'linkedom'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepExactTime } from './exact-time.ts'

const SERVER = Date.parse('2026-12-24T09:00:00Z')
const HOUR = 3_600_000
let countdown: HTMLElement
let requests: number
/** The times that the page's script receives. */
let times: number[]

beforeEach(() => {
  vi.useFakeTimers({ now: SERVER - HOUR })
  const { document } = parseHTML('<html><body><p id="countdown" hidden></p></body></html>')
  vi.stubGlobal('document', document)
  countdown = document.getElementById('countdown')!
  requests = 0
  times = []
  vi.stubGlobal('fetch', () => {
    requests++
    return Promise.resolve(Response.json({ serverTime: new Date(SERVER).toISOString() }))
  })
  const take = (event: Event) => void times.push((event as CustomEvent<number>).detail)
  vi.stubGlobal('dispatchEvent', take)
  keepExactTime('/queue/event-7/time')
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('the time is requested while the page counts down, and passed to its script', async () => {
  await vi.advanceTimersByTimeAsync(10_000)
  expect(requests).toBe(0)
  countdown.hidden = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(requests).toBe(4)
  expect(times[0]).toBe(SERVER)
})

test('it is requested again after some minutes, and at once after the device’s clock was set right', async () => {
  countdown.hidden = false
  await vi.advanceTimersByTimeAsync(200_000)
  expect(requests).toBe(4)
  await vi.advanceTimersByTimeAsync(200_000)
  expect(requests).toBe(8)
  vi.setSystemTime(Date.now() + HOUR)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(requests).toBe(12)
})
