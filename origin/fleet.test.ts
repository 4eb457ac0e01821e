import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { eq } from 'drizzle-orm'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { events, ledgers, ticketTypes } from '../db/schema.ts'
import { openShop, type Shop, TOKEN_SECRET } from '../test/shop.ts'
import { end, startProgram } from '../test/site.ts'
import { type FleetPlan, followOpenings, openFleetPlan } from './fleet.ts'

const MINUTE = 60_000
/** Far from the events of other tests, which share the database. */
const NOW = Date.UTC(2035, 0, 1, 9)
const PLAN: FleetPlan = {
  groups: [{ name: 'shop-edge', idle: 2, sale: 10 }, { name: 'shop-origin', idle: 2, sale: 6 }],
  times: { leadMs: 30 * MINUTE, holdMs: 60 * MINUTE },
}

type Scheduled = { name: string; at: string; minSize: number }
let shop: Shop
let server: Server
let scaling: AutoScalingClient
let groups: Map<string, { minSize: number; maxSize: number; actions: Map<string, Scheduled> }>
/** How AWS is: whether it answers, is out of order, or never says anything. */
let mood: 'well' | 'broken' | 'silent'
let logged: { event: string; facts: object }[]
let nowMs = NOW

beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => body += part)
    request.on('end', () => {
      if (mood === 'silent') return
      if (mood === 'broken') return response.writeHead(503).end()
      const isSigned = /^AWS4-HMAC-SHA256 Credential=.+\/autoscaling\/aws4_request/.test(request.headers.authorization ?? '')
      const answer = isSigned ? answerQuery(new URLSearchParams(body)) : fault('IncompleteSignature', 'not signed')
      response.writeHead(answer.startsWith('<ErrorResponse') ? 400 : 200, { 'content-type': 'text/xml' }).end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scaling = new AutoScalingClient({
    ...{ region: 'ap-northeast-2', maxAttempts: 1, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
})
afterAll(async () => {
  scaling.destroy()
  server.close()
  server.closeAllConnections()
  await shop.close()
})
beforeEach(async () => {
  await shop.db.update(events).set({ published: false }).where(eq(events.venue, 'fleet'))
  groups = new Map(PLAN.groups.map(({ name, idle }) => [name, { minSize: idle, maxSize: 20, actions: new Map() }]))
  logged = []
  mood = 'well'
  nowMs = NOW
})

const parts = () => ({
  ...{ ...shop, scaling, now: () => new Date(nowMs) },
  log: (event: string, facts: object = {}) => void logged.push({ event, facts }),
})
const follow = () => followOpenings(parts(), PLAN)
const planOf = (name: string) => [...groups.get(name)!.actions.values()].map(({ at, minSize }) => `${at} ${minSize}`).sort()
const publish = async (minutes: number) => {
  const { eventId } = await shop.addSale()
  const opensAt = new Date(NOW + minutes * MINUTE)
  const later = new Date(opensAt.getTime() + 24 * 60 * MINUTE)
  await shop.db.update(events).set({ opensAt, closesAt: later, startsAt: later, venue: 'fleet', published: true }).where(
    eq(events.id, eventId),
  )
  return eventId
}

test('an event that is published, moved and withdrawn takes the fleets’ plans with it', async () => {
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

test('without following, nothing grows (negative control)', async () => {
  await publish(120)
  expect(planOf('shop-edge')).toEqual([])
})

test('an opening in five minutes grows the fleets at once', async () => {
  await publish(5)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T09:02:00.000Z 10', '2035-01-01T10:05:00.000Z 2'])
  nowMs = NOW + MINUTE
  await follow()
  runActions()
  nowMs = NOW + 3 * MINUTE
  runActions()
  expect(groups.get('shop-edge')!.minSize).toBe(10)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:05:00.000Z 2'])
})

test('another’s actions stay, and ours give way to them', async () => {
  const planned = { name: 'planned-20350101T1030Z', at: '2035-01-01T10:30:00.000Z', minSize: 8 }
  groups.get('shop-edge')!.actions.set(planned.name, planned)
  await publish(120)
  await follow()
  await follow()
  expect(planOf('shop-edge')).toEqual([
    '2035-01-01T10:30:00.000Z 8',
    '2035-01-01T10:31:00.000Z 10',
    '2035-01-01T12:00:00.000Z 2',
  ])
})

test('more actions than fit on a page are all seen', async () => {
  const { actions } = groups.get('shop-edge')!
  for (let i = 0; i < 110; i++) {
    const at = new Date(NOW + (10_000 + i) * MINUTE).toISOString()
    actions.set(`other-${i}`, { name: `other-${i}`, at, minSize: 2 })
  }
  actions.set('opening-20350201T0000Z', { name: 'opening-20350201T0000Z', at: '2035-02-01T00:00:00.000Z', minSize: 10 })
  await follow()
  expect(actions.size).toBe(110)
})

test('what AWS refuses is told', async () => {
  const { actions } = groups.get('shop-edge')!
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

test('a group that is not there, or takes fewer machines, is told, and the other one grows all the same', async () => {
  groups.delete('shop-edge')
  groups.get('shop-origin')!.maxSize = 4
  await publish(120)
  await follow()
  expect(logged).toContainEqual({
    event: 'fleet_failed',
    facts: expect.objectContaining({ group: 'shop-edge', error: 'There is no Auto Scaling group shop-edge' }),
  })
  expect(logged).toContainEqual({ event: 'fleet_failed', facts: { group: 'shop-origin', error: 'It takes 4 machines at most' } })
  expect(planOf('shop-origin')).toEqual(['2035-01-01T10:30:00.000Z 4', '2035-01-01T12:00:00.000Z 2'])
})

test('an action whose time has come is left to AWS, which runs it late', async () => {
  await publish(120)
  await follow()
  nowMs = NOW + 90 * MINUTE + 40_000
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:30:00.000Z 10', '2035-01-01T12:00:00.000Z 2'])
  runActions()
  expect(groups.get('shop-edge')!.minSize).toBe(10)
  nowMs = NOW + 180 * MINUTE + 40_000
  await follow()
  runActions()
  expect(groups.get('shop-edge')!.minSize).toBe(2)
})

test('an event that is deleted after its fleets have grown lets them shrink at once', async () => {
  const eventId = await publish(120)
  await follow()
  nowMs = NOW + 100 * MINUTE
  runActions()
  await shop.db.delete(ledgers).where(eq(ledgers.eventId, eventId))
  await shop.db.delete(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  await shop.db.delete(events).where(eq(events.id, eventId))
  await follow()
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:42:00.000Z 2'])
  nowMs += 3 * MINUTE
  runActions()
  await follow()
  expect([groups.get('shop-edge')!.minSize, planOf('shop-edge')]).toEqual([2, []])
})

test('a fleet that was scaled by hand keeps its size', async () => {
  groups.get('shop-edge')!.minSize = 8
  await publish(120)
  await follow()
  expect(planOf('shop-edge')).toEqual(['2035-01-01T10:30:00.000Z 10', '2035-01-01T12:00:00.000Z 2'])
})

test('AWS that fails is asked again, and one that says nothing is given up', async () => {
  await publish(120)
  const fails = () => logged.filter(({ event }) => event === 'fleet_failed').length
  mood = 'broken'
  const plan = openFleetPlan(parts(), PLAN, { everyMs: 10, deadlineMs: 100 })
  await expect.poll(fails).toBeGreaterThan(2)
  mood = 'silent'
  const before = fails()
  await expect.poll(fails).toBeGreaterThan(before + 2)
  mood = 'well'
  await expect.poll(() => planOf('shop-edge')).toHaveLength(2)
  await plan.close()
})

test('to close it does not wait for AWS', async () => {
  mood = 'silent'
  const asked = new Promise((resolve) => server.once('request', resolve))
  const plan = openFleetPlan(parts(), PLAN, { deadlineMs: 60_000 })
  await asked
  await plan.close()
  expect(logged).toEqual([])
})

test('the origin follows by its settings alone', async () => {
  const { eventId } = await shop.addSale({ opensInMs: 120 * MINUTE })
  nowMs = Date.now()
  const port = (server.address() as AddressInfo).port
  const url = `http://127.0.0.1:${await freePort()}`
  const origin = await startProgram('origin', url, {
    ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], TOKEN_SECRET, REDIS_URL: shop.redisUrl, MYSQL_URL: shop.mysqlUrl },
    ...{ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL_AUTO_SCALING: `http://127.0.0.1:${port}` },
    ...{ FLEET_GROUPS: 'shop-edge:2:7', FLEET_LEAD_MINUTES: '20', FLEET_HOLD_MINUTES: '40' },
  })
  try {
    await expect.poll(() => planOf('shop-edge'), { timeout: 10_000 }).toHaveLength(2)
  } finally {
    await end(origin, 'SIGTERM')
  }
  const [event] = await shop.db.select().from(events).where(eq(events.id, eventId))
  const at = (minutes: number) => new Date(Math.floor(event!.opensAt.getTime() / MINUTE + minutes) * MINUTE).toISOString()
  expect(planOf('shop-edge')).toEqual([`${at(-21)} 7`, `${at(41)} 2`])
  expect(planOf('shop-origin')).toEqual([])
})

/** What AWS does when an action's time has come: it is done, and forgotten. */
function runActions(): void {
  for (const group of groups.values()) {
    for (const { name, at, minSize } of group.actions.values()) {
      if (Date.parse(at) > nowMs) continue
      group.minSize = minSize
      group.actions.delete(name)
    }
  }
}

/** Auto Scaling's own protocol and rules, as far as they are spoken here. */
function answerQuery(query: URLSearchParams): string {
  const action = query.get('Action')!
  const ask = query.get('AutoScalingGroupName') ?? query.get('AutoScalingGroupNames.member.1')!
  const group = groups.get(ask)
  const result = (xml: string) => `<${action}Response><${action}Result>${xml}</${action}Result></${action}Response>`
  const members = (prefix: string) => {
    const found: Record<string, string>[] = []
    for (const [name, value] of query) {
      const [, number, field] = name.match(`^${prefix}\\.member\\.(\\d+)\\.?(.*)$`) ?? []
      if (number) (found[Number(number) - 1] ??= {})[field || 'value'] = value
    }
    return found
  }
  if (action === 'DescribeAutoScalingGroups') {
    const member = group
      ? `<member><AutoScalingGroupName>${ask}</AutoScalingGroupName><MinSize>${group.minSize}</MinSize>` +
        `<MaxSize>${group.maxSize}</MaxSize></member>`
      : ''
    return result(`<AutoScalingGroups>${member}</AutoScalingGroups>`)
  }
  if (!group) return fault('ValidationError', `AutoScalingGroup name not found - ${ask}`)
  switch (action) {
    case 'DescribeScheduledActions': {
      const from = Number(query.get('NextToken') ?? 0)
      const size = Number(query.get('MaxRecords'))
      if (!(size > 0 && size <= 100)) return fault('ValidationError', 'MaxRecords')
      const page = [...group.actions.values()].slice(from, from + size).map(({ name, at, minSize }) =>
        `<member><ScheduledActionName>${name}</ScheduledActionName><StartTime>${at}</StartTime><MinSize>${minSize}</MinSize></member>`
      )
      const next = from + size < group.actions.size ? `<NextToken>${from + size}</NextToken>` : ''
      return result(`<ScheduledUpdateGroupActions>${page.join('')}</ScheduledUpdateGroupActions>${next}`)
    }
    case 'BatchDeleteScheduledAction': {
      const names = members('ScheduledActionNames').map(({ value }) => value!)
      if (names.length > 50) return fault('ValidationError', 'names')
      const failed = names.filter((name) => !group.actions.delete(name)).map((name) =>
        failure(name, 'Scheduled action name not found')
      )
      return result(`<FailedScheduledActions>${failed.join('')}</FailedScheduledActions>`)
    }
    case 'BatchPutScheduledUpdateGroupAction': {
      const wishes = members('ScheduledUpdateGroupActions')
      if (wishes.length > 50) return fault('ValidationError', 'actions')
      const refused = wishes.flatMap((wish) => {
        const name = wish['ScheduledActionName']!
        const at = new Date(wish['StartTime']!).toISOString()
        const minSize = Number(wish['MinSize'])
        const error = Date.parse(at) <= nowMs
          ? 'The start time is in the past'
          : minSize > group.maxSize
          ? 'The least size is more than the most'
          : [...group.actions.values()].some((other) => other.name !== name && other.at === at)
          ? 'Scheduled action with this scheduled start time already exists'
          : group.actions.size >= 125 && !group.actions.has(name)
          ? 'A group takes 125 scheduled actions'
          : null
        if (!error) group.actions.set(name, { name, at, minSize })
        return error ? [failure(name, error)] : []
      })
      return result(`<FailedScheduledUpdateGroupActions>${refused.join('')}</FailedScheduledUpdateGroupActions>`)
    }
    default:
      return fault('InvalidAction', action)
  }
}

const failure = (name: string, message: string) =>
  `<member><ScheduledActionName>${name}</ScheduledActionName><ErrorCode>ValidationError</ErrorCode><ErrorMessage>${message}</ErrorMessage></member>`
const fault = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
