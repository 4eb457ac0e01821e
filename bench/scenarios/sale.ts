/**
 * How fast is a whole sale? 50,000 buyers arrive at once; each joins, polls as the waiting page would, claims, and books one or two seats, to
 * the last seat. Edge, origin, Redis and MySQL are real. The sale ends with the last response and the last committed row.
 */
import { overRounds, redisCommands, type Run, type Scenario } from '../scenario.ts'
import { addPeople, addSale, buyersOf, checkSale } from '../sales.ts'

/** Settings for two cores: at most 10,000 turns called per second and 20,000 active visits. */
const SETTINGS = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '600000', ROOM_CAPACITY: '20000' }
const CONNECTIONS = 256

export const sale: Scenario = {
  name: 'sale',
  question: 'How fast are 50,000 buyers served, end to end?',
  async run(bench) {
    const count = bench.isQuick ? 500 : 50_000
    bench.print(`  edge: ${Object.entries(SETTINGS).map((setting) => setting.join('=')).join(' ')}; ${CONNECTIONS} connections`)
    const people = await addPeople(bench, count)
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin, SETTINGS)
    // Two ticket types: odd buyers book two seats of the second, even ones one seat of the first.
    const quantities = people.map((_, i) => 1 + i % 2)
    const sell = async (buyerCount: number, isMeasured: boolean): Promise<{ run: Run | void; rowsMs: number }> => {
      const own = quantities.slice(0, buyerCount)
      const seatsOf = (type: number) => own.filter((_, i) => i % 2 === type).reduce((sum, quantity) => sum + quantity, 0)
      const { eventId, room, ticketTypeIds } = await addSale(bench, [seatsOf(0), seatsOf(1)])
      await fetch(`${edge.url}/queue/${room}`)
      const buyers = await buyersOf(bench, people.slice(0, buyerCount), own, (i) => ticketTypeIds[i % 2]!)
      const load = { connections: CONNECTIONS, work: { kind: 'buyers' as const, sale: { room, eventId }, buyers } }
      const run = isMeasured ? await bench.load(`${buyerCount} buyers`, edge.url, load) : await bench.warm(edge.url, load)
      const writtenAt = await checkSale(bench, eventId, buyerCount, seatsOf(0) + seatsOf(1))
      if (run && run.facts['booked'] !== buyerCount) bench.fault(`${run.facts['booked']} of ${buyerCount} buyers have booked`)
      return { run, rowsMs: run ? Math.max(0, writtenAt - run.startedAt - run.ms) : 0 }
    }
    await sell(count / 2, false)
    const sales: { run: Run; rowsMs: number }[] = []
    for (let round = 0; round < bench.rounds; round++) sales.push(await sell(count, true) as { run: Run; rowsMs: number })
    const over = (what: (run: Run) => number) => overRounds(sales.map(({ run }) => what(run)))

    bench.report({
      what: 'buyers per second, to the end',
      unit: '/s',
      ...over((run) => count / run.ms * 1000),
      target: { atLeast: 5_000 },
    })
    bench.report({ what: 'responses per second', unit: '/s', ...over(({ perSecond }) => perSecond) })
    bench.report({
      what: 'errors and wrong responses',
      unit: '',
      ...over((run) => run.errors + run.wrong),
      target: { atMost: 0 },
    })
    bench.report({ what: 'mean response time', unit: 'ms', ...over(({ latency }) => latency.mean), target: { atMost: 100 } })
    bench.report({ what: 'p99 response time', unit: 'ms', ...over(({ latency }) => latency.p99), target: { atMost: 500 } })
    for (const step of ['join', 'poll', 'claim', 'book']) {
      bench.report({ what: `p99 of ${step}`, unit: 'ms', ...over(({ steps }) => steps![step]!.p99) })
    }
    bench.report({
      what: 'all rows in MySQL after the last response',
      unit: 'ms',
      target: { atMost: 2_000 },
      ...overRounds(sales.map(({ rowsMs }) => rowsMs)),
    })
    bench.report({ what: 'responses per buyer', unit: '', ...over(({ responses }) => responses / count) })
    bench.report({ what: 'Redis commands per buyer', unit: '', ...over((run) => redisCommands(run) * run.responses / count) })
    bench.report({
      what: 'retries: the room was full, or "try again"',
      unit: '',
      ...over(({ facts }) => (facts['deferred'] ?? 0) + (facts['again'] ?? 0)),
    })
  },
}
