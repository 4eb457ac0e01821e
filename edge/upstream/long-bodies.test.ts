import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLongBodies } from './long-bodies.ts'
import { ShareUsedUp } from './upstream-unavailable.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const [IN_FLIGHT, SHARE] = [2, 3]
/** Long bodies at once: four per slot. */
const TOTAL = 8

/** A response whose body has a chunk whenever one is read, until it is cancelled, and how often it was. */
function endless(headers: Record<string, string> = {}) {
  const cancelled: unknown[] = []
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(16_384)),
    cancel: (reason) => void cancelled.push(reason),
  }, { highWaterMark: 0 })
  return { response: new Response(body, { headers }), cancelled }
}

const open = (bodies: ReturnType<typeof createLongBodies>, address: string, response = endless().response) =>
  bodies.open(address, 1_000, () => Promise.resolve(response))
const outcomeOf = (reading: Promise<unknown>) => reading.then(() => 'read', (error: Error) => error.message)

test('A113: an address has a share of the long responses, until they are read or their clients are gone', async () => {
  const bodies = createLongBodies(IN_FLIGHT, SHARE)
  const [first] = await Promise.all(Array.from({ length: SHARE }, () => open(bodies, '192.0.2.1')))
  const refused = endless()
  await expect(open(bodies, '192.0.2.1', refused.response)).rejects.toThrow(ShareUsedUp)
  expect(refused.cancelled).toHaveLength(1)
  await open(bodies, '192.0.2.2')
  await first!.body!.cancel()
  const whole = await open(bodies, '192.0.2.1', new Response('no length'))
  expect([await whole.text(), bodies.size()]).toEqual(['no length', SHARE])
})

test('A113: a short response takes no share, nor does one without a body', async () => {
  const bodies = createLongBodies(IN_FLIGHT, SHARE)
  for (let i = 0; i < 2 * SHARE; i++) {
    await open(bodies, '192.0.2.1', new Response('four', { headers: { 'content-length': '4' } }))
    await open(bodies, '192.0.2.1', new Response(null, { status: 304 }))
  }
  expect(bodies.size()).toBe(0)
})

test('A113: when there are too many, the longest of the address that has the most is ended, whether or not it is read', async () => {
  const bodies = createLongBodies(IN_FLIGHT, SHARE)
  const alone = await open(bodies, '192.0.2.1')
  const sources = Array.from({ length: SHARE }, () => endless())
  const many = await Promise.all(sources.map(({ response }) => open(bodies, '192.0.2.2', response)))
  for (let i = 1; i + SHARE < TOTAL; i++) await open(bodies, `198.51.100.${i}`)
  expect(bodies.size()).toBe(TOTAL)
  await open(bodies, '192.0.2.3')
  expect([bodies.size(), sources.map(({ cancelled }) => cancelled.length)]).toEqual([TOTAL, [1, 0, 0]])
  expect(await outcomeOf(many[0]!.text())).toContain('read slowly')
  expect((await alone.body!.getReader().read()).done).toBe(false)
})

test('A113: a client that takes nothing for a minute loses the response; one that reads slowly does not', async () => {
  const bodies = createLongBodies(IN_FLIGHT, SHARE)
  const [idle, slow] = [endless(), endless()]
  const unread = await open(bodies, '192.0.2.1', idle.response)
  const reader = (await open(bodies, '192.0.2.2', slow.response)).body!.getReader()
  for (let i = 0; i < 5; i++) {
    expect((await reader.read()).done).toBe(false)
    await vi.advanceTimersByTimeAsync(59_000)
  }
  expect([idle.cancelled.length, slow.cancelled.length, bodies.size()]).toEqual([1, 0, 1])
  expect(await outcomeOf(unread.text())).toContain('takes nothing')
})

test('A63: a body that stops in the middle fails ten seconds later', async () => {
  const bodies = createLongBodies(IN_FLIGHT, SHARE)
  const stopped = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(8)) })
  const outcome = outcomeOf((await open(bodies, '192.0.2.1', new Response(stopped))).text())
  await vi.advanceTimersByTimeAsync(9_999)
  expect(bodies.size()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect([await outcome, bodies.size()]).toEqual([expect.stringContaining('stopped'), 0])
})

test('a head that does not arrive in time fails', async () => {
  const bodies = createLongBodies(IN_FLIGHT, SHARE)
  const never = (signal: AbortSignal) =>
    new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const outcome = outcomeOf(bodies.open('192.0.2.1', 1_000, never))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await outcome).toContain('too slow')
})
