/**
 * How long until a fresh process serves, and until an empty Redis sells? The bench polls `/healthz` every 50 ms. Then Redis loses everything
 * while 50,000 reservations are in MySQL, and one person books: the origin loads the sale from MySQL before it responds.
 */
import type { LoadRequest } from '../load.ts'
import { overRounds, type Scenario } from '../scenario.ts'
import { addPeople, addSale, bookingRequests, checkSale } from '../sales.ts'
import type { Server } from '../stage.ts'
import { BOOKED } from './booking.ts'
import { addManyEvents } from '../../dev/sale-fixtures.ts'
import { untilFound } from './search.ts'

export const coldStart: Scenario = {
  name: 'cold-start',
  question: 'How long until a fresh process serves, and until an empty Redis sells?',
  async run(bench) {
    const booked = bench.isQuick ? 500 : 50_000
    const took: Record<string, number[]> = {}
    const time = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
      const startedAt = performance.now()
      const result = await work()
      ;(took[what] ??= []).push(performance.now() - startedAt)
      return result
    }
    const origin = await bench.startOrigin()
    const people = await addPeople(bench, booked + 1)
    for (let round = 0; round < bench.rounds; round++) {
      const started: Server[] = [
        await time('an origin', () => bench.startOrigin()),
        await time('an edge', () => bench.startEdge(origin)),
        await time('bare Bun', () => bench.startBaseline('bun-serve', 'bun')),
        await time('bare Deno', () => bench.startBaseline('deno-serve', 'deno')),
      ]
      await time('the first page of an edge', async () => {
        const response = await fetch(started[1]!.url, { headers: { accept: 'text/html' } })
        if (response.status !== 200 || !(await response.text()).includes('</html>')) {
          bench.fault(`the first page was ${response.status}`)
        }
      })
      await Promise.all(started.map((server) => server.stop()))
    }
    const sale = await addSale(bench, [booked + bench.rounds], 100)
    const requests = await bookingRequests(bench, sale, people.slice(0, booked))
    await bench.warm(origin.url, { connections: 256, work: { kind: 'once', requests, expect: BOOKED } })
    await checkSale(bench, sale.eventId, booked, booked)
    for (let round = 0; round < bench.rounds; round++) {
      await bench.redis.flushall('ASYNC')
      const [request] = await bookingRequests(bench, sale, people.slice(booked))
      const headers = { ...request!.headers, 'idempotency-key': `after-loss-${round}` }
      const complaint = await time(
        'the first booking after Redis lost everything',
        () => bookWithRetries(origin.url, { ...request!, headers }),
      )
      if (complaint) bench.fault(complaint)
      await checkSale(bench, sale.eventId, booked + round + 1, booked + round + 1)
    }
    const events = bench.isQuick ? 1_000 : 100_000
    await addManyEvents(bench.db, events, new Date())
    for (let round = 0; round < bench.rounds; round++) {
      const fresh = await bench.startOrigin()
      await time(`the first search of a fresh origin, ${events.toLocaleString('en')} events`, () => untilFound(fresh.url))
      await fresh.stop()
    }
    for (const [what, ms] of Object.entries(took)) bench.report({ what, unit: 'ms', ...overRounds(ms) })
  },
}

/** Books, and retries while the response is 503; returns a complaint about any other response, or null. */
async function bookWithRetries(url: string, { path, method, headers = {}, body = '' }: LoadRequest): Promise<string | null> {
  for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt;) {
    const response = await fetch(url + path, { method, headers, body })
    const text = await response.text()
    if (response.status === 201) return null
    if (response.status !== 503) return `${response.status} ${text}`
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return 'no booking succeeded for 30 s'
}
