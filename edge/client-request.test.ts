import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSources } from '../test/import-graph.ts'
import { foreignKeyOf } from './cache-key.ts'
import { type BorderSettings, createRequestReader } from './client-request.ts'
import { readTokenKeys } from './contract/tokens.ts'
import { forwardedHeaders } from './upstream/forwarded-headers.ts'

const settings: BorderSettings = {
  tokenKeys: readTokenKeys('0123456789abcdef0123456789abcdef'),
  revokedSessions: { has: () => false },
  trustedProxies: 1,
  trustForwardedHost: true,
  now: () => 1_800_000_000_000,
}
const PROXY = '10.0.0.1'
type Sent = { method?: string; host?: string | null; target?: string; authority?: string; headers?: Record<string, string> }

/** Reads a request as the runtime makes it: its URL is the Host header and the target, joined unchecked. */
function read(sent: Sent, own: Partial<BorderSettings> = {}) {
  const { method = 'GET', host = 'shop.example', target = '/', authority = host ?? 'shop.example', headers = {} } = sent
  const all = new Headers(headers)
  if (host !== null) all.set('host', host)
  return createRequestReader({ ...settings, ...own })({ method, url: `http://${authority}${target}`, headers: all }, PROXY)
}

test('a request is read into the values that were sent', () => {
  const { method, host, path, search, address, protocol, isPage, language, malformed } = read({
    method: 'POST',
    host: 'Shop.example:8080',
    target: '/events/7;v=1?to=/a&to=/b',
    headers: {
      accept: 'text/html',
      'accept-language': 'en',
      'x-forwarded-for': '6.6.6.6, 198.51.100.9',
      'x-forwarded-proto': 'http, https',
    },
  })
  expect({ method, host, path, search, address, protocol, isPage, language, malformed }).toEqual({
    method: 'POST',
    host: 'Shop.example:8080',
    path: '/events/7;v=1',
    search: '?to=/a&to=/b',
    address: '198.51.100.9',
    protocol: 'https',
    isPage: true,
    language: 'en',
    malformed: null,
  })
  expect(read({ target: '/?to=%2Fa+b&to=/c' }).query('to')).toBe('/a b')
})

test('without trusted proxies nothing that a client sends about itself counts, and nothing of it is refused', () => {
  const headers = { 'x-forwarded-for': 'x', 'x-forwarded-proto': 'x', 'x-forwarded-host': 'x?' }
  const { address, protocol, host, malformed } = read({ headers }, { trustedProxies: 0, trustForwardedHost: false })
  expect({ address, protocol, host, malformed }).toEqual({
    address: PROXY,
    protocol: 'http',
    host: 'shop.example',
    malformed: null,
  })
})

test('a malformed request has the address of its visitor, or of its connection if a proxy has sent none', () => {
  const addressOf = (forwardedFor: string) => read({ method: 'TRACE', headers: { 'x-forwarded-for': forwardedFor } }).address
  expect([addressOf('6.6.6.6, 198.51.100.9'), addressOf('unknown')]).toEqual(['198.51.100.9', PROXY])
})

describe('a request is malformed', () => {
  test.each<[string, Sent, string]>([
    ['with an unknown method', { method: 'BOOK' }, 'method'],
    ['with a method in lower case', { method: 'post' }, 'method'],
    ['with a Host that ends the authority', { host: 'x?' }, 'host'],
    ['with a Host that holds a path', { host: '/metrics#' }, 'host'],
    ['with an empty Host', { host: '' }, 'host'],
    ['with a target for another host', { authority: 'evil.example' }, 'host'],
    ['with a target for a host that begins alike', { host: 'good', authority: 'good.evil' }, 'target'],
    ['with a host of HTTP/2 that is none', { host: null, authority: 'u@h' }, 'host'],
    ['with a target that is no path', { target: '*' }, 'target'],
    ['with a dot segment', { target: '/x/../metrics' }, 'target'],
    ['with a fragment', { target: '/#x' }, 'target'],
    ['with a fragment in the query', { target: '/?#x' }, 'target'],
    ['with a character that URL parsers encode differently', { target: '/a^b' }, 'target'],
    ['with a Connection that strips a credential', { headers: { connection: 'close, Authorization' } }, 'connection'],
    ['with a Connection that strips a part of the cache key', { headers: { connection: 'accept-language' } }, 'connection'],
    ['with a Connection that strips the address', { headers: { connection: 'x-forwarded-for,close' } }, 'connection'],
    ['with a body of a GET', { headers: { 'content-length': '1' } }, 'body'],
    ['with an address of a proxy that is none', { headers: { 'x-forwarded-for': '198.51.100.9, unknown' } }, 'forwarded'],
    ['with an empty address of a proxy', { headers: { 'x-forwarded-for': '' } }, 'forwarded'],
    ['with a protocol of a proxy that is none', { headers: { 'x-forwarded-proto': 'https, ftp' } }, 'forwarded'],
    ['with a host of a proxy that is none', { headers: { 'x-forwarded-host': 'a.example, b.example' } }, 'forwarded'],
  ])('%s', (_, sent, part) => expect(read(sent).malformed).toBe(part))

  test('and its values are those of the home page, whatever was sent', () => {
    expect(read({ host: 'x?', target: '/queue/event-7', method: 'POST' })).toMatchObject({ path: '/', search: '', method: 'GET' })
  })

  test.each(['close', 'keep-alive', 'Upgrade, HTTP2-Settings', 'close, X-Only-Here'])(
    'but not with Connection: %s',
    (connection) => {
      expect(read({ headers: { connection } }).malformed).toBeNull()
    },
  )
})

