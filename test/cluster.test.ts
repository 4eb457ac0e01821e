import type { Cluster, Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { recentBookingsKey, roomKeys, saleKeys } from '../db/redis/keys.ts'
import type { Admission } from '../edge/waiting-room/room-plan.ts'
import type { Step } from '../edge/waiting-room/room-state.ts'
import { stepRoom } from '../edge/waiting-room/admission.ts'
import { claimTurns, defineRoomScripts, joinRoom, leaveRoom, resetRoom, tickRoom } from '../db/redis/room/room.ts'
import { readBookingLog, trimBookingLog } from '../db/redis/sale/booking-log.ts'
import { defineSaleScripts, findSales, loadSale, readHeads, readLeft, unloadSale } from '../db/redis/sale/sale.ts'
import { createBookingMemory, defineRecentBookingScripts } from '../db/redis/sale/recent-bookings.ts'
import { cancelSeats, defineSeatScripts, reserveSeats } from '../db/redis/sale/seats.ts'
import { type RedisCluster, SLOTS, startCluster } from './redis-cluster.ts'

let nodes: RedisCluster
let cluster: Cluster
/** The same connection, with the type that our functions take. */
let redis: Redis

beforeAll(async () => {
  nodes = await startCluster()
  redis = openRedis(nodes.url)
  cluster = redis as unknown as Cluster
  await untilReady(redis)
  defineSaleScripts(redis)
  defineSeatScripts(redis)
  defineRecentBookingScripts(redis)
  defineRoomScripts(redis)
})
afterAll(async () => {
  redis.disconnect()
  await nodes.close()
})

let lastEventId = 0
/** The id of an event whose keys lie in a slot range. Each call returns another id. */
async function eventIn([first, last]: readonly [number, number]): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const eventId = ++lastEventId
    const slot = await cluster.cluster('KEYSLOT', saleKeys(eventId).sale)
    if (slot >= first && slot <= last) return eventId
  }
  throw new Error('No event id hashes to this slot range')
}

test('bookings of people whose lists are in different slots are remembered, also at the same time', async () => {
  const remember = createBookingMemory(redis)
  const people = Array.from({ length: 30 }, (_, i) => i + 1)
  const pointer = { reservation: 'r', eventId: 1, epoch: 2, idempotencyKey: 'k' }
  await Promise.all(people.map((person) => remember(person, pointer)))
  const lengths = await Promise.all(people.map((person) => cluster.llen(recentBookingsKey(person))))
  expect(lengths).toEqual(people.map(() => 1))
})

test('each event has all its keys in one slot, and two events in different slots both sell', async () => {
  const events = [await eventIn(SLOTS[0]), await eventIn(SLOTS[2])]
  for (const eventId of events) {
    const slots = await Promise.all(Object.values(saleKeys(eventId)).map((key) => cluster.cluster('KEYSLOT', key)))
    expect(new Set(slots).size).toBe(1)
    const load = {
      opensAtMs: 1,
      closesAtMs: Date.now() + 60_000,
      cancelUntilMs: Date.now() + 60_000,
      expiresAtMs: Date.now() + 600_000,
      isStopped: false,
      stopMessage: '',
    }
    const ticketTypes = [{ id: 1, seats: 10, sold: 0, price: 1_000 }]
    expect(
      await loadSale(redis, eventId, {
        epoch: 1,
        seen: null,
        ...load,
        limitPerPerson: 4,
        ticketTypes,
        held: new Map([[7, 1]]),
        firstAnswers: [],
      }),
    )
      .toBe('loaded')
    const reservation = randomUUID()
    const booking = {
      person: 7,
      reservation,
      ticketTypeId: 1,
      quantity: 2,
      idempotencyKey: 'key',
      passId: 'pass',
      passMs: 60_000,
      backlogLimit: 100,
    }
    expect(await reserveSeats(redis, eventId, booking)).toMatchObject({ kind: 'reserved', left: 8 })
    expect(await cancelSeats(redis, eventId, { rowEpoch: 1, person: 7, reservation, ticketTypeId: 1, quantity: 2, keep: 1 }))
      .toMatchObject({
        kind: 'cancelled',
        quantity: 1,
      })
    expect((await readLeft(redis, eventId))?.get(1)).toBe(9)
    expect((await readBookingLog(redis, eventId, { epoch: 1, seq: 0 }, 10)).map(({ kind }) => kind)).toEqual([
      'booking',
      'cancellation',
    ])
    await trimBookingLog(redis, eventId, { epoch: 1, seq: 2 })
  }
  // `call` sends a command as an operator types it.
  expect(await Promise.all(events.map((eventId) => redis.call('hget', saleKeys(eventId).sale, 'epoch')))).toEqual(['1', '1'])
  const heads = await readHeads(redis, events)
  expect(heads.map((head) => [head?.whole, head?.last?.seq])).toEqual([[true, 2], [true, 2]])

  expect(await findSales(redis)).toEqual(events.toSorted((a, b) => a - b))
  for (const eventId of events) await unloadSale(redis, eventId)
  expect([await findSales(redis), (await readHeads(redis, events)).map((head) => head?.hasLog)]).toEqual([[], [true, true]])
})

