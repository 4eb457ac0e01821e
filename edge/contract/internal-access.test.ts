import { expect, test } from 'vitest'
import { hasInternalToken, internalToken } from './internal-access.ts'
import { readTokenKeys, signPass } from './tokens.ts'

const [OLD, NEW] = ['an old secret with thirty-two bytes or more', 'a new secret with thirty-two bytes or more']
const keysOf = (setting: string) => readTokenKeys(setting)
const isAccepted = (authorization: string | null, setting: string) =>
  hasInternalToken(new Headers(authorization === null ? {} : { authorization }), keysOf(setting))

test('the internal token is accepted by programs with its secret, also during a rotation', () => {
  const token = `Bearer ${internalToken(keysOf(OLD))}`
  expect(isAccepted(token, OLD)).toBe(true)
  expect(isAccepted(token, `${NEW},${OLD}`)).toBe(true)
  expect(isAccepted(token, NEW)).toBe(false)
  expect(internalToken(keysOf(`${NEW},${OLD}`)), 'the first secret signs').toBe(internalToken(keysOf(NEW)))
})

test.each([
  ['nothing', null],
  ['no token', 'Bearer '],
  ['another scheme', `Basic ${internalToken(keysOf(OLD))}`],
  ['a token of another secret', `Bearer ${internalToken(keysOf(NEW))}`],
  ['a token with a changed signature', `Bearer ${internalToken(keysOf(OLD)).slice(0, -4)}AAAA`],
  ['a pass', `Bearer ${signPass({ id: 'p', room: 'event-1', epoch: 1, expiresAtMs: 9e12, untilMs: 9e12 }, keysOf(OLD))}`],
  ['the secret itself', `Bearer ${OLD}`],
])('%s gives no access', (_, authorization) => expect(isAccepted(authorization, OLD)).toBe(false))