describe('whatever is sent', () => {
  const unit = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })
  const piece = fc.oneof(
    fc.constantFrom(
      'checkout',
      'CHECKOUT',
      '..',
      '.',
      '%2e',
      '%63',
      '%2F',
      '%',
      '%zz',
      '//',
      ';x',
      '\\',
      '^',
      '|',
      '{',
      '공',
      '?',
      '#',
      '/',
    ),
    unit('aZ1-._~!$&\'()*+,;=:@/?#[]%"<>^`{|}\\ '),
  )
  const target = fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join('')}`)
  const host = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('shop.example', 'a.b:80', '[::1]:8080') },
    { weight: 1, arbitrary: unit('ax1.-:/?#@[]%\\ ;,') },
  )
  const optional = (value: fc.Arbitrary<string>) => fc.option(value, { nil: undefined })
  const forwarded = fc.record({
    'x-forwarded-host': optional(host),
    'x-forwarded-for': optional(fc.oneof(fc.ipV4(), fc.ipV6(), unit('01.:,[]f x'))),
    'x-forwarded-proto': optional(fc.constantFrom('http', 'https', 'HTTPS', 'ftp', '', 'http,https')),
    connection: optional(fc.constantFrom('close', 'cookie', 'close, x-queue-pass', 'x-mine')),
  }).map((record) =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Record<string, string>
  )
  const sent = fc.record({ host, target, headers: forwarded })
  /** What a site behind the edge gets, read by the URL parser of this runtime. */
  const forward = (client: ReturnType<typeof read>) => {
    const headers = new Map(forwardedHeaders(client, { language: null, room: null, pass: null, isShared: false }))
    const { pathname } = new URL(client.path + client.search, 'http://origin:3000')
    return { pathname, host: headers.get('x-forwarded-host'), address: headers.get('x-forwarded-for') }
  }

  test('the gate, the limits and the site behind the edge read one path, host and address, or the request is refused', () => {
    let accepted = 0
    const property = fc.property(sent, ({ host, target, headers }) => {
      const client = read({ host, target, headers })
      if (client.malformed) return
      accepted++
      expect(client.path + client.search).toBe(target)
      expect(client.host).toBe((headers['x-forwarded-host'] ?? host).trim())
      expect(forward(client)).toEqual({ pathname: client.path, host: client.host, address: client.address })
      // A lenient site decodes the path and drops parameters before it splits it.
      const lenient = client.path.replace(/%(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))).replace(/;[^/]*/g, '')
      expect(lenient.split('/')).toHaveLength(client.path.split('/').length)
      expect(lenient).not.toMatch(/\/\/|\/\.\.?(\/|$)|\\/)
    })
    fc.assert(property, { numRuns: 20_000 })
    expect(accepted, 'the generator makes well-formed requests too').toBeGreaterThan(500)
  })

  test('two requests with one cache key are one request to the site behind the edge', () => {
    const property = fc.property(sent, sent, (one, other) => {
      const [a, b] = [read(one), read(other)]
      if (a.malformed || b.malformed || foreignKeyOf(a) !== foreignKeyOf(b)) return
      expect([a.path, a.search, a.host]).toEqual([b.path, b.search, b.host])
    })
    fc.assert(property, { numRuns: 5_000 })
  })
})

/** Other ways to read a request, and the files of the edge that may use them. */
const OTHER_READINGS: [what: RegExp, mayUse: string[]][] = [
  [/\bc\.req\.(?!param\(|raw\b)\w/, ['edge/contract/problems.ts']],
  [/\bc\.req\.raw\b/, ['edge/contract/problems.ts', 'edge/forward.ts']],
  [/['"]x-forwarded-\w+['"]\)/, ['edge/client-request.ts']],
  [/\.get\(['"]host['"]\)/, ['edge/client-request.ts']],
]

test.each(OTHER_READINGS)('nothing else in the edge reads a request by %s', (what, mayUse) => {
  const sources = readSources(['edge']).filter(({ file }) => !/\.test\.tsx?$/.test(file))
  expect(sources.length).toBeGreaterThan(80)
  expect(sources.filter(({ text }) => what.test(text)).map(({ file }) => file).sort()).toEqual(mayUse)
})
