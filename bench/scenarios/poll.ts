/**
 * What does a poll cost, and does it depend on how many wait? The bench issues a million queue tickets, then polls the snapshot: in a closed
 * loop beside bare servers and a waiting room that reads Redis at each poll, and as open arrivals with 1,000 and with 1,000,000 waiting.
 */
import { joinDirectly, readRoomBytes } from '../../dev/sale-fixtures.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { countCommands } from '../bench.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import {
  ALTOGETHER,
  type Bench,
  expectOk,
  inTurn,
  overRounds,
  redisCommands,
  reportRatio,
  type Run,
  type Scenario,
} from '../scenario.ts'
import { addSale } from '../sales.ts'
import { residentBytes, type Server } from '../stage.ts'

/** Calls almost no visitors during the measurement: one visitor a minute, capacity one. */
const SETTINGS = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '1', ROOM_CAPACITY: '1' }
const ARRIVALS_PER_SECOND = 5_000

export const poll: Scenario = {
  name: 'poll',
  question: 'What does a poll cost, and does it depend on how many wait?',
  async run(bench) {
    const [few, many] = bench.isQuick ? [100, 10_000] : [1_000, 1_000_000]
    const forMs = bench.isQuick ? 1_000 : 4_000
    const { room } = await addSale(bench, [1_000])
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin, SETTINGS)
    const snapshotOf = async () => await (await fetch(`${edge.url}/queue/${room}`)).json() as Snapshot
    await snapshotOf()
    await joinDirectly(bench.redis, room, few)
    await bench.warm(edge.url, {
      connections: 64,
      work: { kind: 'around', requests: pollRequests(room), expect: expectOk(room), forMs },
    })
    const arrivals = (waiting: number) =>
      bench.load(`edge, ${shown(waiting)} waiting, ${shown(ARRIVALS_PER_SECOND)}/s arrive`, edge.url, {
        connections: 128,
        work: { kind: 'arrivals', requests: pollRequests(room), expect: expectOk(room), forMs, perSecond: ARRIVALS_PER_SECOND },
      })
    const withFew: Run[] = []
    for (let round = 0; round < bench.rounds; round++) withFew.push(await arrivals(few))

    const before = await readRoomBytes(bench.redis, room)
    await joinDirectly(bench.redis, room, many - few)
    const after = await readRoomBytes(bench.redis, room)
    const withMany: Run[] = []
    for (let round = 0; round < bench.rounds; round++) withMany.push(await arrivals(many))
    const { issued } = await snapshotOf()
    if (issued < many) bench.fault(`${many} queue tickets were issued and the snapshot has ${issued}`)

    const body = JSON.stringify(await snapshotOf())
    const denoServe = await bench.startBaseline('deno-serve', 'deno', { BODY: body })
    const bunServe = await bench.startBaseline('bun-serve', 'bun', { BODY: body })
    const zsetRoom = await bench.startBaseline('deno-zset-room', 'deno')
    const zsetAsks = await fillZset(bench, zsetRoom.url, room, many)
    const contend = (name: string, url: string, requests: LoadRequest[], includes: string) => ({
      name,
      run: () =>
        bench.load(`${name}, closed loop`, url, {
          connections: 64,
          work: { kind: 'around', requests, expect: expectOk(includes), forMs },
        }),
    })
    const idle = await commandsPerMs(bench, forMs)
    const runs = await inTurn(bench, [
      contend('edge', edge.url, pollRequests(room), room),
      contend('deno-serve', denoServe.url, pollRequests(room), room),
      contend('bun-serve', bunServe.url, pollRequests(room), room),
      contend('zset-room', zsetRoom.url, zsetAsks, 'ahead'),
    ])
    // The edge's heap has reached its size under traffic, so further growth is memory kept per visitor.
    const memory = await measureMemory(bench, edge, room, many)
    const own = runs['edge']!
    reportRatio(bench, 'poll to bare Deno', [own, 'edge'], [runs['deno-serve']!, 'deno-serve'], { atLeast: 0.6 })
    reportRatio(bench, 'poll to bare Bun', [own, 'edge'], [runs['bun-serve']!, 'bun-serve'], null)
    reportRatio(bench, 'poll to a sorted set in Redis', [own, ALTOGETHER], [runs['zset-room']!, ALTOGETHER], null)
    const beyondTicks = own.map((run) => Math.max(0, redisCommands(run) - idle * run.ms / run.responses))
    bench.report({
      what: "Redis commands per poll, beyond the edge's ticks",
      unit: '',
      ...overRounds(beyondTicks),
      target: { atMost: 0.001 },
      note: `${overRounds(runs['zset-room']!.map(redisCommands)).value.toFixed(2)} with a sorted set`,
    })
    bench.report({
      what: `Redis memory per waiting visitor, ${shown(many)}`,
      value: Math.max(0, after - before) / many,
      unit: 'B',
      target: { atMost: 100 },
    })
    bench.report({ what: `edge memory per visitor who polls, ${shown(many)}`, value: memory, unit: 'B', target: { atMost: 100 } })
    const p99 = overRounds(withMany.map((run, round) => run.latency.p99 / withFew[round]!.latency.p99))
    bench.report({
      what: `p99 of a poll, ${shown(many)} waiting to ${shown(few)}`,
      unit: '×',
      ...p99,
      target: { atMost: 1.5 },
      note: `${withMany.map(({ latency }) => latency.p99.toFixed(1)).join(', ')} ms to ${
        withFew.map(({ latency }) => latency.p99.toFixed(1)).join(', ')
      } ms, from the intended time`,
    })
  },
}

