import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { claimTurns, defineRoomScripts, endVisits, joinRoom, leaveRoom, tickRoom } from '../db/redis/room/room.ts'
import type { Admission } from '../edge/waiting-room/admission.ts'
import type { RoomState } from '../edge/waiting-room/room-state.ts'
import { stepRoom } from '../edge/waiting-room/step.ts'
import { simulateRoom } from '../edge/waiting-room/simulation/simulated-room.ts'
import { freshStores } from './shop.ts'

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

// Time moves in steps of three seconds, and no sum of them comes within half a second of a span that decides something.
const MOVE_MS = 3_000
const ADMISSION: Admission = {
  ...{ mode: 'fifo', perMinute: 120, capacity: 6, turnMs: 5_500, passMs: 31_500, idleMs: 7_500, lobbyMs: 0, stepMs: 0 },
}
const OPENING = { opensAtMs: 1, closesAtMs: null, seatsLeft: null }

type Act =
  | { kind: 'tick' }
  | { kind: 'wait'; times: number }
  | { kind: 'join'; people: number }
  | { kind: 'claim'; position: number }
  | { kind: 'claimCalled'; behind: number }
  | { kind: 'renew'; position: number }
  | { kind: 'leave'; position: number; gone: boolean }
  | { kind: 'answers'; answered: number; slow: number }

const position = fc.nat(40)
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Act>({ kind: 'tick' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), times: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), people: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim' as const), position }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('claimCalled' as const), behind: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renew' as const), position }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), position, gone: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('answers' as const), answered: fc.integer({ min: 10, max: 50 }), slow: fc.nat(10) }),
  },
)

test('the simulated room answers as the scripts do, whatever is done to both', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 60 }), async (acts) => {
      const difference = await play(acts)
      expect(difference).toBeNull()
    }),
    { numRuns: 60, endOnFailure: true },
  )
})

test('a simulated room that let in one too many would be noticed (negative control)', async () => {
  const result = await fc.check(
    fc.asyncProperty(fc.array(act, { minLength: 40, maxLength: 60 }), async (acts) => await play(acts, { capacity: 7 }) === null),
    { numRuns: 1_000, endOnFailure: true },
  )
  expect(result.failed).toBe(true)
}, 120_000)

/** Plays the same on both; what differed first, or null. */
async function play(acts: Act[], otherwise: Partial<Admission> = {}): Promise<string | null> {
  const name = `model-${randomUUID()}`
  const simulated = simulateRoom({ ...ADMISSION, ...otherwise })
  let movedMs = 0
  let answers = { answered: 0, slow: 0 }
  const now = async () => {
    const [seconds, micros] = await redis.time()
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) + movedMs
  }
  const visitor = (position: number) => `v${position}`
  let seen: RoomState | null = null

  for (const [at, act] of [{ kind: 'tick' } as Act, ...acts].entries()) {
    switch (act.kind) {
      case 'answers':
        answers = { answered: answers.answered + act.answered, slow: answers.slow + act.slow }
        break
      case 'wait':
        await moveTime(name, MOVE_MS * act.times)
        movedMs += MOVE_MS * act.times
        break
      case 'join': {
        const given = await joinRoom(redis, name, Array<null>(act.people).fill(null))
        const first = simulated.join(act.people)
        if (given?.indexes[0] !== first) return `${at} join: ${given?.indexes[0]} ${first}`
        break
      }
      case 'tick': {
        const look = { known: null, step: null }
        const before = (await tickRoom(redis, name, ADMISSION, { ...answers, ...look }))!
        const nowMs = before.nowMs + movedMs
        const mirror = simulated.tick(nowMs, answers, null)
        answers = { answered: 0, slow: 0 }
        const step = stepRoom(before, OPENING, ADMISSION, null)
        seen = step ? await tickRoom(redis, name, ADMISSION, { ...answers, known: null, step }) : before
        const mirrorStep = stepRoom(mirror, OPENING, { ...ADMISSION, ...otherwise }, null)
        const after = mirrorStep ? simulated.tick(seen ? seen.nowMs + movedMs : nowMs, answers, mirrorStep) : mirror
        if (describe(seen) !== describe(after)) return `${at} tick: ${describe(seen)} ${describe(after)}`
        break
      }
      case 'claim':
      case 'claimCalled':
      case 'renew': {
        const position = act.kind === 'claimCalled' ? Math.max(0, (seen?.serving ?? 1) - 1 - act.behind) : act.position
        const turn = act.kind === 'renew' ? { untilMs: Date.now() + 600_000 } : { position, index: position }
        const reply =
          (await claimTurns(redis, name, [{ epoch: seen!.epoch, visitor: visitor(position), ...turn }], ADMISSION))[0]!
        const mirror = simulated.claim(await now(), position, act.kind === 'renew' ? null : position)
        if (reply.kind !== mirror) return `${at} ${act.kind} ${position}: ${reply.kind} ${mirror}`
        break
      }
      case 'leave': {
        const gone = act.gone ? act.position : null
        const [epoch, who] = [seen!.epoch, visitor(act.position)]
        if (gone === null) await endVisits(redis, name, epoch, [who])
        else await leaveRoom(redis, name, { epoch, visitor: who }, { index: gone, position: gone, drawn: null, account: null })
        simulated.leave(act.position, gone)
      }
    }
  }
  return null
}

/** What must be the same; times are not, as both have a clock of their own. */
const describe = (state: RoomState | null) =>
  state && JSON.stringify([
    ...[
      state.issued,
      state.serving,
      state.reached,
      state.settled,
      state.lapsed,
      state.activeVisits,
      state.deferred,
      state.exits.toFixed(1),
    ],
    ...[state.tokens.toFixed(1), state.showRate.toFixed(3), state.window.toFixed(1), state.answered, state.slow, state.settleTo],
    ...[state.lapseTo, state.settledShows, state.freshShows],
  ])

async function moveTime(name: string, ms: number): Promise<void> {
  const keys = roomKeys(name)
  const times = await redis.hmget(keys.room, 'steppedAtMs', 'judgedAtMs')
  await redis.hset(keys.room, { steppedAtMs: Number(times[0]) - ms, judgedAtMs: Number(times[1]) - ms })
  for (const key of [keys.turns, keys.passes, keys.deferred]) {
    const list = await redis.zrange(key, '0', '-1', 'WITHSCORES')
    for (let i = 0; i < list.length; i += 2) await redis.zadd(key, String(Number(list[i + 1]) - ms), list[i]!)
  }
  for (const [visitor, since] of Object.entries(await redis.hgetall(keys.visits))) {
    await redis.hset(keys.visits, visitor, `${Number(since.split(' ')[0]) - ms} `)
  }
}
