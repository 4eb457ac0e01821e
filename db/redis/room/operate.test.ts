import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRoomStore, remember, type RoomStore } from '../../../test/room-under-test.ts'
import { keptRoomKeys, roomKeys } from '../keys.ts'
import { defineOperateScript, operateRoom, readHistory, readUndoMs } from './operate.ts'
import { joinRoom, resetRoom, undoResetRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => {
  store = await openRoomStore()
  defineOperateScript(store.redis)
})
afterAll(() => store.close())

const message = { ko: '곧 다시 시작합니다', en: 'Back soon' }

describe('operateRoom()', () => {
  test('sets and unsets what operators have set; a late writer of an earlier revision changes nothing', async () => {
    const { room, tick } = store.openRoom()
    await tick()
    const first = { settings: { mode: 'fifo', perMinute: 7, turnSeconds: 30, message }, paused: true, revision: 5 } as const
    expect(await operateRoom(store.redis, room, first)).toBe('written')
    expect(await tick()).toMatchObject({
      phase: 'paused',
      mode: 'fifo',
      perMinute: 7,
      capacity: null,
      settings: { turnSeconds: 30, message },
      revision: 5,
    })
    expect(await operateRoom(store.redis, room, { settings: { capacity: 2 }, paused: false, revision: 6 })).toBe('written')
    expect(await operateRoom(store.redis, room, first)).toBe('superseded')
    expect(await tick()).toMatchObject({ phase: 'idle', mode: null, perMinute: null, capacity: 2, settings: {}, revision: 6 })
  })

  test('sets up a room before its first visitor', async () => {
    const { room, tick } = store.openRoom()
    await operateRoom(store.redis, room, { settings: { perMinute: 7, message }, paused: true, revision: 1 })
    expect(await store.redis.pttl(roomKeys(room).room)).toBeGreaterThan(0)
    expect(await tick()).toMatchObject({ phase: 'paused', issued: 0, perMinute: 7, settings: { message } })
  })

  test('is restored from an edge that knows a later revision, and not by one that knows an earlier one', async () => {
    const { room, tick, read, join } = store.openRoom()
    await tick()
    await join(3)
    await operateRoom(store.redis, room, { settings: { perMinute: 7 }, paused: true, revision: 1 })
    const earlier = remember(await tick())
    const copy = await store.redis.hgetall(roomKeys(room).room)
    await operateRoom(store.redis, room, { settings: { capacity: 9, message }, paused: false, revision: 2 })
    const later = remember(await tick())
    expect(await read(earlier)).toMatchObject({ paused: false, capacity: 9, perMinute: null })

    await store.redis.del(roomKeys(room).room)
    await store.redis.hset(roomKeys(room).room, copy)
    expect(await read(later)).toMatchObject({ paused: false, capacity: 9, perMinute: null, settings: { message }, revision: 2 })
    await store.redis.del(...Object.values(roomKeys(room)))
    expect(await read(earlier)).toMatchObject({ issued: 3, paused: true, perMinute: 7 })
    expect(await read(later)).toMatchObject({ issued: 3, paused: false, capacity: 9, perMinute: null, settings: { message } })
  })
})

describe('undoResetRoom()', () => {
  test('continues the former epoch with its queue, draw and visits, also at edges that have seen the reset', async () => {
    const opensAtMs = Date.now() + 60_000
    const { room, tick, join, claim, renew, read, advance } = store.openRoom({ mode: 'draw', capacity: 2 }, { opensAtMs })
    await tick()
    const { epoch } = await join(5)
    await joinRoom(store.redis, room, ['u1'])
    const isOpen = { opensAtMs: Date.now() - 60_000 }
    await tick(isOpen)
    await advance(900)
    expect((await tick(isOpen)).serving).toBe(2)
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    const former = await tick(isOpen)
    const reset = await resetRoom(store.redis, room)
    if (reset.kind !== 'reset') throw new Error(reset.kind)
    await join(2)
    const seen = remember(await tick())
    expect(seen.epoch).toBe(reset.epoch)
    await store.redis.hset(roomKeys(room).room, 'perMinute', '7')
    expect(await readUndoMs(store.redis, room)).toBeGreaterThan(0)

    expect(await undoResetRoom(store.redis, room, reset.epoch)).toEqual({ kind: 'undone', epoch })
    for (const known of [seen, remember(former), seen]) {
      const { drawn, seed } = former
      expect(await read(known)).toMatchObject({ epoch, issued: 6, drawn, seed, activeVisits: 1, perMinute: 7 })
    }
    expect((await claim(epoch, 1)).kind).toBe('claimed')
    expect((await renew(epoch, 'v0')).kind).toBe('claimed')
    expect((await joinRoom(store.redis, room, ['u1', 'u2']))!).toEqual({ epoch, indexes: [5, 6] })
    expect((await claim(reset.epoch, 0)).kind).toBe('void')
    for (const key of Object.values(roomKeys(room))) expect(await store.redis.pttl(key), key).not.toBe(-1)
    expect(await undoResetRoom(store.redis, room, reset.epoch)).toEqual({ kind: 'moved' })
    // The next reset starts an epoch that no edge has seen.
    const next = await resetRoom(store.redis, room)
    expect(next).toMatchObject({ kind: 'reset' })
    if (next.kind === 'reset') expect(next.epoch).toBeGreaterThan(reset.epoch)
  })

  test('is possible after a reset that was sent twice', async () => {
    const { room, tick, join, read } = store.openRoom()
    await tick()
    const { epoch } = await join(3)
    await resetRoom(store.redis, room)
    await tick()
    const second = await resetRoom(store.redis, room)
    if (second.kind !== 'reset') throw new Error(second.kind)
    expect(await undoResetRoom(store.redis, room, second.epoch)).toEqual({ kind: 'undone', epoch })
    expect(await read()).toMatchObject({ epoch, issued: 3 })
  })

  test('is refused when the former state is gone, and after another reset', async () => {
    const { room, tick, join } = store.openRoom()
    await tick()
    await join(3)
    const first = await resetRoom(store.redis, room)
    const second = await resetRoom(store.redis, room)
    if (first.kind !== 'reset' || second.kind !== 'reset') throw new Error('no reset')
    expect(await undoResetRoom(store.redis, room, first.epoch)).toEqual({ kind: 'moved' })
    for (const key of keptRoomKeys(room)) expect(await store.redis.pttl(key), key).not.toBe(-1)
    await store.redis.del(...keptRoomKeys(room))
    expect(await undoResetRoom(store.redis, room, second.epoch)).toEqual({ kind: 'too_late' })
  })
})

test('a room counts claims and missed turns, and samples its queue', async () => {
  const room = store.openRoom({ capacity: 3, turnMs: 2_000 })
  await room.tick()
  const { epoch } = await room.join(5)
  await room.tick()
  expect((await room.claim(epoch, 0)).kind).toBe('claimed')
  expect((await room.claim(epoch, 0, 'v0', 'same')).kind).toBe('used')
  await room.advanceInSteps(12_000)
  // How many turns lapse depends on the speed of this machine. One of them was claimed.
  const { claims, missed, lapsed } = await room.tick()
  expect(lapsed).toBeGreaterThan(1)
  expect([claims, missed]).toEqual([1, lapsed - 1])
  const history = await readHistory(store.redis, room.room)
  expect(history.length).toBeGreaterThan(0)
  expect(history.at(-1)).toMatchObject({ issued: expect.any(Number), claims: 0 })
})
