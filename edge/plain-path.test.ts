import { expect, test } from 'vitest'
import { isPlainPath } from './plain-path.ts'

test('accepts paths as browsers and sites write them', () => {
  const plain = [
    '/',
    '/events/7/booking',
    '/events/7/booking/',
    '/a.b-c_d~e',
    '/.well-known/x',
    '/%EA%B0%80',
    '/a%20b',
    '/a%2Cb',
    '/x;v=1',
    "/a!$&()*+,=:@[]|'",
  ]
  for (const path of plain) expect(isPlainPath(path), path).toBe(true)
})

test('rejects paths that two programs could read differently', () => {
  const tricks = [
    '//',
    '/a//b',
    '/./books',
    '/x/../books',
    '/x/..',
    '/.',
    '/x\\..\\books',
    '/reservation%73',
    '/%61pi',
    '/a%2fb',
    '/a%5Cb',
  ]
  const more = [
    '/%2e%2e/books',
    '/a%00',
    '/a%0d%0a',
    '/a%25%32%66',
    '/a%3bx',
    '/a%',
    '/a%2',
    '/a%zz',
    '/..;/books',
    '/a%7f',
    '/;x/books',
    '/a/;/b',
    '/a#b',
    '/a?b',
    '/a^b',
    '/a{b}',
    '/a"b',
    '/a<b>',
    '/a`b',
    '/공연',
    '/a b',
  ]
  for (const path of [...tricks, ...more]) expect(isPlainPath(path), path).toBe(false)
})
