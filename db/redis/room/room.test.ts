import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Admission, Opening } from '../../../edge/waiting-room/admission.ts'
import { phaseOf } from '../../../edge/waiting-room/phase.ts'
import { HOLD_MS, type RoomState } from '../../../edge/waiting-room/room-state.ts'
import { stepRoom } from '../../../edge/waiting-room/step.ts'
import { freshStores } from '../../../test/shop.ts'
import { openRedis, untilReady } from '../client.ts'
import { roomKeys } from '../keys.ts'
import {
  type Claim,
  claimTurns,
  defineRoomScripts,
  endVisits,
  joinRoom,
  type KnownRoom,
  leaveRoom,
  resetRoom,
  tickRoom,
} from './room.ts'

let redis: Redis
let stores: Awaited<ReturnType<typeof freshStores>>
beforeAll(async () => {
  stores = await freshStores()
  redis = openRedis(stores.redisUrl)
  defineRoomScripts(redis)
  await untilReady(redis)
})
afterAll(async () => {
  redis.disconnect()
  await stores.drop()
})

const OPEN: Opening = { opensAtMs: 1, closesAtMs: null, seatsLeft: null }
const ADMISSION: Admission = {
  ...{ mode: 'fifo', perMinute: 60_000, capacity: 100, turnMs: 60_000, passMs: 60_000, idleMs: 60_000, lobbyMs: 1_800_000 },
  stepMs: 0,
}
const DRAW = { seed: 'ab'.repeat(32), commitment: 'cd'.repeat(32) }

const claimOne = async (client: Redis, room: string, claim: Claim, admission: Admission) =>
  (await claimTurns(client, room, [claim], admission))[0]!

/** A room under test; every tick is a step. Time is moved by moving what the room remembers of it. */
function openRoom(changes: Partial<Admission> = {}, opening: Partial<Opening> = {}) {
  const room = `test-${randomUUID()}`
  const keys = roomKeys(room)
  const admission = { ...ADMISSION, ...changes }
  const look = async (known: KnownRoom | null = null, answers = { answered: 0, slow: 0 }) =>
    (await tickRoom(redis, room, admission, { ...answers, known, step: null }))!
  const step = async (state: RoomState, now: Partial<Opening> = {}) =>
    (await tickRoom(redis, room, admission, {
      ...{ answered: 0, slow: 0, known: null },
      step: stepRoom(state, { ...OPEN, ...opening, ...now }, admission, admission.mode === 'draw' ? DRAW : null),
    }))!
  return {
    room,
    look,
    step,
    async tick(now: Partial<Opening> = {}) {
      const state = await step(await look(), now)
      return { ...state, phase: phaseOf(state, { ...OPEN, ...opening, ...now }, admission) }
    },
    join: async (count = 1) => (await joinRoom(redis, room, Array<null>(count).fill(null)))!,
    claim: (epoch: number, position: number, visitor = `v${position}`, key = '', index = position) =>
      claimOne(redis, room, { epoch, visitor, position, index, key }, admission),
    renew: (epoch: number, visitor: string, untilMs = Date.now() + admission.passMs) =>
      claimOne(redis, room, { epoch, visitor, untilMs }, admission),
    end: (epoch: number, visitor: string) => endVisits(redis, room, epoch, [visitor]),
    leave: (epoch: number, position: number, drawn: number | null = null) =>
      leaveRoom(redis, room, { epoch, visitor: `v${position}` }, { index: position, position, drawn, account: null }),
    set: (fields: Record<string, string>) => redis.hset(keys.room, fields),
    async pass(ms: number) {
      const times = await redis.hmget(keys.room, 'steppedAtMs', 'judgedAtMs')
      await redis.hset(keys.room, { steppedAtMs: Number(times[0]) - ms, judgedAtMs: Number(times[1]) - ms })
      for (const key of [keys.turns, keys.passes, keys.deferred]) {
        const list = await redis.zrange(key, '0', '-1', 'WITHSCORES')
        for (let i = 0; i < list.length; i += 2) await redis.zadd(key, String(Number(list[i + 1]) - ms), list[i]!)
      }
      for (const [visitor, since] of Object.entries(await redis.hgetall(keys.visits))) {
        await redis.hset(keys.visits, visitor, String(Number(since) - ms))
      }
    },
  }
}

