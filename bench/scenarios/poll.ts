/**
 * What does a poll cost, and does it matter how many wait? A million places are given out; then visitors ask for the snapshot, in a closed
 * loop beside the ceilings and a waiting room that asks Redis, and as open arrivals with 1,000 and with 1,000,000 waiting.
 */
import { defineRoomScripts, joinRoom } from '../../db/redis/room/room.ts'
import { roomKeys } from '../../db/redis/keys.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { countCommands } from '../bench.ts'
import { addressOf, type Ask } from '../load.ts'
import {
  ALTOGETHER,
  type Bench,
  expectOk,
  inTurn,
  overRounds,
  redisCommands,
  type Run,
  type Scenario,
  tellRatio,
} from '../scenario.ts'
import { addSale } from '../shop.ts'
import { residentBytes, type Server } from '../stage.ts'

/** Nobody is called while this is measured: one a minute, one inside. */
const SETTINGS = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '1', ROOM_CAPACITY: '1' }
const ARRIVALS_PER_SECOND = 5_000

export const poll: Scenario = {
  name: 'poll',
  question: 'What does a poll cost, and does it matter how many wait?',
  async run(bench) {
    const [few, many] = bench.isQuick ? [100, 10_000] : [1_000, 1_000_000]
    const forMs = bench.isQuick ? 1_000 : 4_000
    const { room } = await addSale(bench, [1_000])
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin, SETTINGS)
    const snapshotOf = async () => await (await fetch(`${edge.url}/queue/${room}`)).json() as Snapshot
    await snapshotOf()
    await wait(bench, room, few)
    await bench.warm(edge.url, { connections: 64, work: { kind: 'around', asks: pollAsks(room), expect: expectOk(room), forMs } })
    const arrivals = (waiting: number) =>
      bench.load(`edge, ${shown(waiting)} waiting, ${shown(ARRIVALS_PER_SECOND)}/s arrive`, edge.url, {
        connections: 128,
        work: { kind: 'arrivals', asks: pollAsks(room), expect: expectOk(room), forMs, perSecond: ARRIVALS_PER_SECOND },
      })
    const withFew: Run[] = []
    for (let round = 0; round < bench.rounds; round++) withFew.push(await arrivals(few))

    const before = Number(await bench.redis.memory('USAGE', roomKeys(room).room))
    await wait(bench, room, many - few)
    const after = Number(await bench.redis.memory('USAGE', roomKeys(room).room))
    const withMany: Run[] = []
    for (let round = 0; round < bench.rounds; round++) withMany.push(await arrivals(many))
    const { issued } = await snapshotOf()
    if (issued < many) bench.fault(`${many} places were given out and the snapshot says ${issued}`)

    const answer = JSON.stringify(await snapshotOf())
    const denoServe = await bench.startBaseline('deno-serve', 'deno', { ANSWER: answer })
    const bunServe = await bench.startBaseline('bun-serve', 'bun', { ANSWER: answer })
    const zsetRoom = await bench.startBaseline('deno-zset-room', 'deno')
    const zsetAsks = await fillZset(bench, zsetRoom.url, room, many)
    const contend = (name: string, url: string, asks: Ask[], includes: string) => ({
      name,
      run: () =>
        bench.load(`${name}, closed loop`, url, {
          connections: 64,
          work: { kind: 'around', asks, expect: expectOk(includes), forMs },
        }),
    })
    const idle = await commandsPerMs(bench, forMs)
    const runs = await inTurn(bench, [
      contend('edge', edge.url, pollAsks(room), room),
      contend('deno-serve', denoServe.url, pollAsks(room), room),
      contend('bun-serve', bunServe.url, pollAsks(room), room),
      contend('zset-room', zsetRoom.url, zsetAsks, 'ahead'),
    ])
    // By now the edge's heap is as large as traffic makes it: what it grows by is what it keeps of visitors.
    const memory = await remember(bench, edge, room, many)
    const own = runs['edge']!
    tellRatio(bench, 'poll to bare Deno', [own, 'edge'], [runs['deno-serve']!, 'deno-serve'], { atLeast: 0.6 })
    tellRatio(bench, 'poll to bare Bun', [own, 'edge'], [runs['bun-serve']!, 'bun-serve'], null)
    tellRatio(bench, 'poll to a sorted set in Redis', [own, ALTOGETHER], [runs['zset-room']!, ALTOGETHER], null)
    const beyondTicks = own.map((run) => Math.max(0, redisCommands(run) - idle * run.ms / run.answers))
    bench.tell({
      ...{ what: "Redis commands per poll, beyond the edge's ticks", unit: '', ...overRounds(beyondTicks) },
      ...{
        target: { atMost: 0.001 },
        note: `${overRounds(runs['zset-room']!.map(redisCommands)).value.toFixed(2)} with a sorted set`,
      },
    })
    bench.tell({
      what: `Redis memory per waiting place, ${shown(many)}`,
      value: Math.max(0, after - before) / many,
      unit: 'B',
      target: { atMost: 100 },
    })
    bench.tell({ what: `edge memory per visitor who polls, ${shown(many)}`, value: memory, unit: 'B', target: { atMost: 100 } })
    const p99 = overRounds(withMany.map((run, round) => run.latency.p99 / withFew[round]!.latency.p99))
    bench.tell({
      ...{ what: `p99 of a poll, ${shown(many)} waiting to ${shown(few)}`, unit: '×', ...p99, target: { atMost: 1.5 } },
      note: `${withMany.map(({ latency }) => latency.p99.toFixed(1)).join(', ')} ms to ${
        withFew.map(({ latency }) => latency.p99.toFixed(1)).join(', ')
      } ms, from the intended time`,
    })
  },
}

