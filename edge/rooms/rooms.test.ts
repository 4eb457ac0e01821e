import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { mayBeSoldOutSoon, nextPollMs } from '../contract/polling.ts'
import type { Snapshot } from '../contract/rooms.ts'
import { readTokenKeys } from '../contract/tokens.ts'
import { createRooms } from './rooms.ts'
import type { Admission, Opening } from '../waiting-room/room-plan.ts'
import type { Step } from '../waiting-room/room-state.ts'
import { simulateRoom } from '../waiting-room/simulation/simulated-room.ts'

const ADMISSION: Admission = {
  mode: 'fifo',
  perMinute: 60_000,
  capacity: 50,
  turnMs: 60_000,
  passMs: 60_000,
  idleMs: 60_000,
  lobbyMs: 30_000,
  stepMs: 250,
}
const rules = { identity: 'anyone', proofOfWork: 'never', maxWaiting: 1_000 } as const

/** Rooms on a test clock, in front of a simulated store and a simulated upstream, with the number of calls to both. */
function createTestEdge(opening: Partial<Opening> = {}) {
  let nowMs = Date.UTC(2026, 10, 28, 9)
  const store = simulateRoom(ADMISSION)
  const event = { opensAtMs: 1, closesAtMs: null, seatsLeft: 10, ...opening }
  const calls = { reads: 0, steps: 0, plans: 0 }
  let planReady: Promise<void> | null = null
  const redis = {
    tickRoom(...args: (string | number)[]) {
      const [answered, slow, , text] = args.slice(13) as [number, number, string, string]
      const step = text ? JSON.parse(text) as Step : null
      step ? calls.steps++ : calls.reads++
      const state = store.tick(nowMs, { answered, slow }, step)
      return Promise.resolve(
        Object.entries(state).flatMap(([name, value]) => value === null || value === false ? [] : [name, value]),
      )
    },
  }
  const rooms = createRooms({
    redis: redis as unknown as Redis,
    directory: {
      isRoomName: () => true,
      async findRoom() {
        calls.plans++
        await planReady
        return { opening: { ...event }, admission: ADMISSION, rules, admitsWhenIdle: true, targetPath: '/inside', exitPath: '/' }
      },
    },
    tokenKeys: readTokenKeys('0'.repeat(32)),
    responseCounts: () => ({ answered: 0, slow: 0 }),
    now: () => nowMs,
    log() {},
  })
  return {
    rooms,
    store,
    event,
    calls,
    now: () => nowMs,
    /** Delays every plan until a promise resolves. */
    delayPlans: (until: Promise<void>) => void (planReady = until),
    /** Advances the clock tick by tick while the room is requested. Returns its snapshots. */
    async pass(ms: number): Promise<Snapshot[]> {
      const snapshots: Snapshot[] = []
      for (let passedMs = 0; passedMs < ms; passedMs += ADMISSION.stepMs) {
        nowMs += ADMISSION.stepMs
        await vi.advanceTimersByTimeAsync(ADMISSION.stepMs)
        snapshots.push(rooms.peek('event-1')!.snapshot)
      }
      return snapshots
    },
  }
}
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a room that may be sold out soon', () => {
  const longestPollMs = (snapshot: Snapshot) =>
    Math.max(...[0, 1].flatMap((random) => [true, false].map((isFirst) => nextPollMs(snapshot, 500, 600_000, random, isFirst))))

  test('every visitor in the queue sees within three seconds that no seats are left', async () => {
    const { rooms, store, event, pass } = createTestEdge()
    await rooms.visit('event-1')
    store.join(9_000)
    await pass(1_000)
    for (let second = 0; second < 8; second++) {
      event.seatsLeft = 10
      const open = (await pass(2_000 + second * ADMISSION.stepMs)).at(-1)!
      expect(open.phase).toBe('open')
      event.seatsLeft = 0
      const untilKnownMs = ((await pass(3_000)).findIndex(({ phase }) => phase === 'sold_out') + 1) * ADMISSION.stepMs
      expect(untilKnownMs).toBeGreaterThan(0)
      expect(untilKnownMs + longestPollMs(open)).toBeLessThanOrEqual(3_000)
      await pass(3_000)
    }
    rooms.close()
  })

  test('its plan is read twice a second, otherwise once, and never again before the upstream has answered', async () => {
    const { rooms, store, event, calls, delayPlans, pass } = createTestEdge()
    await rooms.visit('event-1')
    store.join(200)
    await pass(2_000)
    const plansIn = async (ms: number) => {
      const before = calls.plans
      await pass(ms)
      return calls.plans - before
    }
    expect(await plansIn(10_000)).toBe(20)
    event.seatsLeft = 100_000
    await pass(1_000)
    expect(await plansIn(10_000)).toBe(10)
    const slow = Promise.withResolvers<void>()
    delayPlans(slow.promise)
    expect(await plansIn(10_000)).toBe(1)
    slow.resolve()
    expect(await plansIn(10_000)).toBeGreaterThanOrEqual(9)
    rooms.close()
  })

  test('is exactly a room with short poll intervals', () => {
    const base = { ...openSnapshot, issued: 1_000 }
    for (const phase of ['open', 'idle', 'lobby', 'sold_out'] as const) {
      for (const outflow of [1, 6_000]) {
        for (const seatsLeft of [null, 0, 499, 500, 2_999, 3_000]) {
          const snapshot: Snapshot = { ...base, phase, outflow, seatsLeft }
          expect(nextPollMs(snapshot, 900, 600_000, 0.5, false) < 2_000, JSON.stringify(snapshot)).toBe(
            mayBeSoldOutSoon(snapshot),
          )
        }
      }
    }
  })
})

