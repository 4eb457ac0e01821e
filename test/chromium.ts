/** Pages in a real browser, and what every page must fulfil. */
import axe from 'axe-core'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, firefox, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { ensureProgram } from '../dev/programs.ts'

/** `args`: more arguments of the program. */
export const launchChromium = (...args: string[]): Promise<Browser> =>
  chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox', ...args] })

/** Debian's Firefox over WebDriver BiDi, without a display. */
export const launchFirefox = (): Promise<Browser> =>
  firefox.launch({
    channel: 'moz-firefox',
    executablePath: join(import.meta.dirname, 'firefox-relay.ts'),
    env: Object.assign({}, process.env, {
      FIREFOX: ensureProgram('firefox', () => {}),
      PATH: [join(import.meta.dirname, '../node_modules/.bin'), process.env.PATH].join(delimiter),
    }),
    timeout: 120_000,
  })

export const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } }

/** Opens a page in a new browser context and collects its script errors and what its policy has blocked. */
export async function openPage(browser: Browser, options: BrowserContextOptions) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  return { context, page, errors }
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']

/** What axe finds against WCAG 2.1 A and AA, each as the rule and the elements. */
export async function findViolations(page: Page): Promise<string[]> {
  // The page's Content-Security-Policy blocks foreign scripts; `evaluate` runs axe through the debugger.
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe.source)
  return await page.evaluate(async (runOnly) => {
    const report = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly,
      resultTypes: ['violations'],
    })
    return report.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }, RULES)
}

export const isTooWide = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)

/** Checks that axe finds no violation of WCAG 2 A or AA, and that the page fits the width of the screen. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await findViolations(page), page.url()).toEqual([])
  expect(await isTooWide(page), `${page.url()} is too wide`).toBe(false)
}
