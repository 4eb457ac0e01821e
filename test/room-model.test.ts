import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { claimTurns, defineRoomScripts, endVisits, joinRoom, leaveRoom, tickRoom } from '../db/redis/room/room.ts'
import type { Admission } from '../edge/waiting-room/room-plan.ts'
import type { RoomState } from '../edge/waiting-room/room-state.ts'
import { stepRoom } from '../edge/waiting-room/admission.ts'
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

/** Time moves in steps of this length. No sum of them comes within half a second of a time limit below. */
const MOVE_MS = 3_000
const ADMISSION: Admission = {
  mode: 'fifo',
  perMinute: 120,
  capacity: 6,
  turnMs: 5_500,
  passMs: 31_500,
  idleMs: 7_500,
  lobbyMs: 0,
  stepMs: 0,
}
const OPENING = { opensAtMs: 1, closesAtMs: null, seatsLeft: null }

type Operation =
  | { kind: 'tick' }
  | { kind: 'wait'; times: number }
  | { kind: 'join'; people: number }
  | { kind: 'claim'; position: number }
  | { kind: 'claimCalled'; behind: number }
  | { kind: 'renew'; position: number }
  | { kind: 'leave'; position: number; givesUp: boolean }
  | { kind: 'responses'; answered: number; slow: number }

const position = fc.nat(40)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Operation>({ kind: 'tick' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), times: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), people: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim' as const), position }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('claimCalled' as const), behind: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renew' as const), position }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), position, givesUp: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('responses' as const),
      answered: fc.integer({ min: 10, max: 50 }),
      slow: fc.nat(10),
    }),
  },
)

test('the simulated room replies as the scripts do, after any operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 60 }), async (operations) => {
      expect(await findDifference(operations)).toBeNull()
    }),
    { numRuns: 60, endOnFailure: true },
  )
})

test('a simulated room with one visit too many is detected (negative control)', async () => {
  const result = await fc.check(
    fc.asyncProperty(
      fc.array(operation, { minLength: 40, maxLength: 60 }),
      async (operations) => await findDifference(operations, { capacity: 7 }) === null,
    ),
    { numRuns: 1_000, endOnFailure: true },
  )
  expect(result.failed).toBe(true)
}, 900_000)

/** Applies the operations to both rooms; returns the first difference, or null. `changes` apply to the simulated room only. */
async function findDifference(operations: Operation[], changes: Partial<Admission> = {}): Promise<string | null> {
  const pair = createPair({ ...ADMISSION, ...changes })
  for (const [at, operation] of [{ kind: 'tick' } as Operation, ...operations].entries()) {
    const { real, simulated } = await pair.apply(operation)
    if (differ(real, simulated)) return `${at} ${JSON.stringify(operation)}: ${JSON.stringify([real, simulated])}`
  }
  return null
}

/** The results of one operation. */
type Result = readonly (string | number | null | undefined)[]
type Results = { real: Result; simulated: Result }
const SAME: Results = { real: [], simulated: [] }

/** Redis keeps fractions as text, so the same number may differ in its last digits. */
const TOLERANCE = 1e-3
const differ = (a: Result, b: Result): boolean =>
  a.length !== b.length || a.some((value, i) => {
    const other = b[i]
    return typeof value === 'number' && typeof other === 'number' ? Math.abs(value - other) > TOLERANCE : value !== other
  })

/** A room in Redis and a simulated one. Redis's clock cannot be moved, so `moved` times are subtracted from its data. */
function createPair(simulatedAdmission: Admission) {
  const name = `model-${randomUUID()}`
  const simulated = simulateRoom(simulatedAdmission)
  let movedMs = 0
  let responses = { answered: 0, slow: 0 }
  let last: RoomState | null = null
  return { apply }

  async function apply(operation: Operation): Promise<Results> {
    switch (operation.kind) {
      case 'responses':
        responses = { answered: responses.answered + operation.answered, slow: responses.slow + operation.slow }
        return SAME
      case 'wait':
        await moveTime(name, MOVE_MS * operation.times)
        movedMs += MOVE_MS * operation.times
        return SAME
      case 'join': {
        const joined = await joinRoom(redis, name, Array<null>(operation.people).fill(null))
        return { real: [joined?.indexes[0]], simulated: [simulated.join(operation.people)] }
      }
      case 'tick':
        return await tick()
      case 'claim':
        return await claim(operation.position, false)
      case 'claimCalled':
        return await claim(Math.max(0, (last?.serving ?? 1) - 1 - operation.behind), false)
      case 'renew':
        return await claim(operation.position, true)
      case 'leave':
        await leave(operation.position, operation.givesUp)
        return SAME
      default:
        return operation satisfies never
    }
  }

  async function tick(): Promise<Results> {
    const before = (await tickRoom(redis, name, ADMISSION, { ...responses, known: null, step: null }))!
    const nowMs = before.nowMs + movedMs
    const simulatedBefore = simulated.tick(nowMs, responses, null)
    responses = { answered: 0, slow: 0 }
    const step = stepRoom(before, OPENING, ADMISSION, null)
    last = step ? await tickRoom(redis, name, ADMISSION, { ...responses, known: null, step }) : before
    const simulatedStep = stepRoom(simulatedBefore, OPENING, simulatedAdmission, null)
    const simulatedLast = simulatedStep
      ? simulated.tick(last ? last.nowMs + movedMs : nowMs, responses, simulatedStep)
      : simulatedBefore
    return { real: comparable(last), simulated: comparable(simulatedLast) }
  }

  async function claim(position: number, isRenewal: boolean): Promise<Results> {
    const turn = isRenewal ? { untilMs: Date.now() + 600_000 } : { position, index: position }
    const [reply] = await claimTurns(redis, name, [{ epoch: last!.epoch, visitor: visitorAt(position), ...turn }], ADMISSION)
    const [seconds, micros] = await redis.time()
    const nowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) + movedMs
    return { real: [reply!.kind], simulated: [simulated.claim(nowMs, position, isRenewal ? null : position)] }
  }

  async function leave(position: number, givesUp: boolean): Promise<void> {
    const [epoch, visitor] = [last!.epoch, visitorAt(position)]
    if (givesUp) await leaveRoom(redis, name, { epoch, visitor }, { index: position, position, drawn: null })
    else await endVisits(redis, name, epoch, [visitor])
    simulated.leave(position, givesUp ? position : null)
  }
}

const visitorAt = (position: number) => `v${position}`

/** The fields that must be equal. Times are not: each room has its own clock. */
const comparable = (state: RoomState | null): Result =>
  state === null ? [] : [
    state.issued,
    state.serving,
    state.reached,
    state.settled,
    state.lapsed,
    state.activeVisits,
    state.deferred,
    state.exits,
    state.tokens,
    state.showRate,
    state.window,
    state.answered,
    state.slow,
    state.settleTo,
    state.lapseTo,
    state.settledShows,
    state.freshShows,
  ]

/** Moves all times of a room in Redis back, as if `ms` had passed. */
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