const openSnapshot: Snapshot = {
  room: 'event-1',
  phase: 'open',
  epoch: 1,
  serving: 0,
  issued: 0,
  gone: 0,
  drawn: null,
  commitment: null,
  seed: null,
  opensAt: null,
  serverTime: '2026-11-28T09:00:00.000Z',
  perMinute: 6_000,
  vacant: 0,
  outflow: 6_000,
  heldBy: 'rate',
  seatsLeft: null,
  message: null,
  pollAfterMs: 2_000,
}

describe('a room at rest', () => {
  test('is read every one and a half seconds, like its plan, and steps rarely until a visitor joins', async () => {
    const { rooms, store, calls, pass } = createTestEdge()
    await rooms.visit('event-1')
    await pass(4_000)
    const before = { ...calls }
    await pass(40_000)
    expect([calls.reads - before.reads, calls.plans - before.plans, calls.steps - before.steps]).toEqual([27, 27, 4])
    store.join(200)
    await pass(2_000)
    const busyReads = calls.reads
    await pass(2_000)
    expect(calls.reads - busyReads).toBe(8)
    rooms.close()
  })

  test('2,000 of them cost the store no more than 375', { tags: ['slow'] }, async () => {
    const { rooms, calls, pass } = createTestEdge()
    for (let id = 1; id <= 2_000; id++) await rooms.visit(`event-${id}`)
    await pass(8_000)
    const before = calls.reads
    await pass(16_000)
    expect((calls.reads - before) / 16).toBeGreaterThan(200)
    expect((calls.reads - before) / 16).toBeLessThanOrEqual(260)
    rooms.close()
  })

  test('is evicted when there are too many live rooms, the least recently requested first', { tags: ['slow'] }, async () => {
    const { rooms, pass } = createTestEdge()
    for (let id = 1; id <= 5_000; id++) await rooms.visit(`event-${id}`)
    await pass(500)
    expect((await rooms.visit('event-5001'))?.name).toBe('event-5001')
    expect(rooms.peek('event-1')).not.toBeNull()
    expect(rooms.peek('event-2')).toBeNull()
    expect(rooms.peek('event-3')).not.toBeNull()
    rooms.close()

    // A room in which visitors wait is never evicted.
    const busy = createTestEdge()
    busy.store.join(200)
    for (let id = 1; id <= 5_000; id++) await busy.rooms.visit(`event-${id}`)
    await expect(busy.rooms.visit('event-5001')).rejects.toThrow('More than 5000 rooms are live')
    busy.rooms.close()
  })

  test('its clock advances between reads of the store', async () => {
    const { rooms, now, pass } = createTestEdge()
    await rooms.visit('event-1')
    for (let i = 0; i < 40; i++) {
      const [snapshot] = await pass(ADMISSION.stepMs)
      expect(Date.parse(snapshot!.serverTime)).toBe(now())
    }
    rooms.close()
  })

  test('includes a closed room in which visitors waited', async () => {
    const { rooms, store, event, calls, pass } = createTestEdge()
    await rooms.visit('event-1')
    store.join(200)
    Object.assign(event, { closesAtMs: 1 })
    expect((await pass(4_000)).at(-1)!.phase).toBe('closed')
    const before = calls.reads
    await pass(10_000)
    expect(calls.reads - before).toBe(7)
    rooms.close()
  })

  test('is read at the next tick after a visitor joins at this edge', async () => {
    const { rooms, store, calls, pass } = createTestEdge()
    const room = (await rooms.visit('event-1'))!
    await pass(10_250)
    const before = calls.reads
    room.issuedSeen = store.join(1) + 1
    await pass(ADMISSION.stepMs)
    expect(calls.reads - before).toBe(1)
    rooms.close()
  })

  test('opens on time: it is read at each tick from a few seconds before its opening', async () => {
    const opensAtMs = Date.UTC(2026, 10, 28, 9, 1)
    const { rooms, calls, now, pass } = createTestEdge({ opensAtMs })
    expect((await rooms.visit('event-1'))!.snapshot.phase).toBe('closed')
    while (now() < opensAtMs - 1_000) await pass(ADMISSION.stepMs)
    const before = calls.reads
    expect((await pass(2_000)).map(({ phase }) => phase)).toEqual([...Array(3).fill('lobby'), 'open', ...Array(4).fill('idle')])
    expect(calls.reads - before).toBe(8)
    rooms.close()
  })
})
