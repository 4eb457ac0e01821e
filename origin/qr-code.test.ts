import decodeQR from 'qr/decode.js'
import { expect, test } from 'vitest'
import { drawQrCode, type QrCode } from './qr-code.ts'

const SCALE = 4
const QUIET = 4

/** The pixels of a code, with the light margin around it. */
function paint({ size, path }: QrCode) {
  const side = (size + 2 * QUIET) * SCALE
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = 0; row < SCALE; row++) {
      const start = ((Number(y) + QUIET) * SCALE + row) * side + (Number(x) + QUIET) * SCALE
      for (let pixel = start; pixel < start + Number(width) * SCALE; pixel++) data.fill(0, pixel * 4, pixel * 4 + 3)
    }
  }
  return { width: side, height: side, data }
}

test.each([
  ['a signed ticket', 'eyJhbGciOiJFZERTQSJ9.'.padEnd(197, 'aB3-_x')],
  ['an address for an authenticator app', 'otpauth://totp/NETicket:%EC%9A%B4?secret=JBSWY3DPEHPK3PXP&issuer=NETicket'],
])('the code of %s can be read', (_, text) => {
  const code = drawQrCode(text)
  expect(code.path.replace(/M\d+ \d+h\d+v1h-\d+z/g, '')).toBe('')
  expect(decodeQR(paint(code))).toBe(text)
})
