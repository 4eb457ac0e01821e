import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refreshTokens } from '../db/schema.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { bookingRequest, openSale } from '../test/booking.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { reserve } from './reservations.ts'
import { openSession, renewSession } from './sessions.ts'

const PAGE_CONNECTIONS = 10

let shop: Shop
beforeAll(async () => void (shop = await openShop({ acknowledge: 'mysql', mysqlSlowMs: 900 })))
afterAll(() => shop.close())

async function newSession() {
  const [person] = await shop.addPeople(1)
  return await openSession(shop, Object.assign({ email: 'a@test.example' }, person!))
}
const tokensOf = async (userId: number) =>
  (await shop.db.select({ id: refreshTokens.id }).from(refreshTokens).where(eq(refreshTokens.userId, userId))).length

test('A97: requests that present one refresh token at the same time share its renewal', async () => {
  const session = await newSession()
  const renewals = await Promise.all(Array.from({ length: 60 }, () => shop.renewSession(session.refreshToken, '192.0.2.1')))
  expect(new Set(renewals.map((renewed) => renewed?.refreshToken)).size).toBe(1)
  expect(await tokensOf(session.user.id)).toBe(2)
  expect((await shop.renewSession(renewals[0]!.refreshToken, '192.0.2.1'))?.user.id).toBe(session.user.id)
})

test('A97: an address that renews more sessions than its share is refused, and others are not', async () => {
  const sessions = await Promise.all(Array.from({ length: 30 }, newSession))
  const [other, ...flood] = sessions
  const results = flood.map(({ refreshToken }) => shop.renewSession(refreshToken, '192.0.2.1').catch((error: unknown) => error))
  expect((await shop.renewSession(other!.refreshToken, '192.0.2.2'))?.user.id).toBe(other!.user.id)
  const refused = (await Promise.all(results)).filter(isStoreUnavailable)
  expect(refused.length).toBeGreaterThan(10)
  expect(refused.length).toBeLessThan(flood.length)
})

test('A102: all networks of an IPv6 /48 together have the share of one address', async () => {
  const sessions = await Promise.all(Array.from({ length: 30 }, newSession))
  const [other, ...flood] = sessions
  const results = flood.map(({ refreshToken }, i) =>
    shop.renewSession(refreshToken, `2001:db8:1:${i}::/64`).catch((error: unknown) => error)
  )
  expect((await shop.renewSession(other!.refreshToken, '2001:db8:2:0::/64'))?.user.id).toBe(other!.user.id)
  const refused = (await Promise.all(results)).filter(isStoreUnavailable)
  expect(refused.length).toBeGreaterThan(10)
})

test('A97: pages that use all of their connections delay no booking, and do not look like a lost MySQL', async () => {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10] }, 1)
  await shop.putOnSale(eventId)
  await shop.catalogue.read()
  let isBusy = true
  const pages = Promise.all(Array.from({ length: PAGE_CONNECTIONS * 2 }, async () => {
    while (isBusy) await shop.db.execute(sql`select sleep(1.5)`)
  }))
  const booked = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, {}))
  expect(booked.kind).toBe('reserved')
  expect(shop.mysqlHealth.isAvailable()).toBe(true)
  isBusy = false
  await pages
})

test('a session that is renewed very often keeps a bounded number of tokens', async () => {
  const { user, refreshToken } = await newSession()
  let token = refreshToken
  for (let i = 0; i < 220; i++) token = (await renewSession(shop, token))!.refreshToken
  expect(await tokensOf(user.id)).toBeLessThanOrEqual(201)
  expect(await renewSession(shop, refreshToken)).toBeNull()
  expect(await renewSession(shop, token)).not.toBeNull()
})
