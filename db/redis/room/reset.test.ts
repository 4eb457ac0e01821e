import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roomKeys } from '../keys.ts'
import { DRAW, openRoomStore, remember, type RoomStore } from '../../../test/room-under-test.ts'
import { joinRoom, resetRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('resetRoom()', () => {
  test('starts at position 0 with no active visits and no draw, and keeps the operator’s settings', async () => {
    const opensAtMs = Date.now() + 60_000
    const { room, tick, join, claim, renew, set, advance } = store.openRoom({ mode: 'draw', capacity: 2 }, { opensAtMs })
    await tick()
    const { epoch } = await join(5)
    await joinRoom(store.redis, room, ['u1'])
    await tick({ opensAtMs: Date.now() - 1_000 })
    await advance(900)
    expect(await tick({ opensAtMs: Date.now() - 2_000 })).toMatchObject({ drawn: 6, serving: 2 })
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    await set({ perMinute: '7', capacity: '3', mode: 'draw', paused: '1' })

    const reset = await resetRoom(store.redis, room)
    if (reset.kind !== 'reset') throw new Error(reset.kind)
    expect(reset.epoch).toBeGreaterThan(epoch)
    expect(await tick()).toMatchObject({
      epoch: reset.epoch,
      issued: 0,
      serving: 0,
      activeVisits: 0,
      drawn: null,
      seed: null,
      commitment: DRAW.commitment,
      perMinute: 7,
      capacity: 3,
      mode: 'draw',
      paused: true,
    })
    expect((await joinRoom(store.redis, room, ['u1', 'u2']))!).toEqual({ epoch: reset.epoch, indexes: [0, 1] })
    expect((await claim(epoch, 1)).kind).toBe('void')
    expect((await renew(epoch, 'v0')).kind).toBe('void')
    for (const key of Object.values(roomKeys(room))) expect(await store.redis.pttl(key), key).not.toBe(-1)
  })

  test('is undone neither by an edge that has not seen it, nor by a store with older data', async () => {
    const { room, tick, join, read } = store.openRoom()
    await tick()
    await join(20)
    const older = remember(await tick())
    const stored = await store.redis.hgetall(roomKeys(room).room)
    await resetRoom(store.redis, room)
    const { epoch, issued } = await read(older)
    expect([epoch > older.epoch, issued]).toEqual([true, 0])
    await join(3)
    const newer = remember(await tick())

    await store.redis.del(...Object.values(roomKeys(room)))
    expect(await read(older)).toMatchObject({ epoch: older.epoch, issued: 20 })
    expect(await read(newer)).toMatchObject({ epoch, issued: 3 })
    expect(await read(older)).toMatchObject({ epoch, issued: 3 })
    expect(await joinRoom(store.redis, room, [null]), 'visitors cannot join while the room is being restored').toBeNull()

    await store.redis.del(roomKeys(room).room)
    await store.redis.hset(roomKeys(room).room, stored)
    expect(await read(newer)).toMatchObject({ epoch, issued: 3 })
  })

  test('does not create a room that does not exist', async () => {
    const { room } = store.openRoom()
    expect(await resetRoom(store.redis, room)).toEqual({ kind: 'unknown' })
    expect(await store.redis.exists(roomKeys(room).room)).toBe(0)
  })
})
