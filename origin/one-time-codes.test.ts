import { expect, test } from 'vitest'
import { codeAt, describeSecret, hashRecoveryCode, newRecoveryCode, newSecret, stepOfCode } from './one-time-codes.ts'

/** The secret of RFC 6238, appendix B; its codes have eight digits, of which an app with six shows the last. */
const RFC_SECRET = Buffer.from('12345678901234567890')

test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('at %i s the code is that of RFC 6238, and belongs to its step', (seconds, code) => {
  expect(codeAt(RFC_SECRET, seconds * 1000)).toBe(code.slice(2))
  expect(stepOfCode(RFC_SECRET, code.slice(2), seconds * 1000)).toBe(Math.floor(seconds / 30))
})

test('a code of the step before or after is accepted as that step’s, and no other', () => {
  const nowMs = 1_111_111_111_000
  const step = Math.floor(nowMs / 30_000)
  const results = [-2, -1, 0, 1, 2].map((steps) => stepOfCode(RFC_SECRET, codeAt(RFC_SECRET, nowMs + steps * 30_000), nowMs))
  expect(results).toEqual([null, step - 1, step, step + 1, null])
})

test.each(['', '14050', '1405047', '05047１', ' 050471', 'abcdef', '-50471', '5e4710'])('%j is no code', (code) => {
  expect(stepOfCode(RFC_SECRET, code, 1_111_111_111_000)).toBeNull()
})

test('a secret has 160 random bits, and an address that apps read', () => {
  const secret = newSecret()
  expect(secret).toHaveLength(20)
  expect(newSecret().equals(secret)).toBe(false)
  const { text, uri } = describeSecret(RFC_SECRET, '관리자')
  expect(text).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  const { protocol, host, searchParams } = new URL(uri)
  expect([protocol, host]).toEqual(['otpauth:', 'totp'])
  expect(Object.fromEntries(searchParams)).toEqual({
    issuer: 'NETicket',
    secret: text,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})

test('a recovery code has 80 random bits, and is the same however it is typed', () => {
  const code = newRecoveryCode()
  expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/)
  expect(newRecoveryCode()).not.toBe(code)
  const hash = hashRecoveryCode(code)!
  expect(hash).toHaveLength(32)
  for (const typed of [code.toLowerCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')} `]) {
    expect(hashRecoveryCode(typed)?.equals(hash)).toBe(true)
  }
  for (const other of ['', '123456', `${code}A`, code.slice(1), code.replace(/^./, '1')]) {
    expect(hashRecoveryCode(other)).toBeNull()
  }
})
