import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

const RATE = { perMinute: 600, capacity: 100_000 }

describe('a position that was given up', () => {
  test.each([
    ['all of them in one run', () => true],
    ['in 300 runs', (position: number) => position % 3 !== 0],
  ])('costs the queue nothing: %s', async (_, isLeft) => {
    const { tick, join, leave, advance, read } = store.openRoom(RATE)
    await tick()
    const { epoch } = await join(2_000)
    const { serving } = await tick()
    const left = Array.from({ length: 900 }, (_, i) => serving + i).filter(isLeft)
    await Promise.all(left.map((position) => leave(epoch, position)))
    const isGone = new Set(left)
    const kept = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => from + i).filter((p) => !isGone.has(p)).length
    for (let steps = 0; steps < 3; steps++) {
      await advance(1_000)
      const before = await read()
      const after = await tick()
      // The bucket holds the tokens of one second, and the show rate is 1.
      expect(kept(before.serving, after.serving)).toBe(10)
    }
    const { newTurns, freshTurns, freshShows, reached, serving: last } = await read()
    expect([newTurns, freshTurns]).toEqual([kept(reached, last), kept(0, last)])
    expect(freshShows, 'no claim yet').toBe(0)
  })

  test('returns its token if it was called, once', async () => {
    const { tick, join, leave, claim, read, advance } = store.openRoom(RATE)
    await tick()
    const { epoch } = await join(5)
    await tick()
    await advance(300)
    await tick()
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    for (const position of [0, 1, 2, 2]) await leave(epoch, position)
    expect(await read()).toMatchObject({ leftCalled: 2, freshTurns: 3, freshShows: 1, newTurns: 0 })
    await advance(300)
    expect(await tick()).toMatchObject({ leftCalled: 0, freshTurns: 3 })
  })

  test('stays a no-show if its turn had settled', async () => {
    const { tick, join, leave, read, advanceInSteps } = store.openRoom(RATE)
    await tick()
    const { epoch } = await join(5)
    await tick()
    await advanceInSteps(12_000)
    const { settled, showRate } = await tick()
    expect(settled).toBe(5)
    expect(showRate).toBeLessThan(1)
    await leave(epoch, 1)
    expect(await read()).toMatchObject({ leftCalled: 0, freshTurns: 0, settledTurns: 0, showRate })
  })

  test('does not count for the show rate', async () => {
    const showRateOf = async (visitors: number, left: number[]) => {
      const { tick, join, leave, claim, advanceInSteps } = store.openRoom()
      await tick()
      const { epoch } = await join(visitors)
      await tick()
      await claim(epoch, 0)
      for (const position of left) await leave(epoch, position)
      await advanceInSteps(12_000)
      const { settled, showRate } = await tick()
      expect(settled).toBe(visitors)
      return showRate
    }
    const withoutLeaving = await showRateOf(2, [])
    expect(withoutLeaving).toBeLessThan(1)
    expect(await showRateOf(4, [1, 2])).toBeCloseTo(withoutLeaving, 4)
  })
})
