import { CompactSign, jwtVerify, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createHs256 } from './hs256.ts'

const secret = (letter: string) => new TextEncoder().encode(letter.repeat(32))
const hs256 = createHs256([secret('a')])
const CLAIMS = { sub: '7', name: '입장' }

test('signs tokens that jose verifies', async () => {
  const { payload, protectedHeader } = await jwtVerify(hs256.sign('pass', CLAIMS), secret('a'), {
    algorithms: ['HS256'],
    typ: 'pass',
  })
  expect(payload).toEqual(CLAIMS)
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'pass' })
})

test('verifies tokens that jose signs, and signs the same bytes', async () => {
  const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(secret('a'))
  expect(hs256.verify('pass', token)).toEqual({ kind: 'verified', payload: CLAIMS })
  expect(hs256.sign('pass', CLAIMS)).toBe(token)
})

test('rejects a header that jose accepts if it is not exactly the expected one', async () => {
  for (const header of [{ typ: 'pass', alg: 'HS256' }, { alg: 'HS256', typ: 'pass', kid: '1' }, { alg: 'HS256' }]) {
    const token = await new SignJWT(CLAIMS).setProtectedHeader(header).sign(secret('a'))
    await expect(jwtVerify(token, secret('a'))).resolves.toBeDefined()
    expect(hs256.verify('pass', token)).toEqual({ kind: 'invalid' })
  }
  const hs512 = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS512', typ: 'pass' }).sign(secret('a').fill(1))
  expect(hs256.verify('pass', hs512)).toEqual({ kind: 'invalid' })
})

test('rejects a token of another type', () => {
  expect(hs256.verify('ticket', hs256.sign('pass', CLAIMS))).toEqual({ kind: 'invalid' })
})

test('verifies with every secret and signs with the first', () => {
  const rotated = createHs256([secret('b'), secret('a')])
  expect(rotated.verify('pass', hs256.sign('pass', CLAIMS)).kind).toBe('verified')
  expect(hs256.verify('pass', rotated.sign('pass', CLAIMS)).kind).toBe('invalid')
})

test('verifies the signature of a payload that is not JSON, and returns no claims', async () => {
  const token = await new CompactSign(new TextEncoder().encode('{')).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(
    secret('a'),
  )
  expect(hs256.verify('pass', token)).toEqual({ kind: 'verified', payload: undefined })
})

test('neither signs nor verifies a token over 2,048 characters', async () => {
  expect(() => hs256.sign('pass', { sub: 'x'.repeat(1_600) })).toThrow(RangeError)
  expect(() => hs256.sign('pass', { sub: 'x'.repeat(10_000) })).toThrow(RangeError)
  const long = await new SignJWT({ sub: 'x'.repeat(1_600) }).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(secret('a'))
  expect(hs256.verify('pass', long)).toEqual({ kind: 'invalid' })
})