/** Polls once for each of `visitors` distinct visitors; returns the growth of the edge's memory, bytes per visitor. */
async function measureMemory(bench: Bench, edge: Server, room: string, visitors: number): Promise<number> {
  const before = residentBytes(edge.pid)
  await bench.load(`edge, ${shown(visitors)} distinct visitors, once each`, edge.url, {
    connections: 64,
    work: { kind: 'once', requests: pollRequests(room), expect: expectOk(room), count: visitors },
  })
  return Math.max(0, residentBytes(edge.pid) - before) / visitors
}

export const pollRequests = (room: string): LoadRequest[] =>
  Array.from({ length: 5_000 }, (_, i) => ({
    method: 'GET',
    path: `/queue/${room}/snapshot`,
    headers: { accept: 'application/json', 'x-forwarded-for': addressOf(i) },
  }))

async function fillZset({ redis }: Pick<Bench, 'redis'>, url: string, room: string, count: number): Promise<LoadRequest[]> {
  const first = await fetch(`${url}/queue/${room}/tickets`, { method: 'POST' })
  if (first.status !== 201) throw new Error(`The room with the sorted set returned ${first.status}`)
  const ticketOf = (i: number) => `ticket-${i}`
  for (let start = 0; start < count; start += 1_000) {
    await redis.zadd(`bench:zset:${room}`, ...Array.from({ length: 1_000 }, (_, i) => [start + i, ticketOf(start + i)]).flat())
  }
  return Array.from({ length: 5_000 }, (_, i) => ({
    method: 'GET',
    path: `/queue/${room}?ticket=${ticketOf(Math.floor(i * count / 5_000))}`,
    headers: { accept: 'application/json', 'x-forwarded-for': addressOf(i) },
  }))
}

/** Redis commands per millisecond of an idle edge: its ticks. */
async function commandsPerMs(bench: Bench, forMs: number): Promise<number> {
  const sum = async () => [...(await countCommands(bench)).values()].reduce((all, calls) => all + calls, 0)
  const before = await sum()
  await new Promise((resolve) => setTimeout(resolve, forMs))
  return (await sum() - before) / forMs
}

const shown = (count: number) => count.toLocaleString('en')
