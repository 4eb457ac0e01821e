import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshStores } from '../../test/shop.ts'
import { openRedis, untilReady } from './client.ts'
import { roomKeys } from './keys.ts'
import { type Admission, claimTurn, defineRoomScripts, endPass, joinRoom, leaveRoom, type Opening, tickRoom } from './rooms.ts'

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
const ADMISSION: Admission = { perMinute: 60_000, capacity: 100, turnMs: 60_000, passMs: 60_000, lobbyMs: 1_800_000, stepMs: 0 }

/** A room under test; every tick is a step. Time is moved by moving what the room remembers of it. */
function openRoom(admission: Partial<Admission> = {}, opening: Partial<Opening> = {}) {
  const room = `test-${randomUUID()}`
  const keys = roomKeys(room)
  const tick = (now: Partial<Opening> = {}) =>
    tickRoom(redis, room, { ...OPEN, ...opening, ...now }, { ...ADMISSION, ...admission })
  return {
    room,
    tick,
    join: async (count = 1) => (await joinRoom(redis, room, count))!,
    claim: (epoch: number, place: number, passId = randomUUID() as string) =>
      claimTurn(redis, room, { epoch, place, passId, passMs: 60_000 }),
    set: (fields: Record<string, string>) => redis.hset(keys.room, fields),
    async pass(ms: number) {
      const [stepped, turns, passes]: [string | null, string[], string[]] = await Promise.all([
        redis.hget(keys.room, 'stepped_at'),
        redis.zrange(keys.turns, '0', '-1', 'WITHSCORES'),
        redis.zrange(keys.passes, '0', '-1', 'WITHSCORES'),
      ])
      await redis.hset(keys.room, 'stepped_at', String(Number(stepped) - ms))
      for (const [key, list] of [[keys.turns, turns], [keys.passes, passes]] as const) {
        for (let i = 0; i < list.length; i += 2) await redis.zadd(key, String(Number(list[i + 1]) - ms), list[i]!)
      }
    },
  }
}

