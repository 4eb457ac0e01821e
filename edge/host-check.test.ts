import { describe, expect, test } from 'vitest'
import { createHostCheck } from './host-check.ts'

const isHost = createHostCheck()

describe('a host is', () => {
  test.each(['shop.example', 'SHOP.example:8080', '127.0.0.1:80', '[::1]:8080', '[2001:db8::1]', 'a_b.example', 'shop.example.'])(
    'accepted: %s',
    (host) => expect(isHost(host)).toBe(true),
  )

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
  ])('refused: %j', (host) => expect(isHost(host)).toBe(false))
})
