import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMISSION, openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'
import { MAX_HOLD_MS } from '../../../edge/waiting-room/room-state.ts'
import { claimTurns, endVisits, tickRoom } from './room.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('claimTurns()', () => {
  test('decides the claims of a batch in order, as if each had been sent alone', async () => {
    const { room, join, tick, read } = store.openRoom({ capacity: 2 })
    await tick()
    await join(5)
    const { epoch, serving } = await tick()
    expect(serving).toBeGreaterThanOrEqual(2)
    const claimOf = (position: number, visitor = `v${position}`) => ({ epoch, visitor, position, index: position, key: 'k' })
    const claims = [
      claimOf(0),
      { ...claimOf(1), epoch: epoch + 1 },
      claimOf(0),
      claimOf(0, 'thief'),
      claimOf(4),
      claimOf(1),
      claimOf(2),
    ]
    const admission = { ...ADMISSION, capacity: 2 }
    const kinds = (await claimTurns(store.redis, room, claims, admission)).map(({ kind }) => kind)
    expect(kinds.slice(0, 4)).toEqual(['claimed', 'void', 'claimed', 'used'])
    expect(kinds[4]).toBe(serving > 4 ? 'claimed' : 'waiting')
    expect(kinds[5]).toBe('claimed')
    expect((await read()).activeVisits, 'the capacity holds within one call').toBe(2)
  })

  test('counts each visit once when several end in one call', async () => {
    const { room, join, tick, claim, read } = store.openRoom()
    await tick()
    await join(3)
    const { epoch } = await tick()
    for (const position of [0, 1, 2]) await claim(epoch, position)
    await endVisits(store.redis, room, epoch + 1, ['v0'])
    expect((await read()).activeVisits).toBe(3)
    await endVisits(store.redis, room, epoch, ['v0', 'v2', 'v0', 'unknown'])
    expect(await read()).toMatchObject({ activeVisits: 1, ended: 2 })
  })

  test('gives one pass for a queue ticket, and returns it again for the same key during the visit', async () => {
    const { tick, join, claim, read, end } = store.openRoom()
    await tick()
    const { epoch } = await join(2)
    const replies = await Promise.all(Array.from({ length: 10 }, () => claim(epoch, 0)))
    expect(replies.map(({ kind }) => kind)).toEqual(['claimed', ...Array<string>(9).fill('used')])
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('claimed')
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('claimed')
    expect((await claim(epoch, 1, 'v1', 'another')).kind).toBe('used')
    expect((await read()).activeVisits).toBe(2)
    await end(epoch, 'v1')
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('used')
  })

  test('renews a pass up to its longest life, and not after', async () => {
    const room = store.openRoom({ passMs: 10_000, idleMs: 6_000 })
    await room.tick()
    const { epoch } = await room.join()
    const first = await room.claim(epoch, 0)
    await room.advanceInSteps(4_500)
    if (first.kind !== 'claimed') throw new Error(first.kind)
    const renewed = await room.renew(epoch, 'v0', first.untilMs - 4_500)
    if (renewed.kind !== 'claimed') throw new Error(renewed.kind)
    expect(renewed.expiresAtMs).toBeLessThanOrEqual(renewed.untilMs)
    expect(renewed.untilMs - Date.now()).toBeLessThan(6_000)
    await room.advanceInSteps(5_900)
    expect((await room.claim(epoch, 0)).kind).toBe('used')
  })

  test('a pass that an edge renewed during a store outage is valid afterwards; one that ended before the outage is not', async () => {
    const { room, tick, join, claim, renew, advance } = store.openRoom({ idleMs: 10_000, passMs: 600_000 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    await claim(epoch, 0)
    await advance(11_000)
    await claim(epoch, 1)
    await advance(60_000)
    const afterOutage = { answered: 0, slow: 0, known: null, step: null, silentMs: 55_000 }
    expect((await tickRoom(store.redis, room, { ...ADMISSION, idleMs: 10_000 }, afterOutage))!.activeVisits).toBe(1)
    expect((await renew(epoch, 'v1', Date.now() + 500_000)).kind).toBe('claimed')
    expect((await renew(epoch, 'v0', Date.now() + 500_000)).kind).toBe('used')
    await advance(60_000)
    await tick()
    expect((await renew(epoch, 'v1', Date.now() + 400_000)).kind, 'the store was reachable').toBe('used')
  })

  test('gives no pass to a position that was not called', async () => {
    const { tick, join, claim } = store.openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    expect((await claim(epoch, 2)).kind).toBe('waiting')
  })

  test('measures the delay between the call and the first claim, once for each turn, also if it is deferred', async () => {
    const { tick, join, claim, read, advance, set } = store.openRoom({ capacity: 3, perMinute: 600_000 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    await advance(4_000)
    for (const position of [0, 1]) expect((await claim(epoch, position)).kind).toBe('claimed')
    const { timedClaims, timedMs } = await read()
    expect(timedClaims).toBe(2)
    expect(timedMs).toBeGreaterThanOrEqual(8_000)
    expect(timedMs).toBeLessThan(2 * MAX_HOLD_MS)
    await set({ limit: '2' })
    for (let i = 0; i < 3; i++) expect((await claim(epoch, 2)).kind).toBe('deferred')
    await set({ limit: '3' })
    expect((await claim(epoch, 2)).kind).toBe('claimed')
    expect((await read()).timedClaims).toBe(3)
  })

  test('does not measure a claim long after the call', async () => {
    const { tick, join, claim, read, advance } = store.openRoom()
    await tick()
    const { epoch } = await join(1)
    await tick()
    await advance(MAX_HOLD_MS + 500)
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    expect((await read()).timedClaims).toBe(0)
  })

  test('counts a deferred claim as one of a visitor who has come, and charges its token once', async () => {
    const { tick, join, claim, read, set, advance } = store.openRoom({ capacity: 3 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    await claim(epoch, 0)
    await set({ limit: '1' })
    expect((await claim(epoch, 1)).kind).toBe('deferred')
    expect(await read()).toMatchObject({ freshShows: 2, settledShows: 0, deferred: 1 })
    await advance(MAX_HOLD_MS + 500)
    const settling = await read()
    expect(settling).toMatchObject({ freshShows: 0, settledShows: 2, settleTo: 3 })
    await set({ limit: '3', settled: '3' })
    const before = (await read()).tokens
    expect((await claim(epoch, 1)).kind).toBe('claimed')
    expect((await read()).tokens, 'charged when it was settled').toBe(before)
    expect((await claim(epoch, 2)).kind).toBe('claimed')
    expect((await read()).tokens, 'a visitor who was taken for a no-show').toBe(before - 1)
  })
})
