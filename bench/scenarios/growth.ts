/** How does each cost grow with its size? Visitors waiting, events, booking log and edges, over powers of ten. Worse than n log n is a bug. */
import { countCommands } from '../bench.ts'
import { type Bench, expectOk, type Growth, type Scenario, worstGrowth } from '../scenario.ts'
import { addPeople, addSale, checkSale } from '../sales.ts'
import { addManyEvents, joinDirectly } from '../../dev/sale-fixtures.ts'
import { pollRequests } from './poll.ts'
import { searchRequests, untilFound } from './search.ts'
import { fillLog, PAUSED, writeBackAll } from './write-back.ts'

const ROOM = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '1', ROOM_CAPACITY: '1' }
/** The tolerance of a growth measurement. */
const NOISE = 1.3

export const growth: Scenario = {
  name: 'growth',
  question: 'How does each cost grow with its size?',
  async run(bench) {
    const upTo = (last: number, first = 1_000) => powers(first, bench.isQuick ? first * 10 : last)
    for (
      const measure of [
        () => growWaiting(bench, upTo(1_000_000)),
        () => growEvents(bench, upTo(100_000, 100)),
        () => growLog(bench, upTo(1_000_000)),
        () => growEdges(bench, [1, 2, 3]),
      ]
    ) {
      const grown = await measure()
      bench.reportGrowth(grown)
      bench.print(
        `  ${grown.what}: ${grown.points.map(({ work, cost }) => `${work}: ${cost.toFixed(2)} ${grown.unit}`).join(', ')}`,
      )
      bench.report({ what: `${grown.what}, to n log n`, value: worstGrowth(grown), unit: '×', target: { atMost: NOISE } })
      await bench.clear()
    }
  },
}

/** The edge's CPU time for one poll by each waiting visitor. */
async function growWaiting(bench: Bench, sizes: number[]): Promise<Growth> {
  const { room } = await addSale(bench, [1_000])
  const edge = await bench.startEdge(await bench.startOrigin(), ROOM)
  await fetch(`${edge.url}/queue/${room}`)
  const around = {
    connections: 64,
    work: { kind: 'around' as const, requests: pollRequests(room), expect: expectOk(room), forMs: 2_000 },
  }
  await bench.warm(edge.url, around)
  const points = []
  for (const [i, size] of sizes.entries()) {
    await joinDirectly(bench.redis, room, size - (sizes[i - 1] ?? 0))
    const { cpuUs } = await bench.load(`polls, ${size} waiting`, edge.url, around)
    points.push({ work: size, cost: size * cpuUs['edge']! / 1000 })
  }
  return { what: 'each waiting visitor polls once', of: 'waiting', unit: 'ms of CPU', points }
}

/** The origin's CPU time for one search. */
async function growEvents(bench: Bench, sizes: number[]): Promise<Growth> {
  const points = []
  for (const [i, size] of sizes.entries()) {
    await addManyEvents(bench.db, size - (sizes[i - 1] ?? 0), new Date())
    const origin = await bench.startOrigin()
    await untilFound(origin.url)
    const work = {
      kind: 'arrivals' as const,
      requests: searchRequests(600, size),
      expect: expectOk('"items":'),
      forMs: 3_000,
      perSecond: 200,
    }
    await bench.warm(origin.url, { connections: 32, work: { ...work, forMs: 1_000 } })
    const { cpuUs } = await bench.load(`searches, ${size} events`, origin.url, { connections: 32, work })
    points.push({ work: size, cost: (cpuUs[origin.name]! + cpuUs['mysql']!) / 1000 })
    await origin.stop()
  }
  return { what: 'one search', of: 'events', unit: 'ms of CPU', points }
}

/** The time until the whole booking log is written back. */
async function growLog(bench: Bench, sizes: number[]): Promise<Growth> {
  const people = await addPeople(bench, 50_000)
  const origin = await bench.startOrigin(PAUSED)
  const points = []
  for (const size of sizes) {
    const { sale } = await fillLog(bench, origin, people, size)
    points.push({ work: size, cost: size / await writeBackAll(bench, origin, sale, people[0]!, size) })
    await checkSale(bench, sale.eventId, size, size)
  }
  return { what: 'the booking log is written back', of: 'log entries', unit: 's', points }
}

/** Redis commands that the edges of one busy room issue. */
async function growEdges(bench: Bench, counts: number[]): Promise<Growth> {
  const { room } = await addSale(bench, [1_000])
  const origin = await bench.startOrigin()
  const points = []
  const SECONDS = 4
  for (const count of counts) {
    const edge = await bench.startEdge(origin, ROOM)
    for (let visitor = 0; visitor < 3; visitor++) await fetch(`${edge.url}/queue/${room}/tickets`, { method: 'POST' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const sum = async () => [...(await countCommands(bench)).values()].reduce((all, calls) => all + calls, 0)
    const before = await sum()
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
    points.push({ work: count, cost: (await sum() - before) / SECONDS })
  }
  return { what: 'edges tick a live room', of: 'edges', unit: 'Redis commands/s', points }
}

function powers(first: number, last: number): number[] {
  return first > last ? [] : [first, ...powers(first * 10, last)]
}
