import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'
import { endVisits, joinRoom, leaveRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('joinRoom()', () => {
  test('issues each index once, in order', async () => {
    const { tick, join } = store.openRoom()
    await tick()
    const blocks = await Promise.all([join(3), join(1), join(2)])
    expect(blocks.flatMap(({ indexes }) => indexes).sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('gives an account one position, and another after it gives that one up', async () => {
    const { room, tick } = store.openRoom()
    await tick()
    const { epoch } = (await joinRoom(store.redis, room, ['u1', 'u2', 'u1']))!
    expect((await joinRoom(store.redis, room, ['u2', 'u3']))!.indexes).toEqual([1, 2])
    const leave = (index: number) =>
      leaveRoom(store.redis, room, { epoch, visitor: `u2.${epoch}.${index}` }, {
        index,
        position: index,
        drawn: null,
      })
    await leave(1)
    expect((await joinRoom(store.redis, room, ['u2']))!.indexes).toEqual([3])
    // The old queue ticket cannot give up the new position.
    await leave(1)
    expect((await joinRoom(store.redis, room, ['u2']))!.indexes).toEqual([3])
  })

  test('gives an account another position after its visit has ended', async () => {
    const { room, tick } = store.openRoom()
    await tick()
    const { epoch } = (await joinRoom(store.redis, room, ['u1', 'u2']))!
    await endVisits(store.redis, room, epoch, [`u1.${epoch}.0`])
    expect((await joinRoom(store.redis, room, ['u1', 'u2']))!.indexes).toEqual([2, 1])
    // The end of the old visit, reported again, does not release the new position.
    await endVisits(store.redis, room, epoch, [`u1.${epoch}.0`])
    expect((await joinRoom(store.redis, room, ['u1']))!.indexes).toEqual([2])
  })

  test('issues no more queue tickets than may wait, and more after some were called', async () => {
    const { room, tick, advance } = store.openRoom({ capacity: 2 })
    const join = async (count: number) => (await joinRoom(store.redis, room, Array<null>(count).fill(null), null, 3))!.indexes
    const { serving } = await tick()
    const given = (await Promise.all(Array.from({ length: 20 }, () => join(10)))).flat().filter((index) => index !== null)
    expect(given.sort((a, b) => a - b)).toEqual(Array.from({ length: serving + 3 }, (_, i) => i))
    expect(await join(1)).toEqual([null])
    await advance(11_000)
    const called = (await tick()).serving
    const more = await join(10)
    expect(more.filter((index) => index !== null)).toHaveLength(called - serving)
  })

  test('an account in a full queue keeps its position', async () => {
    const { room, tick } = store.openRoom({ capacity: 1 }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const join = async (...accounts: string[]) => (await joinRoom(store.redis, room, accounts, null, 2))!.indexes
    expect(await join('u1', 'u2', 'u3', 'u1')).toEqual([0, 1, null, 0])
    expect(await join('u3', 'u2')).toEqual([null, 1])
  })

  test('returns null for a room that has not been ticked', async () => {
    expect(await joinRoom(store.redis, `test-${randomUUID()}`, [null])).toBeNull()
  })
})
