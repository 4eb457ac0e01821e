import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previews } from '../dev/preview.tsx'
import { assets } from '../web/assets.ts'
import { findViolations, isTooWide, launchChromium, SIZES } from './chromium.ts'

const isAdminPage = ({ name }: { name: string }) => /^(admin|invitation|rehearsal)/.test(name)

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await launchChromium()
  page = await browser.newPage()
})
afterAll(() => browser.close())

const STYLE_SHEET = /<link rel="stylesheet" href="[^"]*\/([\w-]+\.css)\?[^"]*"\/>/g

/** A page with its style sheets inside, as the server has rendered it: without scripts and images. */
const alone = (html: string): string =>
  html.replace(/<script[^>]*>[^]*?<\/script>/g, '')
    .replace(STYLE_SHEET, (_, name: string) => `<style>${Buffer.from(assets.get(name)!.body)}</style>`)

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

type Look = { screen: 'phone' | 'desktop'; colorScheme: 'light' | 'dark' }

const LOOKS: readonly Look[] = [
  { screen: 'phone', colorScheme: 'light' },
  { screen: 'desktop', colorScheme: 'dark' },
  { screen: 'phone', colorScheme: 'dark' },
  { screen: 'desktop', colorScheme: 'light' },
]

/** What axe finds in one look, and whether the page is wider than a phone or a desktop. */
async function findFaults(name: string, html: string, { screen, colorScheme }: Look): Promise<string[]> {
  const faults: string[] = []
  await show(html)
  await page.emulateMedia({ colorScheme })
  for (const size of [screen === 'phone' ? 'desktop' : 'phone', screen] as const) {
    await page.setViewportSize(SIZES[size])
    if (await isTooWide(page)) faults.push(`${name}: wider than a ${size}`)
  }
  const violations = await findViolations(page)
  faults.push(...violations.map((violation) => `${name}, ${screen}, ${colorScheme}: ${violation}`))
  return faults
}

/** Each page in its first state in both languages, and in its other states in Korean and English by turns, each time in the next look. */
function* looksOf(pages: typeof previews) {
  const kinds = new Set<string>()
  const states = { ko: 0, en: 0 }
  let shown = 0
  for (const { name, html } of pages) {
    const language = name.endsWith('(ko)') ? 'ko' : 'en'
    const kind = `${name.split(/,| \(|(?<=^problem) /)[0]} ${language}`
    const isTurn = states[language]++ % 2 === (language === 'ko' ? 0 : 1)
    if (kinds.has(kind) && !isTurn) continue
    kinds.add(kind)
    yield { name, html, look: LOOKS[shown++ % LOOKS.length]! }
  }
}

/** What is wrong with pages, each in the look of its turn. */
async function findFaultsOf(pages: typeof previews): Promise<string[]> {
  const faults: string[] = []
  for (const { name, html, look } of looksOf(pages)) faults.push(...await findFaults(name, html(), look))
  return faults
}

test('every admin page in every state is accessible and fits phones and desktops, light and dark', async () => {
  const pages = previews.filter(isAdminPage)
  expect(pages.length).toBeGreaterThan(100)
  expect(await findFaultsOf(pages)).toEqual([])
}, 900_000)

test('so is every page of a buyer', async () => {
  const pages = previews.filter((preview) => !isAdminPage(preview))
  expect(pages.length).toBeGreaterThan(200)
  expect(await findFaultsOf(pages)).toEqual([])
}, 900_000)

test.each(['home (ko)', 'home, just opened (ko)', 'event, on_sale (ko)'])(
  'the poster stands beside the title: %s',
  async (name) => {
    await show(previews.find((preview) => preview.name === name)!.html())
    for (const size of Object.values(SIZES)) {
      await page.setViewportSize(size)
      const [poster, title] = [await page.locator('main .poster').first().boundingBox(), await page.locator('h1').boundingBox()]
      expect(title!.x).toBeGreaterThan(poster!.x + poster!.width)
      expect(title!.y).toBeLessThan(poster!.y + poster!.height)
    }
  },
)

test('a page that is too wide and has too little contrast in the dark is found', async () => {
  const html = `<!doctype html><html lang="en"><head><title>x</title><link rel="stylesheet" href="/static/app.css?v=1"/></head>
    <body><main><h1>x</h1>
    <p style="color: #555; width: 500px">too pale in the dark</p></main></body></html>`
  expect((await findFaults('bad', html, LOOKS[2]!)).map((fault) => fault.replace(/: <.*/, ''))).toEqual([
    'bad: wider than a phone',
    'bad, phone, dark: color-contrast',
  ])
})