/** What an edge remembers. */
const remember = ({ paused, ...state }: RoomState): KnownRoom => ({ ...state, paused: paused ? '1' : null })

/** Lets time go by in steps, so that the room has not been silent. */
async function live({ pass, tick }: Pick<ReturnType<typeof openRoom>, 'pass' | 'tick'>, ms: number) {
  for (let left = ms; left > 0; left -= 900) {
    await pass(Math.min(900, left))
    await tick()
  }
}

describe('tickRoom()', () => {
  test('lets people walk straight in while nobody waits', async () => {
    const { tick, join, claim } = openRoom()
    expect((await tick()).phase).toBe('idle')
    const { epoch, indexes } = await join()
    expect((await claim(epoch, indexes[0]!)).kind).toBe('claimed')
  })

  test('calls nobody before the opening, and starts with an empty bucket', async () => {
    const { tick, join, claim, pass } = openRoom({ perMinute: 6_000 }, { opensAtMs: Date.now() + 60_000 })
    expect((await tick()).phase).toBe('lobby')
    const { epoch } = await join(50)
    await pass(10_000)
    expect((await tick()).serving).toBe(0)
    expect((await claim(epoch, 0)).kind).toBe('waiting')
    await pass(10_000)
    // A tenth of a second after the opening, and not ten seconds' worth of people.
    const opened = await tick({ opensAtMs: Date.now() - 100 })
    expect(opened.phase).toBe('open')
    expect(opened.serving).toBeGreaterThanOrEqual(9)
    expect(opened.serving).toBeLessThan(50)
  })

  test('is closed before its lobby and after its end', async () => {
    expect((await openRoom({ lobbyMs: 1_000 }, { opensAtMs: Date.now() + 60_000 }).tick()).phase).toBe('closed')
    expect((await openRoom({}, { closesAtMs: Date.now() - 1 }).tick()).phase).toBe('closed')
  })

  test('is closed while an operator says so, and goes on where it stood', async () => {
    const { tick, join, pass, claim, set } = openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    await set({ mode: 'closed' })
    await pass(5_000)
    const { phase, serving } = await tick()
    expect([phase, serving]).toEqual(['closed', 1])
    expect((await claim(epoch, 2)).kind).toBe('waiting')
    await set({ mode: 'fifo' })
    expect(await tick()).toMatchObject({ phase: 'open', epoch, issued: 3, activeVisits: 1 })
  })

  test('calls no faster than its rate, and saves at most a second of it', async () => {
    const { tick, join, pass } = openRoom({ perMinute: 600, capacity: 100_000 })
    await tick()
    await join(1_000)
    await pass(60_000)
    const { serving } = await tick()
    expect(serving).toBeLessThanOrEqual(30)
    await pass(500)
    const later = await tick()
    expect(later.serving - serving).toBeGreaterThanOrEqual(4)
    expect(later.serving - serving).toBeLessThanOrEqual(10)
  })

  test('has no more people inside or called than its capacity', async () => {
    const room = openRoom({ perMinute: 600_000, capacity: 10 })
    await room.tick()
    const { epoch } = await room.join(50)
    await live(room, 5_000)
    expect((await room.tick()).serving).toBe(10)
    for (let place = 0; place < 4; place++) expect((await room.claim(epoch, place)).kind).toBe('claimed')
    await live(room, 1_000)
    expect((await room.tick()).serving).toBe(10)
  })

  test('never lets in more than its capacity, whoever was called: the door keeps their turn', async () => {
    const room = openRoom({ capacity: 2 })
    await room.tick()
    const { epoch } = await room.join(5)
    await room.set({ serving: '5', reached: '5' })
    for (const place of [0, 1]) expect((await room.claim(epoch, place)).kind).toBe('claimed')
    expect((await room.claim(epoch, 2)).kind).toBe('deferred')
    expect((await room.look()).deferred).toBe(1)
    await room.end(epoch, 'v0')
    expect((await room.claim(epoch, 2)).kind).toBe('claimed')
    expect(await room.look()).toMatchObject({ activeVisits: 2, deferred: 0 })
  })

  test('calls the next when a visit ends, and learns how long visits take', async () => {
    const room = openRoom({ capacity: 2 })
    await room.tick()
    const { epoch } = await room.join(5)
    await room.tick()
    for (const place of [0, 1]) await room.claim(epoch, place)
    await room.pass(20_000)
    await room.end(epoch, 'v0')
    const state = await room.tick()
    expect(state.serving).toBe(3)
    // Two people for twenty seconds, and one visit over.
    expect(state.exits).toBe(1)
    expect(state.visitMs).toBeGreaterThanOrEqual(20_000)
    expect(state.visitMs).toBeLessThan(41_000)
  })

  test('calls the next when a pass was not used for its idle time', async () => {
    const room = openRoom({ capacity: 1, idleMs: 5_000 })
    await room.tick()
    const { epoch } = await room.join(3)
    await room.tick()
    expect((await room.claim(epoch, 0)).kind).toBe('claimed')
    await live(room, 4_000)
    expect(await room.renew(epoch, 'v0')).toMatchObject({ kind: 'claimed' })
    await live(room, 4_000)
    expect((await room.look()).activeVisits).toBe(1)
    await live(room, 2_000)
    expect((await room.tick()).serving).toBe(2)
    expect((await room.renew(epoch, 'v0')).kind).toBe('used')
  })

  test('lets no turn lapse while nobody could claim it: paused, or with no edge to ask', async () => {
    for (const away of ['paused', 'silent'] as const) {
      const room = openRoom({ capacity: 3, turnMs: 2_000 })
      await room.tick()
      const { epoch } = await room.join(5)
      await room.tick()
      if (away === 'paused') await room.set({ paused: '1' })
      if (away === 'paused') await live(room, 30_000)
      else await room.pass(60_000)
      await redis.hdel(roomKeys(room.room).room, 'paused')
      await room.tick()
      expect((await room.claim(epoch, 0)).kind, away).toBe('claimed')
    }
  })

  test('keeps no place free for a turn that nobody has claimed for a while, and that turn is not lost', async () => {
    const room = openRoom({ capacity: 3, turnMs: 30_000 })
    await room.tick()
    const { epoch } = await room.join(10)
    await room.tick()
    expect((await room.claim(epoch, 0)).kind).toBe('claimed')
    await live(room, HOLD_MS + 2_000)
    expect((await room.tick()).serving).toBeGreaterThanOrEqual(5)
    expect((await room.claim(epoch, 1)).kind).toBe('claimed')
  })

  test('gives a missed turn one more chance for four times as long, and then not', async () => {
    const room = openRoom({ capacity: 3, turnMs: 3_000 })
    await room.tick()
    const { epoch } = await room.join(10)
    await room.tick()
    await live(room, 10_000)
    expect((await room.claim(epoch, 1)).kind).toBe('claimed')
    await live(room, 10_000)
    expect((await room.claim(epoch, 0)).kind).toBe('missed')
  })

  test('gives the share of a place that was left to the next at once', async () => {
    const room = openRoom({ capacity: 2 })
    await room.tick()
    const { epoch } = await room.join(5)
    await room.tick()
    await room.leave(epoch, 1)
    await room.pass(1_000)
    expect((await room.tick()).serving).toBe(3)
  })

  test('stops calling when nothing is left, calls few for few seats, and goes on when seats come back', async () => {
    const { tick, join, pass } = openRoom({ capacity: 10 })
    await tick({ seatsLeft: 3 })
    await join(50)
    await pass(1_000)
    expect(await tick({ seatsLeft: 3 })).toMatchObject({ phase: 'open', serving: 6 })
    await pass(1_000)
    expect(await tick({ seatsLeft: 0 })).toMatchObject({ phase: 'sold_out', serving: 6 })
    await pass(900)
    expect(await tick({ seatsLeft: 3 })).toMatchObject({ phase: 'open', serving: 6 })
    await pass(900)
    expect(await tick({ seatsLeft: 4 })).toMatchObject({ phase: 'open', serving: 8 })
  })

  test('keeps every place while it is paused', async () => {
    const { tick, join, claim, set, room } = openRoom({ capacity: 10 })
    await tick()
    const { epoch } = await join(5)
    await set({ paused: '1' })
    expect(await tick()).toMatchObject({ phase: 'paused', issued: 5, epoch })
    await redis.hdel(roomKeys(room).room, 'paused')
    await tick()
    expect((await claim(epoch, 4)).kind).toBe('claimed')
  })

  test('steps once, whoever of many edges that saw the same is first', async () => {
    const { tick, join, pass, look, step } = openRoom({ perMinute: 6_000, capacity: 100_000 })
    await tick()
    await join(10_000)
    await pass(1_000)
    const seen = await look()
    const states = await Promise.all(Array.from({ length: 20 }, () => step(seen)))
    expect(new Set(states.map(({ serving }) => serving)).size).toBe(1)
    expect((await look()).tokens).toBeLessThanOrEqual(100)
  })

  test('publishes the commitment before anybody has joined, and reveals the seed with the number of tickets in one write', async () => {
    const opensAtMs = Date.now() + 60_000
    const { tick, join, claim, pass } = openRoom({ mode: 'draw' }, { opensAtMs })
    expect(await tick()).toMatchObject({ phase: 'lobby', commitment: DRAW.commitment, seed: null, drawn: null })
    const { epoch } = await join(7)
    await pass(900)
    const opened = await tick({ opensAtMs: Date.now() - 100 })
    expect(opened).toMatchObject({ drawn: 7, seed: DRAW.seed, serving: 0 })
    await join(3)
    await pass(900)
    expect(await tick({ opensAtMs: Date.now() - 1_000 })).toMatchObject({ drawn: 7, issued: 10 })
    expect((await claim(epoch, 6)).kind).toBe('claimed')
  })

  test('calls people as they came when nobody has the seed that was committed to', async () => {
    const { tick, join, look, room } = openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    await join(3)
    await redis.hset(roomKeys(room).room, 'commitment', 'ef'.repeat(32))
    expect(await tick({ opensAtMs: Date.now() - 5_000 })).toMatchObject({ phase: 'lobby', drawn: null, seed: null })
    expect(await tick({ opensAtMs: Date.now() - 11_000 })).toMatchObject({ drawn: 0, seed: '' })
    expect((await look()).drawn).toBe(0)
  })

  test('commits to no draw when somebody has joined already', async () => {
    const { look, join, tick } = openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await look()
    await join(1)
    expect((await tick()).commitment).toBeNull()
  })

  test('takes no tickets of its former life after it was lost', async () => {
    const { room, tick, join, claim } = openRoom()
    await tick()
    const { epoch } = await join()
    await redis.hset(roomKeys(room).room, 'epoch', epoch - 10)
    await redis.del(roomKeys(room).room)
    await tick()
    expect((await claim(epoch - 10, 0)).kind).toBe('void')
  })

  test('goes on from what edges remember when the store has lost the room: places, pause, and those inside', async () => {
    const { room, tick, join, look, claim, renew, set } = openRoom({ capacity: 3 })
    await tick()
    const { epoch } = await join(20)
    await tick()
    for (const place of [0, 1, 2]) await claim(epoch, place)
    await set({ paused: '1' })
    const known = remember(await tick())
    await redis.del(...Object.values(roomKeys(room)))
    expect(await look(known)).toMatchObject({ epoch, issued: 20, serving: known.serving, paused: true, activeVisits: 0 })
    // Nobody joins until all edges have said what they know.
    expect(await joinRoom(redis, room, [null])).toBeNull()
    await redis.hdel(roomKeys(room).room, 'paused')
    await redis.hincrby(roomKeys(room).room, 'restoredAtMs', -2_000)
    expect((await joinRoom(redis, room, [null]))!.indexes).toEqual([20])
    // Their passes are proof enough for those inside, and nobody is called in their stead.
    await tick()
    expect((await claim(epoch, 2, 'another')).kind).toBe('deferred')
    expect((await renew(epoch, 'v0', Date.now() + 50_000)).kind).toBe('claimed')
    expect((await look()).activeVisits).toBe(1)
  })

  test('gives no index and holds no draw twice when the store comes back older', async () => {
    const { room, tick, join, look } = openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const { epoch } = await join(20)
    const before = await redis.hgetall(roomKeys(room).room)
    await join(5)
    const known = remember(await tick({ opensAtMs: Date.now() - 100 }))
    expect(known.drawn).toBe(25)
    await redis.hset(roomKeys(room).room, before)
    await redis.hdel(roomKeys(room).room, 'drawn', 'seed')
    expect(await look(known)).toMatchObject({ issued: 25, drawn: 25, seed: DRAW.seed })
    expect(await joinRoom(redis, room, [null], { epoch, issued: 25 })).toBeNull()
  })

  test('makes no room that others may remember, unless it is told to', async () => {
    const { room } = openRoom()
    const asked = { answered: 0, slow: 0, known: null, step: null }
    expect(await tickRoom(redis, room, ADMISSION, { ...asked, create: false })).toBeNull()
    expect(await redis.exists(roomKeys(room).room)).toBe(0)
    expect(await tickRoom(redis, room, ADMISSION, asked)).not.toBeNull()
  })

  test('whoever leaves before the draw takes nobody’s place, and is not called', async () => {
    const { tick, join, claim, leave, pass } = openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const { epoch } = await join(4)
    await leave(epoch, 1)
    await tick({ opensAtMs: Date.now() - 100 })
    await pass(900)
    await tick({ opensAtMs: Date.now() - 1_000 })
    // Place 1 is somebody else's now: the ticket with index 3, say.
    expect((await claimTurnAs(epoch, 3, 1)).kind).toBe('claimed')
    expect((await claimTurnAs(epoch, 1, 2)).kind).toBe('used')
    // An edge that has not heard of the draw takes nobody's place either.
    await leave(epoch, 0)
    expect((await claimTurnAs(epoch, 2, 0)).kind).toBe('claimed')
    expect((await claim(epoch, 3)).kind).toBe('claimed')

    function claimTurnAs(epoch: number, index: number, position: number) {
      return claim(epoch, position, `by ${index}`, '', index)
    }
  })

  test('takes an admin’s odd words for none', async () => {
    const { tick, set } = openRoom()
    await tick()
    await set({ paused: '0', mode: 'FIFO', capacity: 'x', perMinute: '' })
    expect(await tick()).toMatchObject({ phase: 'idle', paused: false, mode: null, capacity: null, perMinute: null })
  })

  test('goes on when the clock of the store was set back', async () => {
    const { tick, set, join } = openRoom()
    await tick()
    await join(1)
    await set({ steppedAtMs: String(Date.now() + 600_000) })
    await tick()
    expect((await tick()).steppedAtMs).toBeLessThan(Date.now() + 60_000)
  })

  test('adds what all edges say of the origin, and takes off what was judged', async () => {
    const { look, step, tick, join, claim } = openRoom()
    await tick()
    const { epoch } = await join(10)
    for (let place = 0; place < 10; place++) await claim(epoch, place)
    await look(null, { answered: 60, slow: 6 })
    const seen = await look(null, { answered: 40, slow: 4 })
    expect(seen).toMatchObject({ answered: 100, slow: 10 })
    const judged = await step({ ...seen, judgedAtMs: seen.nowMs - 2_000 })
    expect(judged).toMatchObject({ window: 9.5, answered: 0, slow: 0 })
  })

  test('leaves no key without an end', async () => {
    const { room, tick, join, claim } = openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    await claim(epoch, 0)
    await joinRoom(redis, room, ['u1'])
    await tick()
    for (const key of Object.values(roomKeys(room))) expect(await redis.pttl(key), key).not.toBe(-1)
  })
})

