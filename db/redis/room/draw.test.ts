import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTokenKeys } from '../../../edge/contract/tokens.ts'
import { tick } from '../../../edge/rooms/room-tick.ts'
import { isDrawOutdated } from '../../../edge/waiting-room/phase.ts'
import type { RoomPlan } from '../../../edge/waiting-room/room-plan.ts'
import { ADMISSION, DRAW, openRoomStore, type RoomStore } from '../../../test/room-under-test.ts'
import { roomKeys } from '../keys.ts'
import { joinRoom, restartDraw } from './room.ts'

const PLAN: RoomPlan = {
  opening: { opensAtMs: null, closesAtMs: null, seatsLeft: null },
  admission: { ...ADMISSION, mode: 'draw' },
  rules: { identity: 'anyone', proofOfWork: 'never', maxWaiting: 1_000 },
  admitsWhenIdle: false,
  targetPath: '/',
  exitPath: '/',
}

let store: RoomStore
beforeAll(async () => void (store = await openRoomStore()))
afterAll(() => store.close())

describe('the draw', () => {
  test('publishes the commitment before the first join, and reveals the seed and the number of tickets in one write', async () => {
    const opensAtMs = Date.now() + 60_000
    const { tick, join, claim, advance } = store.openRoom({ mode: 'draw' }, { opensAtMs })
    expect(await tick()).toMatchObject({ phase: 'lobby', commitment: DRAW.commitment, seed: null, drawn: null })
    const { epoch } = await join(7)
    await advance(900)
    const opened = await tick({ opensAtMs: Date.now() - 100 })
    expect(opened).toMatchObject({ drawn: 7, seed: DRAW.seed, serving: 0 })
    await join(3)
    await advance(900)
    expect(await tick({ opensAtMs: Date.now() - 1_000 })).toMatchObject({ drawn: 7, issued: 10 })
    expect((await claim(epoch, 6)).kind).toBe('claimed')
  })

  test('calls in order of arrival when no edge has the seed of the commitment', async () => {
    const { tick, join, read, room } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    await join(3)
    await store.redis.hset(roomKeys(room).room, 'commitment', 'ef'.repeat(32))
    expect(await tick({ opensAtMs: Date.now() - 5_000 })).toMatchObject({ phase: 'lobby', drawn: null, seed: null })
    expect(await tick({ opensAtMs: Date.now() - 11_000 })).toMatchObject({ drawn: 0, seed: '' })
    expect((await read()).drawn).toBe(0)
  })

  test.each([
    ['paused', { paused: '1' }, {}],
    ['stopped', {}, { isStopped: true }],
    ['sold out', {}, { seatsLeft: 0 }],
  ])('A129: is held after a room was %s at the opening, however long', async (_, fields, opening) => {
    const { tick, join, set, room } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    await join(5)
    if (Object.keys(fields).length > 0) await set(fields as Record<string, string>)
    const opensAtMs = Date.now() - 3_600_000
    expect(await tick({ opensAtMs, ...opening })).toMatchObject({ drawn: null, seed: null })
    await store.redis.hdel(roomKeys(room).room, 'paused')
    expect(await tick({ opensAtMs })).toMatchObject({ drawn: 5, seed: DRAW.seed })
  })

  test('commits to no draw after the first join', async () => {
    const { read, join, tick } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await read()
    await join(1)
    expect((await tick()).commitment).toBeNull()
  })

  test('visitors who have left are counted out, before the draw and after it', async () => {
    const { tick, join, leave, advance } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const { epoch } = await join(10)
    for (let index = 0; index < 9; index++) await leave(epoch, index)
    expect(await tick()).toMatchObject({ goneWaiting: 9, goneAtDraw: 0 })
    await tick({ opensAtMs: Date.now() - 100 })
    await join(3)
    await leave(epoch, 11, 10)
    await advance(900)
    const opened = await tick({ opensAtMs: Date.now() - 1_000 })
    expect(opened).toMatchObject({ goneAtDraw: 9, goneWaiting: opened.serving > 11 ? 0 : 1 })
  })

  test('a ticket given up before the draw takes no other ticket’s position, and is not called', async () => {
    const { tick, join, claim, leave, advance } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const { epoch } = await join(4)
    await leave(epoch, 1)
    await tick({ opensAtMs: Date.now() - 100 })
    await advance(900)
    await tick({ opensAtMs: Date.now() - 1_000 })
    // The draw gives position 1 to another queue ticket, here the one with index 3.
    expect((await claimAs(epoch, 3, 1)).kind).toBe('claimed')
    expect((await claimAs(epoch, 1, 2)).kind).toBe('used')
    // At an edge that has not seen the draw yet, leaving takes no position either.
    await leave(epoch, 0)
    expect((await claimAs(epoch, 2, 0)).kind).toBe('claimed')
    expect((await claim(epoch, 3)).kind).toBe('claimed')

    function claimAs(epoch: number, index: number, position: number) {
      return claim(epoch, position, `by ${index}`, '', index)
    }
  })

  test('A137: is held again, in a new epoch, after an opening was postponed before anyone was called', async () => {
    const room = `test-${randomUUID()}`
    const restarts: number[] = []
    const parts = {
      redis: store.redis,
      tokenKeys: readTokenKeys('a secret for tests that has enough bytes'),
      responseCounts: () => ({ answered: 0, slow: 0 }),
      now: Date.now,
      log: (event: string) => void (event === 'draw_restarted' && restarts.push(1)),
    }
    const tickEdge = async (opensInMs: number, isStopped = false) => {
      const plan = { ...PLAN, opening: { opensAtMs: Date.now() + opensInMs, closesAtMs: null, seatsLeft: null, isStopped } }
      return (await tick(parts, room, plan, null)).state
    }
    const join = (count: number) => joinRoom(store.redis, room, Array<null>(count).fill(null))
    await tickEdge(60_000)
    await join(5)
    // The draw is held, and the sale is stopped before anyone is called.
    const drawn = await tickEdge(-1)
    expect(drawn).toMatchObject({ drawn: 5, serving: 0 })
    expect(await tickEdge(-2, true)).toMatchObject({ drawn: 5, serving: 0 })
    // A clock that differs by moments ends no draw.
    expect(await tickEdge(1_000, true)).toMatchObject({ drawn: 5, epoch: drawn.epoch })

    const [again, other] = await Promise.all([tickEdge(60_000), tickEdge(60_000)])
    expect(again).toMatchObject({ epoch: other.epoch, drawn: null, seed: null, issued: 0, commitment: other.commitment })
    expect(again.epoch).toBeGreaterThan(drawn.epoch)
    expect(again.commitment).toMatch(/^[\da-f]{64}$/)
    expect(again.commitment).not.toBe(drawn.commitment)
    expect(restarts.length).toBeGreaterThan(0)
    await store.redis.hincrby(roomKeys(room).room, 'restoredAtMs', -2_000)
    expect(await join(7)).toMatchObject({ epoch: again.epoch, indexes: [0, 1, 2, 3, 4, 5, 6] })
    expect(await tickEdge(-1)).toMatchObject({ drawn: 7, epoch: again.epoch })
  })

  test('A137: nobody joins before the commitment of a draw that is held again', async () => {
    const { tick, join, room } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    const { epoch } = await tick()
    await restartDraw(store.redis, room, epoch)
    expect(await joinRoom(store.redis, room, [null])).toBeNull()
    await restartDraw(store.redis, room, epoch)
    await store.redis.hincrby(roomKeys(room).room, 'restoredAtMs', -2_000)
    const { epoch: next } = await join(3)
    expect(next).toBeGreaterThan(epoch)
    // Another edge that restarts the former epoch changes nothing.
    await restartDraw(store.redis, room, epoch)
    expect(await join(1)).toMatchObject({ epoch: next, indexes: [3] })
  })

  test('A137: an opening that is postponed after the first call keeps the drawn order', async () => {
    const { tick, join, advance, room } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    await join(3)
    await tick({ opensAtMs: Date.now() - 100 })
    await advance(900)
    const called = await tick({ opensAtMs: Date.now() - 1_000 })
    expect(called.serving).toBeGreaterThan(0)
    const postponed = { opensAtMs: Date.now() + 60_000, closesAtMs: null, seatsLeft: null }
    expect(isDrawOutdated(called, postponed, PLAN.admission)).toBe(false)
    expect(isDrawOutdated({ ...called, serving: 0 }, postponed, PLAN.admission)).toBe(true)
    expect(isDrawOutdated({ ...called, serving: 0, mode: 'fifo' }, postponed, PLAN.admission)).toBe(false)
    expect(isDrawOutdated({ ...called, serving: 0, drawn: null }, postponed, PLAN.admission)).toBe(false)
    expect(await store.redis.hget(roomKeys(room).room, 'drawn')).toBe('3')
  })
})
