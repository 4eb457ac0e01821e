import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_HOLD_MS } from '../../../edge/waiting-room/room-state.ts'
import { roomKeys } from '../keys.ts'
import { openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('tickRoom()', () => {
  test('admits visitors at once while the queue is empty', async () => {
    const { tick, join, claim } = store.openRoom()
    expect((await tick()).phase).toBe('idle')
    const { epoch, indexes } = await join()
    expect((await claim(epoch, indexes[0]!)).kind).toBe('claimed')
  })

  test('calls no positions before the opening, and starts with an empty token bucket', async () => {
    const { tick, join, claim, advance } = store.openRoom({ perMinute: 6_000 }, { opensAtMs: Date.now() + 60_000 })
    expect((await tick()).phase).toBe('lobby')
    const { epoch } = await join(50)
    await advance(10_000)
    expect((await tick()).serving).toBe(0)
    expect((await claim(epoch, 0)).kind).toBe('waiting')
    await advance(10_000)
    // 0.1 s after the opening at 100 visitors per second: about 10 calls, not the 1,000 of the last 10 s.
    const opened = await tick({ opensAtMs: Date.now() - 100 })
    expect(opened.phase).toBe('open')
    expect(opened.serving).toBeGreaterThanOrEqual(9)
    expect(opened.serving).toBeLessThan(50)
  })

  test('is closed before its lobby and after its end', async () => {
    expect((await store.openRoom({ lobbyMs: 1_000 }, { opensAtMs: Date.now() + 60_000 }).tick()).phase).toBe('closed')
    expect((await store.openRoom({}, { closesAtMs: Date.now() - 1 }).tick()).phase).toBe('closed')
  })

  test('is closed while its mode is "closed", and then continues with the same queue', async () => {
    const { tick, join, advance, claim, set } = store.openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    await set({ mode: 'closed' })
    await advance(5_000)
    const { phase, serving } = await tick()
    expect([phase, serving]).toEqual(['closed', 1])
    expect((await claim(epoch, 2)).kind).toBe('waiting')
    await set({ mode: 'fifo' })
    expect(await tick()).toMatchObject({ phase: 'open', epoch, issued: 3, activeVisits: 1 })
  })

  test('calls no faster than its rate, and saves at most one second of it', async () => {
    const { tick, join, advance } = store.openRoom({ perMinute: 600, capacity: 100_000 })
    await tick()
    await join(1_000)
    await advance(60_000)
    const { serving } = await tick()
    expect(serving).toBeLessThanOrEqual(30)
    await advance(500)
    const later = await tick()
    expect(later.serving - serving).toBeGreaterThanOrEqual(4)
    expect(later.serving - serving).toBeLessThanOrEqual(10)
  })

  test('has no more active visits and open turns than its capacity while no visit is about to end', async () => {
    const room = store.openRoom({ perMinute: 600_000, capacity: 10, passMs: 3_600_000 })
    await room.tick()
    const { epoch } = await room.join(50)
    await room.advanceInSteps(500)
    expect((await room.tick()).serving).toBe(10)
    for (let position = 0; position < 4; position++) expect((await room.claim(epoch, position)).kind).toBe('claimed')
    await room.advanceInSteps(500)
    expect((await room.tick()).serving).toBe(10)
  })

  test('defers a called position while the room is full, and keeps its turn', async () => {
    const room = store.openRoom({ capacity: 2 })
    await room.tick()
    const { epoch } = await room.join(5)
    await room.set({ serving: '5', reached: '5' })
    for (const position of [0, 1]) expect((await room.claim(epoch, position)).kind).toBe('claimed')
    expect((await room.claim(epoch, 2)).kind).toBe('deferred')
    expect((await room.read()).deferred).toBe(1)
    await room.end(epoch, 'v0')
    expect((await room.claim(epoch, 2)).kind).toBe('claimed')
    expect(await room.read()).toMatchObject({ activeVisits: 2, deferred: 0 })
  })

  test('calls the next position when a visit ends, and measures how long visits take', async () => {
    const room = store.openRoom({ capacity: 2 })
    await room.tick()
    const { epoch } = await room.join(5)
    await room.tick()
    for (const position of [0, 1]) await room.claim(epoch, position)
    await room.advance(20_000)
    await room.end(epoch, 'v0')
    const state = await room.tick()
    expect(state.serving).toBe(3)
    // Two visits of 20 s, of which one has ended.
    expect(state.exits).toBe(1)
    expect(state.visitMs).toBeGreaterThanOrEqual(20_000)
    expect(state.visitMs).toBeLessThan(41_000)
  })

  test('calls the next position when a pass is not used for its idle time', async () => {
    const room = store.openRoom({ capacity: 1, idleMs: 10_000 })
    await room.tick()
    const { epoch } = await room.join(3)
    await room.tick()
    expect((await room.claim(epoch, 0)).kind).toBe('claimed')
    await room.advanceInSteps(6_000)
    expect(await room.renew(epoch, 'v0')).toMatchObject({ kind: 'claimed' })
    await room.advanceInSteps(6_000)
    expect((await room.read()).activeVisits).toBe(1)
    await room.advanceInSteps(5_000)
    expect((await room.tick()).serving).toBe(2)
    expect((await room.renew(epoch, 'v0')).kind).toBe('used')
  })

  test('lets no turn lapse while the room is paused, or while no edge ticks it', async () => {
    for (const reason of ['paused', 'not ticked'] as const) {
      const room = store.openRoom({ capacity: 3, turnMs: 2_000 })
      await room.tick()
      const { epoch } = await room.join(5)
      await room.tick()
      if (reason === 'paused') {
        await room.set({ paused: '1' })
        await room.advanceInSteps(30_000)
      } else {
        await room.advance(60_000)
      }
      await store.redis.hdel(roomKeys(room.room).room, 'paused')
      await room.tick()
      expect((await room.claim(epoch, 0)).kind, reason).toBe('claimed')
    }
  })

  test('stops reserving capacity for a turn after the hold time, and still accepts its claim', async () => {
    const room = store.openRoom({ capacity: 3, turnMs: 30_000 })
    await room.tick()
    const { epoch } = await room.join(10)
    await room.tick()
    expect((await room.claim(epoch, 0)).kind).toBe('claimed')
    await room.advanceInSteps(MAX_HOLD_MS + 2_000)
    expect((await room.tick()).serving).toBeGreaterThanOrEqual(5)
    expect((await room.claim(epoch, 1)).kind).toBe('claimed')
  })

  test('accepts a missed turn for four more turn times, and then rejects it', async () => {
    const room = store.openRoom({ capacity: 3, turnMs: 3_000 })
    await room.tick()
    const { epoch } = await room.join(10)
    await room.tick()
    await room.advanceInSteps(10_000)
    expect((await room.claim(epoch, 1)).kind).toBe('claimed')
    await room.advanceInSteps(10_000)
    expect((await room.claim(epoch, 0)).kind).toBe('missed')
  })

  test('calls the next position at once when another is given up', async () => {
    const room = store.openRoom({ capacity: 2 })
    await room.tick()
    const { epoch } = await room.join(5)
    await room.tick()
    await room.leave(epoch, 1)
    await room.advance(1_000)
    expect((await room.tick()).serving).toBe(3)
  })

  test('stops calling when no seats are left, calls few for few seats, and continues when seats return', async () => {
    const { tick, join, advance } = store.openRoom({ capacity: 10 })
    await tick({ seatsLeft: 3 })
    await join(50)
    await advance(1_000)
    expect(await tick({ seatsLeft: 3 })).toMatchObject({ phase: 'open', serving: 6 })
    await advance(1_000)
    expect(await tick({ seatsLeft: 0 })).toMatchObject({ phase: 'sold_out', serving: 6 })
    await advance(900)
    expect(await tick({ seatsLeft: 3 })).toMatchObject({ phase: 'open', serving: 6 })
    await advance(900)
    expect(await tick({ seatsLeft: 4 })).toMatchObject({ phase: 'open', serving: 8 })
  })

  test('keeps every position while it is paused', async () => {
    const { tick, join, claim, set, room } = store.openRoom({ capacity: 10 })
    await tick()
    const { epoch } = await join(5)
    await set({ paused: '1' })
    expect(await tick()).toMatchObject({ phase: 'paused', issued: 5, epoch })
    await store.redis.hdel(roomKeys(room).room, 'paused')
    await tick()
    expect((await claim(epoch, 4)).kind).toBe('claimed')
  })
})
