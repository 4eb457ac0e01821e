import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Admission, Opening, Step } from './waiting-room/admission.ts'
import { type Snapshot } from './contract/rooms.ts'
import { mayBeSoldOutSoon, nextPollMs } from './contract/polling.ts'
import { simulateRoom } from './waiting-room/simulation/simulated-room.ts'
import { createUpstream } from './upstream.ts'
import { createRooms } from './rooms.ts'
import { createEventRooms } from './room-directory.ts'

const ADMISSION: Admission = {
  ...{
    mode: 'fifo',
    perMinute: 60_000,
    capacity: 50,
    turnMs: 60_000,
    passMs: 60_000,
    idleMs: 60_000,
    lobbyMs: 30_000,
    stepMs: 250,
  },
}
const rules = { requiresLogin: false, proofOfWork: false, maxWaiting: 1_000 }

/** An edge on a clock that is told, before a store in memory and an origin that says what it is told to. */
function openEdge(opening: Partial<Opening> = {}) {
  let nowMs = Date.UTC(2026, 10, 28, 9)
  const store = simulateRoom(ADMISSION)
  const [origin, asked] = [{ opensAtMs: 1, closesAtMs: null, seatsLeft: 10, ...opening }, { looks: 0, steps: 0, plans: 0 }]
  let held: Promise<void> | null = null
  const redis = {
    tickRoom(...args: (string | number)[]) {
      const [answered, slow, , text] = args.slice(11) as [number, number, string, string]
      const step = text ? JSON.parse(text) as Step : null
      step ? asked.steps++ : asked.looks++
      const state = store.tick(nowMs, { answered, slow }, step)
      return Promise.resolve(
        Object.entries(state).flatMap(([name, value]) => value === null || value === false ? [] : [name, value]),
      )
    },
  }
  const rooms = createRooms({
    redis: redis as unknown as Redis,
    site: {
      async findRoom() {
        asked.plans++
        await held
        return { opening: { ...origin }, admission: ADMISSION, rules, admitsWhenIdle: true, targetPath: '/inside', exitPath: '/' }
      },
    },
    ...{ tokenKeys: [new Uint8Array(32)], answers: () => ({ answered: 0, slow: 0 }), now: () => nowMs, log() {} },
  })
  return {
    ...{ rooms, store, origin, asked },
    now: () => nowMs,
    hold: (until: Promise<void>) => void (held = until),
    /** Lets time go by, tick by tick, while somebody asks; what the room says after each. */
    async pass(ms: number): Promise<Snapshot[]> {
      const said: Snapshot[] = []
      for (let gone = 0; gone < ms; gone += ADMISSION.stepMs) {
        nowMs += ADMISSION.stepMs
        await vi.advanceTimersByTimeAsync(ADMISSION.stepMs)
        said.push(rooms.peek('event-1')!.snapshot)
      }
      return said
    },
  }
}
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a room near its end', () => {
  const longestPollMs = (snapshot: Snapshot) =>
    Math.max(...[0, 1].flatMap((random) => [true, false].map((isFirst) => nextPollMs(snapshot, 500, 600_000, random, isFirst))))

  test('everyone in line is told within three seconds that the seats are gone, whenever the last was sold', async () => {
    const { rooms, store, origin, pass } = openEdge()
    await rooms.visit('event-1')
    store.join(200)
    await pass(1_000)
    for (let second = 0; second < 8; second++) {
      origin.seatsLeft = 10
      const open = (await pass(2_000 + second * ADMISSION.stepMs)).at(-1)!
      expect(open.phase).toBe('open')
      origin.seatsLeft = 0
      const untilToldMs = ((await pass(3_000)).findIndex(({ phase }) => phase === 'sold_out') + 1) * ADMISSION.stepMs
      expect(untilToldMs).toBeGreaterThan(0)
      expect(untilToldMs + longestPollMs(open)).toBeLessThanOrEqual(3_000)
      await pass(3_000)
    }
    rooms.close()
  })

  test('its origin is asked twice a second, elsewhere once, and never again before it has answered', async () => {
    const { rooms, store, origin, asked, hold, pass } = openEdge()
    await rooms.visit('event-1')
    store.join(200)
    await pass(2_000)
    const plansIn = async (ms: number) => {
      const before = asked.plans
      await pass(ms)
      return asked.plans - before
    }
    expect(await plansIn(10_000)).toBe(20)
    origin.seatsLeft = 100_000
    await pass(1_000)
    expect(await plansIn(10_000)).toBe(10)
    const slow = Promise.withResolvers<void>()
    hold(slow.promise)
    expect(await plansIn(10_000)).toBe(1)
    slow.resolve()
    expect(await plansIn(10_000)).toBeGreaterThanOrEqual(9)
    rooms.close()
  })

  test('is near it where the polls are short, and nowhere else', () => {
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
  ...{
    room: 'event-1',
    phase: 'open',
    epoch: 1,
    serving: 0,
    issued: 0,
    drawn: null,
    commitment: null,
    seed: null,
    opensAt: null,
  },
  ...{ serverTime: '2026-11-28T09:00:00.000Z', perMinute: 6_000, vacant: 0, outflow: 6_000, heldBy: 'rate', seatsLeft: null },
  pollAfterMs: 2_000,
}

describe('a room at rest', () => {
  test('is looked at each two seconds, as its plan is, and steps rarely: as long as nobody comes', async () => {
    const { rooms, store, asked, pass } = openEdge()
    await rooms.visit('event-1')
    await pass(4_000)
    const before = { ...asked }
    await pass(40_000)
    expect([asked.looks - before.looks, asked.plans - before.plans, asked.steps - before.steps]).toEqual([20, 20, 4])
    store.join(200)
    await pass(2_000)
    const busy = asked.looks
    await pass(2_000)
    expect(asked.looks - busy).toBe(8)
    rooms.close()
  })

  test('thousands of them cost the store no more than 500 do', { tags: ['slow'] }, async () => {
    const { rooms, asked, pass } = openEdge()
    for (let id = 1; id <= 2_000; id++) await rooms.visit(`event-${id}`)
    await pass(8_000)
    const before = asked.looks
    await pass(16_000)
    expect((asked.looks - before) / 16).toBeGreaterThan(200)
    expect((asked.looks - before) / 16).toBeLessThanOrEqual(260)
    rooms.close()
  })

  test('makes room for another when there are too many, the one first that was asked for longest ago', { tags: ['slow'] }, async () => {
    const { rooms, pass } = openEdge()
    for (let id = 1; id <= 5_000; id++) await rooms.visit(`event-${id}`)
    await pass(500)
    expect((await rooms.visit('event-5001'))?.name).toBe('event-5001')
    expect(rooms.peek('event-1')).not.toBeNull()
    expect(rooms.peek('event-2')).toBeNull()
    expect(rooms.peek('event-3')).not.toBeNull()
    rooms.close()

    // Where people wait no room is taken from anybody.
    const busy = openEdge()
    busy.store.join(200)
    for (let id = 1; id <= 5_000; id++) await busy.rooms.visit(`event-${id}`)
    await expect(busy.rooms.visit('event-5001')).rejects.toThrow('More than 5000 rooms are live')
    busy.rooms.close()
  })

  test('its clock goes on between looks', async () => {
    const { rooms, now, pass } = openEdge()
    await rooms.visit('event-1')
    for (let i = 0; i < 40; i++) {
      const [snapshot] = await pass(ADMISSION.stepMs)
      expect(Date.parse(snapshot!.serverTime)).toBe(now())
    }
    rooms.close()
  })

  test('is closed or at rest: also one whose end has come while people waited', async () => {
    const { rooms, store, origin, asked, pass } = openEdge()
    await rooms.visit('event-1')
    store.join(200)
    Object.assign(origin, { closesAtMs: 1 })
    expect((await pass(4_000)).at(-1)!.phase).toBe('closed')
    const before = asked.looks
    await pass(10_000)
    expect(asked.looks - before).toBe(5)
    rooms.close()
  })

  test('the first who joins here is noticed by the next tick', async () => {
    const { rooms, store, asked, pass } = openEdge()
    const room = (await rooms.visit('event-1'))!
    await pass(10_250)
    const before = asked.looks
    room.issuedSeen = store.join(1) + 1
    await pass(ADMISSION.stepMs)
    expect(asked.looks - before).toBe(1)
    rooms.close()
  })

  test('opens on time: from a few seconds before its opening on it is looked at each tick', async () => {
    const opensAtMs = Date.UTC(2026, 10, 28, 9, 1)
    const { rooms, asked, now, pass } = openEdge({ opensAtMs })
    expect((await rooms.visit('event-1'))!.snapshot.phase).toBe('closed')
    while (now() < opensAtMs - 1_000) await pass(ADMISSION.stepMs)
    const before = asked.looks
    expect((await pass(2_000)).map(({ phase }) => phase)).toEqual([...Array(3).fill('lobby'), 'open', ...Array(4).fill('idle')])
    expect(asked.looks - before).toBe(8)
    rooms.close()
  })
})

describe('the plan of a shop’s room', () => {
  let shop: ReturnType<typeof Bun.serve>
  let left = 10
  beforeAll(() => {
    shop = Bun.serve({
      ...{ port: 0, hostname: '127.0.0.1' },
      fetch: () =>
        Response.json(
          { title: 'A concert', opensAt: '2026-11-28T09:00:00Z', closesAt: '2026-11-29T09:00:00Z', ticketTypes: [{ left }] },
          { headers: { 'cache-control': 'public, max-age=60, stale-while-revalidate=60' } },
        ),
    })
  })
  afterAll(() => shop.stop(true))

  test('is what the shop says now, however long others may keep what it said', async () => {
    const origin = createUpstream({ originUrl: shop.url.href, inFlight: 10, slowMs: 300, now: Date.now, onForwarded() {} })
    const site = createEventRooms(origin, ADMISSION, rules)
    const seatsLeft = async () => (await site.findRoom('event-1'))!.opening.seatsLeft
    expect([await site.findTitle('event-1', 'ko'), await seatsLeft()]).toEqual(['A concert', 10])
    left = 0
    expect(await seatsLeft()).toBe(0)
  })
})
