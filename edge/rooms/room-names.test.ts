import { expect, test } from 'vitest'
import type { Redis } from 'ioredis'
import { readTokenKeys } from '../contract/tokens.ts'
import type { EventClient } from '../upstream/event-client.ts'
import { createEventRooms } from './room-directory.ts'
import { createRooms } from './rooms.ts'

const NAMES = 2_000
const NAME_BYTES = 60_000

const usedBytes = () => {
  Bun.gc(true)
  return process.memoryUsage().heapUsed
}

test('A77: names of 60 kB that no room can have are not remembered, and the event client is not asked for them', async () => {
  const found: number[] = []
  const events: EventClient = {
    findEvent: (eventId) => (found.push(eventId), Promise.resolve(null)),
    findTitle: () => Promise.resolve(null),
  }
  const admission = { mode: 'fifo', perMinute: 1, capacity: 1, turnMs: 1, passMs: 1, idleMs: 1, lobbyMs: 1, stepMs: 1 } as const
  const directory = createEventRooms(events, admission, { identity: 'anyone', proofOfWork: 'never', maxWaiting: 1 })
  const parts = { redis: {} as Redis, tokenKeys: readTokenKeys('0'.repeat(32)), responseCounts: () => ({ answered: 0, slow: 0 }) }
  const rooms = createRooms({ ...parts, directory, now: Date.now, log() {} })
  const before = usedBytes()
  for (let i = 0; i < NAMES; i++) {
    // A buffer's text shares no memory with other texts.
    const name = Buffer.from(`event-${i}-`.padEnd(NAME_BYTES, 'x')).toString()
    expect(await rooms.visit(name)).toBeNull()
  }
  expect(usedBytes() - before).toBeLessThan(NAMES * NAME_BYTES / 4)
  expect(await rooms.visit('event-7'), 'a name that an event could have').toBeNull()
  expect(found).toEqual([7])
})
