/**
 * What does a booking cost at the origin, until it is in MySQL? With both acknowledgements, beside Hono with one Redis GET, a row lock, and
 * a counter with an insert per booking. The rate counts from the first request to the commit of the last row.
 */
import type { LoadRequest } from '../load.ts'
import { benchmarkReserve } from '../redis-benchmark.ts'
import {
  ALTOGETHER,
  type Bench,
  inTurn,
  type Load,
  median,
  overRounds,
  ratios,
  redisCommands,
  reportRatio,
  type Run,
  type Scenario,
} from '../scenario.ts'
import { readStoredSale } from '../../dev/sale-fixtures.ts'
import { addPeople, addSale, bookingRequests, checkSale } from '../sales.ts'

/** Enough connections to keep an origin busy that responds after the commit; the other contenders are no slower with them. */
const CONNECTIONS = 512

export const booking: Scenario = {
  name: 'booking',
  question: 'What does a booking cost at the origin, until it is in MySQL?',
  async run(bench) {
    const [bookings, slowBookings] = bench.isQuick ? [500, 200] : [60_000, 4_000]
    const people = await addPeople(bench, bookings)
    const redisGet = await bench.startBaseline('redis-get', 'bun', { BODY: BOOKING_RESPONSE })
    const rowLock = await bench.startBaseline('row-lock', 'bun')
    const counter = await bench.startBaseline('counter-and-insert', 'bun')
    const sellers = createSellers(bench, people)
    const getRequests = (await sellers.makeSale(bookings)).requests
    const getLoad = (requests: LoadRequest[]): Load => ({
      connections: CONNECTIONS,
      work: { kind: 'once', requests, expect: BOOKED },
    })
    await bench.warm(redisGet.url, getLoad(getRequests.slice(0, bookings / 2)))
    const runs = await inTurn(bench, [
      { name: 'redis', run: () => sellers.sellAtOrigin('redis', bookings) },
      { name: 'redis-get', run: () => bench.load('Hono and one GET', redisGet.url, getLoad(getRequests)) },
      { name: 'mysql', run: () => sellers.sellAtOrigin('mysql', bookings) },
      { name: 'row-lock', run: () => sellers.sellAtBaseline('row lock', rowLock.url, slowBookings, false) },
      { name: 'counter', run: () => sellers.sellAtBaseline('counter and insert', counter.url, slowBookings, true) },
    ])
    reportFigures(bench, runs, redisGet.name, sellers.storedRate)
    await compareWithScript(bench, people, bookings, runs['redis']!.map(sellers.storedRate))
  },
}

/** Sells one seat per person to the last seat, at origins and at baseline servers. */
function createSellers(bench: Bench, people: number[]) {
  const storedRates = new Map<Run, number>()

  async function makeSale(count: number) {
    const sale = await addSale(bench, [count])
    const requests = await bookingRequests(bench, sale, people.slice(0, count))
    requests.forEach((request, i) => Object.assign(request.headers!, { 'x-person': String(people[i]!) }))
    return { requests, eventId: sale.eventId, ticketTypeId: sale.ticketTypeIds[0]! }
  }

  async function sell<Result>(count: number, put: (load: Load) => Promise<Result>) {
    const { requests, eventId } = await makeSale(count)
    const result = await put({ connections: CONNECTIONS, work: { kind: 'once', requests, expect: BOOKED } })
    return { result, writtenAtMs: await checkSale(bench, eventId, count, count) }
  }

  return {
    makeSale,

    /** Sells at a warm origin of its own; records the rate until the rows are committed. */
    async sellAtOrigin(mode: 'redis' | 'mysql', count: number): Promise<Run> {
      const origin = await bench.startOrigin({ ACKNOWLEDGE: mode })
      // JavaScriptCore's compilers take a third of the origin's CPU in the first seconds of a sale.
      await sell(count / 2, (load) => bench.warm(origin.url, load))
      const { result: run, writtenAtMs } = await sell(count, (load) => bench.load(`origin, ${mode} mode`, origin.url, load))
      storedRates.set(run, count / Math.max(run.ms, writtenAtMs - run.startedAt) * 1000)
      await origin.stop()
      return run
    },

    /** Sells at a baseline server, which writes before it responds and skips authentication. */
    async sellAtBaseline(what: string, url: string, count: number, isCounted: boolean): Promise<Run> {
      const { requests, eventId, ticketTypeId } = await makeSale(count)
      if (isCounted) await fetch(`${url}/seats/${ticketTypeId}/${count}`, { method: 'PUT' })
      const run = await bench.load(what, url, { connections: CONNECTIONS, work: { kind: 'once', requests, expect: BOOKED } })
      const { rows } = await readStoredSale(bench, eventId)
      if (rows !== count) bench.fault(`${what}: ${count} bookings were confirmed and ${rows} rows are in MySQL`)
      return run
    },

    /** Bookings per second until the last row is committed. */
    storedRate: (run: Run): number => storedRates.get(run) ?? run.perSecond,
  }
}

