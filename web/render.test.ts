import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { describeProblem } from '../edge/contract/problems.ts'
import { TEXTS } from './text.ts'
import { countdownText, dateTime, money, shortDateTime } from './format.ts'
import { ProblemPage } from './pages/problem.tsx'
import { previews } from '../dev/preview.tsx'
import { renderPage } from './render.tsx'

describe.each(previews)('$name', ({ name, html }) => {
  const page = html()
  const language = name.endsWith('(ko)') ? 'ko' : 'en'

  test('is a whole page with a language, a title and one top-level heading', () => {
    expect(page).toMatch(new RegExp(`^<!doctype html><html lang="${language}"`))
    expect(page).toMatch(/<title>[^<]+ · NETicket<\/title>/)
    expect(page.match(/<h1[ >]/g)).toHaveLength(1)
  })

  test('contains no undefined values and no unescaped markup', () => {
    const text = page.replace(/<script[^>]*>[^]*?<\/script>|<style>[^]*?<\/style>/g, '').replace(/<[^>]*>/g, ' ')
    expect(text).not.toMatch(/\bundefined\b|\bnull\b|\[object|NaN/)
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('<b>남산')
  })

  test('is for search engines only if it is the same for everyone, and no step of booking', () => {
    const isPublic = /^(?:home|event|openings|terms|privacy)\b/.test(name)
    expect(page.includes('<meta name="robots" content="noindex"')).toBe(!isPublic)
  })

  test('has a search field unless somebody books or waits', () => {
    const isShopPage = page.includes('class="site-header"')
    expect(page.includes('id="search"')).toBe(isShopPage && !name.startsWith('booking'))
  })

  test('labels every field, and posts its forms to paths of this site', () => {
    for (const [input] of page.matchAll(/<input (?![^>]*type="(?:hidden|radio)")[^>]*>/g)) {
      const id = input.match(/ id="([^"]+)"/)?.[1]
      expect(input.includes('aria-label=') || page.includes(`for="${id}"`), input).toBe(true)
    }
    for (const [, action] of page.matchAll(/action="([^"]*)"/g)) expect(action).toMatch(/^\//)
  })

  test('uses htmx only as a strict policy allows, with targets that exist', () => {
    expect(page).not.toMatch(/hx-on|hx-[a-z-]+="js:|hx-trigger="[^"]*\[/)
    for (const [, id] of page.matchAll(/hx-post="[^>]*hx-target="#([^"]+)"/g)) expect(page).toContain(` id="${id}"`)
  })

  test('has a link or a button to continue with', () => {
    if (name.startsWith('home, empty')) return
    const main = page.slice(page.indexOf('<main'), page.indexOf('</main>'))
    expect(main).toMatch(/<a [^>]*href="\/|<button /)
  })

  test('has no inline script or style; the waiting page has both, below 10 kB compressed', () => {
    if (name.startsWith('waiting')) return expect(gzipSync(page).byteLength).toBeLessThan(10_000)
    // A block of data is not a script.
    const code = page.replace(/<script type="application\/ld\+json">[^<]*<\/script>/, '')
    expect(code).not.toMatch(/<script(?![^>]*src=)[^>]*>|<style|\sstyle="|\son\w+="/)
  })
})

test('a problem page links to a page, not to a path that only accepts forms', () => {
  const wayOut = (path: string) =>
    renderPage(ProblemPage({ language: 'ko', problem: describeProblem('rate_limited', 'ko'), path })).match(
      /class="button" href="([^"]+)"/,
    )?.[1]
  expect([
    '/queue/event-7/tickets',
    '/queue/event-7/pass',
    '/reservations/a/cancellation',
    '/events/7/booking',
  ].map(wayOut)).toEqual(['/queue/event-7', '/queue/event-7', '/reservations/a', '/events/7/booking'])
})

test('every text exists in both languages', () => {
  for (const text of Object.values(TEXTS)) expect([text.ko.length > 0, text.en.length > 0]).toEqual([true, true])
})

test('times are Korean, with the day of the week', () => {
  expect(dateTime('2026-11-30T09:00:00Z', 'ko')).toBe('2026년 11월 30일 (월) 18:00')
  expect(dateTime('2026-11-28T15:30:00Z', 'ko')).toBe('2026년 11월 29일 (일) 00:30')
  expect(dateTime('2026-11-28T09:00:00Z', 'en')).toBe('Sat, Nov 28, 2026, 18:00 KST')
  expect(shortDateTime('2026-11-28T09:00:00Z', 'ko')).toBe('11월 28일 (토) 18:00')
  const [next, now] = ['2027-01-01T09:00:00Z', '2026-12-31T09:00:00Z']
  expect(shortDateTime(next, 'ko', 'Asia/Seoul', now)).toBe('2027.1.1 (금) 18:00')
  expect(shortDateTime(next, 'en', 'Asia/Seoul', now)).toBe('Jan 1, 2027, 18:00')
})

test('money and countdowns follow the language', () => {
  expect([money(12_000, 'ko'), money(12_000, 'en')]).toEqual(['12,000원', '₩12,000'])
  expect([countdownText(65, 'ko'), countdownText(3_725, 'ko'), countdownText(93_784, 'ko'), countdownText(93_784, 'en')]).toEqual(
    [
      '01:05',
      '01:02:05',
      '1일 02:03:04',
      '1d 02:03:04',
    ],
  )
})
