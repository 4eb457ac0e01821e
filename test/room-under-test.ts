import type { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { type Admission, type Opening } from '../edge/waiting-room/room-plan.ts'
import { phaseOf } from '../edge/waiting-room/phase.ts'
import { type RoomState } from '../edge/waiting-room/room-state.ts'
import { stepRoom } from '../edge/waiting-room/admission.ts'
import { freshStores } from './shop.ts'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { extendVisit } from '../db/redis/room/extension.ts'
import {
  type Claim,
  claimTurns,
  defineRoomScripts,
  endVisits,
  joinRoom,
  type KnownRoom,
  leaveRoom,
  tickRoom,
} from '../db/redis/room/room.ts'

/** A Redis database for one test file, and the rooms in it. */
export type RoomStore = {
  redis: Redis
  openRoom(changes?: Partial<Admission>, opening?: Partial<Opening>): RoomUnderTest
  close(): Promise<void>
}
export type RoomUnderTest = ReturnType<typeof openRoom>

export const DRAW = { seed: 'ab'.repeat(32), commitment: 'cd'.repeat(32) }
export const ADMISSION: Admission = {
  mode: 'fifo',
  perMinute: 60_000,
  capacity: 100,
  turnMs: 60_000,
  passMs: 60_000,
  idleMs: 60_000,
  lobbyMs: 1_800_000,
  stepMs: 0,
}
const OPEN: Opening = { opensAtMs: 1, closesAtMs: null, seatsLeft: null }
/** Well below the second after which a room counts as not ticked, because a slow machine adds real time between ticks. */
const STEP_MS = 500

export async function openRoomStore(): Promise<RoomStore> {
  const stores = await freshStores()
  const redis = openRedis(stores.redisUrl)
  defineRoomScripts(redis)
  await untilReady(redis)
  return {
    redis,
    openRoom: (changes = {}, opening = {}) => openRoom(redis, { ...ADMISSION, ...changes }, { ...OPEN, ...opening }),
    async close() {
      redis.disconnect()
      await stores.drop()
    },
  }
}

/** A room with a new name. Each `tick` reads it and steps it. `now` replaces parts of the opening. */
function openRoom(redis: Redis, admission: Admission, opening: Opening) {
  const room = `test-${randomUUID()}`
  const keys = roomKeys(room)

  async function read(known: KnownRoom | null = null, { answered, slow } = { answered: 0, slow: 0 }): Promise<RoomState> {
    return (await tickRoom(redis, room, admission, { answered, slow, known, step: null }))!
  }
  async function step(state: RoomState, now: Partial<Opening> = {}): Promise<RoomState> {
    const decided = stepRoom(state, { ...opening, ...now }, admission, admission.mode === 'draw' ? DRAW : null)
    return (await tickRoom(redis, room, admission, { answered: 0, slow: 0, known: null, step: decided }))!
  }
  async function tick(now: Partial<Opening> = {}) {
    const state = await step(await read(), now)
    return { ...state, phase: phaseOf(state, { ...opening, ...now }, admission) }
  }
  async function claimOne(claim: Claim) {
    const [reply] = await claimTurns(redis, room, [claim], admission)
    return reply!
  }
  /** Lets time pass without a tick, by moving every time in the store back. */
  async function advance(ms: number): Promise<void> {
    const [steppedAtMs, judgedAtMs] = await redis.hmget(keys.room, 'steppedAtMs', 'judgedAtMs')
    await redis.hset(keys.room, { steppedAtMs: Number(steppedAtMs) - ms, judgedAtMs: Number(judgedAtMs) - ms })
    for (const key of [keys.turns, keys.passes, keys.deferred]) {
      const members = await redis.zrange(key, '0', '-1', 'WITHSCORES')
      for (let i = 0; i < members.length; i += 2) await redis.zadd(key, String(Number(members[i + 1]) - ms), members[i]!)
    }
    for (const [visitor, since] of Object.entries(await redis.hgetall(keys.visits))) {
      await redis.hset(keys.visits, visitor, since.replace(/^\d+/, (at) => String(Number(at) - ms)))
    }
  }

  return {
    room,
    read,
    step,
    tick,
    advance,
    /** Lets time pass with a tick after each step. */
    async advanceInSteps(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= STEP_MS) {
        await advance(Math.min(STEP_MS, left))
        await tick()
      }
    },
    join: async (count = 1) => (await joinRoom(redis, room, Array<null>(count).fill(null)))!,
    claim: (epoch: number, position: number, visitor = `v${position}`, key = '', index = position) =>
      claimOne({ epoch, visitor, position, index, key }),
    renew: (epoch: number, visitor: string, untilMs = Date.now() + admission.passMs) => claimOne({ epoch, visitor, untilMs }),
    extend: (epoch: number, visitor: string) => extendVisit(redis, room, { epoch, visitor }, admission),
    end: (epoch: number, visitor: string) => endVisits(redis, room, epoch, [visitor]),
    leave: (epoch: number, position: number, drawn: number | null = null) =>
      leaveRoom(redis, room, { epoch, visitor: `v${position}` }, { index: position, position, drawn }),
    set: (fields: Record<string, string>) => redis.hset(keys.room, fields),
  }
}

/** What an edge remembers of a room. */
export const remember = ({ paused, settings, ...state }: RoomState): KnownRoom => ({
  ...state,
  paused: paused ? '1' : null,
  settings: settings && JSON.stringify(settings),
})
