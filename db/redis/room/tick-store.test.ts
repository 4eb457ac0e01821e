import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_HOLD_MS, PRIOR_DELAY_MS } from '../../../edge/waiting-room/room-state.ts'
import { roomKeys } from '../keys.ts'
import { ADMISSION, openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'
import { joinRoom, tickRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('tickRoom()', () => {
  test('applies one of many steps that were decided from the same state', async () => {
    const { tick, join, advance, read, step } = store.openRoom({ perMinute: 6_000, capacity: 100_000 })
    await tick()
    await join(10_000)
    await advance(1_000)
    const seen = await read()
    const states = await Promise.all(Array.from({ length: 20 }, () => step(seen)))
    expect(new Set(states.map(({ serving }) => serving)).size).toBe(1)
    expect((await read()).tokens).toBeLessThanOrEqual(100)
  })

  test('ignores invalid settings', async () => {
    const { tick, set } = store.openRoom()
    await tick()
    await set({ paused: '0', mode: 'FIFO', capacity: 'x', perMinute: '' })
    expect(await tick()).toMatchObject({ phase: 'idle', paused: false, mode: null, capacity: null, perMinute: null })
  })

  test('continues a room of an edge of an earlier version, which does not write the estimates of delay, hold and show rate', async () => {
    const { room, tick, join, claim, advance } = store.openRoom()
    await tick()
    const { epoch } = await join(2)
    await tick()
    await store.redis.hdel(roomKeys(room).room, 'delayMs', 'holdMs', 'showTurns', 'timedClaims', 'timedMs')
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    await advance(300)
    const { delayMs, holdMs, activeVisits } = await tick()
    expect(activeVisits).toBe(1)
    expect(delayMs).toBeLessThan(PRIOR_DELAY_MS)
    expect(holdMs).toBeLessThan(MAX_HOLD_MS)
  })

  test('continues when the clock of the store is set back', async () => {
    const { tick, set, join } = store.openRoom()
    await tick()
    await join(1)
    await set({ steppedAtMs: String(Date.now() + 600_000) })
    await tick()
    expect((await tick()).steppedAtMs).toBeLessThan(Date.now() + 60_000)
  })

  test('adds up the upstream responses of all edges, and subtracts those that a step has judged', async () => {
    const { read, step, tick, join, claim } = store.openRoom()
    await tick()
    const { epoch } = await join(10)
    for (let position = 0; position < 10; position++) await claim(epoch, position)
    await read(null, { answered: 60, slow: 6 })
    const seen = await read(null, { answered: 40, slow: 4 })
    expect(seen).toMatchObject({ answered: 100, slow: 10 })
    const judged = await step({ ...seen, judgedAtMs: seen.nowMs - 2_000 })
    expect(judged).toMatchObject({ window: 9.5, answered: 0, slow: 0 })
  })

  test('gives every key an expiry time', async () => {
    const { room, tick, join, claim } = store.openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    await claim(epoch, 0)
    await joinRoom(store.redis, room, ['u1'])
    await tick()
    for (const key of Object.values(roomKeys(room))) expect(await store.redis.pttl(key), key).not.toBe(-1)
  })

  test('creates a room only if the request allows it', async () => {
    const { room } = store.openRoom()
    const request = { answered: 0, slow: 0, known: null, step: null }
    expect(await tickRoom(store.redis, room, ADMISSION, { ...request, create: false })).toBeNull()
    expect(await store.redis.exists(roomKeys(room).room)).toBe(0)
    expect(await tickRoom(store.redis, room, ADMISSION, request)).not.toBeNull()
  })
})
