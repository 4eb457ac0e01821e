/** What does a claim cost? All turns are called at once; each visitor exchanges their queue ticket for a pass. */
import { countActiveVisits, joinDirectly } from '../../dev/sale-fixtures.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { signQueueTicket } from '../../edge/contract/tokens.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { type Bench, inTurn, overRounds, redisCommands, reportRatio, type Scenario } from '../scenario.ts'
import { addSale } from '../sales.ts'

const SETTINGS = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '10000000', ROOM_CAPACITY: '1000000' }

export const claim: Scenario = {
  name: 'claim',
  question: 'What does a claim cost, when all turns are called at once?',
  async run(bench) {
    const visitors = bench.isQuick ? 500 : 20_000
    const edge = await bench.startEdge(await bench.startOrigin(), SETTINGS)
    const denoServe = await bench.startBaseline('deno-serve', 'deno', { BODY: `{"pass":"${'x'.repeat(340)}"}` })
    const claimAll = async (count: number, isMeasured: boolean) => {
      const { room, requests } = await callAll(bench, edge.url, count)
      const load = { connections: 256, work: { kind: 'once' as const, requests, expect: { status: 201, includes: '"pass":"' } } }
      const run = isMeasured ? await bench.load('edge', edge.url, load) : await bench.warm(edge.url, load)
      const activeVisits = await countActiveVisits(bench.redis, room)
      if (activeVisits !== count) bench.fault(`${count} claims succeeded and ${activeVisits} visits are active`)
      return { run: run!, requests }
    }
    const { requests } = await claimAll(visitors / 5, false)
    const runs = await inTurn(bench, [
      { name: 'edge', run: async () => (await claimAll(visitors, true)).run },
      {
        name: 'deno-serve',
        run: () =>
          bench.load('deno-serve', denoServe.url, {
            connections: 256,
            work: { kind: 'once', requests, expect: { status: 200, includes: '"pass":"' }, count: visitors },
          }),
      },
    ])
    const own = runs['edge']!
    reportRatio(bench, 'claim to bare Deno', [own, 'edge'], [runs['deno-serve']!, 'deno-serve'], null)
    bench.report({ what: 'claims per second', unit: '/s', ...overRounds(own.map(({ perSecond }) => perSecond)) })
    bench.report({ what: 'claim p99, 256 connections', unit: 'ms', ...overRounds(own.map(({ latency }) => latency.p99)) })
    bench.report({
      what: 'Redis commands per claim',
      unit: '',
      ...overRounds(own.map(redisCommands)),
      note: 'including those in the script',
    })
  },
}

/** Fills a room with `count` visitors, waits until all are called, and returns their claims. */
export async function callAll(
  bench: Bench,
  edgeUrl: string,
  count: number,
): Promise<{ room: string; requests: LoadRequest[] }> {
  const { room } = await addSale(bench, [count])
  const snapshotOf = async () => await (await fetch(`${edgeUrl}${paths.room(room)}`)).json() as Snapshot
  const { epoch } = await snapshotOf()
  await joinDirectly(bench.redis, room, count)
  const deadline = Date.now() + 20_000
  while ((await snapshotOf()).serving < count) {
    if (Date.now() > deadline) throw new Error(`The room ${room} did not call ${count} visitors in time`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const requests = Array.from({ length: count }, (_, index): LoadRequest => ({
    method: 'POST',
    path: paths.pass(room),
    headers: {
      accept: 'application/json',
      'x-forwarded-for': addressOf(index),
      authorization: `Bearer ${signQueueTicket({ room, epoch, index, visitor: `visitor-${index}` }, bench.tokenKeys)}`,
    },
  }))
  return { room, requests }
}
