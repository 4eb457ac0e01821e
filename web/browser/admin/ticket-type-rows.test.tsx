import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previews } from '../../../dev/preview.tsx'
import { ensureProgram } from '../../../dev/programs.ts'
import { assets } from '../../assets.ts'

let browser: Browser
let server: ReturnType<typeof Bun.serve>
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox'] })
  const form = previews.find(({ name }) => name === 'admin event form, wrong (ko)')!
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const { pathname } = new URL(request.url)
      const asset = assets.get(pathname.replace('/static/', ''))
      if (asset) return new Response(asset.body, { headers: { 'content-type': asset.type } })
      const policy = "default-src 'self'; form-action 'self'; base-uri 'none'"
      return new Response(form.html(), { headers: { 'content-type': 'text/html', 'content-security-policy': policy } })
    },
  })
})
afterAll(async () => {
  await browser.close()
  await server.stop(true)
})

test('a ticket type is added without leaving the page: an empty, labelled row with names of its own, and the focus in it', async () => {
  const page = await browser.newPage({ baseURL: `http://127.0.0.1:${server.port}` })
  let loads = 0
  page.on('request', (request) => request.isNavigationRequest() && loads++)
  await page.goto('/')
  const rows = page.locator('[data-type-row]')
  const before = await rows.count()
  await page.getByRole('button', { name: '등급 추가' }).click()
  await page.getByRole('button', { name: '등급 추가' }).click()
  expect([await rows.count(), loads]).toEqual([before + 2, 1])
  const names = await page.locator('[data-type-row] input').evaluateAll((inputs) =>
    inputs.map((input) => input.getAttribute('name'))
  )
  expect(new Set(names).size).toBe(names.length)
  const last = rows.last()
  expect(await last.locator('input').evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value).join('')))
    .toBe('')
  await page.keyboard.type('S석')
  expect(await last.getByLabel('등급 이름 (한국어)').inputValue()).toBe('S석')
  await page.close()
})
