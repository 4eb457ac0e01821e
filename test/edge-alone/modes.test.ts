import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRedis, untilReady } from '../../db/redis/client.ts'
import { commitmentTo, prepareDraw } from '../../edge/contract/draw.ts'
import { until } from '../until.ts'
import { ACCEPT_PAGE } from './browser.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone([
    { name: 'order', paths: ['/order'], mode: 'fifo', capacity: 1 },
    { name: 'everyone', paths: ['/everyone'], mode: 'passthrough', perMinute: 1, capacity: 1 },
    { name: 'closed', paths: ['/closed'], mode: 'closed' },
    { name: 'lobby', paths: ['/lobby'], opensAt: IN_AN_HOUR, lobbySeconds: 7_200 },
    { name: 'early', paths: ['/early'], opensAt: IN_AN_HOUR, lobbySeconds: 60 },
    { name: 'operated', paths: ['/operated'] },
  ])
})
afterAll(() => alone.close())

test('fifo calls visitors in order of arrival', async () => {
  let admitted = await alone.fill('order')
  const waiting = [alone.openBrowser(), alone.openBrowser(), alone.openBrowser()]
  const tickets = []
  for (const browser of waiting) tickets.push(await browser.join('order'))
  expect(tickets.map(({ index, position }) => [index, position])).toEqual([[1, 1], [2, 2], [3, 3]])
  for (const [turn, browser] of waiting.entries()) {
    await admitted.leave('order')
    expect((await browser.enter('order')).status).toBe(201)
    const others = await Promise.all(waiting.slice(turn + 1).map((other) => other.get('/order')))
    expect(others.every(({ status }) => status === 303), `only visitor ${turn} is admitted`).toBe(true)
    admitted = browser
  }
})

test('draw orders the visitors in the lobby by the committed seed, even if the opening moves and the edge restarts', async () => {
  const room = { name: 'drawn', paths: ['/drawn'], mode: 'draw', capacity: 1, lobbySeconds: 7_200 }
  const before = await alone.edges.start([{ ...room, opensAt: IN_AN_HOUR }])
  const people = Array.from({ length: 20 }, () => alone.openBrowser({ at: before }))
  const tickets = []
  for (const browser of people) tickets.push(await browser.join('drawn'))
  const lobby = await people[0]!.snapshot('drawn')
  expect(lobby).toMatchObject({ phase: 'lobby', drawn: null, seed: null, commitment: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect((await people[0]!.claim('drawn')).status).toBe(425)
  await alone.edges.kill(before)

  const after = await alone.edges.start([{ ...room, opensAt: new Date(Date.now() - 1_000).toISOString() }])
  for (const browser of people) browser.moveTo(after)
  await until(async () => (await people[0]!.snapshot('drawn')).drawn !== null)
  const opened = await people[0]!.snapshot('drawn')
  expect(opened).toMatchObject({ epoch: lobby.epoch, commitment: lobby.commitment, drawn: 20 })
  expect(await commitmentTo(opened.seed!, 'drawn', opened.epoch)).toBe(lobby.commitment)

  const draw = await prepareDraw(opened.seed!, 20)
  const positions: number[] = []
  for (const [i, browser] of people.entries()) {
    const { index, position } = await browser.join('drawn')
    expect([index, position]).toEqual([tickets[i]!.index, draw.positionOf(index)])
    positions.push(position)
  }
  const inOrder = people.map((_, position) => position)
  expect(positions.toSorted((a, b) => a - b)).toEqual(inOrder)
  expect(positions, 'the order of arrival does not matter').not.toEqual(inOrder)
  const first = people[positions.indexOf(0)]!
  await until(async () => (await first.get('/drawn')).status === 200)
  expect((await people[positions.indexOf(19)]!.get('/drawn')).status).toBe(303)
})

test('passthrough admits all visitors, regardless of capacity and rate', async () => {
  const statuses = []
  for (let i = 0; i < 5; i++) statuses.push((await alone.openBrowser().get('/everyone')).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200])
})

test('closed admits no visitors and rejects joins', async () => {
  const browser = alone.openBrowser()
  expect((await browser.get('/closed')).location).toBe('/queue/closed?to=%2Fclosed')
  expect((await browser.get('/queue/closed')).status).toBe(200)
  expect(await browser.snapshot('closed')).toMatchObject({ phase: 'closed', issued: 0 })
  expect((await browser.request('POST', '/queue/closed/tickets')).body).toMatchObject({ code: 'sale_closed', status: 409 })
  const { body } = await browser.request('GET', '/closed', { accept: 'application/json' })
  expect(body.cfWaitingRoom).toMatchObject({ isRejectQueue: true, queueingMethod: 'reject', refreshIntervalSeconds: 0 })
  expect(alone.upstream.requestsFor('/closed')).toEqual([])
})

test('fields that an operator sets in Redis override the rooms file, until they are deleted', async () => {
  const store = openRedis(alone.edges.redisUrl)
  await untilReady(store)
  const snapshot = () => alone.openBrowser().snapshot('operated')
  expect(await snapshot()).toMatchObject({ phase: 'idle', perMinute: 60_000 })
  await store.hset('{r:operated}:room', { paused: '1', perMinute: '7' })
  await until(async () => (await snapshot()).phase === 'paused')
  expect((await snapshot()).perMinute).toBe(7)
  expect((await alone.openBrowser().get('/operated')).status).toBe(303)

  await store.hdel('{r:operated}:room', 'paused', 'perMinute')
  await until(async () => (await snapshot()).phase === 'idle')
  expect((await alone.openBrowser().get('/operated')).status).toBe(200)

  await store.hset('{r:operated}:room', 'mode', 'closed')
  await until(async () => (await snapshot()).phase === 'closed')
  const { body } = await alone.openBrowser().request('GET', '/operated', { accept: 'application/json' })
  expect(body.cfWaitingRoom).toMatchObject({ queueingMethod: 'reject', isRejectQueue: true, isFIFOQueue: false })
  store.disconnect()
})

describe('an opening in the future', () => {
  test('the lobby issues tickets and calls no positions', async () => {
    const browser = alone.openBrowser()
    expect((await browser.get('/lobby')).status).toBe(303)
    expect(await browser.snapshot('lobby')).toMatchObject({ phase: 'lobby', opensAt: IN_AN_HOUR, serving: 0 })
    const ticket = await browser.join('lobby')
    expect(ticket).toMatchObject({ phase: 'lobby', index: 0 })
    expect(ticket.etaSeconds).toBeGreaterThan(3_000)
    expect((await browser.claim('lobby')).body).toMatchObject({ code: 'not_your_turn' })
    expect((await browser.get('/lobby')).status).toBe(303)
  })

  test('joins are rejected before the lobby opens', async () => {
    const browser = alone.openBrowser()
    expect(await browser.snapshot('early')).toMatchObject({ phase: 'closed', opensAt: IN_AN_HOUR })
    const early = await browser.request('POST', '/queue/early/tickets')
    expect(early).toMatchObject({ status: 409, body: { code: 'sale_not_open', opensAt: IN_AN_HOUR } })
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(3_000)
    const form = await browser.request('POST', '/queue/early/tickets', { accept: ACCEPT_PAGE })
    expect([form.status, form.location]).toEqual([303, '/queue/early'])
  })
})
