import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { readAccess, readPass } from './credentials.ts'
import { type Pass, readTokenKeys, signPass } from './tokens.ts'

const keys = readTokenKeys('0123456789abcdef0123456789abcdef')
const NOW_MS = 1_800_000_000_000
const pass: Pass = { id: 'p1', room: 'event-1', epoch: 3, expiresAtMs: NOW_MS + 60_000, untilMs: NOW_MS + 600_000 }
const valid = signPass(pass, keys)
const ofAnotherRoom = signPass({ ...pass, room: 'event-2' }, keys)
const expired = signPass({ ...pass, expiresAtMs: NOW_MS - 60_000 }, keys)

const overHttp = (headers: Record<string, string>) => ({ headers: new Headers(headers), protocol: 'http' as const })
const overTls = (headers: Record<string, string>) => ({ headers: new Headers(headers), protocol: 'https' as const })

const accessOf = (id: number, sid = `s${id}`) =>
  new SignJWT({ nickname: 'fan', role: 'user', sid }).setProtectedHeader({ alg: 'HS256', typ: 'access' }).setSubject(String(id))
    .setExpirationTime(NOW_MS / 1000 + 60).sign(keys.secrets[0])

test.each([
  ['the only cookie', { cookie: `pass-event-1=${valid}` }, 'pass'],
  ['the second of two cookies', { cookie: `pass-event-1=broken; a=b; pass-event-1=${valid}` }, 'pass'],
  ['a cookie after one of another room', { cookie: `pass-event-1=${ofAnotherRoom}; pass-event-1=${valid}` }, 'pass'],
  ['the header, although the cookie is broken', { 'x-queue-pass': valid, cookie: 'pass-event-1=broken' }, 'pass'],
  ['no cookie when the header is broken', { 'x-queue-pass': 'broken', cookie: `pass-event-1=${valid}` }, 'invalid'],
  ['none of another room', { 'x-queue-pass': ofAnotherRoom }, 'invalid'],
  ['none that has expired', { cookie: `pass-event-1=${expired}` }, 'expired'],
  ['none in a cookie whose name only ends alike', { cookie: `other-pass-event-1=${valid}` }, 'missing'],
  ['none when there is none', {}, 'missing'],
])('the pass of a request is %s', (_, headers, kind) => {
  expect(readPass(overHttp(headers as Record<string, string>), 'event-1', keys, NOW_MS).kind).toBe(kind)
})

test('the person of a request is that of the Authorization header, otherwise of the first valid cookie', async () => {
  const [one, two] = await Promise.all([accessOf(1), accessOf(2)])
  const checks = { tokenKeys: keys, revokedSessions: { has: (session: string | null) => session === 'ended' } }
  const idOf = (headers: Record<string, string>) => readAccess(overHttp(headers), checks, NOW_MS)?.id ?? null
  expect(idOf({ authorization: `Bearer ${one}`, cookie: `access=${two}` })).toBe(1)
  expect(idOf({ cookie: `access=broken; access=${two}` })).toBe(2)
  // In the queue, the Authorization header may hold the queue ticket.
  expect(idOf({ authorization: 'Bearer broken', cookie: `access=${two}` })).toBe(2)
  expect(idOf({ cookie: 'access=broken' })).toBeNull()
  expect(idOf({ cookie: `access=${await accessOf(3, 'ended')}` })).toBeNull()
  expect(idOf({ authorization: `Bearer ${await accessOf(3, 'ended')}`, cookie: `access=${two}` })).toBe(2)
})

test('over TLS only the cookies with the prefix are credentials', async () => {
  const [one, two] = await Promise.all([accessOf(1), accessOf(2)])
  const checks = { tokenKeys: keys, revokedSessions: { has: () => false } }
  const idOf = (cookie: string) => readAccess(overTls({ cookie }), checks, NOW_MS)?.id ?? null
  expect(idOf(`access=${one}`)).toBeNull()
  expect(idOf(`access=${one}; __Host-access=${two}`)).toBe(2)
  expect(idOf(`__Host-access=broken; access=${one}`)).toBeNull()
  const passOf = (cookie: string) => readPass(overTls({ cookie }), 'event-1', keys, NOW_MS).kind
  expect(passOf(`pass-event-1=${valid}`)).toBe('missing')
  expect(passOf(`pass-event-1=broken; __Host-pass-event-1=${valid}`)).toBe('pass')
  // The header is no cookie.
  expect(readPass(overTls({ 'x-queue-pass': valid }), 'event-1', keys, NOW_MS).kind).toBe('pass')
  // Browsers send no cookie with the prefix without TLS.
  expect(readPass(overHttp({ cookie: `__Host-pass-event-1=${valid}` }), 'event-1', keys, NOW_MS).kind).toBe('missing')
})
