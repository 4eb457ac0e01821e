import { expect, test } from 'vitest'
import { isCrossSite } from './cross-site.ts'

const from = (headers: Record<string, string>, method = 'POST') =>
  isCrossSite({ method, headers: new Headers(headers) }, () => 'shop.example')

test.each([
  ['another site', { origin: 'https://evil.example' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['a sibling domain', { origin: 'https://shop.example', 'sec-fetch-site': 'same-site' }],
  ['another site, without Origin', { 'sec-fetch-site': 'cross-site' }],
  ['another port', { origin: 'https://shop.example:8443' }],
  ['a host that ends alike', { origin: 'https://shop.example.evil.example' }],
])('an unsafe request of %s is cross-site', (_, headers) => {
  expect(from(headers)).toBe(true)
  expect(from(headers, 'DELETE')).toBe(true)
  expect(from(headers, 'GET')).toBe(false)
})

test.each([
  ['the site itself', { origin: 'https://shop.example' }],
  ['the site itself, with its default port', { origin: 'https://SHOP.example:443' }],
  ['the site itself behind a proxy that changes the host', { origin: 'https://public.example', 'sec-fetch-site': 'same-origin' }],
  ['the address bar', { 'sec-fetch-site': 'none' }],
  ['a program', {}],
])('an unsafe request of %s is not cross-site', (_, headers) => {
  expect(from(headers)).toBe(false)
})
