import { expect, test } from 'vitest'
import { robotsText, sitemapXml } from './sitemap.ts'

test('robots.txt keeps the queue, personal and operator pages out and names the sitemap by its absolute address', () => {
  const lines = robotsText('https://shop.example').split('\n')
  for (
    const path of [
      '/admin',
      '/api/',
      '/queue/',
      '/me',
      '/reservations/',
      '/tickets/',
      '/login',
      '/verify',
      '/events/*/booking',
      '/events/*/reminder',
    ]
  ) {
    expect(lines).toContain(`Disallow: ${path}`)
  }
  expect(lines).toContain('Sitemap: https://shop.example/sitemap.xml')
  expect(robotsText(null)).not.toContain('Sitemap')
})

test('the sitemap lists the home page, the calendar of openings and each event', () => {
  const addresses = [...sitemapXml('https://shop.example', [7, 12]).matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, address]) =>
    address
  )
  expect(addresses).toEqual(['/', '/openings', '/events/7', '/events/12'].map((path) => `https://shop.example${path}`))
})
