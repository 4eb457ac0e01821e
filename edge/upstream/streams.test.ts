import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStreams } from './streams.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A response that says something every second until the signal aborts, as that of `fetch` does. */
function streamed(signal: AbortSignal): Promise<Response> {
  let timer: ReturnType<typeof setInterval>
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new TextEncoder().encode('next')), 1_000)
      signal.addEventListener('abort', () => {
        clearInterval(timer)
        controller.error(signal.reason)
      })
    },
    cancel: () => clearInterval(timer),
  })
  return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
}

test('the deadline ends with the head of the response; its body may take longer, and is bounded', async () => {
  const streams = createStreams()
  const read = (await streams.open(1_000, streamed)).text().then(() => 'read', (error: Error) => error.name)
  await vi.advanceTimersByTimeAsync(599_000)
  expect(streams.size()).toBe(1)
  await vi.advanceTimersByTimeAsync(1_001)
  expect([await read, streams.size()]).toEqual(['TimeoutError', 0])
})

test('A113: a stream that its client does not read is ended after a minute', async () => {
  const streams = createStreams()
  await streams.open(1_000, streamed)
  await vi.advanceTimersByTimeAsync(59_999)
  expect(streams.size()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(streams.size()).toBe(0)
})

test('a head that does not arrive in time fails, and leaves nothing behind', async () => {
  const streams = createStreams()
  const opened = streams.open(
    1_000,
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  const outcome = opened.then(() => 'opened', (error: Error) => error.name)
  await vi.advanceTimersByTimeAsync(1_000)
  expect([await outcome, streams.size()]).toEqual(['TimeoutError', 0])
})

test('end() aborts streams; a client that disconnects frees its own', async () => {
  const streams = createStreams()
  const reader = (await streams.open(1_000, streamed)).body!.getReader()
  const left = await streams.open(1_000, streamed)
  await left.body!.cancel()
  expect(streams.size()).toBe(1)
  const next = reader.read()
  await vi.advanceTimersByTimeAsync(1_000)
  await next
  streams.end()
  await expect(reader.read()).rejects.toThrow('ends its streams')
  expect(streams.size()).toBe(0)
})

test('a response beyond the limit must end within the deadline', async () => {
  const streams = createStreams()
  await Promise.all(Array.from({ length: 200 }, () => streams.open(1_000, streamed)))
  const signals: AbortSignal[] = []
  await streams.open(1_000, (signal) => {
    signals.push(signal)
    return streamed(signal)
  })
  expect([signals[0]!.aborted, streams.size()]).toEqual([false, 200])
})
