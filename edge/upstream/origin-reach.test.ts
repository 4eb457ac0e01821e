import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CHECK_MS, createOriginReach, DOWN_AFTER_MS, ISOLATED_AFTER_MS } from './origin-reach.ts'

beforeEach(() => void vi.useFakeTimers())
const opened: { close(): void }[] = []
afterEach(() => {
  for (const reach of opened.splice(0)) reach.close()
  vi.useRealTimers()
})

/** An edge whose probes get the response `status`; null for none. Reports expire like those in Redis. */
function openEdge(reported: { untilMs: number } = { untilMs: 0 }) {
  const edge = { status: 200 as number | null, probes: 0, isStoreDown: false, events: [] as string[] }
  const reach = createOriginReach({
    now: () => Date.now(),
    probe() {
      edge.probes++
      if (edge.status !== null) reach.onResponse(edge.status)
      return Promise.resolve()
    },
    reports: {
      report: () => Promise.resolve(reported.untilMs = Date.now() + 8_000),
      isReported: () => edge.isStoreDown ? Promise.reject(new Error('down')) : Promise.resolve(Date.now() < reported.untilMs),
    },
    log: (event) => void edge.events.push(event),
  })
  opened.push(reach)
  return Object.assign(edge, { reach })
}

test('only an edge that alone cannot reach the origin is isolated, and any response ends that', async () => {
  const reported = { untilMs: 0 }
  const [cut, other] = [openEdge(reported), openEdge(reported)]
  const states = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms)
    return [cut.reach.state(), other.reach.state()]
  }
  expect(await states(10_000)).toEqual(['reachable', 'reachable'])
  cut.status = null
  expect(await states(DOWN_AFTER_MS + CHECK_MS)).toEqual(['unreachable', 'reachable'])
  expect(cut.reach.downMs()).toBeGreaterThanOrEqual(DOWN_AFTER_MS)
  expect(await states(ISOLATED_AFTER_MS + CHECK_MS)).toEqual(['isolated', 'reachable'])
  other.status = null
  expect(await states(ISOLATED_AFTER_MS + CHECK_MS)).toEqual(['unreachable', 'unreachable'])

  // The first edge to recover does not make the other one leave the balancer.
  cut.status = 200
  expect(await states(10_000)).toEqual(['reachable', 'unreachable'])
  expect(await states(10_000)).toEqual(['reachable', 'isolated'])
  other.status = 200
  expect(await states(CHECK_MS)).toEqual(['reachable', 'reachable'])
  expect([cut.events, cut.reach.downMs()]).toEqual([['origin_unreachable', 'origin_reachable'], 0])
})

test('an edge does not take its own last report for that of another', async () => {
  const edge = openEdge()
  await vi.advanceTimersByTimeAsync(10_000)
  edge.status = null
  for (let i = 0; i < 60; i++) {
    await vi.advanceTimersByTimeAsync(1_000)
    expect(edge.reach.state()).not.toBe('isolated')
  }
})

test('no edge is isolated while the store is unreachable', async () => {
  const edge = openEdge({ untilMs: Infinity })
  edge.status = null
  edge.isStoreDown = true
  await vi.advanceTimersByTimeAsync(60_000)
  expect(edge.reach.state()).toBe('unreachable')
})

test('a gateway error of a balancer is not a response of the origin', async () => {
  const edge = openEdge()
  edge.status = 503
  await vi.advanceTimersByTimeAsync(DOWN_AFTER_MS + CHECK_MS)
  expect(edge.reach.state()).toBe('unreachable')
})

test('requests of visitors replace the probes', async () => {
  const edge = openEdge()
  for (let i = 0; i < 20; i++) {
    await vi.advanceTimersByTimeAsync(1_000)
    edge.reach.onResponse(404)
  }
  expect([edge.probes, edge.reach.state()]).toEqual([0, 'reachable'])
})
