/**
 * What does joining cost when 50,000 distinct visitors arrive at once? Each gets a signed queue ticket with an index of its own, and a cookie.
 * Baselines: bare Deno with a response of the same size, and a waiting room that adds each visitor to a sorted set.
 */
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { ALTOGETHER, inTurn, overRounds, redisCommands, reportRatio, type Run, type Scenario } from '../scenario.ts'
import { addSale } from '../sales.ts'

const SETTINGS = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '1', ROOM_CAPACITY: '1' }

export const join: Scenario = {
  name: 'join',
  question: 'What does joining cost, when 50,000 visitors arrive at once?',
  async run(bench) {
    const visitors = bench.isQuick ? 1_000 : 50_000
    const { room } = await addSale(bench, [1_000])
    const edge = await bench.startEdge(await bench.startOrigin(), SETTINGS)
    const snapshotOf = async () => await (await fetch(`${edge.url}/queue/${room}`)).json() as Snapshot
    await snapshotOf()
    const requests = joinAsks(room, visitors)
    const body = await (await fetch(`${edge.url}/queue/${room}/tickets`, { method: 'POST' })).text()
    const denoServe = await bench.startBaseline('deno-serve', 'deno', { BODY: body })
    const zsetRoom = await bench.startBaseline('deno-zset-room', 'deno')
    const contend = (name: string, url: string, status: number) => ({
      name,
      run: () =>
        bench.load(`${name}, ${visitors} at once`, url, {
          connections: 256,
          work: { kind: 'once', requests, expect: { status, includes: '"ticket":"' } },
        }),
    })
    const contenders = [
      contend('edge', edge.url, 201),
      contend('deno-serve', denoServe.url, 200),
      contend('zset-room', zsetRoom.url, 201),
    ]
    for (const { url, status } of [{ url: edge.url, status: 201 }, { url: denoServe.url, status: 200 }]) {
      await bench.warm(url, {
        connections: 64,
        work: { kind: 'once', requests: requests.slice(0, visitors / 5), expect: { status, includes: '"ticket":"' } },
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const { issued } = await snapshotOf()
    const runs = await inTurn(bench, contenders)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const given = (await snapshotOf()).issued - issued
    if (given !== visitors * bench.rounds) bench.fault(`${visitors * bench.rounds} joined and ${given} indexes were given out`)

    const own = runs['edge']!
    reportRatio(bench, 'join to bare Deno', [own, 'edge'], [runs['deno-serve']!, 'deno-serve'], { atLeast: 0.3 })
    reportRatio(bench, 'join to a sorted set in Redis', [own, ALTOGETHER], [runs['zset-room']!, ALTOGETHER], null)
    bench.report({
      what: 'Redis calls per join',
      unit: '',
      ...overRounds(own.map(scriptCalls)),
      target: { atMost: 0.1 },
      note: `scripts; ${overRounds(own.map(redisCommands)).value.toFixed(3)} with the commands in them`,
    })
    bench.report({ what: 'joins per second', unit: '/s', ...overRounds(own.map(({ perSecond }) => perSecond)) })
    bench.report({ what: 'join p99, 256 connections', unit: 'ms', ...overRounds(own.map(({ latency }) => latency.p99)) })
  },
}

const joinAsks = (room: string, visitors: number): LoadRequest[] =>
  Array.from({ length: visitors }, (_, i) => ({
    method: 'POST',
    path: `/queue/${room}/tickets`,
    headers: { accept: 'application/json', 'x-forwarded-for': addressOf(i) },
  }))

const scriptCalls = ({ redis }: Run) => (redis['evalsha'] ?? 0) + (redis['eval'] ?? 0)
