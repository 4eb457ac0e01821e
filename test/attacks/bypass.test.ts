import { SignJWT } from 'jose'
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTokenKeys, signPass } from '../../edge/contract/tokens.ts'
import { isPlainPath } from '../../edge/plain-path.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { operatorHeaders, tokenKeys } from '../shop.ts'
import { openShopTarget, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
beforeAll(async () => {
  shop = await openShopTarget()
})
afterAll(() => shop.close())

test('A34, A38: the origin, requested directly, rejects a booking without a pass that was signed for this room', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const { 'x-queue-pass': pass, ...login } = await shop.insider(person!, eventId)
  const inTenMinutesMs = Date.now() + 600_000
  const otherKey = signPass(
    { id: randomUUID(), room: `event-${eventId}`, epoch: 1, expiresAtMs: inTenMinutesMs, untilMs: inTenMinutesMs },
    readTokenKeys(randomBytes(32).toString('hex')),
  )
  const headersOfTheEdge = {
    'x-request-id': randomUUID(),
    'x-queue-command': 'end-pass',
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    'x-forwarded-host': 'localhost',
    'x-internal': '1',
  }
  const book = (more: Record<string, string>) => shop.book(eventId, ticketTypeIds, { ...login, ...more }, shop.originUrl)
  expect(await book({})).toMatchObject({ status: 403, code: 'pass_required' })
  expect(await book(headersOfTheEdge)).toMatchObject({ status: 403, code: 'pass_required' })
  expect(await book({ ...headersOfTheEdge, 'x-queue-pass': otherKey })).toMatchObject({ status: 403, code: 'pass_invalid' })
  expect(await book({ 'x-queue-pass': (await shop.join(eventId)).ticket })).toMatchObject({ status: 403 })
  const page = await shop.request('GET', `/events/${eventId}/booking`, { at: shop.originUrl, headers: login })
  expect(page).toMatchObject({ status: 403, code: 'pass_required' })
  expect((await book({ 'x-queue-pass': pass })).status).toBe(201)
})

test('A34: the origin, requested directly, rejects a pass of an earlier epoch of its room', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const { 'x-queue-pass': _, ...login } = await shop.insider(person!, eventId)
  const { epoch } = await shop.snapshotOf(eventId)
  const passOf = (epochOfPass: number) => {
    const untilMs = Date.now() + 600_000
    return signPass({ id: randomUUID(), room: `event-${eventId}`, epoch: epochOfPass, expiresAtMs: untilMs, untilMs }, tokenKeys)
  }
  const book = (pass: string) => shop.book(eventId, ticketTypeIds, { ...login, 'x-queue-pass': pass }, shop.originUrl)
  expect(await book(passOf(epoch - 1))).toMatchObject({ status: 403, code: 'pass_invalid' })
  expect((await book(passOf(epoch))).status).toBe(201)
})

describe('what admins and operators may do', () => {
  const SEAT_ACTIONS = ['load', 'audit', 'repair', 'unload']

  test('A41, A42: the seat routes reject visitors, users and forged admins, at the edge and at the origin', async () => {
    const { eventId } = await shop.shop.addSale()
    const [person] = await shop.shop.addPeople(1)
    const user = (await shop.insider(person!, eventId)).authorization
    const admin = (await shop.insider({ ...person!, role: 'owner' }, eventId)).authorization
    const { otherKey, unsigned } = await forgeAdmin(person!.id)
    const routes = [
      { method: 'GET', path: '/api/admin/seats' },
      ...SEAT_ACTIONS.map((action) => ({ method: 'POST', path: `/api/admin/events/${eventId}/seats/${action}` })),
    ]
    for (const { method, path } of routes) {
      for (const at of [shop.edgeUrl, shop.originUrl]) {
        const body = method === 'POST' ? { body: '{"reason":"a check"}' } : {}
        const statusFor = async (headers: Record<string, string>) => {
          const sent = { ...shop.newVisitor(), 'content-type': 'application/json', ...headers }
          return (await shop.request(method, path, { at, headers: sent, ...body })).status
        }
        expect(await statusFor({})).toBe(401)
        expect(await statusFor({ authorization: `Bearer ${otherKey}` })).toBe(401)
        expect(await statusFor({ authorization: `Bearer ${unsigned}` })).toBe(401)
        expect(await statusFor({ cookie: `access=${unsigned}` })).toBe(401)
        expect(await statusFor({ authorization: user, 'x-admin': '1', 'x-role': 'owner' })).toBe(403)
        expect(await statusFor({ authorization: admin })).toBe(path.endsWith('/unload') ? 204 : 200)
      }
    }
  })

  test.each([
    '/metrics',
    '/inventory',
    '/METRICS',
    '/metrics/',
    '//metrics',
    '/./inventory',
    '/x/../inventory',
    '/%6detrics',
    '/%69nventory',
    '/inventor%79',
    '/inventory%2f',
    '/inventory;x',
    '/inventory?x',
    '/inventory#x',
    '/x\\..\\inventory',
    'http://127.0.0.1/inventory',
    '/request-batches',
    '/%72equest-batches',
    '/x/../request-batches',
  ])('A41: %s is not reachable through the edge', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const head = `${method} ${target} HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
      // 400: two programs could read the path differently, or the target names another host than the Host header.
      const isMalformed = target.startsWith('http:') || !isPlainPath(target.split('?', 1)[0]!)
      expect(statusOf(await sendRaw(shop.edgeUrl, head)), method).toBe(isMalformed ? 400 : 404)
    }
  })

  test('A41: operators read them at the origin (negative control)', async () => {
    for (const path of ['/metrics', '/inventory']) {
      expect((await shop.request('GET', path, { at: shop.originUrl, headers: operatorHeaders })).status, path).toBe(200)
    }
  })
})

/** Access tokens of an admin, one signed with another key and one not signed. */
async function forgeAdmin(id: number): Promise<{ otherKey: string; unsigned: string }> {
  const claims = { sub: String(id), nickname: 'admin', role: 'owner', exp: Math.floor(Date.now() / 1000) + 600 }
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return {
    otherKey: await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'access' })
      .sign(readTokenKeys(randomBytes(32).toString('hex')).secrets[0]),
    unsigned: `${encode({ alg: 'none', typ: 'access' })}.${encode(claims)}.`,
  }
}
