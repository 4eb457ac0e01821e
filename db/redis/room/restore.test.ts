import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roomKeys } from '../keys.ts'
import { DRAW, openRoomStore, remember, type RoomStore } from '../../../test/room-under-test.ts'
import { joinRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('a store that lost a room', () => {
  test('accepts no queue tickets of the room’s earlier life', async () => {
    const { room, tick, join, claim } = store.openRoom()
    await tick()
    const { epoch } = await join()
    await store.redis.hset(roomKeys(room).room, 'epoch', epoch - 10)
    await store.redis.del(roomKeys(room).room)
    await tick()
    expect((await claim(epoch - 10, 0)).kind).toBe('void')
  })

  test('restores positions, pause and active visits from what edges remember', async () => {
    const { room, tick, join, read, claim, renew, set } = store.openRoom({ capacity: 3 })
    await tick()
    const { epoch } = await join(20)
    await tick()
    for (const position of [0, 1, 2]) await claim(epoch, position)
    await set({ paused: '1' })
    const known = remember(await tick())
    await store.redis.del(...Object.values(roomKeys(room)))
    expect(await read(known)).toMatchObject({ epoch, issued: 20, serving: known.serving, paused: true, activeVisits: 0 })
    // Visitors cannot join until all edges have reported what they remember.
    expect(await joinRoom(store.redis, room, [null])).toBeNull()
    await store.redis.hdel(roomKeys(room).room, 'paused')
    await store.redis.hincrby(roomKeys(room).room, 'restoredAtMs', -2_000)
    expect((await joinRoom(store.redis, room, [null]))!.indexes).toEqual([20])
    // Signed passes are enough to continue a visit, and the restored visits count towards the capacity until then.
    await tick()
    expect((await claim(epoch, 2, 'another')).kind).toBe('deferred')
    expect((await renew(epoch, 'v0', Date.now() + 50_000)).kind).toBe('claimed')
    expect((await read()).activeVisits).toBe(1)
  })

  test('issues no index and holds no draw twice when the store has older data', async () => {
    const { room, tick, join, read } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const { epoch } = await join(20)
    const before = await store.redis.hgetall(roomKeys(room).room)
    await join(5)
    const known = remember(await tick({ opensAtMs: Date.now() - 100 }))
    expect(known.drawn).toBe(25)
    await store.redis.hset(roomKeys(room).room, before)
    await store.redis.hdel(roomKeys(room).room, 'drawn', 'seed')
    expect(await read(known)).toMatchObject({ issued: 25, drawn: 25, seed: DRAW.seed })
    expect(await joinRoom(store.redis, room, [null], { epoch, issued: 25 })).toBeNull()
  })
})
