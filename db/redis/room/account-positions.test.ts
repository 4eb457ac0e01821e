import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { visitorOf } from '../../../edge/contract/tokens.ts'
import { openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'
import { roomKeys } from '../keys.ts'
import { endVisits, joinRoom, leaveRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

/** A room with capacity to spare, in which the account u1 joins. `lose` removes what a store that has lost the join does not have. */
async function openRoomFor() {
  const { room, tick, claim, renew, set } = store.openRoom()
  const { epoch } = await tick()
  const visitor = (index: number) => visitorOf(1, { epoch, index })
  return {
    room,
    epoch,
    visitor,
    join: async () => (await joinRoom(store.redis, room, ['u1']))!.indexes[0]!,
    claim: async (index: number) => (await claim(epoch, index, visitor(index))).kind,
    renew: async (index: number) => (await renew(epoch, visitor(index), Date.now() + 50_000)).kind,
    leave: (index: number) =>
      leaveRoom(store.redis, room, { epoch, visitor: visitor(index) }, { index, position: index, drawn: null }),
    lose: () => store.redis.del(roomKeys(room).accounts),
    /** Loses the active visits too. An edge restored the room two seconds ago: visitors may join again (`restore_from_edge` in tick.lua). */
    async loseVisits() {
      await store.redis.del(roomKeys(room).accounts, roomKeys(room).passes, roomKeys(room).visits)
      await set({ restoredAtMs: String(Date.now() - 2_000), restoredVisits: '1' })
    },
  }
}

describe('an account whose index the store has lost', () => {
  test('has the position of its last queue ticket only, if it joins again', async () => {
    const { join, claim, lose } = await openRoomFor()
    const first = await join()
    await lose()
    const second = await join()
    expect([first, second]).toEqual([0, 1])
    expect([await claim(first), await claim(second), await claim(first)]).toEqual(['used', 'claimed', 'used'])
  })

  test('cannot choose the earlier position by giving up the later one', async () => {
    const { join, claim, lose, leave } = await openRoomFor()
    const first = await join()
    await lose()
    const second = await join()
    await leave(second)
    expect([await claim(first), await claim(second)]).toEqual(['used', 'used'])
    expect(await claim(await join())).toBe('claimed')
  })

  test('keeps its only position, with which a claim registers it again', async () => {
    const { room, join, claim, lose } = await openRoomFor()
    const first = await join()
    await lose()
    expect(await claim(first)).toBe('claimed')
    expect(await store.redis.pttl(roomKeys(room).accounts)).toBeGreaterThan(0)
    expect(await join(), 'no second position beside the visit').toBe(first)
  })

  test('keeps its visit, with which a renewal registers it again', async () => {
    const { join, claim, renew, loseVisits } = await openRoomFor()
    const first = await join()
    await claim(first)
    await loseVisits()
    expect(await renew(first)).toBe('claimed')
    expect(await join()).toBe(first)
  })

  test('has no second visit if it joins again before the first one is renewed', async () => {
    const { join, claim, renew, loseVisits } = await openRoomFor()
    const first = await join()
    await claim(first)
    await loseVisits()
    const second = await join()
    expect([await claim(second), await renew(first)]).toEqual(['claimed', 'used'])
  })
})

describe('a position that an account has given up', () => {
  test('stays given up when its visit has ended, and the account may join again', async () => {
    const { room, epoch, visitor, join, claim, renew, loseVisits } = await openRoomFor()
    const first = await join()
    await claim(first)
    await endVisits(store.redis, room, epoch, [visitor(first)])
    await loseVisits()
    expect([await claim(first), await renew(first)]).toEqual(['used', 'used'])
  })
})
