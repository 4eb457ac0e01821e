import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createHmacSha256, createNativeHmac, createTwoHashHmac } from './hmac-sha256.ts'

/** RFC 4231, test cases 1, 2, 6 and 7. Cases 3 and 4 have messages that are not UTF-8; case 5 has a truncated result. */
const RFC_4231 = [
  { case: 1, key: '0b'.repeat(20), text: 'Hi There', hmac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7' },
  {
    case: 2,
    key: Buffer.from('Jefe').toString('hex'),
    text: 'what do ya want for nothing?',
    hmac: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    case: 6,
    key: 'aa'.repeat(131),
    text: 'Test Using Larger Than Block-Size Key - Hash Key First',
    hmac: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  },
  {
    case: 7,
    key: 'aa'.repeat(131),
    text: 'This is a test using a larger than block-size key and a larger than block-size data. ' +
      'The key needs to be hashed before being used by the HMAC algorithm.',
    hmac: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  },
]

describe.each([
  ['createHmacSha256()', createHmacSha256],
  ['createNativeHmac()', createNativeHmac],
  ['createTwoHashHmac()', createTwoHashHmac],
])('%s', (_, create) => {
  test.each(RFC_4231)('computes case $case of RFC 4231', ({ key, text, hmac }) => {
    expect(create(Buffer.from(key, 'hex'), 200)(text)).toBe(Buffer.from(hmac, 'hex').toString('base64url'))
  })

  test('computes the HMAC of texts of any length and alphabet with secrets around the block size', () => {
    for (const bytes of [1, 32, 63, 64, 65, 200]) {
      const secret = new Uint8Array(bytes).fill(7)
      const hmacOf = create(secret, 300)
      // The reused buffer must not add the end of a longer text to a later, shorter one.
      for (const text of ['입장-'.repeat(100), '', 'a', '🎫'.repeat(150), 'z'.repeat(300), 'b']) {
        expect(hmacOf(text)).toBe(createHmac('sha256', secret).update(text).digest('base64url'))
      }
    }
  })

  test('rejects a text that is too long', () => {
    expect(() => create(new Uint8Array(32), 300)('z'.repeat(301))).toThrow(RangeError)
  })
})
