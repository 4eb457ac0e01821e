import { jwtVerify, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { LEEWAY_SECONDS, type Pass, readTokenKeys, signPass, signQueueTicket, verifyPass, verifyQueueTicket } from './tokens.ts'

const keys = readTokenKeys('0123456789abcdef0123456789abcdef')
const NOW_MS = 1_800_000_000_000
const pass: Pass = { id: 'p1', room: 'event-1', epoch: 3, expiresAtMs: NOW_MS + 60_000, untilMs: NOW_MS + 600_000 }
const ticket = { room: 'event-1', epoch: 3, index: 41, visitor: 'v1' }

test('a pass and a queue ticket return the claims that were signed', () => {
  expect(verifyPass(signPass(pass, keys), keys, NOW_MS)).toEqual({ kind: 'pass', ...pass })
  expect(verifyQueueTicket(signQueueTicket(ticket, keys), keys)).toEqual({ kind: 'ticket', ...ticket })
})

test('a queue ticket has an index that a room can keep', () => {
  const kindOf = (index: number) => verifyQueueTicket(signQueueTicket({ ...ticket, index }, keys), keys).kind
  expect([0, 2 ** 32 - 1].map(kindOf)).toEqual(['ticket', 'ticket'])
  expect([-1, 0.5, 2 ** 32, Number.MAX_SAFE_INTEGER].map(kindOf)).toEqual(Array(4).fill('invalid'))
})

test('a pass is a JSON Web Token that jose verifies and signs identically', async () => {
  const options = { algorithms: ['HS256'], typ: 'pass', currentDate: new Date(NOW_MS) }
  const { payload, protectedHeader } = await jwtVerify(signPass(pass, keys), keys.secrets[0], options)
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'pass' })
  const copy = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(keys.secrets[0])
  expect(verifyPass(copy, keys, NOW_MS)).toEqual({ kind: 'pass', ...pass })
  expect(copy).toBe(signPass(pass, keys))
})

test.each([32, 63, 64, 65, 200])('accepts a secret of %i bytes, and claims beyond ASCII', async (bytes) => {
  const own = readTokenKeys('k'.repeat(bytes))
  const odd = { ...pass, id: '입장-'.repeat(40) }
  const { payload } = await jwtVerify(signPass(odd, own), own.secrets[0], {
    algorithms: ['HS256'],
    currentDate: new Date(NOW_MS),
  })
  expect(payload.jti).toBe(odd.id)
  expect(verifyPass(signPass(odd, own), own, NOW_MS)).toEqual({ kind: 'pass', ...odd })
  expect(verifyPass(signPass(odd, own), keys, NOW_MS).kind).toBe('invalid')
})

test('verifyPass() rejects an expired pass, with leeway for clocks that differ', () => {
  const token = signPass(pass, keys)
  expect((verifyPass(token, keys, pass.expiresAtMs + (LEEWAY_SECONDS - 1) * 1000)).kind).toBe('pass')
  expect((verifyPass(token, keys, pass.expiresAtMs + (LEEWAY_SECONDS + 1) * 1000)).kind).toBe('expired')
})

test('verifyPass() rejects a token that is missing, altered, unsigned, or of another secret or type', () => {
  const token = signPass(pass, keys)
  const [head, body, signature] = token.split('.')
  const unsigned = `${btoa(JSON.stringify({ alg: 'none', typ: 'pass' })).replaceAll('=', '')}.${body}.`
  const [spare] = ['B', 'C'].map((last) => `${token.slice(0, -1)}${last}`).filter((other) => other !== token)
  const others = readTokenKeys('ffffffffffffffffffffffffffffffff')
  expect(verifyPass(undefined, keys, NOW_MS).kind).toBe('missing')
  expect(verifyPass(`${head}.${body}x.${signature}`, keys, NOW_MS).kind).toBe('invalid')
  expect(verifyPass(signPass(pass, others), keys, NOW_MS).kind).toBe('invalid')
  expect(verifyPass(signQueueTicket(ticket, keys), keys, NOW_MS).kind).toBe('invalid')
  expect(verifyPass(unsigned, keys, NOW_MS).kind).toBe('invalid')
  expect(verifyPass('a'.repeat(5_000), keys, NOW_MS).kind).toBe('invalid')
  expect(verifyPass(spare, keys, NOW_MS).kind, 'a signature that differs only in bits that base64 decoders ignore').toBe(
    'invalid',
  )
  for (const odd of ['', '.', '..', head!, `${head}.`, `${head}..`, `${head}.${body}`, `${head}.${body}.`]) {
    expect(['missing', 'invalid'], odd).toContain(verifyPass(odd, keys, NOW_MS).kind)
  }
})

test('verifyPass() rejects a pass without expiry, or with claims of another shape', async () => {
  const forged = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'pass' }).sign(keys.secrets[0])
  expect(verifyPass(await forged({ jti: 'p1', room: 'event-1', epoch: 3, until: NOW_MS }), keys, NOW_MS).kind).toBe(
    'invalid',
  )
  expect(verifyPass(await forged({ exp: NOW_MS / 1000 + 60 }), keys, NOW_MS).kind).toBe('invalid')
  const until = (seconds: number) => forged({ jti: 'p1', room: 'event-1', epoch: 3, exp: NOW_MS / 1000 + 60, until: seconds })
  expect(verifyPass(await until(8.64e12), keys, NOW_MS).kind).toBe('pass')
  expect(verifyPass(await until(8.64e12 + 1), keys, NOW_MS).kind, 'a time that no Date has').toBe('invalid')
})

test('tokens of the previous secret remain valid after a rotation', () => {
  const changed = readTokenKeys('ffffffffffffffffffffffffffffffff, 0123456789abcdef0123456789abcdef')
  expect(verifyPass(signPass(pass, keys), changed, NOW_MS).kind).toBe('pass')
  expect(verifyPass(signPass(pass, changed), keys, NOW_MS).kind).toBe('invalid')
})

test('readTokenKeys() rejects a short secret', () => {
  expect(() => readTokenKeys('short')).toThrow(RangeError)
})