/** Lets so many distinct visitors poll once each; returns what the edge's memory has grown by, bytes each. */
async function remember(bench: Bench, edge: Server, room: string, visitors: number): Promise<number> {
  const before = residentBytes(edge.pid)
  await bench.load(`edge, ${shown(visitors)} distinct visitors, once each`, edge.url, {
    connections: 64,
    work: { kind: 'once', asks: pollAsks(room), expect: expectOk(room), count: visitors },
  })
  return Math.max(0, residentBytes(edge.pid) - before) / visitors
}

export const pollAsks = (room: string): Ask[] =>
  Array.from({ length: 5_000 }, (_, i) => ({
    method: 'GET',
    path: `/queue/${room}/snapshot`,
    headers: { accept: 'application/json', 'x-forwarded-for': addressOf(i) },
  }))

/** Gives out places by the script that joins, without the HTTP: a waiting visitor is nothing but an index. */
export async function wait({ redis }: Pick<Bench, 'redis'>, room: string, count: number): Promise<void> {
  defineRoomScripts(redis)
  for (let given = 0; given < count; given += 1_000) {
    const some = Array.from({ length: Math.min(1_000, count - given) }, () => null)
    if (!await joinRoom(redis, room, some, { epoch: 0, issued: 0 })) throw new Error(`The room ${room} is not there`)
  }
}

async function fillZset({ redis }: Pick<Bench, 'redis'>, url: string, room: string, count: number): Promise<Ask[]> {
  const first = await fetch(`${url}/queue/${room}/tickets`, { method: 'POST' })
  if (first.status !== 201) throw new Error(`The sorted set gave ${first.status}`)
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

/** What the edge asks of Redis while nobody asks the edge: its ticks. */
async function commandsPerMs(bench: Bench, forMs: number): Promise<number> {
  const sum = async () => [...(await countCommands(bench)).values()].reduce((all, calls) => all + calls, 0)
  const before = await sum()
  await new Promise((resolve) => setTimeout(resolve, forMs))
  return (await sum() - before) / forMs
}

const shown = (count: number) => count.toLocaleString('en')
