import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHostCheck } from './host-check.ts'

const isAccepted = createHostCheck()
/** A request as Deno makes it: the URL is the Host header and the target, joined unchecked. */
const receive = (host: string | null, target = '/checkout/pay', authority = host ?? 'localhost:8080') =>
  isAccepted({ url: `http://${authority}${target}`, headers: new Headers(host === null ? {} : { host }) } as Request)

describe('a request is accepted', () => {
  test.each(['shop.example', 'SHOP.example:8080', '127.0.0.1:80', '[::1]:8080', '[2001:db8::1]', 'a_b.example', 'shop.example.'])(
    'with Host %s',
    (host) => expect(receive(host)).toBe(true),
  )
})

test('a request without a Host is accepted by the host of its URL, as HTTP/2 sends it', () => {
  expect(receive(null)).toBe(true)
  for (const authority of ['x?', 'x#', 'u@h', '', 'x:99999']) expect(receive(null, '/', authority)).toBe(false)
})

describe('a request is rejected', () => {
  test.each([
    'x?',
    'x#',
    '/metrics#',
    '/inventory',
    'a/b',
    'u@h',
    'a b',
    'a\\b',
    '',
    '[',
    '%',
    'x:',
    'x:99999',
    'x:-1',
    '256.1.1.1',
    'a..b',
    '.a',
    'a%2fb',
    '[::1',
    '::1',
    '[::g]',
    'a,b',
    `${'a'.repeat(256)}`,
  ])('with Host %j', (host) => expect(receive(host)).toBe(false))

  test('with an absolute-form target for another host', () => expect(receive('good.example', '/', 'evil.example')).toBe(false))
  test('with a host that only begins like the URL', () => expect(receive('good', '/', 'good.evil')).toBe(false))
})

test('every accepted request has the path and the host that were sent', () => {
  const part = fc.string({ unit: fc.constantFrom(...'ax1.:-/?#@[]%\\ ;') })
  fc.assert(
    fc.property(part, part, (host, rest) => {
      const target = `/${rest}`
      if (!receive(host, target)) return
      const url = `http://${host}${target}`
      // The forwarder cuts the path out of the URL in this way.
      const cut = url.slice(url.indexOf('/', url.indexOf('://') + 3))
      expect(cut).toBe(target)
      expect(new URL(url).host.toLowerCase()).toBe(new URL(`http://${host}/`).host)
    }),
    { numRuns: 20_000 },
  )
})
