import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { eq } from 'drizzle-orm'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { events } from '../db/schema.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { type FleetPlan, followOpenings } from './fleet.ts'

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
let groups: Map<string, { minSize: number; actions: Map<string, Scheduled> }>
let logged: { event: string; facts: object }[]
let nowMs = NOW

beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => body += part)
    request.on('end', () => {
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
  await shop.close()
})
beforeEach(async () => {
  await shop.db.update(events).set({ published: false }).where(eq(events.place, 'fleet'))
  groups = new Map(PLAN.groups.map(({ name, idle }) => [name, { minSize: idle, actions: new Map() }]))
  logged = []
  nowMs = NOW
})

const follow = () =>
  followOpenings(
    { ...shop, scaling, now: () => new Date(nowMs), log: (event, facts = {}) => void logged.push({ event, facts }) },
    PLAN,
  )
const planOf = (name: string) => [...groups.get(name)!.actions.values()].map(({ at, minSize }) => `${at} ${minSize}`).sort()
const publish = async (minutes: number) => {
  const { eventId } = await shop.addSale()
  const opensAt = new Date(NOW + minutes * MINUTE)
  const later = new Date(opensAt.getTime() + 24 * 60 * MINUTE)
  await shop.db.update(events).set({ opensAt, closesAt: later, startsAt: later, place: 'fleet', published: true }).where(
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

  await shop.db.update(events).set({ published: false }).where(eq(events.place, 'fleet'))
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
  groups.delete('shop-edge')
  await expect(follow()).rejects.toThrow('There is no Auto Scaling group shop-edge')
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
      ? `<member><AutoScalingGroupName>${ask}</AutoScalingGroupName><MinSize>${group.minSize}</MinSize></member>`
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
      for (const { value } of members('ScheduledActionNames')) group.actions.delete(value!)
      return result('<FailedScheduledActions/>')
    }
    case 'BatchPutScheduledUpdateGroupAction': {
      const refused = members('ScheduledUpdateGroupActions').flatMap((wish) => {
        const name = wish['ScheduledActionName']!
        const at = new Date(wish['StartTime']!).toISOString()
        const error = Date.parse(at) <= nowMs
          ? 'The start time is in the past'
          : [...group.actions.values()].some((other) => other.name !== name && other.at === at)
          ? 'Two actions of a group cannot start at the same time'
          : group.actions.size >= 125 && !group.actions.has(name)
          ? 'A group takes 125 scheduled actions'
          : null
        if (!error) group.actions.set(name, { name, at, minSize: Number(wish['MinSize']) })
        const told =
          `<ScheduledActionName>${name}</ScheduledActionName><ErrorCode>ValidationError</ErrorCode><ErrorMessage>${error}</ErrorMessage>`
        return error ? [`<member>${told}</member>`] : []
      })
      return result(`<FailedScheduledUpdateGroupActions>${refused.join('')}</FailedScheduledUpdateGroupActions>`)
    }
    default:
      return fault('InvalidAction', action)
  }
}

const fault = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
