import { expect, test } from 'vitest'
import { createFairQueue, type FairQueueLimits, type Priority } from './fair-queue.ts'

const BUSY = { kind: 'busy' }

/** A queue whose calls finish when the test releases them, one at a time, and the clients in the order in which their calls started. */
function openQueue(limits: Partial<FairQueueLimits> = {}) {
  const { concurrency = 1, perClient = 100, total = 1_000, maxWaitMs = 60_000 } = limits
  const queue = createFairQueue({ concurrency, perClient, total, maxWaitMs })
  const started: string[] = []
  const release: (() => void)[] = []
  let most = 0
  let running = 0
  const add = (client: string, priority: Priority = 'ordinary') =>
    queue.run(client, priority, async () => {
      started.push(client)
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => release.push(resolve))
      running--
      return client
    })
  async function finishAll() {
    for (let idle = 0; idle < 5; await Promise.resolve()) {
      const next = release.shift()
      next?.()
      idle = next ? 0 : idle + 1
    }
  }
  return {
    add,
    started,
    defer: queue.defer,
    finishAll,
    most: () => most,
    fail: () => queue.run('failing', 'ordinary', () => Promise.reject(new Error('x'))),
  }
}
const times = (count: number) => Array.from({ length: count })

test('a client with one call waits for one call of each other client, not for all of them', async () => {
  const { add, started, finishAll } = openQueue()
  const calls = times(50).flatMap(() => [add('a'), add('b')])
  calls.push(add('c'))
  await finishAll()
  expect(started.indexOf('c')).toBeLessThanOrEqual(4)
  expect(await Promise.all(calls)).not.toContainEqual(BUSY)
  expect(started).toHaveLength(101)
})

test('a client with more calls than its share gets busy for the rest, and others still get in', async () => {
  const { add, finishAll } = openQueue({ perClient: 3 })
  const calls = times(10).map(() => add('a'))
  const other = add('b')
  await finishAll()
  expect((await Promise.all(calls)).filter((result) => result === 'a')).toHaveLength(4)
  expect(await other).toBe('b')
})

test('when the queue is full, a new client replaces the newest call of the client with the most', async () => {
  const { add, finishAll } = openQueue({ total: 5 })
  const calls = times(6).map(() => add('a'))
  const others = [add('b'), add('c'), add('d'), add('e'), add('f')]
  await finishAll()
  expect(await Promise.all(calls)).toEqual(['a', 'a', BUSY, BUSY, BUSY, BUSY])
  expect(await Promise.all(others)).toEqual(['b', 'c', 'd', 'e', BUSY])
})

test('when the queue is full of clients with one call each, a preferred call replaces one of them', async () => {
  const { add, finishAll } = openQueue({ total: 3 })
  const calls = ['a', 'b', 'c', 'd', 'e'].map((client) => add(client))
  const known = [add('owner', 'preferred'), add('owner 2', 'preferred'), add('owner 3', 'preferred'), add('owner 4', 'preferred')]
  await finishAll()
  expect((await Promise.all(calls)).filter((result) => typeof result === 'string')).toEqual(['a'])
  expect(await Promise.all(known)).toEqual(['owner', 'owner 2', 'owner 3', BUSY])
})

test('a flood of preferred calls leaves ordinary ones a quarter of the queue, in any order of arrival', async () => {
  const preferred = times(40).map((i) => () => `known ${i}`)
  for (const isFloodFirst of [true, false]) {
    const { add, finishAll } = openQueue({ total: 8 })
    const calls: Promise<unknown>[] = []
    const flood = () => preferred.forEach((name) => void add(name(), 'preferred'))
    if (isFloodFirst) flood()
    calls.push(add('a'), add('b'))
    if (!isFloodFirst) flood()
    await finishAll()
    expect(await Promise.all(calls)).toEqual(['a', 'b'])
  }
})