describe('resetRoom()', () => {
  test('begins anew: places from 0, nobody inside, nothing of the draw, and what an operator has set stays', async () => {
    const opensAtMs = Date.now() + 60_000
    const { room, tick, join, claim, renew, set, pass } = openRoom({ mode: 'draw', capacity: 2 }, { opensAtMs })
    await tick()
    const { epoch } = await join(5)
    await joinRoom(redis, room, ['u1'])
    await tick({ opensAtMs: Date.now() - 1_000 })
    await pass(900)
    expect(await tick({ opensAtMs: Date.now() - 2_000 })).toMatchObject({ drawn: 6, serving: 2 })
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    await set({ perMinute: '7', capacity: '3', mode: 'draw', paused: '1' })

    const reset = await resetRoom(redis, room)
    if (reset.kind !== 'reset') throw new Error(reset.kind)
    expect(reset.epoch).toBeGreaterThan(epoch)
    expect(await tick()).toMatchObject({
      ...{ epoch: reset.epoch, issued: 0, serving: 0, activeVisits: 0, drawn: null, seed: null, commitment: DRAW.commitment },
      ...{ perMinute: 7, capacity: 3, mode: 'draw', paused: true },
    })
    expect((await joinRoom(redis, room, ['u1', 'u2']))!).toEqual({ epoch: reset.epoch, indexes: [0, 1] })
    expect((await claim(epoch, 1)).kind).toBe('void')
    expect((await renew(epoch, 'v0')).kind).toBe('void')
    for (const key of Object.values(roomKeys(room))) expect(await redis.pttl(key), key).not.toBe(-1)
  })

  test('is undone by no edge that has not heard of it, nor by a store that comes back older', async () => {
    const { room, tick, join, look } = openRoom()
    await tick()
    await join(20)
    const older = remember(await tick())
    const stored = await redis.hgetall(roomKeys(room).room)
    await resetRoom(redis, room)
    const { epoch, issued } = await look(older)
    expect([epoch > older.epoch, issued]).toEqual([true, 0])
    await join(3)
    const newer = remember(await tick())

    await redis.del(...Object.values(roomKeys(room)))
    expect(await look(older)).toMatchObject({ epoch: older.epoch, issued: 20 })
    expect(await look(newer)).toMatchObject({ epoch, issued: 3 })
    expect(await look(older)).toMatchObject({ epoch, issued: 3 })
    expect(await joinRoom(redis, room, [null]), 'nobody joins until all have said what they know').toBeNull()

    await redis.del(roomKeys(room).room)
    await redis.hset(roomKeys(room).room, stored)
    expect(await look(newer)).toMatchObject({ epoch, issued: 3 })
  })

  test('begins no room that is not there', async () => {
    const { room } = openRoom()
    expect(await resetRoom(redis, room)).toEqual({ kind: 'unknown' })
    expect(await redis.exists(roomKeys(room).room)).toBe(0)
  })
})

