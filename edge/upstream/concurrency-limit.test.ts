import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUpstreamLimit } from './concurrency-limit.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Runs of a limit, each of which lasts until it is finished. */
function startRuns(limit: ReturnType<typeof createUpstreamLimit>, count: number) {
  const runs = Array.from({ length: count }, () => Promise.withResolvers<void>())
  const started: number[] = []
  const results = runs.map(({ promise }, i) =>
    limit.run(() => {
      started.push(i)
      return promise
    })
  )
  for (const result of results) result.catch(() => {})
  return { started, results, finish: (i: number) => runs[i]!.resolve() }
}

test('runs up to the limit at once, and the next in order as slots become free', async () => {
  const limit = createUpstreamLimit(2)
  const { started, results, finish } = startRuns(limit, 4)
  await vi.advanceTimersByTimeAsync(0)
  expect([started, limit.size()]).toEqual([[0, 1], 4])
  finish(1)
  await vi.advanceTimersByTimeAsync(0)
  expect(started).toEqual([0, 1, 2])
  for (const i of [0, 2, 3]) finish(i)
  await Promise.all(results)
  expect([started, limit.size()]).toEqual([[0, 1, 2, 3], 0])
})

test('rejects a run when four per slot wait already', async () => {
  const { results } = startRuns(createUpstreamLimit(1), 6)
  await expect(results[5]).rejects.toThrow('Too many requests wait for the upstream')
})

test('rejects a run that waits for five seconds, and does not start it later', async () => {
  const limit = createUpstreamLimit(1)
  const { started, results, finish } = startRuns(limit, 2)
  await vi.advanceTimersByTimeAsync(5_000)
  await expect(results[1]).rejects.toThrow('No slot became free in time')
  expect(limit.size()).toBe(1)
  finish(0)
  await results[0]
  const next = startRuns(limit, 1)
  await vi.advanceTimersByTimeAsync(0)
  expect([started, next.started]).toEqual([[0], [0]])
})
