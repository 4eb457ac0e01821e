import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import { startFakeAutoScaling } from '../test/auto-scaling.ts'
import { openShop, type Shop, TOKEN_SECRET } from '../test/shop.ts'
import { end, startProgram } from '../test/site.ts'
import { type FleetPlan, followOpenings, openFleetPlan } from './fleet.ts'

const MINUTE = 60_000
const LONG = { timeout: 60_000 }
/** Far from the opening times of other events. */
const NOW = Date.UTC(2035, 0, 1, 9)
const PLAN: FleetPlan = {
  groups: [{ name: 'shop-edge', idle: 2, sale: 10 }, { name: 'shop-origin', idle: 2, sale: 6 }],
  times: { leadMs: 30 * MINUTE, holdMs: 60 * MINUTE },
}

let shop: Shop
let aws: Awaited<ReturnType<typeof startFakeAutoScaling>>
let logged: { event: string; facts: object }[]
const clock = { nowMs: NOW }

beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  aws = await startFakeAutoScaling(clock)
})
afterAll(async () => {
  aws.close()
  await shop.close()
})
beforeEach(async () => {
  await shop.db.update(events).set({ published: false }).where(eq(events.venue, 'fleet'))
  aws.groups = new Map(PLAN.groups.map(({ name, idle }) => [name, { minSize: idle, maxSize: 20, actions: new Map() }]))
  aws.behaviour = 'normal'
  logged = []
  clock.nowMs = NOW
})

const parts = () => ({
  ...shop,
  scaling: aws.scaling,
  now: () => new Date(clock.nowMs),
  log: (event: string, facts: object = {}) => void logged.push({ event, facts }),
})
const follow = () => followOpenings(parts(), PLAN)
const planOf = (name: string) => [...aws.groups.get(name)!.actions.values()].map(({ at, minSize }) => `${at} ${minSize}`).sort()
const publish = async (minutes: number) => {
  const { eventId } = await shop.addSale()
  const opensAt = new Date(NOW + minutes * MINUTE)
  const later = new Date(opensAt.getTime() + 24 * 60 * MINUTE)
  await shop.db.update(events).set({ opensAt, closesAt: later, startsAt: later, venue: 'fleet', published: true }).where(
    eq(events.id, eventId),
  )
  return eventId
}

test('the plans of the fleets follow an event that is published, moved and withdrawn', async () => {
  const eventId = await publish(120)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:30:00.000Z 10', '2035-01-01T12:00:00.000Z 2'])
  expect(planOf('shop-origin')).toEqual(['2035-01-01T10:30:00.000Z 6', '2035-01-01T12:00:00.000Z 2'])

  await shop.db.update(events).set({ opensAt: new Date(NOW + 180 * MINUTE) }).where(eq(events.id, eventId))
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T11:30:00.000Z 10', '2035-01-01T13:00:00.000Z 2'])

  await publish(200)
  await Promise.all([follow(), follow()])
  expect(planOf('shop-edge')).toEqual(['2035-01-01T11:30:00.000Z 10', '2035-01-01T13:20:00.000Z 2'])

  await shop.db.update(events).set({ published: false }).where(eq(events.venue, 'fleet'))
  await follow()
  expect([planOf('shop-edge'), planOf('shop-origin')]).toEqual([[], []])
  expect(logged.filter(({ event }) => event === 'fleet_failed')).toEqual([])
})

test('nothing is planned unless followOpenings() runs (negative control)', async () => {
  await publish(120)
  expect(planOf('shop-edge')).toEqual([])
})

test('an opening in five minutes grows the fleets immediately', async () => {
  await publish(5)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T09:02:00.000Z 10', '2035-01-01T10:05:00.000Z 2'])
  clock.nowMs = NOW + MINUTE
  await follow()
  aws.runActions()
  clock.nowMs = NOW + 3 * MINUTE
  aws.runActions()
  expect(aws.groups.get('shop-edge')!.minSize).toBe(10)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:05:00.000Z 2'])
})

test('foreign actions stay unchanged, and ours move to the next minute', async () => {
  const planned = { name: 'planned-20350101T1030Z', at: '2035-01-01T10:30:00.000Z', minSize: 8 }
  aws.groups.get('shop-edge')!.actions.set(planned.name, planned)
  await publish(120)
  await follow()
  await follow()
  expect(planOf('shop-edge')).toEqual([
    '2035-01-01T10:30:00.000Z 8',
    '2035-01-01T10:31:00.000Z 10',
    '2035-01-01T12:00:00.000Z 2',
  ])
})

test('all pages of actions are read', async () => {
  const { actions } = aws.groups.get('shop-edge')!
  for (let i = 0; i < 110; i++) {
    const at = new Date(NOW + (10_000 + i) * MINUTE).toISOString()
    actions.set(`other-${i}`, { name: `other-${i}`, at, minSize: 2 })
  }
  actions.set('opening-20350201T0000Z', { name: 'opening-20350201T0000Z', at: '2035-02-01T00:00:00.000Z', minSize: 10 })
  await follow()
  expect(actions.size).toBe(110)
})