test('preferred calls come first, and ordinary ones still get one turn of four', async () => {
  const { add, started, finishAll } = openQueue()
  const calls = times(20).map(() => add('guess'))
  calls.push(...times(20).map(() => add('known', 'preferred')))
  await finishAll()
  await Promise.all(calls)
  const beforeLastKnown = started.slice(0, started.lastIndexOf('known'))
  expect(beforeLastKnown.filter((client) => client === 'guess').length).toBeLessThanOrEqual(8)
  expect(beforeLastKnown.filter((client) => client === 'guess').length).toBeGreaterThanOrEqual(5)
})

test('deferred calls come after all others, and still get one turn of eight', async () => {
  const { add, started, finishAll } = openQueue()
  const calls = times(20).map((_, i) => add(`guess ${i}`, 'deferred'))
  calls.push(...times(20).map((_, i) => add(`first ${i}`)))
  await finishAll()
  await Promise.all(calls)
  const beforeLastFirst = started.slice(0, started.lastIndexOf('first 19'))
  const deferred = beforeLastFirst.filter((client) => client.startsWith('guess')).length
  expect(deferred).toBeGreaterThanOrEqual(2)
  expect(deferred).toBeLessThanOrEqual(4)
})

test('defer() moves the ordinary calls of a client that wait behind those of others', async () => {
  const { add, defer, started, finishAll } = openQueue()
  const calls = [add('running'), add('a'), add('a'), add('b'), add('known', 'preferred')]
  defer('a')
  defer('unknown')
  await finishAll()
  expect(await Promise.all(calls)).toEqual(['running', 'a', 'a', 'b', 'known'])
  expect(started).toEqual(['running', 'known', 'b', 'a', 'a'])
})

test('deferred calls leave a slot free, in which another call starts at once', async () => {
  const { add, started, finishAll } = openQueue({ concurrency: 2 })
  const calls = times(5).map((_, i) => add(`guess ${i}`, 'deferred'))
  expect(started).toEqual(['guess 0'])
  calls.push(add('first'))
  expect(started).toEqual(['guess 0', 'first'])
  await finishAll()
  expect(await Promise.all(calls)).not.toContainEqual(BUSY)
})

test('when the queue is full, each priority keeps a quarter of it, and the lowest one beyond that gives way', async () => {
  for (const isFloodFirst of [true, false]) {
    const { add, finishAll } = openQueue({ total: 8 })
    const running = add('running')
    const flood = () => times(40).map((_, i) => add(`guess ${i}`, 'deferred'))
    const firsts = () => times(40).map((_, i) => add(`first ${i}`))
    const [early, late] = isFloodFirst ? [flood(), firsts()] : [firsts(), flood()]
    await finishAll()
    await running
    const results = (await Promise.all(early.concat(late))).filter((result) => typeof result === 'string')
    expect(results.filter((client) => client.startsWith('guess'))).toHaveLength(2)
    expect(results.filter((client) => client.startsWith('first'))).toHaveLength(6)
  }
})

test('a call that waits too long gets busy and does not run; later calls of its client do', async () => {
  const { add, started, finishAll } = openQueue({ maxWaitMs: 20 })
  const running = add('a')
  expect(await Promise.all([add('a'), add('b', 'deferred'), add('c', 'preferred')])).toEqual([BUSY, BUSY, BUSY])
  const last = add('a')
  await finishAll()
  expect(await Promise.all([running, last])).toEqual(['a', 'a'])
  expect(started).toEqual(['a', 'a'])
})

test('no more calls run at once than allowed, and a call that throws frees its slot', async () => {
  const { add, fail, finishAll, most } = openQueue({ concurrency: 2 })
  await expect(Promise.all([fail(), fail(), fail()])).rejects.toThrow('x')
  const calls = times(10).map((_, i) => add(`client ${i}`))
  await finishAll()
  expect(await Promise.all(calls)).not.toContainEqual(BUSY)
  expect(most()).toBe(2)
})
