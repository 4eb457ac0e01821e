import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previews } from '../dev/preview.tsx'
import type { Language } from '../edge/contract/language.ts'
import { assets } from '../web/assets.ts'
import { findViolations, isTooWide, launchChromium, SIZES } from './chromium.ts'

const PAGES = previews.filter(({ name }) => /^(admin|invitation|rehearsal)/.test(name))

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await launchChromium()
  page = await browser.newPage()
})
afterAll(() => browser.close())

const STYLES = ['app.css', 'admin.css', 'uplot.css'].map((name) => Buffer.from(assets.get(name)!.body).toString())

/** A page with its styles inside, as the server has rendered it: without scripts and images. */
const alone = (html: string): string =>
  html.replace(/<script[^>]*><\/script>|<link [^>]*>/g, '').replace('</head>', () => `<style>${STYLES.join('\n')}</style></head>`)

/** Shows a page with all its acts open, and the menu of phones. */
async function show(html: string): Promise<void> {
  // In the same window, which has axe already.
  await page.setContent(alone(html))
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
    const menu = document.querySelector<HTMLInputElement>('#admin-menu')
    if (menu) menu.checked = true
  })
}

/** The colour scheme in which each page is seen on a screen: the other one in the other language. */
const SCHEMES = { ko: { phone: 'light', desktop: 'dark' }, en: { phone: 'dark', desktop: 'light' } } as const

async function findFaults(name: string, html: string, language: Language): Promise<string[]> {
  const faults: string[] = []
  await show(html)
  for (const screen of ['phone', 'desktop'] as const) {
    await page.setViewportSize(SIZES[screen])
    await page.emulateMedia({ colorScheme: SCHEMES[language][screen] })
    const violations = await findViolations(page)
    faults.push(...violations.map((violation) => `${name}, ${screen}: ${violation}`))
    if (await isTooWide(page)) faults.push(`${name}, ${screen}: wider than the screen`)
  }
  return faults
}

test('every admin page in every state is accessible and fits phones and desktops, light and dark', async () => {
  expect(PAGES.length).toBeGreaterThan(100)
  const faults: string[] = []
  for (const { name, html } of PAGES) faults.push(...await findFaults(name, html(), name.endsWith('(ko)') ? 'ko' : 'en'))
  expect(faults).toEqual([])
}, 900_000)

test('a page that is too wide and has too little contrast in the dark is found', async () => {
  const html = `<!doctype html><html lang="en"><head><title>x</title></head><body><main><h1>x</h1>
    <p style="color: #555; width: 500px">too pale in the dark</p></main></body></html>`
  expect((await findFaults('bad', html, 'en')).map((fault) => fault.replace(/: <.*/, ''))).toEqual([
    'bad, phone: color-contrast',
    'bad, phone: wider than the screen',
  ])
})