test('an action that AWS rejects is logged', async () => {
  const { actions } = aws.groups.get('shop-edge')!
  for (let i = 0; i < 125; i++) {
    actions.set(`other-${i}`, { name: `other-${i}`, at: new Date(NOW + (20_000 + i) * MINUTE).toISOString(), minSize: 2 })
  }
  await publish(120)
  await follow()
  expect(logged).toContainEqual({
    event: 'fleet_failed',
    facts: { group: 'shop-edge', action: 'opening-20350101T1030Z', error: 'A group takes 125 scheduled actions' },
  })
  expect(planOf('shop-origin')).toHaveLength(2)
})

test('a missing group and a group with a lower maximum are logged, and do not keep other groups from growing', async () => {
  aws.groups.delete('shop-edge')
  aws.groups.get('shop-origin')!.maxSize = 4
  await publish(120)
  await follow()
  expect(logged).toContainEqual({
    event: 'fleet_failed',
    facts: expect.objectContaining({ group: 'shop-edge', error: 'There is no Auto Scaling group shop-edge' }),
  })
  expect(logged).toContainEqual({
    event: 'fleet_failed',
    facts: { group: 'shop-origin', error: 'The group has a maximum of 4 machines' },
  })
  expect(planOf('shop-origin')).toEqual(['2035-01-01T10:30:00.000Z 4', '2035-01-01T12:00:00.000Z 2'])
})

test('an action that is due stays, because AWS may run it late', async () => {
  await publish(120)
  await follow()
  clock.nowMs = NOW + 90 * MINUTE + 40_000
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:30:00.000Z 10', '2035-01-01T12:00:00.000Z 2'])
  aws.runActions()
  expect(aws.groups.get('shop-edge')!.minSize).toBe(10)
  clock.nowMs = NOW + 180 * MINUTE + 40_000
  await follow()
  aws.runActions()
  expect(aws.groups.get('shop-edge')!.minSize).toBe(2)
})

test('the fleets shrink immediately if an event is deleted after they have grown', async () => {
  const eventId = await publish(120)
  await follow()
  clock.nowMs = NOW + 100 * MINUTE
  aws.runActions()
  await shop.db.delete(ledgers).where(eq(ledgers.eventId, eventId))
  await shop.db.delete(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  await shop.db.delete(events).where(eq(events.id, eventId))
  await follow()
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:42:00.000Z 2'])
  clock.nowMs += 3 * MINUTE
  aws.runActions()
  await follow()
  expect([aws.groups.get('shop-edge')!.minSize, planOf('shop-edge')]).toEqual([2, []])
})

test('a fleet that was scaled by hand keeps its size', async () => {
  aws.groups.get('shop-edge')!.minSize = 8
  await publish(120)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:30:00.000Z 10', '2035-01-01T12:00:00.000Z 2'])
})

test('a failed call is repeated, and a call without a response times out', async () => {
  await publish(120)
  const failures = () => logged.filter(({ event }) => event === 'fleet_failed').length
  aws.behaviour = 'failing'
  const plan = openFleetPlan(parts(), PLAN, { everyMs: 10, timeoutMs: 100 })
  await expect.poll(failures, LONG).toBeGreaterThan(2)
  aws.behaviour = 'silent'
  const before = failures()
  await expect.poll(failures, LONG).toBeGreaterThan(before + 2)
  aws.behaviour = 'normal'
  await expect.poll(() => planOf('shop-edge'), LONG).toHaveLength(2)
  await plan.close()
})

test('close() does not wait for AWS', async () => {
  aws.behaviour = 'silent'
  const requested = aws.nextRequest()
  const plan = openFleetPlan(parts(), PLAN, { timeoutMs: 60_000 })
  await requested
  await plan.close()
  expect(logged).toEqual([])
})

test('the origin program follows openings, given only its settings', async () => {
  const { eventId } = await shop.addSale({ opensInMs: 120 * MINUTE })
  clock.nowMs = Date.now()
  const url = `http://127.0.0.1:${await freePort()}`
  const origin = await startProgram('origin', url, {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TOKEN_SECRET,
    REDIS_URL: shop.redisUrl,
    MYSQL_URL: shop.mysqlUrl,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_AUTO_SCALING: aws.url,
    FLEET_GROUPS: 'shop-edge:2:7',
    FLEET_LEAD_MINUTES: '20',
    FLEET_HOLD_MINUTES: '40',
  })
  try {
    await expect.poll(() => planOf('shop-edge'), LONG).toHaveLength(2)
  } finally {
    await end(origin, 'SIGTERM')
  }
  const [event] = await shop.db.select().from(events).where(eq(events.id, eventId))
  const at = (minutes: number) => new Date(Math.floor(event!.opensAt.getTime() / MINUTE + minutes) * MINUTE).toISOString()
  expect(planOf('shop-edge')).toEqual([`${at(-21)} 7`, `${at(41)} 2`])
  expect(planOf('shop-origin')).toEqual([])
})
