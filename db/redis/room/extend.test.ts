import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'
import { roomKeys } from '../keys.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

const MINUTE_MS = 60_000

/** A room with a visit of ten minutes for one visitor, who has it. */
async function openVisit() {
  const room = store.openRoom({ capacity: 1, passMs: 10 * MINUTE_MS, idleMs: 10 * MINUTE_MS })
  await room.tick()
  const { epoch } = await room.join(2)
  await room.tick()
  const first = await room.claim(epoch, 0)
  if (first.kind !== 'claimed') throw new Error(first.kind)
  return { ...room, epoch, untilMs: first.untilMs }
}

describe('extendVisit()', () => {
  test('moves the end of a visit by half of its length, once: a second press is refused', async () => {
    const { advance, extend, renew, epoch, untilMs } = await openVisit()
    await advance(6 * MINUTE_MS)
    const extended = await extend(epoch, 'v0')
    if (extended.kind !== 'extended') throw new Error(extended.kind)
    // The times of the store were moved back by six minutes.
    expect(extended.untilMs).toBe(untilMs - 6 * MINUTE_MS + 5 * MINUTE_MS)
    expect(await extend(epoch, 'v0')).toEqual({ kind: 'already' })
    expect(await renew(epoch, 'v0')).toMatchObject({ kind: 'claimed', isExtended: true, untilMs: extended.untilMs })
    await advance(8 * MINUTE_MS)
    expect(await extend(epoch, 'v0'), 'also in the time that it has gained').toEqual({ kind: 'already' })
  })

  test('of presses at the same time only one counts', async () => {
    const { advance, extend, epoch } = await openVisit()
    await advance(6 * MINUTE_MS)
    const replies = await Promise.all(Array.from({ length: 10 }, () => extend(epoch, 'v0')))
    expect(replies.map(({ kind }) => kind).toSorted()).toEqual([...Array<string>(9).fill('already'), 'extended'])
  })

  test('keeps the capacity of an extended visit until its end, and not longer', async () => {
    const { advance, extend, claim, tick, renew, epoch } = await openVisit()
    await advance(9 * MINUTE_MS)
    expect((await extend(epoch, 'v0')).kind).toBe('extended')
    await renew(epoch, 'v0')
    await advance(5 * MINUTE_MS)
    expect((await tick()).activeVisits, 'after fourteen minutes').toBe(1)
    expect((await claim(epoch, 1)).kind).not.toBe('claimed')
    await advance(1.1 * MINUTE_MS)
    expect((await tick()).activeVisits, 'after fifteen minutes').toBe(0)
    expect(await extend(epoch, 'v0')).toEqual({ kind: 'ended' })
    await tick()
    expect((await claim(epoch, 1)).kind).toBe('claimed')
  })

  test('refuses a visit in its first half, one of another epoch and one that does not exist', async () => {
    const { advance, extend, epoch } = await openVisit()
    await advance(3 * MINUTE_MS)
    const early = await extend(epoch, 'v0')
    if (early.kind !== 'early') throw new Error(early.kind)
    expect(early.waitMs).toBeGreaterThan(MINUTE_MS)
    expect(early.waitMs).toBeLessThanOrEqual(2 * MINUTE_MS)
    await advance(3 * MINUTE_MS)
    expect([await extend(epoch + 1, 'v0'), await extend(epoch, 'v1')]).toEqual([{ kind: 'void' }, { kind: 'ended' }])
    expect((await extend(epoch, 'v0')).kind, 'none of these has used the extension up').toBe('extended')
  })

  test('a visit that continues after the store has lost it keeps its end, and is not extended again', async () => {
    const { room, advance, extend, renew, set, epoch } = await openVisit()
    await advance(6 * MINUTE_MS)
    const extended = await extend(epoch, 'v0')
    if (extended.kind !== 'extended') throw new Error(extended.kind)
    await set({ restoredAtMs: String(Date.now() + 1_000) })
    await store.redis.del(roomKeys(room).passes, roomKeys(room).visits)
    expect(await renew(epoch, 'v0', extended.untilMs)).toMatchObject({ kind: 'claimed', untilMs: extended.untilMs })
    expect(await extend(epoch, 'v0')).toEqual({ kind: 'already' })
  })

  test('a claim that is repeated after the extension still gets the pass', async () => {
    const { claim, advance, extend, end, epoch, tick } = await openVisit()
    await end(epoch, 'v0')
    await tick()
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('claimed')
    await advance(6 * MINUTE_MS)
    expect((await extend(epoch, 'v1')).kind).toBe('extended')
    expect(await claim(epoch, 1, 'v1', 'a key')).toMatchObject({ kind: 'claimed', isExtended: true })
    expect((await claim(epoch, 1, 'v1', 'another')).kind).toBe('used')
  })
})