describe('tickRoom()', () => {
  test('lets people walk straight in while nobody waits', async () => {
    const { tick, join, claim } = openRoom()
    expect((await tick()).phase).toBe('idle')
    const { epoch, firstIndex } = await join()
    expect((await claim(epoch, firstIndex)).kind).toBe('claimed')
  })

  test('gives the indexes of a room once each, in order', async () => {
    const { tick, join } = openRoom()
    await tick()
    const blocks = await Promise.all([join(3), join(1), join(2)])
    expect(blocks.map(({ firstIndex }) => firstIndex).sort((a, b) => a - b)).toEqual([0, 3, 4].sort((a, b) => a - b))
  })

  test('knows no room before somebody has ticked it', async () => {
    expect(await joinRoom(redis, `test-${randomUUID()}`, 1)).toBeNull()
  })

  test('calls nobody before the opening, and starts with an empty bucket', async () => {
    const opensAtMs = Date.now() + 60_000
    const { tick, join, claim, pass } = openRoom({ perMinute: 6_000 }, { opensAtMs })
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
    const { tick, join, claim, pass } = openRoom({ perMinute: 600_000, capacity: 10 })
    await tick()
    const { epoch } = await join(50)
    for (let i = 0; i < 5; i++) {
      await pass(1_000)
      await tick()
    }
    expect((await tick()).serving).toBe(10)
    for (let place = 0; place < 4; place++) expect((await claim(epoch, place)).kind).toBe('claimed')
    await pass(1_000)
    expect((await tick()).serving).toBe(10)
  })

  test('calls the next when a pass ends', async () => {
    const { room, tick, join, claim, pass } = openRoom({ capacity: 2 })
    await tick()
    const { epoch } = await join(5)
    await tick()
    await claim(epoch, 0, 'a-pass')
    await claim(epoch, 1)
    await endPass(redis, room, 'a-pass')
    await pass(1_000)
    expect((await tick()).serving).toBe(3)
  })

  test('lets no turn lapse while nobody could claim it: paused, or with no edge to ask', async () => {
    for (const away of ['paused', 'silent'] as const) {
      const { tick, join, claim, pass, set } = openRoom({ capacity: 3, turnMs: 10_000 })
      await tick()
      const { epoch } = await join(5)
      await tick()
      if (away === 'paused') await set({ paused: '1' })
      for (let i = 0; i < 3; i++) {
        await pass(away === 'paused' ? 900 : 60_000)
        if (away === 'paused') { for (let j = 0; j < 15; j++) await pass(900).then(() => tick()) }
      }
      if (away === 'paused') await set({ paused: '0' })
      await tick()
      expect((await claim(epoch, 0)).kind, away).toBe('claimed')
    }
  })

  test('gives the share of a turn that nobody claimed to the next', async () => {
    const { tick, join, claim, pass } = openRoom({ capacity: 3, turnMs: 10_000 })
    await tick()
    const { epoch } = await join(10)
    await tick()
    expect((await claim(epoch, 0)).kind).toBe('claimed')
    for (let i = 0; i < 13; i++) {
      await pass(900)
      await tick()
    }
    expect((await tick()).serving).toBe(5)
    expect((await claim(epoch, 1)).kind).toBe('missed')
    expect((await claim(epoch, 3)).kind).toBe('claimed')
  })

  test('gives the share of a place that was left to the next at once', async () => {
    const { room, tick, join, pass } = openRoom({ capacity: 2 })
    await tick()
    const { epoch } = await join(5)
    await tick()
    await leaveRoom(redis, room, { epoch, place: 1 })
    await pass(1_000)
    expect((await tick()).serving).toBe(3)
  })

  test('stops calling when nothing is left, and goes on when seats come back', async () => {
    const { tick, join, pass } = openRoom({ capacity: 10 })
    await tick()
    await join(50)
    const full = await tick()
    await pass(1_000)
    const stopped = await tick({ seatsLeft: 0 })
    expect(stopped.phase).toBe('sold_out')
    expect(stopped.serving).toBeLessThanOrEqual(full.serving)
    await pass(1_000)
    expect(await tick({ seatsLeft: 1 })).toMatchObject({ phase: 'open', serving: 10 })
  })

  test('keeps every place while it is paused', async () => {
    const { tick, join, claim, set } = openRoom({ capacity: 10 })
    await tick()
    const { epoch } = await join(5)
    await set({ paused: '1' })
    const paused = await tick()
    expect(paused).toMatchObject({ phase: 'paused', issued: 5, epoch })
    await set({ paused: '0' })
    await tick()
    expect((await claim(epoch, 4)).kind).toBe('claimed')
  })

  test('happens once a step, whichever edge is first', async () => {
    const { tick, join, pass } = openRoom({ perMinute: 6_000, capacity: 100_000, stepMs: 250 })
    await tick()
    await join(10_000)
    await pass(1_000)
    const ticks = await Promise.all(Array.from({ length: 20 }, () => tick()))
    expect(new Set(ticks.map(({ serving }) => serving)).size).toBe(1)
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
})

describe('claimTurn()', () => {
  test('gives one pass for a ticket, however many ask', async () => {
    const { tick, join, claim } = openRoom()
    await tick()
    const { epoch, firstIndex } = await join()
    const replies = await Promise.all(Array.from({ length: 10 }, () => claim(epoch, firstIndex)))
    expect(replies.filter(({ kind }) => kind === 'claimed')).toHaveLength(1)
    expect(replies.filter(({ kind }) => kind === 'used')).toHaveLength(9)
  })

  test('gives no pass to a place that was not called', async () => {
    const { tick, join, claim } = openRoom({ capacity: 1 })
    await tick()
    const { epoch } = await join(3)
    await tick()
    expect((await claim(epoch, 2)).kind).toBe('waiting')
  })
})
