import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import type { Snapshot } from '../contract/rooms.ts'
import { createRoomGauges } from './room-gauges.ts'
import type { RoomStatus } from './rooms.ts'

const SNAPSHOT: Snapshot = {
  room: 'one',
  phase: 'open',
  epoch: 1,
  serving: 3,
  issued: 10,
  gone: 0,
  drawn: null,
  commitment: null,
  seed: null,
  opensAt: null,
  serverTime: '2027-01-01T00:00:00.000Z',
  perMinute: 60,
  vacant: 0,
  outflow: 60,
  heldBy: 'rate',
  seatsLeft: null,
  message: null,
  pollAfterMs: 2_000,
}

const statusOf = (snapshot: Partial<Snapshot>, status: Partial<RoomStatus> = {}): RoomStatus => ({
  snapshot: { ...SNAPSHOT, ...snapshot },
  activeVisits: 2,
  isPaused: false,
  overdueMs: 120,
  ...status,
})

/** Scrapes the gauges of rooms, which may be changed between scrapes. */
function scraperOf(statuses: RoomStatus[]) {
  const registry = new Registry()
  const update = createRoomGauges(registry, { statuses: () => [...statuses] })
  return async (prefix: string) => {
    update()
    return (await registry.metrics()).split('\n').filter((line) => line.startsWith(prefix))
  }
}

test('the gauges show each room at its last tick', async () => {
  const samples = scraperOf([
    statusOf({}),
    statusOf({ room: 'two', issued: 4, serving: 9, phase: 'idle' }, { isPaused: true, overdueMs: 2_500 }),
  ])
  expect(await samples('neticket_room_')).toEqual([
    'neticket_room_waiting{room="one"} 7',
    'neticket_room_waiting{room="two"} 0',
    'neticket_room_inside{room="one"} 2',
    'neticket_room_inside{room="two"} 2',
    'neticket_room_issued{room="one"} 10',
    'neticket_room_issued{room="two"} 4',
    'neticket_room_serving{room="one"} 3',
    'neticket_room_serving{room="two"} 9',
    'neticket_room_per_minute{room="one"} 60',
    'neticket_room_per_minute{room="two"} 60',
    'neticket_room_paused{room="one"} 0',
    'neticket_room_paused{room="two"} 1',
    'neticket_room_held_by{room="one",cause="rate"} 1',
  ])
  expect(await samples('neticket_edge_store_down_seconds')).toEqual(['neticket_edge_store_down_seconds 2.5'])
})

test('a room that is no longer live disappears, with its cause and its overdue time', async () => {
  const statuses = [statusOf({})]
  const samples = scraperOf(statuses)
  expect(await samples('neticket_room_')).toHaveLength(7)
  statuses[0] = statusOf({ heldBy: 'health' })
  expect(await samples('neticket_room_held_by')).toEqual(['neticket_room_held_by{room="one",cause="health"} 1'])
  statuses.pop()
  expect(await samples('neticket_room_')).toEqual([])
  expect(await samples('neticket_edge_store_down_seconds')).toEqual(['neticket_edge_store_down_seconds 0'])
})

test('of 5,000 rooms the gauges show the 200 with the longest queues, and the longest overdue time of all', async () => {
  const statuses = Array.from(
    { length: 5_000 },
    (_, i) => statusOf({ room: `room-${i}`, issued: i, serving: 0 }, { overdueMs: i === 0 ? 60_000 : 1 }),
  )
  const samples = scraperOf(statuses)
  const waiting = await samples('neticket_room_waiting')
  expect(waiting).toHaveLength(200)
  expect([waiting[0], waiting.at(-1)]).toEqual([
    'neticket_room_waiting{room="room-4999"} 4999',
    'neticket_room_waiting{room="room-4800"} 4800',
  ])
  expect(await samples('neticket_edge_store_down_seconds')).toEqual(['neticket_edge_store_down_seconds 60'])
})

test.each(
  [
    ['open', 'capacity', 'capacity'],
    ['idle', 'rate', null],
    ['lobby', 'rate', 'opening'],
    ['paused', 'rate', 'pause'],
    ['paused', 'store', 'store'],
    ['sold_out', 'capacity', 'seats'],
    ['closed', 'rate', 'closed'],
  ] as const,
)('a room that is %s and limited by %s is reported as held by %s', async (phase, heldBy, cause) => {
  const samples = scraperOf([statusOf({ phase, heldBy })])
  expect(await samples('neticket_room_held_by')).toEqual(cause ? [`neticket_room_held_by{room="one",cause="${cause}"} 1`] : [])
})
