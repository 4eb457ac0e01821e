import { expect, test } from 'vitest'
import { foreignKeyOf, sharedRequestOf } from './cache-key.ts'

const requestOf = (path: string, headers: Record<string, string> = {}, isPage = true) => ({
  host: 'one.example',
  path: path.split('?')[0]!,
  search: path.replace(/^[^?]*/, ''),
  headers: new Headers(headers),
  language: 'ko' as const,
  isPage,
})
const keyOf = (path: string, headers?: Record<string, string>) => sharedRequestOf(requestOf(path, headers))?.key

test.each([
  ['/', '/?fbclid=1&gclid=2'],
  ['/', '/?page=1&z=3'],
  ['/?page=2', '/?z=1&page=2'],
  ['/search?q=a+b&page=2', '/search?utm_source=x&page=2&q=a%20b'],
  ['/search', '/search?q='],
  ['/events/7', '/events/7?fbclid=1'],
  ['/api/events', '/api/events?size=20&page=1'],
  ['/static/app.css?v=1', '/static/app.css?x&v=1'],
])('parameters that the route does not read, and their order, are no part of the key: %s = %s', (one, other) => {
  expect(keyOf(other)).toBe(keyOf(one))
  expect(sharedRequestOf(requestOf(other))?.path).toBe(sharedRequestOf(requestOf(one))?.path)
})

test('a repeated parameter keeps all its values, so that the origin refuses it', () => {
  expect(sharedRequestOf(requestOf('/?page=1&page=2'))?.path).toBe('/?page=1&page=2')
  expect(sharedRequestOf(requestOf('/search?q=a&z=1&q=a'))?.path).toBe('/search?q=a&q=a')
})

test.each([['/', '/?page=2'], ['/search?q=a', '/search?q=b'], ['/events/7', '/events/8'], [
  '/static/app.css?v=1',
  '/static/app.css',
]])(
  'what the route reads is a part of the key: %s and %s',
  (one, other) => expect(keyOf(other)).not.toBe(keyOf(one)),
)

test('a search key holds whether htmx gets a part of the page, whatever headers decide it', () => {
  const htmx = { 'hx-request': 'true', 'hx-request-type': 'partial' }
  const part = keyOf('/search?q=a', htmx)
  const whole = keyOf('/search?q=a')
  expect(part).not.toBe(whole)
  for (const [name, value] of [['hx-request-type', 'full'], ['hx-boosted', 'true'], ['hx-history-restore-request', 'true']]) {
    expect(keyOf('/search?q=a', { ...htmx, [name!]: value! }), name).toBe(whole)
  }
  expect(keyOf('/events/7', htmx), 'a page that has no part').toBe(keyOf('/events/7'))
})

test('the shared request holds nothing of the client but what the key holds', () => {
  const headers = {
    cookie: 'access=secret; lang=en',
    'user-agent': 'evil',
    'if-none-match': '"1"',
    'hx-request': 'true',
    range: 'bytes=0-1',
  }
  const { path, headers: sent } = sharedRequestOf(requestOf('/search?q=a&evil=1', headers))!
  expect(path).toBe('/search?q=a')
  expect(sent).toEqual([['accept-language', 'ko'], ['accept', 'text/html'], ['hx-request', 'true']])
})

test('a path that is not declared has no shared request', () => {
  for (
    const path of [
      '/me',
      '/login?next=/',
      '/events/07',
      '/events/7/',
      '/events/7/booking',
      '/api/time',
      '/language/en',
      '/images/a/b/c',
      `/static/${'x'.repeat(101)}`,
    ]
  ) {
    expect(sharedRequestOf(requestOf(path)), path).toBeNull()
  }
})

test('the key of another site holds the host, the whole query and each header by which its responses may vary', () => {
  const base = requestOf('/page?a=1&b=2', { accept: 'a', 'accept-language': 'ko' })
  const key = foreignKeyOf(base)
  expect(foreignKeyOf({ ...base, host: 'two.example' })).not.toBe(key)
  expect(foreignKeyOf(requestOf('/page?b=2&a=1', { accept: 'a', 'accept-language': 'ko' }))).not.toBe(key)
  for (const name of ['accept', 'accept-language', 'hx-request']) {
    expect(foreignKeyOf(requestOf('/page?a=1&b=2', { accept: 'a', 'accept-language': 'ko', [name]: 'x' }))).not
      .toBe(key)
  }
})
