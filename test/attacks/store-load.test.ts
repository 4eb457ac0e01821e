import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS } from '../../edge/limits.ts'
import { sendRaw, statusOf } from '../raw-http.ts'
import { ownRedis } from '../shop.ts'
import { until } from '../until.ts'
import { isOfRoom, isTick, monitorRedis } from './redis-monitor.ts'
import { BROKEN_PATH, inBatches, openShopTarget, type ShopTarget } from './shop-target.ts'

// The monitored Redis belongs to this file alone.
let redis: Awaited<ReturnType<typeof ownRedis>>
let shop: ShopTarget
beforeAll(async () => {
  redis = await ownRedis()
  // High, so that a slow machine does not make responses count as slow.
  shop = await openShopTarget({ redisUrl: redis.url, settings: { ORIGIN_SLOW_MS: '10000' } })
})
afterAll(async () => {
  await shop.close()
  await redis.close()
})

test('A10: thousands of polls and early claims send no command to Redis except the ticks', async () => {
  const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
  const { ticket } = await shop.join(eventId)
  const { commands, close } = await monitorRedis(shop.shop.redisUrl)
  const isRequested = (command: string[]) => isOfRoom(command, eventId) && !isTick(command, eventId)
  const room = `/queue/event-${eventId}`
  const page = { cookie: `ticket-event-${eventId}=${ticket}`, accept: 'text/html' }
  await inBatches(Array.from({ length: 3_000 }), () => shop.request('GET', room, { headers: shop.newVisitor() }))
  await inBatches(Array.from({ length: 500 }), () => shop.request('GET', room, { headers: { ...shop.newVisitor(), ...page } }))
  await inBatches(Array.from({ length: 500 }), () => shop.claim(eventId, ticket))
  await until(() => commands.some((command) => isTick(command, eventId)))
  const duringStorm = commands.splice(0)
  expect(duringStorm.filter(isRequested)).toEqual([])
  // All other commands follow the clock. One for each of the 4,000 requests would be noticed.
  expect(duringStorm.length).toBeLessThan(4_000)

  await shop.join(eventId)
  await until(() => commands.some(isRequested))
  close()
})

test('A10: a ticket that is given up 300 times sends no more commands to Redis than its limit allows', async () => {
  const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
  const { ticket } = await shop.join(eventId)
  const { commands, close } = await monitorRedis(shop.shop.redisUrl)
  const startedAt = performance.now()
  await inBatches(
    Array.from({ length: 300 }),
    () => shop.request('DELETE', `/queue/event-${eventId}/tickets`, { headers: shop.withTicket(ticket) }),
  )
  const allowed = LIMITS.claim.burst + LIMITS.claim.perSecond * (performance.now() - startedAt) / 1000 + 1
  await shop.shop.redis.ping()
  await until(() => commands.some(([command]) => command?.toLowerCase() === 'ping'))
  close()
  const leaving = commands.filter((command) => command.includes(`{r:event-${eventId}}:claimed`) && !isTick(command, eventId))
  expect(leaving.length).toBeGreaterThan(0)
  expect(leaving.length).toBeLessThanOrEqual(allowed)
})

test('A35, A39: requests without a pass do not count for the health of the origin, and so cannot stop the queue', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale({ opensInMs: 600_000 })
  const [person] = await shop.shop.addPeople(1)
  await shop.snapshotOf(eventId)
  const { commands, close } = await monitorRedis(shop.shop.redisUrl)
  const before = shop.forwarded.length
  await until(() => shop.forwarded.slice(before).some(({ path }) => path === `/api/events/${eventId}`))

  const methods = ['TRACE', 'TRACK', 'CONNECT'].flatMap((method) => Array.from({ length: 20 }, () => method))
  const rejected = await Promise.all(
    methods.map(async (method) =>
      statusOf(await sendRaw(shop.edgeUrl, `${method} /api/time HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`))
    ),
  )
  const broken = await Promise.all(
    Array.from({ length: 20 }, () => shop.request('GET', `${BROKEN_PATH}?${randomUUID()}`, { headers: shop.newVisitor() })),
  )
  await shop.book(eventId, ticketTypeIds, await shop.insider(person!, eventId))

  const ticks = () => commands.filter((command) => isTick(command, eventId))
  const ticksBefore = ticks().length
  await until(() => ticks().length > ticksBefore + 4)
  close()
  // The tick script takes the responses and the slow ones among them as its sixth and fifth argument from the end.
  const sum = (argument: number) => ticks().reduce((total, command) => total + Number(command.at(argument)), 0)
  expect({ responses: sum(-6), slow: sum(-5) }, 'the booking alone').toEqual({ responses: 1, slow: 0 })
  expect(new Set(broken.map(({ status }) => status))).toEqual(new Set([500]))
  expect(rejected.filter((status) => status >= 500)).toEqual([])
})