describe('joinRoom()', () => {
  test('gives the indexes of a room once each, in order', async () => {
    const { tick, join } = openRoom()
    await tick()
    const blocks = await Promise.all([join(3), join(1), join(2)])
    expect(blocks.flatMap(({ indexes }) => indexes).sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('gives an account one place, and another when that one is spent', async () => {
    const { room, tick } = openRoom()
    await tick()
    const { epoch } = (await joinRoom(redis, room, ['u1', 'u2', 'u1']))!
    expect((await joinRoom(redis, room, ['u2', 'u3']))!.indexes).toEqual([1, 2])
    const leave = (index: number) =>
      leaveRoom(redis, room, { epoch, visitor: `u2.${epoch}.${index}` }, { index, position: index, drawn: null, account: 'u2' })
    await leave(1)
    expect((await joinRoom(redis, room, ['u2']))!.indexes).toEqual([3])
    // The old ticket cannot give the new place up.
    await leave(1)
    expect((await joinRoom(redis, room, ['u2']))!.indexes).toEqual([3])
  })

  test('gives no more tickets than may wait, however many ask at once, and again when some were called', async () => {
    const { room, tick, pass } = openRoom({ capacity: 2 })
    const ask = async (count: number) => (await joinRoom(redis, room, Array<null>(count).fill(null), null, 3))!.indexes
    const { serving } = await tick()
    const given = (await Promise.all(Array.from({ length: 20 }, () => ask(10)))).flat().filter((index) => index !== null)
    expect(given.sort((a, b) => a - b)).toEqual(Array.from({ length: serving + 3 }, (_, i) => i))
    expect(await ask(1)).toEqual([null])
    await pass(11_000)
    const called = (await tick()).serving
    const more = await ask(10)
    expect(more.filter((index) => index !== null)).toHaveLength(called - serving)
  })

  test('an account that waits in a full line has its place still', async () => {
    const { room, tick } = openRoom({ capacity: 1 }, { opensAtMs: Date.now() + 60_000 })
    await tick()
    const ask = async (...accounts: string[]) => (await joinRoom(redis, room, accounts, null, 2))!.indexes
    expect(await ask('u1', 'u2', 'u3', 'u1')).toEqual([0, 1, null, 0])
    expect(await ask('u3', 'u2')).toEqual([null, 1])
  })

  test('knows no room before somebody has ticked it', async () => {
    expect(await joinRoom(redis, `test-${randomUUID()}`, [null])).toBeNull()
  })
})

describe('claimTurns()', () => {
  test('decides many in their order, each as if it had come alone', async () => {
    const { room, join, tick, look } = openRoom({ capacity: 2 })
    await tick()
    await join(5)
    const { epoch, serving } = await tick()
    expect(serving).toBeGreaterThanOrEqual(2)
    const who = (position: number, visitor = `v${position}`) => ({ epoch, visitor, position, index: position, key: 'k' })
    const asked = [who(0), { ...who(1), epoch: epoch + 1 }, who(0), who(0, 'thief'), who(4), who(1), who(2)]
    const admission = { ...ADMISSION, capacity: 2 }
    const kinds = (await claimTurns(redis, room, asked, admission)).map(({ kind }) => kind)
    expect(kinds.slice(0, 4)).toEqual(['claimed', 'void', 'claimed', 'used'])
    expect(kinds[4]).toBe(serving > 4 ? 'claimed' : 'waiting')
    expect(kinds[5]).toBe('claimed')
    expect((await look()).activeVisits, 'the capacity holds within one call').toBe(2)
  })

  test('visits that end together are counted once each', async () => {
    const { room, join, tick, claim, look } = openRoom()
    await tick()
    await join(3)
    const { epoch } = await tick()
    for (const place of [0, 1, 2]) await claim(epoch, place)
    await endVisits(redis, room, epoch + 1, ['v0'])
    expect((await look()).activeVisits).toBe(3)
    await endVisits(redis, room, epoch, ['v0', 'v2', 'v0', 'nobody'])
    expect(await look()).toMatchObject({ activeVisits: 1, ended: 2 })
  })

  test('gives one pass for a ticket, however many ask; to the same key again while inside', async () => {
    const { tick, join, claim, look, end } = openRoom()
    await tick()
    const { epoch } = await join(2)
    const replies = await Promise.all(Array.from({ length: 10 }, () => claim(epoch, 0)))
    expect(replies.map(({ kind }) => kind)).toEqual(['claimed', ...Array<string>(9).fill('used')])
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('claimed')
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('claimed')
    expect((await claim(epoch, 1, 'v1', 'another')).kind).toBe('used')
    expect((await look()).activeVisits).toBe(2)
    await end(epoch, 'v1')
    expect((await claim(epoch, 1, 'v1', 'a key')).kind).toBe('used')
  })

  test('renews a pass up to its longest life, and not after', async () => {
    const room = openRoom({ passMs: 10_000, idleMs: 6_000 })
    await room.tick()
    const { epoch } = await room.join()
    const first = await room.claim(epoch, 0)
    await live(room, 4_500)
    if (first.kind !== 'claimed') throw new Error('no pass')
    const renewed = await room.renew(epoch, 'v0', first.untilMs - 4_500)
    if (first.kind !== 'claimed' || renewed.kind !== 'claimed') throw new Error('no pass')
    expect(renewed.expiresAtMs).toBeLessThanOrEqual(renewed.untilMs)
    expect(renewed.untilMs - Date.now()).toBeLessThan(6_000)
    await live(room, 5_900)
    expect((await room.claim(epoch, 0)).kind).toBe('used')
  })

  test('a pass that an edge renewed alone is live when the store is back, one that had ended before is not', async () => {
    const { room, tick, join, claim, renew, pass } = openRoom({ idleMs: 10_000, passMs: 600_000 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    await claim(epoch, 0)
    await pass(11_000)
    await claim(epoch, 1)
    await pass(60_000)
    const back = { answered: 0, slow: 0, known: null, step: null, silentMs: 55_000 }
    expect((await tickRoom(redis, room, { ...ADMISSION, idleMs: 10_000 }, back))!.activeVisits).toBe(1)
    expect((await renew(epoch, 'v1', Date.now() + 500_000)).kind).toBe('claimed')
    expect((await renew(epoch, 'v0', Date.now() + 500_000)).kind).toBe('used')
    await pass(60_000)
    await tick()
    expect((await renew(epoch, 'v1', Date.now() + 400_000)).kind, 'nobody was away').toBe('used')
  })

  test('gives no pass to a place that was not called', async () => {
    const { tick, join, claim } = openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    expect((await claim(epoch, 2)).kind).toBe('waiting')
  })
})
