import { afterAll, beforeAll, expect, test } from 'vitest'
import { signAccess } from '../../origin/sessions.ts'
import { tokenKeys } from '../shop.ts'
import { DEFAULT_ROOMS } from '../site.ts'
import { until } from '../until.ts'
import { inBatches, openShopTarget, type ShopTarget } from './shop-target.ts'

/** Positions that each account may give up at once. */
const LEAVES = 5
const ATTACKERS = 24

let shop: ShopTarget
beforeAll(async () => {
  // A position every five seconds: a queue that paid for 120 given-up ones would take ten minutes.
  shop = await openShopTarget({ settings: Object.assign({ ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '12' }, DEFAULT_ROOMS) })
})
afterAll(() => shop.close())

test('A90: accounts that join and leave in front of a visitor do not delay the visitor’s turn', async () => {
  const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
  await shop.snapshotOf(eventId)
  const path = `/queue/event-${eventId}/tickets`
  const people = await shop.shop.addPeople(ATTACKERS + 1)
  const [honest, ...attackers] = await Promise.all(
    people.map(async (person) => `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, person)}`),
  )
  const join = (authorization: string) => shop.request('POST', path, { headers: { ...shop.newVisitor(), authorization } })
  for (let i = 0; i < LEAVES; i++) {
    const left = await inBatches(attackers, async (authorization) => {
      const { body } = await join(authorization)
      return await shop.request('DELETE', path, { headers: shop.withTicket(body.ticket) })
    })
    expect(new Set(left.map(({ status }) => status))).toEqual(new Set([204]))
  }
  const { body: { ticket, index } } = await join(honest!)
  expect(index).toBe(ATTACKERS * LEAVES)
  await shop.shop.openSale(eventId)
  await until(async () => (await shop.snapshotOf(eventId)).phase === 'open')
  await until(async () => (await shop.claim(eventId, ticket)).status === 201)
})
