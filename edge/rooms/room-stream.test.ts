import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'
import { createLimits } from '../limits.ts'
import type { ClientRequest } from '../client-request.ts'
import type { QueueTicket } from '../contract/tokens.ts'
import type { Env } from '../http.tsx'
import type { Room, SnapshotListener } from './live-room.ts'
import { streamSnapshots } from './room-stream.ts'

/** Opens a stream in a room with one listener at most. `listener` is null when the stream has ended. */
async function openStream(shares = 1) {
  const state: { listener: SnapshotListener | null } = { listener: null }
  const rooms = {
    listen(_room: string, _address: string, added: SnapshotListener) {
      if (shares === 0) return null
      state.listener = added
      return () => void (state.listener = null)
    },
  }
  const room = { name: 'event-1', body: '{"serving":0}', snapshot: { serving: 1 }, positionOf: () => 0 } as unknown as Room
  const app = new Hono<Env>().get('/', (c) => {
    c.env = { client: { address: '198.51.100.1' } as ClientRequest, limits: createLimits(() => 0) }
    return streamSnapshots(c, { rooms } as unknown as Parameters<typeof streamSnapshots>[1], room, { index: 0 } as QueueTicket)
  })
  return { state, response: await app.request('/') }
}

test('A84: a full set of streams is an empty response, not an error', async () => {
  const { response } = await openStream(0)
  expect([response.status, response.headers.get('cache-control'), await response.text()]).toEqual([
    204,
    'private, no-store',
    '',
  ])
})

test('A84: drops a client that does not read, after a few snapshots', async () => {
  const { state, response } = await openStream()
  let sent = 0
  for (; state.listener && sent < 1_000; sent++) state.listener(`{"serving":${sent}}`)
  expect(sent).toBeLessThan(20)
  await expect(response.text()).rejects.toThrow()
})

test('A84: aborts a stream at its time limit when its client has not read to the end, and closes it otherwise', async () => {
  vi.useFakeTimers()
  try {
    const [stalled, read] = [await openStream(), await openStream()]
    const text = read.response.text()
    stalled.state.listener!('{"serving":1}')
    read.state.listener!('{"serving":1}')
    await vi.advanceTimersByTimeAsync(60_000)
    expect([stalled.state.listener, read.state.listener]).toEqual([null, null])
    await expect(stalled.response.text()).rejects.toThrow()
    expect(await text).toBe('data: {"serving":0}\n\ndata: {"serving":1}\n\n')
  } finally {
    vi.useRealTimers()
  }
})
