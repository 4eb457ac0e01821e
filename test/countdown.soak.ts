import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureProgram } from '../dev/programs.ts'
import { openSite, type Site } from './site.ts'

const HOUR_MS = 3_600_000
/** The device's clock is wrong for so long, and then it is set right for so long. */
const WRONG_MS = 40_000
const RIGHT_MS = 40_000
/** The time that a page takes to set its clock. */
const SETTLE_MS = 5_000
/** The time for the pages to open, and from the end of the measurement to the opening. */
const SPARE_MS = 60_000

let site: Site
let browser: Browser
beforeAll(async () => {
  site = await openSite()
  browser = await chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

/** What a page has shown: the text of its countdown, and the machine's time when it appeared, epoch ms. */
type Shown = { text: string; atMs: number }
declare global {
  /** The device's clock minus the machine's. */
  var deviceAheadMs: number
  var shown: Shown[]
}

/**
 * How exact countdowns are on a device whose clock is an hour wrong, and after that clock is set right while the page is open: the time from
 * the instant at which a second ends by the server's clock to the frame that shows the next one. `npm run soak -- countdown` prints the
 * errors of the waiting page and the event page. Server and browser are on one machine, so they have one clock.
 */
test('countdowns with a device clock that is an hour wrong, and that is set right', async () => {
  const { eventId, opensAtMs } = await openLater()
  const devices = [['waiting page', `/queue/event-${eventId}`, '#clock'], ['event page', `/events/${eventId}`, '.countdown']]
    .flatMap(([name, path, clock]) =>
      [-HOUR_MS, HOUR_MS].map((aheadMs) => ({ name: name!, path: path!, clock: clock!, aheadMs }))
    )
  const pages: Page[] = []
  for (const device of devices) pages.push(await openDevice(device))
  // A page that has just loaded is busy, and has the time of a page from a cache.
  await delay(SETTLE_MS)
  const settling = await Promise.all(pages.map(takeShown))
  await delay(WRONG_MS)
  const wrong = await Promise.all(pages.map(takeShown))
  await Promise.all(pages.map((page) => page.evaluate(() => void (globalThis.deviceAheadMs = 0))))
  await delay(RIGHT_MS)
  const right = await Promise.all(pages.map(takeShown))
  expect(Date.now(), 'the sale has not opened meanwhile').toBeLessThan(opensAtMs)
  print('all pages, until a few seconds after they have opened', errorsOf(settling.flat(), opensAtMs))
  for (const [i, { name, aheadMs }] of devices.entries()) {
    print(`${name}, ${aheadMs < 0 ? 'an hour behind' : 'an hour ahead'}`, errorsOf(wrong[i]!, opensAtMs))
    print(`${name}, set right`, errorsOf(right[i]!, opensAtMs))
  }
  const all = errorsOf([...wrong, ...right].flat(), opensAtMs)
  print('all after that', all)
  expect(all.length).toBeGreaterThan(0)
}, 600_000)

async function openLater() {
  const opensInMs = WRONG_MS + RIGHT_MS + SPARE_MS
  const { eventId } = await site.shop.addSale({ opensInMs, seats: [100] })
  const response = await fetch(`${site.edgeUrl}/api/events/${eventId}`, { headers: { accept: 'application/json' } })
  const { opensAt } = await response.json() as { opensAt: string }
  return { eventId, opensAtMs: Date.parse(opensAt) }
}

type Device = { path: string; clock: string; aheadMs: number }

/** Opens a page on a device whose clock differs, and records what its countdown shows. */
async function openDevice({ path, clock, aheadMs }: Device): Promise<Page> {
  const context = await browser.newContext({ baseURL: site.edgeUrl })
  const page = await context.newPage()
  await page.addInitScript(([clock, aheadMs]) => {
    const machine = Date
    globalThis.deviceAheadMs = aheadMs
    globalThis.shown = []
    const now = () => machine.now() + globalThis.deviceAheadMs
    globalThis.Date = new Proxy(machine, {
      construct: (_, parts) => parts.length === 0 ? new machine(now()) : Reflect.construct(machine, parts),
      get: (_, name) => name === 'now' ? now : Reflect.get(machine, name),
    })
    let text = ''
    new MutationObserver(() => {
      const next = document.querySelector(clock)?.textContent ?? ''
      if (next === text || !/^\d\d:\d\d$/.test(next)) return
      // The first text appears in the middle of a second.
      if (text) globalThis.shown.push({ text: next, atMs: machine.now() })
      text = next
    }).observe(document, { childList: true, characterData: true, subtree: true })
  }, [clock, aheadMs] as const)
  await page.goto(path)
  await page.locator(clock).filter({ hasText: /^\d\d:\d\d$/ }).waitFor()
  return page
}

/** What a page has shown since the last call. */
const takeShown = (page: Page): Promise<Shown[]> => page.evaluate(() => globalThis.shown.splice(0))

/** How late each text appeared, ms, in order; negative when it was early. */
function errorsOf(shown: Shown[], opensAtMs: number): number[] {
  return shown.map(({ text, atMs }) => {
    const [minutes, seconds] = text.split(':').map(Number)
    return atMs - (opensAtMs - 1_000 * (60 * minutes! + seconds!))
  }).sort((a, b) => Math.abs(a) - Math.abs(b))
}

function print(name: string, errors: number[]): void {
  const at = (share: number) => errors[Math.min(errors.length - 1, Math.floor(share * errors.length))]
  process.stdout.write(
    `${name}: ${errors.length} seconds; error p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${errors.at(-1)} ms\n`,
  )
}
