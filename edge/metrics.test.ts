import { describe, expect, test } from 'vitest'
import type { Snapshot } from './contract/rooms.ts'
import { answerOperators, kindOf, openMetrics } from './metrics.ts'
import type { RoomStatus } from './rooms.ts'

const look = (facts: Partial<Snapshot>, more: Partial<RoomStatus> = {}): RoomStatus => ({
  snapshot: {
    ...{ room: 'one', phase: 'open', epoch: 1, serving: 3, issued: 10, drawn: null, commitment: null, seed: null, opensAt: null },
    ...{ serverTime: '2027-01-01T00:00:00.000Z', perMinute: 60, vacant: 0, outflow: 60, heldBy: 'rate', seatsLeft: null },
    pollAfterMs: 2_000,
    ...facts,
  },
  ...{ activeVisits: 2, isPaused: false, ageMs: 120 },
  ...more,
})

/** The metrics of an edge with these live rooms, which may be changed. */
function openWith(looks: RoomStatus[]) {
  const metrics = openMetrics()
  metrics.watch({ looks: () => [...looks] }, { inFlight: () => 7 })
  const lines = async (start: string) => (await metrics.text()).split('\n').filter((line) => line.startsWith(start))
  return { ...metrics, lines }
}

describe('what an edge tells of its rooms', () => {
  test('is how each stood at the last look', async () => {
    const { lines } = openWith([
      look({}),
      look({ room: 'two', issued: 4, serving: 9, phase: 'idle' }, { isPaused: true, ageMs: 2_500 }),
    ])
    expect(await lines('neticket_room_')).toEqual([
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
    expect(await lines('neticket_edge_store_down_seconds')).toEqual(['neticket_edge_store_down_seconds 2.5'])
    expect(await lines('neticket_edge_in_flight')).toEqual(['neticket_edge_in_flight 7'])
  })

  test('is gone with the room: its figures, its cause, and the silence of the store', async () => {
    const looks = [look({})]
    const { lines } = openWith(looks)
    expect(await lines('neticket_room_')).toHaveLength(7)
    looks[0] = look({ heldBy: 'health' })
    expect(await lines('neticket_room_held_by')).toEqual(['neticket_room_held_by{room="one",cause="health"} 1'])
    looks.pop()
    expect(await lines('neticket_room_')).toEqual([])
    expect(await lines('neticket_edge_store_down_seconds')).toEqual(['neticket_edge_store_down_seconds 0'])
  })

  test('is bounded: of 5,000 rooms the 200 with the longest lines, and the oldest look of all', async () => {
    const rooms = Array.from(
      { length: 5_000 },
      (_, i) => look({ room: `room-${i}`, issued: i, serving: 0 }, { ageMs: i === 0 ? 60_000 : 1 }),
    )
    const { lines } = openWith(rooms)
    const waiting = await lines('neticket_room_waiting')
    expect(waiting).toHaveLength(200)
    expect([waiting[0], waiting.at(-1)]).toEqual([
      'neticket_room_waiting{room="room-4999"} 4999',
      'neticket_room_waiting{room="room-4800"} 4800',
    ])
    expect(await lines('neticket_edge_store_down_seconds')).toEqual(['neticket_edge_store_down_seconds 60'])
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
  )('says of a line that is %s and limited by %s that it is held by %s', async (phase, heldBy, cause) => {
    const { lines } = openWith([look({ phase, heldBy })])
    expect(await lines('neticket_room_held_by')).toEqual(cause ? [`neticket_room_held_by{room="one",cause="${cause}"} 1`] : [])
  })
})

test('answers are counted by kind and class, refusals by code, passes and forwards one by one', async () => {
  const metrics = openWith([])
  for (const status of [200, 201, 304, 404, 503]) metrics.answered('join', status)
  metrics.refused('busy')
  metrics.refused('busy')
  metrics.admitted()
  metrics.forwarded(30)
  const counted = async (start: string) => (await metrics.lines(start)).filter((line) => !line.endsWith(' 0'))
  expect(await counted('neticket_edge_responses_total')).toEqual([
    'neticket_edge_responses_total{kind="join",status="2xx"} 2',
    'neticket_edge_responses_total{kind="join",status="3xx"} 1',
    'neticket_edge_responses_total{kind="join",status="4xx"} 1',
    'neticket_edge_responses_total{kind="join",status="5xx"} 1',
  ])
  expect(await counted('neticket_edge_problems_total')).toEqual(['neticket_edge_problems_total{code="busy"} 2'])
  expect(await counted('neticket_edge_admitted_total')).toEqual(['neticket_edge_admitted_total 1'])
  expect(await counted('neticket_edge_forward_seconds_bucket{le="0.025"}')).toEqual([])
  expect(await counted('neticket_edge_forward_seconds_bucket{le="0.05"}')).toHaveLength(1)
  expect(await metrics.lines('neticket_edge_responses_total'), 'asking twice counts nothing twice').toHaveLength(28)
  expect(await counted('neticket_edge_responses_total{kind="join",status="2xx"}')).toEqual([
    'neticket_edge_responses_total{kind="join",status="2xx"} 2',
  ])
})

test.each([
  ['GET', '/queue/one', 'poll'],
  ['HEAD', '/queue/one', 'poll'],
  ['POST', '/queue/one/tickets', 'join'],
  ['POST', '/queue/one/pass', 'claim'],
  ['DELETE', '/queue/one/tickets', 'leave'],
  ['POST', '/queue/one/tickets/leave', 'leave'],
  ['GET', '/queue/one/events', 'other'],
  ['PUT', '/queue/one', 'other'],
  ['GET', '/healthz', 'other'],
  ['GET', '/readyz', 'other'],
  ['GET', '/', 'forward'],
  ['GET', '/queue', 'forward'],
  ['GET', '/queue/', 'forward'],
  ['POST', '/queues/one/tickets', 'forward'],
])('%s %s is a %s', (method, path, kind) => {
  expect(kindOf(method, path, false)).toBe(kind)
  expect(kindOf(method, path, true)).toBe(kind === 'poll' ? 'page' : kind)
})

test('operators are answered with metrics, and with nothing else', async () => {
  const ask = (path: string) => answerOperators(openWith([]))(new Request(`http://127.0.0.1:9464${path}`))
  const answer = await ask('/metrics')
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(await answer.text()).toContain('# TYPE neticket_edge_responses_total counter\n')
  for (const path of ['/', '/metrics/', '/queue/one', '/healthz']) expect((await ask(path)).status).toBe(404)
})
