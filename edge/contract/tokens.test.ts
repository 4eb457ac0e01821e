import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { LEEWAY_SECONDS, type Pass, readTokenKeys, signPass, signTicket, verifyPass, verifyTicket } from './tokens.ts'

const keys = readTokenKeys('0123456789abcdef0123456789abcdef')
const NOW_MS = 1_800_000_000_000
const pass: Pass = { id: 'p1', room: 'event-1', epoch: 3, expiresAtMs: NOW_MS + 60_000, untilMs: NOW_MS + 600_000 }
const ticket = { room: 'event-1', epoch: 3, index: 41, visitor: 'v1' }

test('a pass and a ticket say what was signed', async () => {
  expect(await verifyPass(await signPass(pass, keys), keys, NOW_MS)).toEqual({ kind: 'pass', ...pass })
  expect(await verifyTicket(await signTicket(ticket, keys), keys)).toEqual({ kind: 'ticket', ...ticket })
})

test('verifyPass() refuses an expired pass, with leeway for clocks', async () => {
  const token = await signPass(pass, keys)
  expect((await verifyPass(token, keys, pass.expiresAtMs + (LEEWAY_SECONDS - 1) * 1000)).kind).toBe('pass')
  expect((await verifyPass(token, keys, pass.expiresAtMs + (LEEWAY_SECONDS + 1) * 1000)).kind).toBe('expired')
})

test('verifyPass() refuses what is missing, changed, of another secret, of another kind, or not signed', async () => {
  const token = await signPass(pass, keys)
  const [head, body, signature] = token.split('.')
  const unsigned = `${btoa(JSON.stringify({ alg: 'none', typ: 'pass' })).replaceAll('=', '')}.${body}.`
  const others = readTokenKeys('ffffffffffffffffffffffffffffffff')
  expect((await verifyPass(undefined, keys, NOW_MS)).kind).toBe('missing')
  expect((await verifyPass(`${head}.${body}x.${signature}`, keys, NOW_MS)).kind).toBe('invalid')
  expect((await verifyPass(await signPass(pass, others), keys, NOW_MS)).kind).toBe('invalid')
  expect((await verifyPass(await signTicket(ticket, keys), keys, NOW_MS)).kind).toBe('invalid')
  expect((await verifyPass(unsigned, keys, NOW_MS)).kind).toBe('invalid')
  expect((await verifyPass('a'.repeat(5_000), keys, NOW_MS)).kind).toBe('invalid')
})

test('verifyPass() refuses a pass without an end, or with claims of another shape', async () => {
  const forged = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(keys[0])
  expect((await verifyPass(await forged({ jti: 'p1', room: 'event-1', epoch: 3, until: NOW_MS }), keys, NOW_MS)).kind).toBe(
    'invalid',
  )
  expect((await verifyPass(await forged({ exp: NOW_MS / 1000 + 60 }), keys, NOW_MS)).kind).toBe('invalid')
})

test('tokens of the former secret are verified after a change of secrets', async () => {
  const changed = readTokenKeys('ffffffffffffffffffffffffffffffff, 0123456789abcdef0123456789abcdef')
  expect((await verifyPass(await signPass(pass, keys), changed, NOW_MS)).kind).toBe('pass')
  expect((await verifyPass(await signPass(pass, changed), keys, NOW_MS)).kind).toBe('invalid')
})

test('readTokenKeys() refuses a short secret', () => {
  expect(() => readTokenKeys('short')).toThrow(RangeError)
})
