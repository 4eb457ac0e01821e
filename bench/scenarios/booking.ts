/**
 * What does a booking cost at the origin, until it is in MySQL? With both acknowledgements, beside Hono with one Redis GET, a row lock, and
 * a counter with an insert per booking. The rate counts from the first request to the commit of the last row.
 */
import type { LoadRequest } from '../load.ts'
import { benchmarkReserve } from '../redis-benchmark.ts'
import {
  ALTOGETHER,
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

export const booking: Scenario = {
  name: 'booking',
  question: 'What does a booking cost at the origin, until it is in MySQL?',
  async run(bench) {
    const [bookings, slowBookings] = bench.isQuick ? [500, 200] : [60_000, 4_000]
    const people = await addPeople(bench, bookings)
    const redisGet = await bench.startBaseline('redis-get', 'bun', { BODY: BOOKING_RESPONSE })
    const rowLock = await bench.startBaseline('row-lock', 'bun')
    const counter = await bench.startBaseline('counter-and-insert', 'bun')

    const storedRates = new Map<Run, number>()
    // Enough connections to keep an origin busy that responds after the commit; the other contenders are no slower with them.
    const connections = 512
    /** Books one seat per person at a warm origin of its own; records the rate until the rows are committed. */
    const book = (mode: 'redis' | 'mysql') => async () => {
      const origin = await bench.startOrigin({ ACKNOWLEDGE: mode })
      // JavaScriptCore's compilers take a third of the origin's CPU in the first seconds of a sale.
      await sell(bookings / 2, (load) => bench.warm(origin.url, load))
      const { result: run, writtenAt } = await sell(bookings, (load) => bench.load(`origin, ${mode} mode`, origin.url, load))
      storedRates.set(run, bookings / Math.max(run.ms, writtenAt - run.startedAt) * 1000)
      await origin.stop()
      return run
    }
    async function sell<Result>(count: number, put: (load: Load) => Promise<Result>) {
      const { requests, eventId } = await makeSale(count)
      const result = await put({ connections, work: { kind: 'once', requests, expect: BOOKED } })
      return { result, writtenAt: await checkSale(bench, eventId, count, count) }
    }
    /** Books at a baseline server, which writes before it responds and skips authentication. */
    const bookPlainly = (what: string, url: string, isCounted: boolean) => async () => {
      const { requests, eventId, ticketTypeId } = await makeSale(slowBookings)
      if (isCounted) await fetch(`${url}/seats/${ticketTypeId}/${slowBookings}`, { method: 'PUT' })
      const run = await bench.load(what, url, { connections, work: { kind: 'once', requests, expect: BOOKED } })
      const { rows } = await readStoredSale(bench, eventId)
      if (rows !== slowBookings) bench.fault(`${what}: ${slowBookings} bookings were confirmed and ${rows} rows are in MySQL`)
      return run
    }
    async function makeSale(count: number) {
      const sale = await addSale(bench, [count])
      const requests = await bookingRequests(bench, sale, people.slice(0, count))
      requests.forEach((request, i) => Object.assign(request.headers!, { 'x-person': String(people[i]!) }))
      return { requests, eventId: sale.eventId, ticketTypeId: sale.ticketTypeIds[0]! }
    }

    const getRequests: LoadRequest[] = (await makeSale(bookings)).requests
    await bench.warm(redisGet.url, {
      connections,
      work: { kind: 'once', requests: getRequests.slice(0, bookings / 2), expect: BOOKED },
    })
    const runs = await inTurn(bench, [
      { name: 'redis', run: book('redis') },
      {
        name: 'redis-get',
        run: () =>
          bench.load('Hono and one GET', redisGet.url, {
            connections,
            work: { kind: 'once', requests: getRequests, expect: BOOKED },
          }),
      },
      { name: 'mysql', run: book('mysql') },
      { name: 'row-lock', run: bookPlainly('row lock', rowLock.url, false) },
      { name: 'counter', run: bookPlainly('counter and insert', counter.url, true) },
    ])
    const storedRate = (run: Run) => storedRates.get(run) ?? run.perSecond
    const own = runs['redis']!
    reportRatio(
      bench,
      'booking to Hono with one GET',
      [own, 'origin'],
      [runs['redis-get']!, redisGet.name],
      { atLeast: 0.5 },
      storedRate,
    )
    reportRatio(bench, 'booking to a row lock', [own, ALTOGETHER], [runs['row-lock']!, ALTOGETHER], { atLeast: 15 }, storedRate)
    reportRatio(
      bench,
      'booking to a counter and an insert',
      [own, ALTOGETHER],
      [runs['counter']!, ALTOGETHER],
      null,
      storedRate,
    )
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

    const last = await addSale(bench, [10 * bookings], 100)
    const [first] = await bookingRequests(bench, last, people)
    const origin = await bench.startOrigin()
    await bench.warm(origin.url, { connections: 1, work: { kind: 'once', requests: [first!], expect: BOOKED } })
    await origin.stop()
    const script = await benchmarkReserve(bench, last, bookings)
    if (script === null) return
    const sold = 10 * bookings - (await readStoredSale(bench, last.eventId)).left
    // Some of redis-benchmark's random names collide; the script rejects the second.
    if (sold < bookings * 0.999) bench.fault(`redis-benchmark booked ${bookings} seats and ${sold} were sold`)
    bench.report({
      what: 'booking to redis-benchmark of the same script',
      unit: '×',
      ...overRounds(own.map((run) => storedRate(run) / script)),
      note: `the script alone: ${Math.round(script)}/s over 50 connections`,
    })
  },
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