test('concurrent bookings of sales on different nodes reach the right nodes', async () => {
  const events = [await eventIn(SLOTS[0]), await eventIn(SLOTS[1]), await eventIn(SLOTS[2])]
  const eventIds = [...events, ...events, ...events, events[0]!]
  const replies = await Promise.all(eventIds.map((eventId, i) =>
    reserveSeats(redis, eventId, {
      person: i,
      reservation: randomUUID(),
      ticketTypeId: 1,
      quantity: 1,
      idempotencyKey: 'key',
      passId: `pass-${i}`,
      passMs: 60_000,
      backlogLimit: 100,
    })
  ))
  expect(replies).toEqual(eventIds.map(() => ({ kind: 'not_loaded' })))
})

test('a room has all its keys in one slot, and its scripts run', async () => {
  const room = `event-${await eventIn(SLOTS[1])}`
  const slots = await Promise.all(Object.values(roomKeys(room)).map((key) => cluster.cluster('KEYSLOT', key)))
  expect(new Set(slots).size).toBe(1)
  const opening = { opensAtMs: null, closesAtMs: null, seatsLeft: null }
  const admission: Admission = {
    mode: 'fifo',
    perMinute: 60_000,
    capacity: 10,
    turnMs: 60_000,
    passMs: 60_000,
    idleMs: 60_000,
    lobbyMs: 0,
    stepMs: 0,
  }
  const tick = (step: Step | null) => tickRoom(redis, room, admission, { answered: 0, slow: 0, known: null, step })
  await tick(stepRoom((await tick(null))!, opening, admission, null))
  const joined = await joinRoom(redis, room, ['u1', 'u2', 'u1'])
  expect(joined!.indexes).toEqual([0, 1, 0])
  const claim = { epoch: joined!.epoch, visitor: 'v', position: 0, index: 0 }
  expect((await claimTurns(redis, room, [claim], admission))[0]!.kind).toBe('claimed')
  await leaveRoom(redis, room, claim, { index: 0, position: 0, drawn: null })
  expect((await claimTurns(redis, room, [claim], admission))[0]!.kind).toBe('used')
  expect((await resetRoom(redis, room)).kind).toBe('reset')
  expect((await claimTurns(redis, room, [claim], admission))[0]!.kind).toBe('void')
})

test('findSales() throws StoreUnavailable while a master is down, instead of an incomplete list', async () => {
  const lost = once(cluster, '-node')
  await nodes.kill(await nodes.masterOf(0))
  await lost
  expect(await findSales(redis).catch(isStoreUnavailable)).toBe(true)
})
