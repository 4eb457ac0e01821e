import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createConnections } from './connections.ts'
import { createSilenceWatch } from './silence-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open(budget = 10) {
  const clients: { isClosed: boolean }[] = []
  const connections = createConnections({
    open() {
      const client = { isClosed: false }
      clients.push(client)
      return { fetch: () => Promise.reject(new Error('unused')), close: () => void (client.isClosed = true) }
    },
    onResponse() {},
    onReplaced() {},
  })
  return { watch: createSilenceWatch(connections, budget), clients, closed: () => clients.map(({ isClosed }) => isClosed) }
}

const never = () => new Promise<string>(() => {})
const after = <Value>(ms: number, value: Value) => () => new Promise<Value>((resolve) => setTimeout(resolve, ms, value))
const fail = (ms: number, message: string) => () =>
  new Promise<string>((_, reject) => setTimeout(() => reject(new Error(message)), ms))

describe('a request that may be repeated', () => {
  test('replaces its connections and is sent again when it has no response after 2.5 s', async () => {
    const { watch, closed } = open()
    const reply = watch.sendRepeatable(never, after(100, 'second'))
    await vi.advanceTimersByTimeAsync(2_499)
    expect(closed()).toEqual([false])
    await vi.advanceTimersByTimeAsync(101)
    expect([await reply, closed()]).toEqual(['second', [true, false]])
  })

  test('takes the first response when only the origin was slow', async () => {
    const { watch } = open()
    const reply = watch.sendRepeatable(after(6_000, 'first'), after(6_000, 'second'))
    await vi.advanceTimersByTimeAsync(6_000)
    expect(await reply).toBe('first')
  })

  test('is sent once when its response or its failure comes in time', async () => {
    const { watch, closed } = open()
    const repeat = vi.fn(after(0, 'second'))
    const replies = [watch.sendRepeatable(after(100, 'first'), repeat), watch.sendRepeatable(fail(100, 'refused'), repeat)]
    const settled = Promise.allSettled(replies)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await settled).toMatchObject([{ value: 'first' }, { reason: { message: 'refused' } }])
    expect([repeat.mock.calls.length, closed()]).toEqual([0, [false]])
  })

  test('fails when both have failed, and not before', async () => {
    const { watch } = open()
    const [early, late] = [
      watch.sendRepeatable(fail(3_000, 'first'), after(1_000, 'second')),
      watch.sendRepeatable(fail(3_000, 'first'), fail(1_000, 'second')),
    ]
    const settled = Promise.allSettled([early, late])
    await vi.advanceTimersByTimeAsync(4_000)
    expect(await settled).toMatchObject([{ value: 'second' }, { reason: { message: 'second' } }])
  })
})

test('requests that are silent together replace their connections once', async () => {
  const { watch, clients } = open()
  const replies = Array.from({ length: 5 }, () => watch.sendRepeatable(never, after(0, 'second')))
  await vi.advanceTimersByTimeAsync(2_600)
  expect([(await Promise.all(replies)).length, clients.length]).toEqual([5, 2])
})

test('a request that must not be repeated replaces its connections after 4 s and keeps waiting', async () => {
  const { watch, closed } = open()
  const reply = watch.sendOnce(after(9_000, 'late'))
  await vi.advanceTimersByTimeAsync(3_999)
  expect(closed()).toEqual([false])
  await vi.advanceTimersByTimeAsync(5_001)
  expect([await reply, closed()]).toEqual(['late', [true, false]])
})

test('an origin that is slow for long gets no more requests twice than the budget allows, until it responds in time again', async () => {
  const { watch } = open(10)
  const repeat = vi.fn(after(5_000, 'second'))
  const sendAll = async (count: number, ms: number) => {
    const replies = Array.from({ length: count }, () => watch.sendRepeatable(after(ms, 'first'), repeat))
    await vi.advanceTimersByTimeAsync(5_000)
    await Promise.all(replies)
  }
  for (let round = 0; round < 5; round++) await sendAll(30, 5_000)
  expect(repeat.mock.calls.length).toBeLessThanOrEqual(10 + 0.1 * 150)
  await sendAll(100, 10)
  repeat.mockClear()
  await sendAll(30, 5_000)
  expect(repeat.mock.calls.length).toBe(10)
})
