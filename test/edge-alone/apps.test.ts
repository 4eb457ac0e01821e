import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../until.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone([{ name: 'apps', paths: ['/apps'], capacity: 1 }])
})
afterAll(() => alone.close())

/** The 25 fields of Cloudflare's `cfWaitingRoom`, for an app in a room with mode `fifo` and no opening. */
const WAITING = {
  inWaitingRoom: true,
  waitTimeKnown: true,
  waitTime: expect.any(Number),
  waitTimeFormatted: expect.stringMatching(/minute/),
  waitTime25Percentile: 0,
  waitTime50Percentile: 0,
  waitTime75Percentile: 0,
  queueIsFull: false,
  queueAll: false,
  lastUpdated: expect.any(String),
  refreshIntervalSeconds: expect.any(Number),
  queueingMethod: 'fifo',
  isFIFOQueue: true,
  isRandomQueue: false,
  isPassthroughQueue: false,
  isRejectQueue: false,
  isEventActive: false,
  isEventPrequeueing: false,
  shuffleAtEventStart: false,
  turnstile: '',
  infiniteQueue: false,
  timeUntilEventStart: 0,
  timeUntilEventStartFormatted: '',
  timeUntilEventEnd: 0,
  timeUntilEventEndFormatted: '',
}

test('an app that accepts exactly application/json waits with cfWaitingRoom, keeps its position, and then gets the response', async () => {
  const first = await alone.fill('apps')
  const app = alone.openBrowser()
  const get = () => app.request('GET', '/apps', { accept: 'application/json', 'accept-language': 'en' })
  const waiting = await get()
  expect([waiting.status, waiting.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
  expect(waiting.body).toEqual({ cfWaitingRoom: WAITING })
  expect(Object.keys(waiting.body.cfWaitingRoom)).toHaveLength(25)
  const { position } = await app.join('apps')
  await get()
  expect((await app.join('apps')).position).toBe(position)
  await first.leave('apps')
  await until(async () => (await get()).text === 'the page /apps')
})