function reportFigures(bench: Bench, runs: Record<string, Run[]>, redisGet: string, storedRate: (run: Run) => number): void {
  const own = runs['redis']!
  const [gets, locks, counters] = [runs['redis-get']!, runs['row-lock']!, runs['counter']!]
  reportRatio(bench, 'booking to Hono with one GET', [own, 'origin'], [gets, redisGet], { atLeast: 0.5 }, storedRate)
  reportRatio(bench, 'booking to a row lock', [own, ALTOGETHER], [locks, ALTOGETHER], { atLeast: 15 }, storedRate)
  reportRatio(bench, 'booking to a counter and an insert', [own, ALTOGETHER], [counters, ALTOGETHER], null, storedRate)
  bench.report({
    what: 'mysql mode to redis mode',
    unit: '×',
    target: { atLeast: 0.8 },
    ...overRounds(ratios(runs['mysql']!, own, storedRate)),
  })
  bench.report({ what: 'bookings per second, stored', unit: '/s', ...overRounds(own.map(storedRate)) })
  bench.report({
    what: 'Redis commands per booking',
    unit: '',
    ...overRounds(own.map(redisCommands)),
    note: 'including those in the script',
  })
  bench.report({
    what: 'rows in MySQL after the last response',
    unit: 'ms',
    value: median(own.map((run) => Math.max(0, run.responses / storedRate(run) * 1000 - run.ms))),
  })
}

/** Compares the origin's rates with the booking script alone, called by redis-benchmark. */
async function compareWithScript(bench: Bench, people: number[], bookings: number, storedRates: number[]): Promise<void> {
  const sale = await addSale(bench, [10 * bookings], 100)
  const [first] = await bookingRequests(bench, sale, people)
  const origin = await bench.startOrigin()
  await bench.warm(origin.url, { connections: 1, work: { kind: 'once', requests: [first!], expect: BOOKED } })
  await origin.stop()
  const script = await benchmarkReserve(bench, sale, bookings)
  if (script === null) return
  const sold = 10 * bookings - (await readStoredSale(bench, sale.eventId)).left
  // Some of redis-benchmark's random names collide; the script rejects the second.
  if (sold < bookings * 0.999) bench.fault(`redis-benchmark booked ${bookings} seats and ${sold} were sold`)
  bench.report({
    what: 'booking to redis-benchmark of the same script',
    unit: '×',
    ...overRounds(storedRates.map((rate) => rate / script)),
    note: `the script alone: ${Math.round(script)}/s over 50 connections`,
  })
}

export const BOOKED = { status: 201, includes: '"reservation":' }

/** As long as the response to a booking. */
const BOOKING_RESPONSE = JSON.stringify({
  reservation: {
    id: '019aab12-6f00-7000-8000-000000000000',
    event: { id: 1, title: '측정 공연', venue: '측정 홀', startsAt: '2026-12-03T00:00:00.000Z', imageUrl: null },
    cancelUntil: '2026-12-02T15:00:00.000Z',
    ticketType: { id: 1, name: '1등석' },
    quantity: 1,
    unitPrice: 10_000,
    totalPrice: 10_000,
    status: 'confirmed',
    createdAt: '2026-11-23T00:00:00.000Z',
    cancelledAt: null,
  },
  left: 29_999,
})
